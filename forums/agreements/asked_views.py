"""What the reader of a tally asks for: a moment, a basis, a definition and a unit; all of it in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from flask import request

from forums import money
from forums.agreements.definitions.queries import Definition, chosen_definition, definition
from forums.agreements.vocabulary import BASES, HEADLINE_BASIS
from forums.clock import read_day, read_moment
from forums.editions.models import Edition, Series
from forums.web.language import language
from forums.web.paging import Page

T = TypeVar("T")
ROWS_PER_PAGE = 50
ZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class Asked:
    """`as_of` None is now; `typed` is what the reader wrote for it, and `wrong` whether that is no moment."""

    as_of: datetime | None
    typed: str
    wrong: bool
    zone: str
    basis: str
    definition: Definition
    is_chosen: bool
    unit: str

    @property
    def args(self) -> dict[str, str]:
        """What links to the rows and files of the same tally carry."""
        asked_for = {
            "as_of": self.typed if self.as_of else "",
            "basis": self.basis if self.basis != HEADLINE_BASIS else "",
            "rules": "" if self.is_chosen else self.definition.key,
            "unit": request.args.get("unit", "") and self.unit,
        }
        return {name: value for name, value in asked_for.items() if value}

    @property
    def is_usual(self) -> bool:
        """The tally of this moment, on the headline basis, by the series' own definition."""
        return self.as_of is None and self.basis == HEADLINE_BASIS and self.is_chosen


def asked(series: Series, edition: Edition | None = None) -> Asked:
    """What this request's address asks for; anything unknown in it is the usual."""
    zone = edition.zone if edition is not None else ZONE
    typed = request.args.get("as_of", "").strip()[:40]
    as_of = moment_of(typed, zone) if typed else None
    basis, unit = request.args.get("basis", ""), request.args.get("unit", "")
    usual = chosen_definition(series, as_of)
    wanted = definition(series, request.args.get("rules", "")) or usual
    return Asked(
        as_of=as_of,
        typed=typed,
        wrong=bool(typed) and as_of is None,
        zone=zone,
        basis=basis if basis in BASES else HEADLINE_BASIS,
        definition=wanted,
        is_chosen=wanted.key == usual.key,
        unit=unit if unit in money.TABLE_UNITS else money.table_unit(language()),
    )


def moment_of(typed: str, zone: str) -> datetime | None:
    """A day means its last instant in the zone, a time without an offset is the zone's; None is no moment."""
    day = read_day(typed)
    if day is None:
        return read_moment(typed.replace(" ", "+"), ZoneInfo(zone))
    return (datetime.combine(day, time.min, ZoneInfo(zone)) + timedelta(days=1, microseconds=-1)).astimezone(UTC)


def slice_of(rows: Sequence[T]) -> Page[T]:
    """The page of these rows that the address asks for."""
    pages = max(1, -(-len(rows) // ROWS_PER_PAGE))
    number = min(max(request.args.get("page", 1, type=int), 1), pages)
    items = list(rows[(number - 1) * ROWS_PER_PAGE : number * ROWS_PER_PAGE])
    return Page(items, number, pages, len(rows), ROWS_PER_PAGE)
