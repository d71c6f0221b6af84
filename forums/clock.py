"""The only clock, its zones, and days in words. Everything is UTC; an edition keeps its zone beside its times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, tzinfo
from functools import cache
from zoneinfo import available_timezones

from babel.dates import format_date

known_zones = cache(available_timezones)  # it reads the zone files of the machine, 10 ms each time
YEARS = range(1900, 2200)  # nothing earlier or later is taken: zones and days may still be added to it
_frozen: ContextVar[datetime | None] = ContextVar("frozen", default=None)


def now() -> datetime:
    """This moment, aware, in UTC."""
    return _frozen.get() or datetime.now(UTC)


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Let the clock stand at an aware moment (for compiling "as of", and for tests)."""
    token = _frozen.set(at.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)


def read_day(text: str) -> date | None:
    """2027-03-18; None when it is no day, or none within YEARS."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def read_moment(text: str, zone: tzinfo) -> datetime | None:
    """2027-03-18T09:30 in the zone, or with an offset of its own, in UTC; None when it is no moment within YEARS."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.year not in YEARS:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def days(first: date, last: date, language: str) -> str:
    """The days of an event in words, what both share said once: 2027年3月18日至19日, 18–19 March 2027."""
    if language == "zh":
        start = format_date(first, "y年M月d日", locale="zh")
        shape = "d日" if _same_month(first, last) else "y年M月d日"
        return start if first == last else f"{start}至{format_date(last, shape, locale='zh')}"
    end = format_date(last, "d MMMM y", locale="en")
    if first == last:
        return end
    return (
        f"{first.day}–{end}" if _same_month(first, last) else f"{format_date(first, 'd MMMM y', locale='en')} – {end}"
    )


def _same_month(first: date, last: date) -> bool:
    return (first.year, first.month) == (last.year, last.month)
