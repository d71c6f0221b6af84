"""What people typed, as it is stored: one function for each kind of question. Nothing that is typed is a fault."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from flask_babel import lazy_gettext as _l

from forums.clock import YEARS, read_day
from forums.directory.credit_code import BadCreditCode, read_credit_code
from forums.errors import Refused
from forums.registrations.forms import BREAKING, PHONE_PUNCTUATION
from forums.registrations.questions.models import Question

# Characters at the most, and what a field may hold at all before it is cut, so that refusing it costs little.
LONGEST = {"text": 500, "paragraph": 5_000, "phone": 40, "credit_code": 40, "number": 40, "date": 40}
LONGEST_JOURNEY = 60
FAR_TOO_LONG = 20_000
BETWEEN = " · "  # stands between the moment and the train or flight of a journey
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d{0,6})?|\.\d{1,6})", re.ASCII)


class NotUnderstood(Refused):
    """The answer cannot be taken as it is; the message says why and what to write."""


@dataclass(frozen=True)
class Journey:
    """When somebody arrives or leaves, in the venue's local time, and by what; either part may be empty."""

    at: str = ""  # 2027-03-18T14:05, as a field of a page holds it
    by: str = ""

    @classmethod
    def of(cls, stored: str) -> Journey:
        """The parts of a stored answer such as "2027-03-18 14:05 · G7324"."""
        found = _MOMENT.match(stored)
        if found is None:
            return cls(by=stored.removeprefix(BETWEEN))
        return cls(f"{found[1]}T{found[2]}", stored[found.end() :].removeprefix(BETWEEN))


def cut(typed: str) -> str:
    """What came in, without surrounding space, in composed form and with plain line ends."""
    text = unicodedata.normalize("NFC", typed[:FAR_TOO_LONG]).strip()
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read(question: Question, typed: str) -> str:
    """The text to store for a question that is answered by writing; "" for none. Raises NotUnderstood."""
    if not typed:
        return ""
    longest = LONGEST.get(question.kind, LONGEST["text"])
    if len(typed) > longest:
        raise NotUnderstood(
            _l("Please write at most %(longest)s characters (now %(n)s).", longest=longest, n=len(typed))
        )
    _refuse_control_characters(typed, lines=question.kind == "paragraph")
    reader = _READERS.get(question.kind)
    return reader(question, typed) if reader is not None else typed


def read_journey(at: str, by: str) -> str:
    """The moment and the train or flight as one text. Raises NotUnderstood."""
    if len(by) > LONGEST_JOURNEY:
        raise NotUnderstood(_l("Please give the train or flight in at most %(n)s characters.", n=LONGEST_JOURNEY))
    _refuse_control_characters(by, lines=False)
    if not at:
        return BETWEEN + by if _MOMENT.match(by) else by
    found = _MOMENT.fullmatch(at)
    try:
        moment = datetime.fromisoformat(f"{found[1]} {found[2]}") if found else None
    except ValueError:
        moment = None
    if moment is None or moment.year not in YEARS:
        raise NotUnderstood(_l("Please give day and time as 2027-03-18 14:05."))
    return f"{moment:%Y-%m-%d %H:%M}{BETWEEN}{by}" if by else f"{moment:%Y-%m-%d %H:%M}"


def decimal(text: str) -> Decimal | None:
    """A plain number such as 12, -3.5 or ３; None for everything else, also for NaN, 1e9 and infinity."""
    plain = unicodedata.normalize("NFKC", text[:60]).strip().replace("−", "-")
    if not _NUMBER.fullmatch(plain):
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None


def plain(number: Decimal) -> str:
    """A number as it is stored and shown: 12, -3.5; never 1E+2, -0 or 3.50."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def _number(question: Question, typed: str) -> str:
    number = decimal(typed)
    if number is None:
        raise NotUnderstood(_l("Please enter a number such as 12 or 3.5."))
    least, most = decimal(question.least), decimal(question.most)
    if least is not None and number < least:
        raise NotUnderstood(_l("Please enter at least %(least)s.", least=plain(least)))
    if most is not None and number > most:
        raise NotUnderstood(_l("Please enter at most %(most)s.", most=plain(most)))
    return plain(number)


def _date(_question: Question, typed: str) -> str:
    day = read_day(typed.replace("/", "-").replace(".", "-"))
    if day is None or not typed.isascii():
        raise NotUnderstood(_l("Please enter a day that exists, as 2027-03-18."))
    return day.isoformat()


def _phone(_question: Question, typed: str) -> str:
    if any(not letter.isdecimal() and letter not in PHONE_PUNCTUATION for letter in typed) or not any(
        letter.isdecimal() for letter in typed
    ):
        raise NotUnderstood(_l("Please enter a phone number: digits, spaces, +, - and brackets."))
    return typed


def _credit_code(_question: Question, typed: str) -> str:
    try:
        return read_credit_code(unicodedata.normalize("NFKC", typed)) or ""
    except BadCreditCode as no:
        raise NotUnderstood(no.args[0]) from None


def _refuse_control_characters(text: str, *, lines: bool) -> None:
    kept = {"\n", "\t"} if lines else set()
    if any(unicodedata.category(letter) in BREAKING and letter not in kept for letter in text):
        raise NotUnderstood(
            _l("Please leave out control characters.")
            if lines
            else _l("Please leave out line breaks and control characters.")
        )


_READERS: dict[str, Callable[[Question, str], str]] = {
    "number": _number,
    "date": _date,
    "phone": _phone,
    "credit_code": _credit_code,
}
