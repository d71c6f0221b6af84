"""Column types that both databases share: UTC moments and bilingual text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from sqlalchemy import Date, DateTime, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Composite, composite, mapped_column
from sqlalchemy.types import TypeDecorator

Language = Literal["zh", "en"]


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC. SQLite keeps no zone, so it is put back on the way out.

    Forms take no year beyond clock.YEARS; what was stored before them may lie at the ends of the calendar, where no
    zone can be added to it. It is read with the nearest year that bears that, and kept as it is.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no zone; store aware moments only")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        if moment.year not in _SAFE:
            moment = moment.replace(year=_nearest(moment.year))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Day(TypeDecorator[date]):
    """A date. At the ends of the calendar it is read as UtcDateTime reads a moment there."""

    impl = Date
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        day: date | None = value
        return day if day is None or day.year in _SAFE else day.replace(year=_nearest(day.year))


_SAFE = range(12, 9_989)  # from a leap year to a leap year, which have any day


def _nearest(year: int) -> int:
    return _SAFE[0] if year < _SAFE[0] else _SAFE[-1]


@dataclass(frozen=True)
class Bilingual:
    """One text in Chinese and English; either may be missing."""

    zh: str = ""
    en: str = ""

    def __post_init__(self) -> None:
        # A row that is not flushed yet has None where its columns' defaults will be.
        object.__setattr__(self, "zh", self.zh or "")
        object.__setattr__(self, "en", self.en or "")

    def local(self, language: str) -> str:
        """The text in the reader's language ("zh" or "en"), falling back to the other."""
        return (self.zh or self.en) if language == "zh" else (self.en or self.zh)

    def __bool__(self) -> bool:
        return bool(self.zh or self.en)


def bilingual(name: str, length: int | None = 300) -> Composite[Bilingual]:
    """A pair of columns `<name>_zh` and `<name>_en`; length None makes them unbounded text.

    Query one as `Model.title_zh` (typed code: `Model.__table__.c.title_zh`), or compare the pair:
    `Model.title == Bilingual(...)`.
    """
    kind = Text() if length is None else String(length)
    return composite(
        Bilingual,
        mapped_column(f"{name}_zh", kind, default="", server_default=""),
        mapped_column(f"{name}_en", kind, default="", server_default=""),
        return_none_on=None,
    )
