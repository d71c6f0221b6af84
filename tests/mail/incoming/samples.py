"""Messages as mail systems write them; every word in them is ours, and everybody is invented."""

from __future__ import annotations

import base64
from email.header import Header

GUEST = "guest0@example.org"
BOX = "replies@mail.example.org"


def crlf(text: str) -> bytes:
    return text.lstrip("\n").replace("\n", "\r\n").encode()


def report(
    *,
    to: str = BOX,
    action: str = "failed",
    status: str = "5.1.1",
    recipient: str = GUEST,
    diagnosis: str = "smtp; 550-5.1.1 The account that you tried to reach does not exist",
    original: str = "",
    number: int = 1,
) -> bytes:
    """A report as RFC 3464 has it: Gmail, Postfix and Exchange Online write like this."""
    return crlf(f"""
Return-Path: <>
Delivered-To: {to}
From: Mail Delivery Subsystem <mailer-daemon@mx.example.net>
To: {to}
Subject: Delivery Status Notification (Failure)
Message-ID: <report-{number}@mx.example.net>
Date: Mon, 15 Mar 2027 08:00:00 +0000
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; boundary="=_r"; report-type=delivery-status

--=_r
Content-Type: text/plain; charset="UTF-8"

** Address not found **

Your message was not delivered to {recipient}.

--=_r
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Mon, 15 Mar 2027 07:59:58 +0000

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.org
Diagnostic-Code: {diagnosis}

--=_r
Content-Type: message/rfc822

From: Office <forum@example.org>
To: {recipient}
Subject: Invitation
Message-ID: {original or "<somebody-elses@example.net>"}

Dear guest
--=_r--
""")


def complaint(
    *,
    original: str = "",
    return_path: str = "bounces@example.net",
    unsubscribe: str = "",
    feedback: str = "abuse",
    recipient: str = GUEST,
    kind: str = "message/rfc822",
    fields: str = "",
    number: int = 1,
) -> bytes:
    """A feedback report as RFC 5965 has it: Yahoo, Microsoft and Comcast write like this."""
    return crlf(f"""
Return-Path: <>
From: Feedback loop <feedback@provider.example>
To: abuse@example.org
Subject: FW: Invitation
Message-ID: <arf-{number}@provider.example>
Date: Mon, 15 Mar 2027 08:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="=_f"

--=_f
Content-Type: text/plain; charset="US-ASCII"

This is an abuse report for a message that could not be delivered to anybody's liking: mailbox unavailable, 5.1.1.

--=_f
Content-Type: message/feedback-report

Feedback-Type: {feedback}
User-Agent: Feedback/1.0
Version: 1
Original-Mail-From: <{return_path}>
Original-Rcpt-To: <{recipient}>
Removal-Recipient: {recipient}
{fields}
--=_f
Content-Type: {kind}

Return-Path: <{return_path}>
From: Office <forum@example.org>
Subject: Invitation
{f"List-Unsubscribe: <{unsubscribe}>" if unsubscribe else "X-Nothing: 1"}
Message-ID: {original or "<somebody-elses@example.net>"}

Dear guest
--=_f--
""")


def qmail(original: str, *, to: str = BOX, says: str = "550 5.1.1 User unknown") -> bytes:
    """qmail and its children: a free text, then the letter as it was."""
    return crlf(f"""
Return-Path: <>
Delivered-To: {to}
Date: 15 Mar 2027 08:00:00 -0000
From: MAILER-DAEMON@mx.example.net
To: {to}
Subject: failure notice

Hi. This is the qmail-send program at mx.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{GUEST}>:
10.5.1.1 does not like recipient.
Remote host said: {says}
Giving up on 10.5.1.1.

--- Below this line is a copy of the message.

Return-Path: <forum@example.org>
Message-ID: {original}
Subject: our mailbox is full of 4.2.2 spam

Dear guest
""")


def chinese(original: str, says: str, *, charset: str = "gb18030", to: str = BOX) -> bytes:
    """QQ and 163: HTML in GB 18030, base64, with the letter's id somewhere in the text."""
    html = "<html><head><style>p{}</style></head>"
    html += f"<body><p>很抱歉，您发往 {GUEST} 的邮件被退回。</p><p>退信原因：{says}</p>"
    body = base64.encodebytes(
        (html + f"<p>邮件ID：{original.replace('<', '&lt;')}</p></body></html>").encode(charset)
    ).decode()
    subject = Header("系统退信", charset).encode()
    return crlf(f"""
From: "=?{charset}?B?{base64.b64encode("邮件系统".encode(charset)).decode()}?=" <PostMaster@mail.example.cn>
Delivered-To: {to}
To: {to}
Subject: {subject}
Message-ID: <tencent_1@mail.example.cn>
Date: Mon, 15 Mar 2027 16:00:00 +0800
In-Reply-To: {original}
Mime-Version: 1.0
Content-Type: text/html; charset="{charset}"
Content-Transfer-Encoding: base64

{body}
""")


