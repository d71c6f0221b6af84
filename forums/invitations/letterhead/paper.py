"""From a guest and the words of a campaign to what letter.typ reads, and to the PDF: plain data, never typst source."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.columns import Bilingual
from forums.documents import shelf
from forums.documents.models import Document
from forums.documents.render.pdf import picture, printable, typeset
from forums.editions.models import Edition
from forums.invitations import letter_text
from forums.invitations.letter_text import MARK, MARKS, Guest
from forums.invitations.letterhead.models import Letterhead
from forums.mail.rendering import speaking
from forums.registrations.tickets import drawn_code

DIGITS = "〇一二三四五六七八九"
# A letter's own salutation: a first line that ends as one does. Its own signature: a last line that is no sentence.
SALUTES = re.compile(r"[:：,，]\s*$")
SENTENCE = re.compile(r"[。.!！?？:：;；,，]\s*$")
# What has no room for a line to end: it may end after so many letters.
UNBROKEN = re.compile(r"[!-\u2e7f]{30}(?=[!-\u2e7f])")
LONGEST_SALUTATION, LONGEST_SIGNATURE = 80, 40
MOST_HOSTS = 4
TEMPLATE = "letter.typ"
LINK = MARKS["link"]


# What each kind of campaign is called on paper, and as a file in Chinese and English.
HEADINGS = {
    "invitation": _l("Invitation"),
    "reminder": _l("Invitation"),
    "update": _l("Notice of change"),
    "cancellation": _l("Notice of cancellation"),
    "thanks": _l("Letter of thanks"),
}
FILE_NAMES = {
    "invitation": ("邀请函", "invitation"),
    "reminder": ("邀请函", "invitation"),
    "update": ("变更通知", "notice"),
    "cancellation": ("取消通知", "notice"),
    "thanks": ("感谢信", "thanks"),
}
WITH_CODE = ("invitation", "reminder", "update")  # these show the code to answer by


@dataclass(frozen=True)
class Words:
    """What one guest's letter says: paragraphs of lines, with marks for what is the guest's own (letter_text)."""

    language: str
    guest: Guest
    title: str
    paragraphs: Sequence[Sequence[str]]
    link: str
    written_on: date
    kind: str = "invitation"


def letter_pdf(head: Letterhead | None, edition: Edition, words: Words) -> bytes:
    """The letter on A4, tagged for readers of the screen. The same letter gives the same bytes. Raises FontMissing."""
    return typeset(TEMPLATE, letter_data(head, edition, words), issued=_issued(edition, words))


def letter_picture(head: Letterhead | None, edition: Edition, words: Words) -> bytes:
    """The first page as a PNG, to look at. Raises FontMissing."""
    return picture(TEMPLATE, letter_data(head, edition, words), issued=_issued(edition, words))


def _issued(edition: Edition, words: Words) -> datetime:
    return datetime.combine(words.written_on, time(), ZoneInfo(edition.zone))


def file_name(kind: str, language: str) -> str:
    """邀请函.pdf, invitation.pdf, and so on for the kind of campaign."""
    return f"{FILE_NAMES[kind][language != 'zh']}.pdf"


def letter_data(head: Letterhead | None, edition: Edition, words: Words) -> dict[str, Any]:
    """What letter.typ reads. Without a letterhead, the hosts of the edition stand in its place."""
    language = words.language
    with speaking(language):
        salutation, paragraphs, closing = _parts(words)
        organisation = _lines((head.organisation if head else edition.hosts).local(language))[:MOST_HOSTS]
        signer = [_local(text, language) for text in (head.post, head.signer)] if head else []
        heading = str(HEADINGS[words.kind])
        return {
            "language": language,
            "title": f"{heading} · {printable(words.title)}",
            "author": organisation[0] if organisation else "Billet",
            "description": printable(words.guest.name),
            "heading": heading,
            "logo": _picture(head.logo, _("Logo")) if head and head.logo else None,
            "seal": _picture(head.seal, _("Seal")) if head and head.seal else None,
            "organisation": organisation,
            "salutation": _breakable(salutation),
            "paragraphs": [[_pieces(line, words.link) for line in lines] for lines in paragraphs],
            "signature": [
                *(organisation or closing),
                *(["　".join(part for part in signer if part)] if any(signer) else []),
                _day(words.written_on, language),
            ],
            "reply": {
                "code": drawn_code(words.link, _("Answer the invitation")),
                "words": _("Scan this code to tell us whether you come."),
            }
            if words.link and words.kind in WITH_CODE
            else None,
            "footer": _local(head.contact, language) if head else "",
        }


def _parts(words: Words) -> tuple[str, list[list[str]], list[str]]:
    """Salutation, paragraphs, and who the text says it is from: its own first and last line where they are that."""
    paragraphs = [[_filled(line, words.guest) for line in lines] for lines in words.paragraphs]
    salutation, closing = "", []
    if paragraphs and SALUTES.search(first := printable(paragraphs[0][0])) and len(first) <= LONGEST_SALUTATION:
        salutation = first
        paragraphs[0] = paragraphs[0][1:]
    if len(paragraphs) > 1 and len(paragraphs[-1]) == 1:
        last = printable(paragraphs[-1][0])
        if len(last) <= LONGEST_SIGNATURE and not SENTENCE.search(last) and LINK not in paragraphs[-1][0]:
            closing = [last]
            paragraphs.pop()
    return salutation or _salutation(words.guest), [lines for lines in paragraphs if lines], closing


def _filled(line: str, guest: Guest) -> str:
    """The line with the guest's own words; their link stays a mark."""
    own = {name: MARK.sub("", value) for name, value in vars(guest).items()} | {"link": LINK}
    return "".join(piece["words"] if "words" in piece else own[piece["own"]] for piece in letter_text.pieces(line))


