from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from forums.clock import now
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.checkin.models import CheckIn
from forums.registrations.models import Registration

ENTRANCE = "entrance"


def seen(row: Registration, day: date, checkpoint: str = ENTRANCE) -> CheckIn | None:
    """The person's check-in of that day at that checkpoint."""
    return db.session.scalar(
        select(CheckIn).where(CheckIn.registration_id == row.id, CheckIn.day == day, CheckIn.checkpoint == checkpoint)
    )


def days_of(edition: Edition) -> list[date]:
    """The days of the event, local to its zone."""
    return [edition.starts_on + timedelta(days=n) for n in range((edition.ends_on - edition.starts_on).days + 1)]


def day_at_the_door(edition: Edition) -> date:
    """Today where the event is, or its first day while it is not on."""
    today = now().astimezone(edition.tz).date()
    return today if edition.starts_on <= today <= edition.ends_on else edition.starts_on


def day_asked_for(edition: Edition, asked: str) -> date:
    """The day of this name where it is one of the edition's, else the day at the door."""
    return next((day for day in days_of(edition) if day.isoformat() == asked), day_at_the_door(edition))
