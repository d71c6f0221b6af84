"""The words that organisers write, with placeholders from a short list; never Jinja, never str.format.

One pass replaces `{name}` by its value and looks at no value again, so a guest called "{link}" changes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from forums.clock import days
from forums.editions.models import Edition
from forums.errors import Refused

PLACEHOLDERS: dict[str, Any] = {
    "name": _l("the guest's name"),
    "organisation": _l("their organisation"),
    "title": _l("their form of address or post"),
    "edition": _l("the title of the event"),
    "dates": _l("its dates"),
    "venue": _l("its venue"),
    "link": _l("the link to the guest's own answer page"),
}
# Chinese input methods give full-width braces; they mean the same.
PLACEHOLDER = re.compile(r"[{｛]([^{}｛｝\n]*)[}｝]")
BRACE = re.compile(r"[{}｛｝]")
# What is the guest's own stands as a mark until delivery: characters that no text holds (private use). So all letters
# of a campaign hold the same words.
MARKS = {"link": "\ue000", "name": "\ue001", "organisation": "\ue002", "title": "\ue003"}
MARK = re.compile(f"([{''.join(MARKS.values())}])")


class WrongPlaceholder(Refused):
    """The text names something that is not there."""


# Letters that look like nothing, beside spaces, marks and controls: the fillers of Hangul, and Braille's empty cell.
FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Me", "Mn", "Zl", "Zp", "Zs"})


class NothingToSee(Refused):
    """The text is not empty, and shows nothing."""


@dataclass(frozen=True)
class Guest:
    """Whom a letter addresses."""

    name: str
    organisation: str = ""
    title: str = ""


def check(text: str, known: Mapping[str, Any] = PLACEHOLDERS) -> None:
    """Raise WrongPlaceholder, naming the first that is not among the known ones, and NothingToSee."""
    if text.strip() and not any(map(_is_seen, text)):
        raise NothingToSee(
            _l("This holds only characters that nobody can see. Write something here, or leave it empty.")
        )
    for match in PLACEHOLDER.finditer(text):
        if match[1].strip().lower() not in known:
            raise WrongPlaceholder(
                _l(
                    "%(wrong)s is no placeholder. There are: %(right)s.",
                    wrong=match[0],
                    right=", ".join(f"{{{name}}}" for name in known),
                )
            )
    if stray := BRACE.search(PLACEHOLDER.sub("", text)):
        raise WrongPlaceholder(_l("A brace %(brace)s stands alone. Placeholders look like {name}.", brace=stray[0]))


def _is_seen(character: str) -> bool:
    return character not in FILLERS and unicodedata.category(character) not in UNSEEN


def used(text: str) -> set[str]:
    """The placeholders a text uses."""
    return {match[1].strip().lower() for match in PLACEHOLDER.finditer(text)} & PLACEHOLDERS.keys()


def fill(text: str, guest: Guest, edition: Edition, language: str) -> str:
    """The text with marks for what is the guest's own, where they have it: see pieces()."""
    shared = {
        "edition": edition.title.local(language),
        "dates": dates(edition, language),
        "venue": edition.venue.local(language),
    }
    own = {"link": "…", "name": guest.name, "organisation": guest.organisation, "title": guest.title}
    values = {name: MARK.sub("", value) for name, value in shared.items()}
    values |= {name: MARKS[name] if value.strip() else "" for name, value in own.items()}
    return PLACEHOLDER.sub(lambda match: values[match[1].strip().lower()], MARK.sub("", text))


def pieces(line: str) -> list[dict[str, str]]:
    """The words of a line and, between them, what is the guest's own: {"words": …} or {"own": "name"}."""
    own = {mark: name for name, mark in MARKS.items()}
    return [{"own": own[piece]} if piece in own else {"words": piece} for piece in MARK.split(line) if piece]


def paragraphs(text: str) -> list[list[str]]:
    """Paragraphs (set apart by empty lines) of lines."""
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n").strip())
    return [[line.strip() for line in block.split("\n")] for block in blocks if block.strip()]


def dates(edition: Edition, language: str) -> str:
    """18 March 2027; 18–19 March 2027; 2027年3月18日至19日."""
    return days(edition.starts_on, edition.ends_on, language)