def _salutation(guest: Guest) -> str:
    name, title = printable(guest.name), printable(guest.title)
    if name and title:
        return str(_("Dear %(title)s %(name)s:", title=title, name=name))
    return str(_("Dear %(name)s:", name=name) if name else _("Dear guest,"))


def _pieces(line: str, link: str) -> list[dict[str, Any]]:
    """The line as text and links, in turn."""
    pieces: list[dict[str, Any]] = []
    for number, text in enumerate(line.split(LINK)):
        if number and link:
            pieces.append({"text": link, "link": True})
        kept = printable(text)
        if kept:
            # printable() strips what stood beside the link.
            kept = _breakable(kept)
            pieces.append({"text": f" {kept}" if number else f"{kept} " if LINK in line else kept, "link": False})
    return pieces


def _picture(document: Document, alt: str) -> dict[str, str]:
    return {"svg": _embedded(document.stored.sha256), "alt": alt}


@lru_cache(maxsize=16)
def _embedded(sha256: str) -> str:
    """A stored PNG inside an SVG, as typst takes pictures that are no files of its own."""
    content = shelf.path_of(sha256).read_bytes()
    wide, high = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))  # where every PNG says so
    data = base64.b64encode(content).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}">'
        f'<image width="{wide}" height="{high}" href="data:image/png;base64,{data}"/></svg>'
    )


def _day(day: date, language: str) -> str:
    """18 March 2027; 二〇二七年三月十八日, as formal letters are dated."""
    if language != "zh":
        return str(format_date(day, "d MMMM y", locale="en"))
    year = "".join(DIGITS[int(digit)] for digit in f"{day.year:04d}")
    return f"{year}年{_number(day.month)}月{_number(day.day)}日"


def _number(value: int) -> str:
    """1 to 31 in Chinese: 三, 十, 十八, 二十, 三十一."""
    tens, ones = divmod(value, 10)
    return (DIGITS[tens] if tens > 1 else "") + ("十" if tens else "") + (DIGITS[ones] if ones else "")


def _local(text: Bilingual, language: str) -> str:
    return _breakable(printable(text.local(language)))


def _lines(text: str) -> list[str]:
    return [_breakable(line) for part in text.splitlines() if (line := printable(part))]


def _breakable(text: str) -> str:
    return UNBROKEN.sub("\\g<0>\u200b", text)
