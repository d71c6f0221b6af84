"""What a room adds to its letters at delivery: their files, and what must be true when a letter goes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeAlias, TypeVar

from forums.mail.compose import Attachment, CalendarPart

Maker: TypeAlias = Callable[[dict[str, Any], str], list[Attachment]]
CalendarMaker: TypeAlias = Callable[[dict[str, Any], str], CalendarPart | None]
Teller: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
Adder = TypeVar("Adder", bound=Callable[..., Any])


class Declaration(Generic[Adder]):
    """A decorator that names the letter which a function adds something to; once for each letter."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.by_letter: dict[str, Adder] = {}

    def __call__(self, letter: str) -> Callable[[Adder], Adder]:
        def declare(add: Adder) -> Adder:
            if letter in self.by_letter:
                raise ValueError(f"{self.what} of {letter!r} declared twice")
            self.by_letter[letter] = add
            return add

        return declare


# The files of a letter: `(params, language) → list[Attachment]`, called with the frozen parameters.
attachments = Declaration[Maker]("attachments")
# What a letter asks the reader's calendar: `(params, language) → CalendarPart`, or None for nothing.
calendar = Declaration[CalendarMaker]("calendar")
# Values of a letter that would be stale, or dear, in the request that wrote it: `(params) → values`.
told_at_delivery = Declaration[Teller]("values")


def attachments_of(letter: str, params: dict[str, Any], language: str) -> tuple[Attachment, ...]:
    make = attachments.by_letter.get(letter)
    return tuple(make(params, language)) if make else ()


def calendar_of(letter: str, params: dict[str, Any], language: str) -> CalendarPart | None:
    make = calendar.by_letter.get(letter)
    return make(params, language) if make else None


def values_of(letter: str, params: dict[str, Any]) -> dict[str, Any]:
    tell = told_at_delivery.by_letter.get(letter)
    return tell(params) if tell else {}
