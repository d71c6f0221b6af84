"""A letter from outside, read within limits: whatever was sent, it takes a moment and a few megabytes.

The tree of a message is walked without recursion and only so deep and wide; what lies beyond is not looked at. Headers
and texts are cut to what somebody would read. Nothing raises: what is broken reads as less.
"""

from __future__ import annotations

import binascii
import codecs
import contextlib
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message as Headers
from email.parser import BytesHeaderParser
from email.utils import parseaddr, parsedate_to_datetime
from functools import cached_property
from html import unescape

from forums.clock import YEARS

MOST_BYTES = 2 * 1024 * 1024
MOST_OF_HEADERS = 64 * 1024
MOST_OF_A_HEADER = 4_000
MOST_OF_A_TEXT = 128 * 1024
MOST_PARTS = 50
DEEPEST = 8
_EMPTY_LINE = re.compile(rb"\r?\n\r?\n|\r\r")
# Names under which people's programs send text. Others (zip, punycode …) are none, or slow: they read as UTF-8.
_CHARSETS = re.compile(
    r"utf-?(8|16)(-?[lb]e)?|us-ascii|ascii|gb(2312|k|18030)|hz|big5|iso-?8859-\d+|(windows|cp)-?(125\d|936|874)|"
    r"iso-2022-(jp|kr)|shift_?jis|euc-(jp|kr|cn)|koi8-[ru]|latin-?1",
    re.IGNORECASE,
)
_AUTOMATIC = re.compile(
    r"(auto(matic|matisch)?[ -]?(reply|response|antwort)|out of (the )?office|自动(回复|答复)|休假)", re.IGNORECASE
)
_UNSEEN = re.compile(r"<(style|script|head|title)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Part:
    """One leaf of a message, or a message inside it."""

    headers: dict[str, list[str]]
    body: bytes

    def header(self, name: str) -> str:
        """The first header of this name in words, on one line; empty when there is none."""
        return _in_words(self.headers.get(name.lower(), [""])[0])

    def headers_named(self, *names: str) -> str:
        """All headers of these names, as they came, one on each line."""
        return "\n".join(value for name in names for value in self.headers.get(name.lower(), [])[:20])

    @cached_property
    def _type(self) -> Headers:
        typed = Headers()
        typed["Content-Type"] = " ".join(self.headers.get("content-type", ["text/plain"])[0][:1_000].split())
        return typed

    @property
    def kind(self) -> str:
        """Its type, "text/plain" where it says nothing sensible."""
        return self._type.get_content_type()

    def param(self, name: str) -> str:
        """A parameter of its type, as it was written."""
        try:
            value = self._type.get_param(name, "")
        except (ValueError, LookupError):
            return ""
        return value[:200] if isinstance(value, str) else ""

    @cached_property
    def content(self) -> bytes:
        """Its first bytes, as they were before base64 or quoted-printable."""
        coding = self.header("Content-Transfer-Encoding").lower()
        if coding == "base64":
            packed = re.sub(rb"[^A-Za-z0-9+/]", b"", self.body[: 2 * MOST_OF_A_TEXT])
            return binascii.a2b_base64(packed[: len(packed) // 4 * 4] + _rest(packed))[:MOST_OF_A_TEXT]
        if coding == "quoted-printable":
            return binascii.a2b_qp(self.body[: 3 * MOST_OF_A_TEXT])[:MOST_OF_A_TEXT]
        return self.body[:MOST_OF_A_TEXT]

    @cached_property
    def text(self) -> str:
        """Its words, with lines ending in \\n and without control characters."""
        text = _decoded(self.content, self.param("charset").lower())
        return _CONTROL.sub("", re.sub(r"\r\n?", "\n", text))


@dataclass(frozen=True)
class Message(Part):
    """A whole letter: its headers, and its leaves in their order."""

    parts: tuple[Part, ...]

    @property
    def sender(self) -> str:
        """The address in From, in lower case; empty when there is none."""
        address = parseaddr(self.header("From")[:1_000])[1].strip().lower()
        return address[:320] if "@" in address else ""

    @property
    def subject(self) -> str:
        return self.header("Subject")[:300]

    @property
    def message_id(self) -> str:
        return self.header("Message-ID")[:250]

    @property
    def date(self) -> datetime | None:
        """When it says that it was written."""
        try:
            said = parsedate_to_datetime(self.header("Date")[:200])
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
        if said.year not in YEARS:
            return None
        return (said if said.tzinfo else said.replace(tzinfo=UTC)).astimezone(UTC)

    @property
    def is_automatic(self) -> bool:
        """Whether a program wrote it by itself: somebody is away, or a list passes it on."""
        said = self.header("Auto-Submitted").lower()
        return (
            (said != "" and not said.startswith("no"))
            or any(self.header(name) for name in ("X-Autoreply", "X-Autorespond", "X-Autogenerated"))
            or self.header("Precedence").lower() in {"auto_reply", "bulk", "junk", "list"}
            or bool(_AUTOMATIC.search(self.subject))
        )

    @property
    def words(self) -> str:
        """What a person would read first: the plain text, else the HTML without its tags."""
        for kind in ("text/plain", "text/html"):
            for part in self.parts:
                if part.kind == kind and (text := part.text.strip()):
                    return text if kind == "text/plain" else _without_tags(text)
        return ""

    @property
    def fingerprint(self) -> str:
        """The same for the same letter, by whatever way it came twice (each way adds headers of its own)."""
        who = [self.headers_named(name) for name in ("Message-ID", "Date", "From", "To", "Subject")]
        body = self.body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").strip()
        return hashlib.sha256("\0".join(who).encode("utf-8", "surrogatepass") + b"\0" + body).hexdigest()


def read(raw: bytes) -> Message:
    """The message in these bytes, of which at most MOST_BYTES are looked at."""
    top = _part(raw[:MOST_BYTES].lstrip(b"\r\n"))
    return Message(top.headers, top.body, tuple(_leaves(top)))


def inner(part: Part) -> Part:
    """The message, or the headers, that a message/rfc822 or text/rfc822-headers part holds."""
    return _part(part.content)


def _leaves(top: Part) -> Iterator[Part]:
    waiting: list[tuple[Part | bytes, int]] = [(top, 0)]
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        next_one, depth = waiting.pop()
        part = _part(next_one) if isinstance(next_one, bytes) else next_one
        boundary = part.param("boundary") if part.kind.startswith("multipart/") else ""
        if boundary and depth < DEEPEST:
            waiting += [(raw, depth + 1) for raw in reversed(_inside(part.body, boundary))]
        else:
            yield part


def _inside(body: bytes, boundary: str) -> list[bytes]:
    """What stands between the boundaries; that the last one is missing does not matter."""
    name = re.escape(boundary.encode("utf-8", "surrogateescape"))
    mark = re.compile(rb"^--" + name + rb"(--)?[ \t]*\r?$", re.MULTILINE)
    found: list[bytes] = []
    start = None
    for line in mark.finditer(body):
        if start is not None:
            found.append(body[start : line.start()])
        start = line.end() + 1
        if line[1] or len(found) >= MOST_PARTS:
            return found
    return found if start is None else [*found, body[start:]]


def _part(raw: bytes) -> Part:
    end = _EMPTY_LINE.search(raw)
    head, body = (raw[: end.start()], raw[end.end() :]) if end else (raw, b"")
    if raw[:1] in {b"\n", b"\r"}:  # it begins with the empty line: no headers at all
        head, body = b"", raw
    headers: dict[str, list[str]] = {}
    for name, value in BytesHeaderParser().parsebytes(head[:MOST_OF_HEADERS]).raw_items():
        headers.setdefault(name.lower(), []).append(str(value)[:MOST_OF_A_HEADER])
    return Part(headers, body)


def _rest(packed: bytes) -> bytes:
    """The last group of base64, made whole: the text was cut, or never ended."""
    last = packed[len(packed) // 4 * 4 :]
    return last + b"=" * (4 - len(last)) if len(last) > 1 else b""


def _in_words(value: str) -> str:
    """A header on one line, RFC 2047 words decoded; bytes beyond ASCII as UTF-8 or GB 18030."""
    shown = _decoded(value.encode("utf-8", "surrogateescape"), "")
    if shown.isascii() and "=?" in shown:
        with contextlib.suppress(HeaderParseError, ValueError, LookupError):
            pieces = decode_header(shown)
            shown = "".join(
                piece if isinstance(piece, str) else _decoded(piece, charset or "") for piece, charset in pieces
            )
    return " ".join(_CONTROL.sub(" ", shown).split())


def _decoded(content: bytes, charset: str) -> str:
    """The text, whatever its charset says: GB2312 is GB 18030, and what lies or says nothing is guessed."""
    if _CHARSETS.fullmatch(charset):
        name = "gb18030" if charset.startswith(("gb", "cp936", "windows-936")) else charset
        try:
            return content.decode(codecs.lookup(name).name, "replace")
        except (LookupError, ValueError):
            pass
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        guessed = content.decode("gb18030", "replace")
        return content.decode("utf-8", "replace") if "\ufffd" in guessed else guessed


def _without_tags(text: str) -> str:
    seen, at = [], 0
    while opening := _UNSEEN.search(text, at):
        seen.append(text[at : opening.start()])
        closing = re.compile(rf"</{opening[1]}\s*>", re.IGNORECASE).search(text, opening.end())
        at = closing.end() if closing else len(text)
    return " ".join(unescape(_TAG.sub(" ", "".join([*seen, text[at:]]))).split())
