"""The bytes of a letter: parts in, one RFC 5322 message out, the same bytes each time.

Nothing here reads a clock, a row or the configuration. Headers are written by hand from cleaned values, because what
people type (names, subjects, file names) ends up in them: no control character reaches a header, so nothing can be
injected. Lines end in CRLF; bodies are ASCII on the wire, so any relay can carry them.
"""

import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from urllib.parse import quote

import idna

from forums.mail.faults import Permanent

# What an unquoted local part may hold (RFC 5322 dot-atom, with RFC 6531's characters beyond ASCII). Quoted local parts
# exist on paper only, and every mail system that met one did something else with it.
LOCAL_PART = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*")
LONGEST_ADDRESS = 254
LONGEST_LOCAL_PART = 64
LONGEST_NAME = 200
LONGEST_SUBJECT = 400
# What may not stand in a line: controls, what breaks lines (U+2028, U+2029), what turns the reading direction of all
# that follows (U+202A…202E, U+2066…2069), and halves of characters.
_CONTROLS = ((0, 0x1F), (0x7F, 0x9F), (0x2028, 0x202E), (0x2066, 0x2069), (0xD800, 0xDFFF))
_SPACED = {code: " " for first, last in _CONTROLS for code in range(first, last + 1)}
# How many addresses, names and encoded words are kept: most stand in every letter of a campaign, or twice in one.
KEPT = 2000


@dataclass(frozen=True)
class Attachment:
    """A file of a letter; with `inline_id` a picture that the HTML shows as `cid:<inline_id>`."""

    filename: str
    mimetype: str
    content: bytes
    inline_id: str | None = None


@dataclass(frozen=True)
class CalendarPart:
    """An iTIP message (RFC 5546) in bytes and its method: mail programs show it as an invitation to answer."""

    method: str
    content: bytes


@dataclass(frozen=True)
class Mailbox:
    """An address and the name written before it."""

    address: str
    name: str = ""


@lru_cache(maxsize=16)
def mailbox(text: str) -> Mailbox:
    """Of "Forum Office <forum@example.org>"."""
    name, address = parseaddr(text)
    return Mailbox(address, name)


@dataclass(frozen=True)
class Parts:
    """What a letter says, rendered: one subject line, the text, the HTML, the files and what a calendar is asked."""

    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()
    calendar: CalendarPart | None = None


@dataclass(frozen=True)
class Envelope:
    """Who a letter is from and to, and what makes a resend recognisable as the same letter.

    `unsubscribe` are the addresses at which more letters such as this one can be declined: the first in one click.
    """

    message_id: str
    date: datetime
    sender: Mailbox
    recipient: Mailbox
    language: str
    reply_to: Mailbox | None = None
    unsubscribe: tuple[str, ...] = ()


def compose(parts: Parts, envelope: Envelope, *, smtputf8: bool = False) -> bytes:
    """The message as bytes. `smtputf8` says whether the server takes addresses beyond ASCII before the @.

    Raises Permanent (`address_invalid`, `smtputf8_missing`) when an address cannot be written.
    """
    headers = [
        ("Date", format_datetime(envelope.date)),
        ("From", _mailbox(envelope.sender, "From", smtputf8=smtputf8)),
        ("To", _mailbox(envelope.recipient, "To", smtputf8=smtputf8)),
    ]
    if envelope.reply_to is not None:
        headers.append(("Reply-To", _mailbox(envelope.reply_to, "Reply-To", smtputf8=smtputf8)))
    headers += [
        ("Subject", _words(one_line(parts.subject, LONGEST_SUBJECT), "Subject")),
        ("Message-ID", f"<{_token(envelope.message_id)}>"),
        ("Content-Language", "zh-CN" if envelope.language == "zh" else "en"),
        ("Auto-Submitted", "auto-generated"),
        *_of_campaign(envelope.unsubscribe),
        ("MIME-Version", "1.0"),
    ]
    body = _body(parts, boundary=hashlib.sha256(envelope.message_id.encode()).hexdigest()[:24])
    return b"".join(f"{name}: {value}\r\n".encode() for name, value in headers) + body


def _of_campaign(unsubscribe: tuple[str, ...]) -> list[tuple[str, str]]:
    """What only a letter of a campaign carries (RFC 2369, RFC 8058).

    `Precedence` quiets the absence notices of servers that are too old for Auto-Submitted. A List-Id is left out: mail
    programs would file an invitation to one person as a mailing list.
    """
    if not unsubscribe:
        return []
    return [
        ("List-Unsubscribe", ",\r\n ".join(f"<{address}>" for address in unsubscribe)),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Precedence", "bulk"),
    ]


@lru_cache(maxsize=KEPT)
def address_on_the_wire(address: str, *, smtputf8: bool = False) -> str:
    """The address as SMTP takes it: the domain in IDNA, the local part as it is.

    Raises Permanent (`address_invalid`, `smtputf8_missing`).
    """
    local, at, domain = address.strip().rpartition("@")
    if not at or not LOCAL_PART.fullmatch(local) or len(local.encode()) > LONGEST_LOCAL_PART:
        raise Permanent("address_invalid", one_line(address))
    try:
        ascii_domain = _in_ascii(domain)
    except idna.IDNAError as error:
        raise Permanent("address_invalid", one_line(address)) from error
    wire = f"{local}@{ascii_domain}"
    if len(wire.encode()) > LONGEST_ADDRESS:
        raise Permanent("address_invalid", one_line(address))
    if not local.isascii() and not smtputf8:
        raise Permanent("smtputf8_missing", one_line(address))
    return wire


