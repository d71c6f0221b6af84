"""What a message says, as mail systems write it, and what hostile ones cost."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from forums.invitations.replies.itip import reply_in
from forums.mail.incoming import mime
from forums.mail.incoming.bounces import report_of
from forums.mail.incoming.complaints import complaint_in
from forums.mail.incoming.operations import excerpt_of
from tests.mail.incoming import samples
from tests.mail.incoming.samples import GUEST

OURS = f"<{'ab' * 16}@example.org>"
NOT_FOUND = "550 收件人邮箱不存在，请核实"


@pytest.mark.parametrize(
    ("raw", "action", "status", "is_dead"),
    [
        (samples.report(), "failed", "5.1.1", True),
        (samples.report(status="5.0.0", diagnosis="smtp; 550 5.1.10 RecipientNotFound"), "failed", "5.1.10", True),
        (samples.report(status="5.2.2", diagnosis="smtp; 552 mailbox full"), "failed", "5.2.2", False),
        (samples.report(status="5.7.26", diagnosis="smtp; 550-5.7.26 unauthenticated"), "failed", "5.7.26", False),
        (samples.report(status="4.4.7", diagnosis="smtp; 421 later"), "failed", "4.4.7", False),
        (samples.report(action="delayed", status="4.4.1", diagnosis=""), "delayed", "4.4.1", False),
        (samples.report(action="relayed", status="2.1.5", diagnosis=""), "relayed", "2.1.5", False),
        (samples.report(action="", status="5.1.1 (bad mailbox)"), "failed", "5.1.1", True),
        (samples.report(action="nonsense", status="none"), "failed", "5.1.1", True),
        (samples.report()[:900], "failed", "5.1.1", True),  # cut off in the middle
        (samples.qmail(OURS), "failed", "5.1.1", True),
        (samples.qmail(OURS, says="552 mailbox is full"), "failed", "5.2.2", False),
        (samples.qmail(OURS, says="554 denied by policy: spam"), "failed", "5.7.1", False),
        (samples.qmail(OURS, says="550 no"), "failed", "5.0.0", False),
        (samples.chinese(OURS, NOT_FOUND), "failed", "5.1.1", True),
        (samples.chinese(OURS, NOT_FOUND, charset="utf-8"), "failed", "5.1.1", True),
        (samples.chinese(OURS, "对方邮箱已满"), "failed", "5.2.2", False),
        (samples.chinese(OURS, "邮件被对方反垃圾系统拒收"), "failed", "5.7.1", False),
        (samples.chinese(OURS, "邮件投递延迟，系统将继续尝试"), "delayed", "4.4.7", False),
        (samples.exchange(OURS), "failed", "5.1.10", True),
    ],
)
def test_a_report_says_what_became_of_a_letter(raw: bytes, action: str, status: str, is_dead: bool) -> None:
    report = report_of(mime.read(raw), GUEST)
    assert report is not None
    assert (report.action, report.status, report.is_dead) == (action, status, is_dead)


@pytest.mark.parametrize("raw", [samples.vacation(OURS), samples.human(OURS), samples.calendar_reply("x"), b""])
def test_what_people_and_their_programs_write_is_no_report(raw: bytes) -> None:
    assert report_of(mime.read(raw), GUEST) is None


def test_a_report_on_several_recipients_is_read_for_the_one_who_was_written_to() -> None:
    both = samples.report(recipient="other@example.org", status="5.7.1").replace(
        b"\r\nFinal-Recipient",
        b"\r\nFinal-Recipient: rfc822;guest0@example.org\r\nStatus: 5.1.1\r\n\r\nFinal-Recipient",
        1,
    )
    found = report_of(mime.read(both), GUEST)
    assert found is not None
    assert (found.recipient, found.status) == (GUEST, "5.1.1")


def test_a_calendar_reply_is_read_line_by_line() -> None:
    found = reply_in(mime.read(samples.calendar_reply("u-1", "DECLINED", sequence=2, comment="抱歉\\, 出差\\n谢谢")))
    assert found is not None
    assert (found.method, found.uid, found.sequence, found.events) == ("REPLY", "u-1", 2, 1)
    assert (found.written_at.isoformat() if found.written_at else "") == "2027-03-15T08:00:00+00:00"
    [attendee] = found.attendees
    assert (attendee.address, attendee.answer) == (GUEST, "not_coming")
    assert found.comment == "抱歉, 出差\n谢谢"
    assert reply_in(mime.read(samples.human(OURS))) is None


def test_an_excerpt_holds_the_words_and_no_private_link() -> None:
    assert excerpt_of(mime.read(samples.human(OURS))) == "Thank you, I will be glad to come."
    quoted = samples.human(OURS, says="See https://forum.example.org/answer/AAAAAQAAAAFq8cR1v0b8Qv0b8Qv0b8Qv \x00!")
    assert excerpt_of(mime.read(quoted)) == "See https://forum.example.org/answer/… !"
    long = "感谢邀请我会准时到会请问是否有接站以及住宿如何安排另外能否带一位同事"
    assert excerpt_of(mime.read(samples.human(OURS, says=long))) == long
    html = samples.chinese(OURS, NOT_FOUND)
    assert "收件人邮箱不存在" in excerpt_of(mime.read(html))
    assert mime.read(html).subject == "系统退信"


def test_the_same_message_is_recognised_by_whatever_way_it_comes() -> None:
    once = samples.report()
    again = b"Received: from a by b\r\nX-Original-To: x@example.org\r\n" + once.replace(b"\r\n", b"\n")
    assert mime.read(once).fingerprint == mime.read(again).fingerprint
    assert mime.read(once).fingerprint != mime.read(samples.report(status="5.2.2")).fingerprint


def deep(depth: int) -> bytes:
    opening = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (number, number) for number in range(depth)
    )
    return b"From: a@example.org\r\n" + opening + b"\r\nhello"


HEAD = b"From: MAILER-DAEMON@x.example\r\nSubject: failure notice\r\n"
HOSTILE = {
    "depth 1000": deep(1000),
    "100,000 parts": HEAD + b"Content-Type: multipart/report; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 100_000,
    "parts of parts": HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + (b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n" + b"--c\r\nA: b\r\n\r\n" * 100) * 100,
    "a header of 10 MB": b"Subject: " + b"=?utf-8?q?a?= " * 750_000 + b"\r\n\r\nhello",
    "200,000 headers": b"To: a@example.org\r\n" * 200_000 + b"\r\nhello",
    "base64 without end": HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QUFB" * 2_500_000,
    "quoted-printable": HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=\r\n" * 2_000_000,
    "open tags": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<style <script <" * 100_000,
    "words": HEAD + b"\r\n" + b"user user user account " * 100_000,
    "complaints": b"Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n"
     b"--b\r\nContent-Type: message/feedback-report\r\n\r\n" + b"Original-Rcpt-To: a\r\n" * 50_000
    + (b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + b"List-Unsubscribe: </unsubscribe/AAAAAAAA>\r\n" * 900) * 60,
    "numbers": HEAD + b"\r\n" + b"5.5.5.5." * 200_000,
    "ids": HEAD + b"\r\n" + (OURS.encode() + b" ") * 40_000,
    "quotes in a type": b"Content-Type: text/plain" + b';a="' * 20_000 + b"\r\n\r\nhello",
    "addresses": b"From: " + b"<a@b>,(" * 200_000 + b"\r\n\r\nhello",
    "folded": b"From: a@example.org\r\nSubject: a" + b"\r\n b" * 500_000 + b"\r\n\r\nhello",
    "calendar": b"Content-Type: text/calendar\r\n\r\n" + b"BEGIN:VEVENT\r\nUID:u\r\n" * 100_000,
    "calendar params": b"Content-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\n" + b'ATTENDEE;CN="' * 100_000 + b":x",
    "empty lines": b"\r\n" * 1_000_000,
    "only NUL": b"\0" * 3_000_000,
    "a lie": HEAD + b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a-" * 500_000,
    "zip as charset": HEAD + b"Content-Type: text/plain; charset=bz2\r\n\r\nhello",
    "no date": b"Date: Mon, 99 Foo 99999999999999999999 99:99:99 +9999\r\nContent-Type: text/calendar\r\n\r\n"
    b"BEGIN:VEVENT\r\nDTSTAMP:99999999T999999Z\r\nSEQUENCE:99999999999999999999\r\n",
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_message_costs_a_moment(what: str) -> None:
    raw = HOSTILE[what]
    tracemalloc.start()
    began = time.perf_counter()
    message = mime.read(raw)
    report_of(message, GUEST)
    reply_in(message)
    complaint = complaint_in(message)
    assert complaint is None or list(complaint.links()) == []
    excerpt = excerpt_of(message)
    took, peak = time.perf_counter() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(message.parts) <= mime.MOST_PARTS
    assert "\0" not in excerpt + message.subject + message.sender
    assert message.date is None or message.date.tzinfo
    assert took < 2, f"{took:.2f} s"
    assert peak < 40e6, f"{peak / 1e6:.0f} MB"
