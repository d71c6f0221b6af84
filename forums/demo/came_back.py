"""What came back by mail of a round of invitations, as mail systems write it; every word of it is invented."""

from __future__ import annotations

from collections.abc import Sequence

from forums.invitations.models import Recipient
from forums.mail.incoming.operations import take_in
from forums.mail.models import Letter

_FULL = """\
From: Mail Delivery System <mailer-daemon@guests.example.org>
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="=_r"

--=_r

The mailbox of {email} is full (synthetic).
--=_r
Content-Type: message/delivery-status

Reporting-MTA: dns; guests.example.org

Final-Recipient: rfc822; {email}
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp; 552 5.2.2 mailbox full
--=_r
Content-Type: text/rfc822-headers

Message-ID: {letter}
--=_r--
"""
_AWAY = """\
From: {email}
Subject: 自动回复：邀请函（示例）
In-Reply-To: {letter}
Auto-Submitted: auto-replied
Content-Type: text/plain; charset=utf-8

您好，我正在出差，下周一回复您的邮件（示例）。
"""
_OFFICE = """\
From: office@guests.example.org
Subject: Accepted: Invitation (synthetic)
In-Reply-To: {letter}
Content-Type: text/calendar; charset=utf-8; method=REPLY

BEGIN:VCALENDAR
METHOD:REPLY
BEGIN:VEVENT
UID:synthetic
DTSTAMP:{stamp}
ATTENDEE;PARTSTAT=ACCEPTED:mailto:office@guests.example.org
END:VEVENT
END:VCALENDAR
"""
_WORDS = """\
From: {email}
Subject: 回复：邀请函（示例）
In-Reply-To: {letter}
Content-Type: text/plain; charset=utf-8

会务组好：感谢邀请，我会到会。请问 18 日上午能否安排高铁站接站？（示例）
"""


def came_back(recipients: Sequence[Recipient]) -> None:
    """A full mailbox, somebody who is away, an answer by another hand and a question, of four guests in turn."""
    for recipient, words in zip(recipients, (_FULL, _AWAY, _OFFICE, _WORDS), strict=False):
        letter = recipient.letter
        if letter is not None:
            take_in(_message(words, letter), way="imap")


def _message(words: str, letter: Letter) -> bytes:
    stamp = f"{letter.created_at:%Y%m%dT%H%M%SZ}"
    return words.format(email=letter.recipient, letter=letter.message_id, stamp=stamp).encode()
