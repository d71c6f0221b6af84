"""What a room adds to its letters at delivery: their files, and what must be true when a letter goes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from forums.mail.compose import Attachment, CalendarPart

Maker: TypeAlias = Callable[[dict[str, Any], str], list[Attachment]]
CalendarMaker: TypeAlias = Callable[[dict[str, Any], str], CalendarPart | None]
Teller: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
_makers: dict[str, Maker] = {}
_calendars: dict[str, CalendarMaker] = {}
_tellers: dict[str, Teller] = {}


def attachments(letter: str) -> Callable[[Maker], Maker]:
    """Declare the files of a letter: `(params, language) → list[Attachment]`, called with the frozen parameters."""

    def declare(make: Maker) -> Maker:
        if letter in _makers:
            raise ValueError(f"attachments of {letter!r} are declared twice")
        _makers[letter] = make
        return make

    return declare


def attachments_of(letter: str, params: dict[str, Any], language: str) -> tuple[Attachment, ...]:
    make = _makers.get(letter)
    return tuple(make(params, language)) if make else ()


def calendar(letter: str) -> Callable[[CalendarMaker], CalendarMaker]:
    """Declare what a letter asks the reader's calendar: `(params, language) → CalendarPart`, or None for nothing."""

    def declare(make: CalendarMaker) -> CalendarMaker:
        if letter in _calendars:
            raise ValueError(f"the calendar of {letter!r} is declared twice")
        _calendars[letter] = make
        return make

    return declare


def calendar_of(letter: str, params: dict[str, Any], language: str) -> CalendarPart | None:
    make = _calendars.get(letter)
    return make(params, language) if make else None


def told_at_delivery(letter: str) -> Callable[[Teller], Teller]:
    """Declare values of a letter that would be stale, or dear, in the request that wrote it: `(params) → values`."""

    def declare(tell: Teller) -> Teller:
        if letter in _tellers:
            raise ValueError(f"values of {letter!r} are declared twice")
        _tellers[letter] = tell
        return tell

    return declare


def values_of(letter: str, params: dict[str, Any]) -> dict[str, Any]:
    tell = _tellers.get(letter)
    return tell(params) if tell else {}
