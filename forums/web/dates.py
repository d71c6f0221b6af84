"""Form fields for days and moments. What they take lies within clock.YEARS, so no zone and no database refuses it."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from wtforms import DateField, DateTimeLocalField

from forums.clock import YEARS

MINUTES = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")  # shown as the first
SECONDS = ("%Y-%m-%dT%H:%M:%S", *MINUTES)
MOST_QUOTED = 40  # characters of what was typed, in the answer to it


class DayField(DateField):  # type: ignore[misc]
    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        with suppress(ValueError):
            super().process_formdata(valuelist)
        if valuelist and (self.data is None or self.data.year not in YEARS):
            self.data = None
            raise ValueError(
                _l("“%(typed)s” is no day from %(first)s to %(last)s, such as 2027-03-18.", **_named(valuelist))
            )


class MomentField(DateTimeLocalField):  # type: ignore[misc]
    """`data` is what a clock on the spot shows, without a zone."""

    data: Any

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"format": list(MINUTES), **options})

    def process_formdata(self, valuelist: list[Any]) -> None:
        with suppress(ValueError):
            super().process_formdata(valuelist)
        if valuelist and (self.data is None or self.data.year not in YEARS):
            self.data = None
            raise ValueError(
                _l(
                    "“%(typed)s” is no day and time from %(first)s to %(last)s, such as 2027-03-18 09:30.",
                    **_named(valuelist),
                )
            )

    def utc(self, zone: ZoneInfo) -> datetime | None:
        """The moment, typed in this zone."""
        local: datetime | None = self.data
        return local.replace(tzinfo=zone).astimezone(UTC) if local else None

    def show(self, moment: datetime | None, zone: ZoneInfo) -> None:
        """Let the field hold a moment as this zone has it."""
        self.data = moment.astimezone(zone).replace(tzinfo=None) if moment else None


def _named(typed: list[Any]) -> dict[str, Any]:
    return {"typed": " ".join(map(str, typed))[:MOST_QUOTED], "first": YEARS[0], "last": YEARS[-1]}
