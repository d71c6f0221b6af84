"""Bytes of a letter: readable by the standard parser, the same each time, impossible to inject into."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from forums.mail.compose import Attachment, CalendarPart, Envelope, Mailbox, Parts, address_on_the_wire, compose
from forums.mail.faults import Permanent

DATE = datetime(2026, 10, 5, 8, 30, tzinfo=UTC)


def envelope(**changes: object) -> Envelope:
    values = {
        "message_id": "abc.123@billet.example",
        "date": DATE,
        "sender": Mailbox("forum@billet.example", "濉溪铝业论坛"),
        "recipient": Mailbox("li@example.org", "李工"),
        "language": "zh",
    }
    return Envelope(**(values | changes))  # type: ignore[arg-type]


def parts(**changes: object) -> Parts:
    values = {"subject": "报名已确认", "text": "您好\n", "html": "<p>您好</p>\n"}
    return Parts(**(values | changes))  # type: ignore[arg-type]


def read(message: bytes) -> EmailMessage:
    parsed = message_from_bytes(message, policy=policy.default)
    assert not parsed.defects
    return parsed  # type: ignore[return-value]


def test_chinese_names_subject_and_bodies_survive() -> None:
    message = read(compose(parts(), envelope(reply_to=Mailbox("office@example.org", "组委会"))))
    assert str(message["Subject"]) == "报名已确认"
    assert str(message["From"]) == "濉溪铝业论坛 <forum@billet.example>"
    assert str(message["To"]) == "李工 <li@example.org>"
    assert str(message["Reply-To"]) == "组委会 <office@example.org>"
    assert message["Date"].datetime == DATE
    assert message["Message-ID"] == "<abc.123@billet.example>"
    assert message["Content-Language"] == "zh-CN"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_body(("plain",)).get_content().rstrip() == "您好"
    assert message.get_body(("html",)).get_content().rstrip() == "<p>您好</p>"


def test_a_letter_of_a_campaign_can_be_declined() -> None:
    web, mailbox = f"https://forum.example/unsubscribe/{'A' * 32}?lang=zh", "mailto:replies+u1@forum.example"
    message = read(compose(parts(), envelope(unsubscribe=(web, mailbox))))
    assert message["List-Unsubscribe"].split(", ") == [f"<{web}>", f"<{mailbox}>"]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Precedence"] == "bulk"
    assert str(message["Subject"]) == "报名已确认"


def test_same_parts_same_bytes() -> None:
    assert compose(parts(), envelope()) == compose(parts(), envelope())


def test_pictures_are_related_to_the_html_and_files_are_attached() -> None:
    files = (
        Attachment("ticket.png", "image/png", b"\x89PNG\r\n" * 50, inline_id="ticket"),
        Attachment("峰会日程.ics", "text/calendar; charset=utf-8", b"BEGIN:VCALENDAR\r\n"),
    )
    message = read(compose(parts(attachments=files), envelope()))
    assert message.get_content_type() == "multipart/mixed"
    picture = next(part for part in message.walk() if part.get_content_type() == "image/png")
    assert picture["Content-ID"] == "<ticket>"
    assert picture.get_content_disposition() == "inline"
    assert picture.get_content() == b"\x89PNG\r\n" * 50
    [calendar] = message.iter_attachments()
    assert calendar.get_filename() == "峰会日程.ics"
    assert calendar.get_content_type() == "text/calendar"


def test_what_the_calendar_is_asked_is_a_third_way_to_read_the_letter() -> None:
    asked = CalendarPart("REQUEST", "BEGIN:VCALENDAR\r\nSUMMARY:峰会\r\nEND:VCALENDAR\r\n".encode())
    paper = Attachment("邀请函.pdf", "application/pdf", b"%PDF-1.7")
    bare = read(compose(parts(calendar=asked), envelope()))
    assert [bare.get_content_type(), *(part.get_content_type() for part in bare.iter_parts())] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    message = read(compose(parts(calendar=asked, attachments=(paper,)), envelope()))
    body, file = message.iter_parts()
    assert (message.get_content_type(), file.get_filename()) == ("multipart/mixed", "邀请函.pdf")
    *_, calendar = body.iter_parts()
    assert dict(calendar["Content-Type"].params) == {"method": "REQUEST", "charset": "utf-8"}
    assert (calendar.get_content_disposition(), calendar.get_payload(decode=True)) == (None, asked.content)


@pytest.mark.parametrize(
    "evil", ["a\r\nBcc: victim@example.org", "a\nBcc: victim@example.org", "a\u2028Bcc: x@example.org", "\x00\x0b\x85"]
)
def test_nothing_can_be_injected(evil: str) -> None:
    file = Attachment(evil, "text/plain\r\nX-Evil: 1", b"x")
    message = read(
        compose(
            parts(subject=evil, attachments=(file,)),
            envelope(recipient=Mailbox("li@example.org", evil), reply_to=Mailbox("office@example.org", evil)),
        )
    )
    names = {"Date", "From", "To", "Reply-To", "Subject", "Message-ID", "Content-Language", "Auto-Submitted"}
    assert set(message.keys()) == names | {"MIME-Version", "Content-Type"}
    assert message["Bcc"] is None
    assert [box.addr_spec for box in message["To"].addresses] == ["li@example.org"]
    assert all(part["X-Evil"] is None for part in message.walk())


@pytest.mark.parametrize("name", ['O"Brien \\ Co', "=?utf-8?b?eA==?=", "名" * 300, "Ann, Bob <x@y.example>", "a" * 500])
def test_awkward_names_stay_one_mailbox(name: str) -> None:
    message = compose(parts(subject=name), envelope(recipient=Mailbox("li@example.org", name)))
    [box] = read(message)["To"].addresses
    assert box.addr_spec == "li@example.org"
    # The parser of Python 3.11 leaves a space between adjacent encoded words of a phrase; mail programs do not.
    assert box.display_name.replace(" ", "") == name[:200].replace(" ", "")
    assert str(read(message)["Subject"]) == name[:400]
    assert all(len(line) <= 78 for line in message.split(b"\r\n\r\n")[0].split(b"\r\n"))


def test_lines_end_in_crlf_and_are_ascii_and_short() -> None:
    long_text = ("x" * 3000 + "\r\n.\nFrom here é\n") * 3
    message = compose(parts(text=long_text), envelope())
    assert message.isascii()
    assert b"\n" not in message.replace(b"\r\n", b"")
    assert max(map(len, message.split(b"\r\n"))) <= 100
    assert read(message).get_body(("plain",)).get_content().splitlines() == long_text.splitlines()


def test_a_domain_beyond_ascii_goes_out_in_idna() -> None:
    assert address_on_the_wire("li@铝业.中国") == "li@xn--vhqz83o.xn--fiqs8s"
    assert (
        str(read(compose(parts(), envelope(recipient=Mailbox("li@Bücher.example"))))["To"])
        == "li@xn--bcher-kva.example"
    )


def test_a_local_part_beyond_ascii_needs_a_server_that_takes_it() -> None:
    with pytest.raises(Permanent) as refusal:
        compose(parts(), envelope(recipient=Mailbox("李工@example.org")))
    assert (refusal.value.reason, refusal.value.detail) == ("smtputf8_missing", "李工@example.org")
    message = compose(parts(), envelope(recipient=Mailbox("李工@example.org")), smtputf8=True)
    assert "李工@example.org".encode() in message


@pytest.mark.parametrize(
    "address",
    [
        "",
        "li",
        "@example.org",
        "li@",
        "a b@example.org",
        "a@b@example.org",
        "<li@example.org>",
        "li@example.org\nBcc: x@y.z",
        "li@exa mple.org",
        '"li"@example.org',
        "li,x@example.org",
        "x" * 65 + "@example.org",
        "li@" + "a." * 130 + "org",
        "li@-.org",
    ],
)
def test_what_is_no_address_fails_for_good(address: str) -> None:
    with pytest.raises(Permanent) as refusal:
        address_on_the_wire(address)
    assert refusal.value.reason == "address_invalid"