@lru_cache(maxsize=KEPT)
def one_line(value: str, longest: int = LONGEST_NAME) -> str:
    """The value on one line: control characters and line separators become spaces, runs of space become one."""
    return " ".join(value.translate(_SPACED).split())[:longest]


@lru_cache(maxsize=KEPT)
def _in_ascii(domain: str) -> str:
    return idna.encode(domain, uts46=True).decode("ascii")


@lru_cache(maxsize=KEPT)
def _mailbox(box: Mailbox, header: str, *, smtputf8: bool) -> str:
    address = address_on_the_wire(box.address, smtputf8=smtputf8)
    name = one_line(box.name)
    if not name:
        return address
    if name.isascii() and len(name) <= 60 and "=?" not in name:
        phrase = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    else:
        phrase = _encoded_words(name, header)
    # The address goes on a line of its own when the name filled the first one.
    gap = "\r\n " if "\r\n" in phrase or len(header) + len(phrase) + len(address) > 70 else " "
    return f"{phrase}{gap}<{address}>"


def _words(value: str, header: str) -> str:
    """Unstructured text: ASCII as it is when it is short, RFC 2047 words otherwise."""
    if value.isascii() and len(value) <= 70 and "=?" not in value:
        return value
    return _encoded_words(value, header)


@lru_cache(maxsize=KEPT)
def _encoded_words(value: str, header: str) -> str:
    return Header(value, charset="utf-8", header_name=header, maxlinelen=75).encode(linesep="\r\n")


def _token(value: str) -> str:
    """A Message-ID or Content-ID without its angle brackets; ours are ASCII, anything else is a mistake in the code."""
    bare = value.strip().removeprefix("<").removesuffix(">")
    if not re.fullmatch(r"[\x21-\x3b\x3d\x3f-\x7e]+", bare):
        raise ValueError(f"not a message or content id: {value!r}")
    return bare


def _body(parts: Parts, *, boundary: str) -> bytes:
    """Content headers, an empty line and the content.

    mixed(alternative(text, related(html, pictures), calendar), files). The calendar is no file beside: who gets an
    invitation twice in one letter is asked twice by some programs, and all that know it find it as an alternative
    (RFC 6047 2.4; it is where Exchange puts it).
    """
    inline = [item for item in parts.attachments if item.inline_id]
    files = [item for item in parts.attachments if not item.inline_id]
    html = _text_part(parts.html, "html")
    if inline:
        html = _multipart("related", [html, *map(_file_part, inline)], f"{boundary}r")
    ways = [_text_part(parts.text, "plain"), html]
    if parts.calendar is not None:
        ways.append(_calendar_part(parts.calendar))
    body = _multipart("alternative", ways, f"{boundary}a")
    return _multipart("mixed", [body, *map(_file_part, files)], f"{boundary}m") if files else body


def _multipart(kind: str, parts: Iterable[bytes], boundary: str) -> bytes:
    # "=_" can stand in neither quoted-printable nor base64 text, so no part can hold the boundary by chance.
    mark = f"=_{boundary}"
    head = f'Content-Type: multipart/{kind}; boundary="{mark}"\r\n\r\n'.encode()
    opening, closing = f"--{mark}\r\n".encode(), f"--{mark}--\r\n".encode()
    return head + b"".join(opening + part + b"\r\n" for part in parts) + closing


def _text_part(text: str, subtype: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    content = lines.encode("utf-8", "replace")
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: "
    # Quoted-printable stays readable for Latin text and triples Chinese, so the text decides: base64 from one octet in
    # six beyond ASCII on, of which a Chinese character has three, two more than it would have otherwise.
    if (len(content) - len(lines)) * 9 > len(content):
        return f"{head}base64\r\n\r\n".encode() + _base64_lines(content.replace(b"\n", b"\r\n"))
    quoted = binascii.b2a_qp(content, istext=True).replace(b"\n", b"\r\n")
    return f"{head}quoted-printable\r\n\r\n".encode() + quoted + (b"" if quoted.endswith(b"\n") else b"\r\n")


def _calendar_part(part: CalendarPart) -> bytes:
    """Base64 whatever the language: its lines are folded by octets, and no relay may fold them again."""
    head = f"Content-Type: text/calendar; method={part.method}; charset=utf-8\r\nContent-Transfer-Encoding: base64"
    return f"{head}\r\n\r\n".encode() + _base64_lines(part.content)


def _file_part(item: Attachment) -> bytes:
    name = one_line(item.filename) or "file"
    kind = item.mimetype if re.fullmatch(r"[\w.+-]+/[\w.+-]+(; ?[\w-]+=[\w-]+)*", item.mimetype) else ""
    lines = [f"Content-Type: {kind or 'application/octet-stream'}", "Content-Transfer-Encoding: base64"]
    lines.append(f"Content-Disposition: {'inline' if item.inline_id else 'attachment'};\r\n {_filename(name)}")
    if item.inline_id:
        lines.append(f"Content-ID: <{_token(item.inline_id)}>")
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + _base64_lines(item.content)


def _filename(name: str) -> str:
    """RFC 2231, which carries 峰会日程.ics whole; quoted when it is plain."""
    if re.fullmatch(r"[\w.+ -]{1,60}", name, re.ASCII):
        return f'filename="{name}"'
    return "filename*=utf-8''" + quote(name.encode("utf-8", "replace"), safe="")


def _base64_lines(content: bytes) -> bytes:
    encoded = binascii.b2a_base64(content, newline=False)
    return b"".join([encoded[start : start + 76] + b"\r\n" for start in range(0, len(encoded), 76)]) or b"\r\n"