def exchange(original: str, *, to: str = BOX) -> bytes:
    """Exchange on premises, with a report whose groups are not what RFC 3464 says."""
    subject = base64.b64encode("未送达: 邀请函".encode()).decode()
    words = "未能传递到以下收件人或通讯组列表：找不到你输入的地址。#550 5.1.10 RESOLVER.ADR.RecipientNotFound"
    body = base64.encodebytes(words.encode()).decode()
    return crlf(f"""
From: Microsoft Outlook <postmaster@corp.example.net>
To: {to}
Date: Mon, 15 Mar 2027 08:00:00 +0000
Content-Type: multipart/report; report-type=delivery-status; boundary="_003_x_"
Content-Language: zh-CN
Message-ID: <exchange-1@corp.example.net>
In-Reply-To: {original}
References: {original}
Subject: =?utf-8?B?{subject}?=
Auto-Submitted: auto-replied
MIME-Version: 1.0

--_003_x_
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

{body}
--_003_x_
Content-Type: message/delivery-status

Reporting-MTA: dns;corp.example.net
""")


def vacation(original: str, *, to: str = BOX) -> bytes:
    return crlf(f"""
Return-Path: <>
From: Guest 0 <{GUEST}>
To: {to}
Subject: Automatic reply: Invitation
Date: Mon, 15 Mar 2027 08:00:00 +0000
Message-ID: <vacation-1@example.org>
In-Reply-To: {original}
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
Content-Type: text/plain; charset=utf-8

I am away until Monday; mail to my old address is not delivered (5.1.1).
""")


def human(original: str, *, to: str = BOX, says: str = "Thank you, I will be glad to come.") -> bytes:
    return crlf(f"""
From: Guest 0 <{GUEST}>
To: {to}
Subject: Re: Invitation
Date: Mon, 15 Mar 2027 08:00:00 +0000
Message-ID: <human-1@example.org>
In-Reply-To: {original}
References: {original}
Content-Type: text/plain; charset=utf-8

{says}

> please answer: https://forum.example.org/answer/AAAAAQAAAAFq8cR1v0b8Qv0b8Qv0b8Qv
""")


def calendar_reply(
    uid: str,
    answer: str = "ACCEPTED",
    *,
    to: str = BOX,
    sender: str = GUEST,
    attendee: str = GUEST,
    sequence: int = 0,
    stamp: str = "20270315T080000Z",
    method: str = "REPLY",
    comment: str = "",
    name: str = "REPLY-1",
) -> bytes:
    """What Accept sends: Gmail, Outlook and Apple differ in what else they put around these lines."""
    said = f"COMMENT:{comment}\n" if comment else ""
    return crlf(f"""
From: Guest 0 <{sender}>
To: Forum <{to}>
Subject: Accepted: Aluminium Summit 2027
Date: Mon, 15 Mar 2027 08:00:00 +0000
Message-ID: <{name}-{stamp}-{answer}@example.org>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="=_c"

--=_c
Content-Type: text/plain; charset="UTF-8"

Guest 0 has answered this invitation.

--=_c
Content-Type: text/calendar; charset="UTF-8"; method={method}

BEGIN:VCALENDAR
PRODID:-//Example//Calendar 1.0//EN
VERSION:2.0
METHOD:{method}
BEGIN:VTIMEZONE
TZID:China Standard Time
BEGIN:STANDARD
DTSTART:16010101T000000
RRULE:FREQ=SECONDLY;COUNT=999999999
TZOFFSETFROM:+0800
TZOFFSETTO:+0800
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={answer};CN="Guest: 0;
 ";X-NUM-GUESTS=0:mailto:{attendee}
{said}UID:{uid}
DTSTART;VALUE=DATE:20970318
DTEND;VALUE=DATE:20970320
DTSTAMP:{stamp}
ORGANIZER;CN=Forum:mailto:{to}
SEQUENCE:{sequence}
SUMMARY:Aluminium Summit 2027
TRANSP:OPAQUE
BEGIN:VALARM
ACTION:DISPLAY
UID:of-the-alarm
TRIGGER;RELATED=START:-PT15M
END:VALARM
END:VEVENT
END:VCALENDAR
--=_c--
""")
