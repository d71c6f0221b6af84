"""Next year's edition from this year's: what stays is copied, what is counted starts at nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.editions.operations import BeyondCalendar, EditionFacts, add_hall, create_edition
from forums.registrations.categories.operations import copy_categories
from forums.registrations.checkin.operations import copy_points
from forums.registrations.questions.consent import copy_consent
from forums.registrations.questions.operations import copy_questions


def clone_edition(source: Edition, *, slug: str, title: Bilingual, starts_on: date, actor: Actor) -> Edition:
    """A draft in the same series that begins on `starts_on`: the same facts, halls, check-in points, categories of
    guests and questions to them, every date as far from the first day.

    Registrations, sessions, letters and agreements stay with the source. Raises SlugTaken, BeyondCalendar, Refused.
    """
    try:
        facts = replace(_moved_to(starts_on, source), title=title)
    except OverflowError:
        raise BeyondCalendar(_l("The dates would fall out of the calendar.")) from None
    row = create_edition(source.series, slug=slug, facts=facts, synthetic=source.synthetic, actor=actor)
    for hall in source.halls:
        add_hall(row, code=hall.code, name=hall.name, capacity=hall.capacity, actor=actor)
    copy_categories(source, row)
    copy_questions(source, row, actor=actor)
    copy_consent(source, row, actor=actor)
    copy_points(source, row)
    record(actor, "edition.cloned", row, edition=row, source=source.slug)
    return row


def next_year(edition: Edition) -> date:
    """The same day of the week a year later: 52 weeks, as far as the calendar goes."""
    return edition.starts_on + min(timedelta(weeks=52), date.max - edition.starts_on)


def _moved_to(starts_on: date, source: Edition) -> EditionFacts:
    """The source's facts with every date moved. Raises OverflowError beyond the calendar."""
    shift = starts_on - source.starts_on
    same = EditionFacts(**{name: getattr(source, name) for name in EditionFacts.__dataclass_fields__})
    return replace(
        same,
        starts_on=starts_on,
        ends_on=source.ends_on + shift,
        registration_opens=_moved(source.registration_opens, shift, source.tz),
        registration_closes=_moved(source.registration_closes, shift, source.tz),
    )


def _moved(moment: datetime | None, shift: timedelta, zone: ZoneInfo) -> datetime | None:
    """The same wall-clock time in the zone, days later: summer time may change the distance in hours."""
    return None if moment is None else (moment.astimezone(zone) + shift).astimezone(moment.tzinfo)
