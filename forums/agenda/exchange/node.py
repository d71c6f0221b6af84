"""A lenient reader's hand on one object of a file: takes what is there, and notes what is not as it should be."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo

from forums.agenda.exchange.programme import Problem
from forums.agenda.exchange.rows import Row
from forums.clock import YEARS, known_zones
from forums.columns import Bilingual

N_ = str  # marks a sentence for the translators; it is translated where it is shown

MOST_PROBLEMS = 1000
LONGEST_TEXT = 20_000
LONGEST_NAME = 300
LONGEST_KEY = 120
CHINESE = re.compile(r"[\u3400-\u9fff]")
DURATION = re.compile(r"(\d{1,3}):([0-5]\d)(?::[0-5]\d)?")

NOT_AN_OBJECT = N_("An object was expected here.")
NOT_A_LIST = N_("A list was expected here.")
NOT_TEXT = N_("Text was expected here.")
NOT_A_MOMENT = N_("This is not a date and time such as 2019-08-17T09:00:00+08:00.")
NOT_A_DATE = N_("This is not a date such as 2019-08-17.")
NO_ZONE = N_("This time names no zone; it was read in the zone of the edition.")
TOO_LONG = N_("This text is too long and was cut.")
NO_SUCH_ZONE = N_("This is not the name of a time zone; the zone of the edition was used.")
MORE_PROBLEMS = N_("There are more problems; only the first thousand are listed.")


class Problems(list[Problem]):
    """Collects problems, a thousand at the most."""

    def note(self, line: int, field: str, value: object, reason: str) -> None:
        if len(self) < MOST_PROBLEMS:
            self.append(Problem(line, field, shown(value), reason))
        elif len(self) == MOST_PROBLEMS:
            self.append(Problem(0, "", "", MORE_PROBLEMS))


class Node:
    """One object with its path and line. `zone` reads the times that name none."""

    def __init__(self, row: Row, path: str, problems: Problems, zone: tzinfo = UTC) -> None:
        self.row, self.path, self.problems, self.zone = row, row.path or path, problems, zone
        self.line = row.line
        self.unreadable = False  # a time was written that nobody can read

    def at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def complain(self, name: str, reason: str, value: object = None) -> None:
        self.problems.note(self.line, self.at(name) if name else self.path, value, reason)

    def text(self, name: str, longest: int = LONGEST_NAME) -> str:
        """Text, a number as text, or "" when absent or something else."""
        value = self.row.get(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self.complain(name, NOT_TEXT, value)
            return ""
        plain = clean(str(value))
        if len(plain) > longest:
            self.complain(name, TOO_LONG, plain)
            plain = plain[:longest].rstrip()
        return plain

    def key(self, *names: str) -> str:
        """The first of these fields that identifies the object."""
        return next((found for name in names if (found := self.text(name, LONGEST_KEY))), "")

    def both(self, name: str, longest: int = LONGEST_NAME) -> Bilingual:
        """{"zh": …, "en": …}, or one plain text that is filed under the language it is written in."""
        if isinstance(self.row.get(name), dict):
            inner = self.child(name)
            return Bilingual(inner.text("zh", longest), inner.text("en", longest))
        return filed(self.text(name, longest))

    def child(self, name: str) -> "Node":
        value = self.row.get(name)
        if isinstance(value, Row):
            return Node(value, self.at(name), self.problems, self.zone)
        if value is not None:
            self.complain(name, NOT_AN_OBJECT, value)
        return self.empty(name)

    def empty(self, name: str) -> "Node":
        nothing = Row()
        nothing.line = self.line
        return Node(nothing, self.at(name), self.problems, self.zone)

    def items(self, name: str) -> Iterator[object]:
        """The raw values of a list, or of nothing."""
        value = self.row.get(name)
        if isinstance(value, list):
            yield from value
        elif value is not None:
            self.complain(name, NOT_A_LIST, value)

    def children(self, name: str) -> Iterator["Node"]:
        """The objects of a list; anything else in it is a problem of its own."""
        line = self.line
        for index, value in enumerate(self.items(name)):
            path = f"{self.at(name)}[{index}]"
            if isinstance(value, Row):
                line = value.line
                yield Node(value, path, self.problems, self.zone)
            else:  # only objects know their line; the one before is the nearest
                self.problems.note(line, path, value, NOT_AN_OBJECT)

    def moment(self, name: str) -> datetime | None:
        """An instant in UTC, or None with a problem when something else is written there."""
        written = self.text(name, LONGEST_KEY)
        if not written:
            return None
        try:
            read = datetime.fromisoformat(written)
            if read.tzinfo is None:
                self.complain(name, NO_ZONE, written)
                read = read.replace(tzinfo=self.zone)
            read = read.astimezone(UTC)
        except (ValueError, OverflowError):
            read = None
        if read is None or read.year not in YEARS:
            self.complain(name, NOT_A_MOMENT, written)
            self.unreadable = True
            return None
        return read

    def day(self, name: str) -> date | None:
        """The date of a date or of a date and time."""
        written = self.text(name, LONGEST_KEY)
        if not written:
            return None
        try:
            read = datetime.fromisoformat(written).date()
        except ValueError:
            read = None
        if read is None or read.year not in YEARS:
            self.complain(name, NOT_A_DATE, written)
            return None
        return read

    def zone_name(self, name: str) -> str:
        """The name of a time zone, or ""."""
        zone = self.text(name, LONGEST_KEY)
        if zone and zone not in known_zones():
            self.complain(name, NO_SUCH_ZONE, zone)
            return ""
        return zone

    def whole(self, name: str) -> int | None:
        """A whole number between 1 and a million."""
        value = self.row.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 1_000_000:
            return value
        return None

    def duration(self, name: str) -> timedelta | None:
        """Hours and minutes, "01:30"."""
        found = DURATION.fullmatch(self.text(name, LONGEST_KEY))
        return timedelta(hours=int(found[1]), minutes=int(found[2])) if found else None


def clean(text: str) -> str:
    """The text without what no page, database or XML file can carry: control characters and lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isprintable():
        return text.strip()
    kept = (
        character
        for character in text
        if character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cs", "Cn"}
    )
    return "".join(kept).strip()


def filed(text: str, language: str = "") -> Bilingual:
    """One plain text under the language it is said to be in, or else looks like."""
    chinese = language.lower().startswith("zh") or (not language and CHINESE.search(text))
    return Bilingual(zh=text) if chinese else Bilingual(en=text)


def shown(value: object) -> str:
    """A value as a problem row shows it: short, on one line."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return "{…}" if isinstance(value, dict) else "[…]"
    plain = " ".join(clean(str(value)).split())
    return plain if len(plain) <= 120 else plain[:119] + "…"
