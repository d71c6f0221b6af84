from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from forums import tokens
from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.registrations.checkin.models import CheckIn
from forums.registrations.checkin.queries import ENTRANCE, days_of, seen
from forums.registrations.models import Registration, State, clean_reference


class Verdict(StrEnum):
    """What the person at the desk is told, one word for each case."""

    WELCOME = "welcome"
    ALREADY = "already"
    WAITING = "waiting"
    CANCELLED = "cancelled"
    NOT_CONFIRMED = "not_confirmed"
    REVOKED = "revoked"
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"


class WrongDay(Refused):
    """The day is not one of the edition's."""


@dataclass(frozen=True)
class Scan:
    """What a scanned or typed text means: a registration of this edition, or why it is none."""

    registration: Registration | None
    verdict: Verdict | None = None


def read_scan(edition: Edition, scanned: str) -> Scan:
    """Read a ticket's QR text or a reference code; neither of them is Verdict.UNKNOWN."""
    ticket = tokens.read("ticket", scanned.strip())
    if ticket is not None:
        row_id, version = ticket
        row = db.session.get(Registration, row_id)
        if row is None or row.ticket_version != version:
            return Scan(None, Verdict.REVOKED)
    else:
        reference = clean_reference(scanned)
        row = db.session.scalar(select(Registration).where(Registration.reference == reference)) if reference else None
    if row is None:
        return Scan(None, Verdict.UNKNOWN)
    if row.edition_id != edition.id:
        return Scan(None, Verdict.ELSEWHERE)
    return Scan(row)


def check_in(row: Registration, *, day: date, actor: Actor, checkpoint: str = ENTRANCE) -> Verdict:
    """Note that the person came on this day; only Verdict.WELCOME changes anything. Raises WrongDay."""
    if day not in days_of(row.edition):
        raise WrongDay(_l("%(day)s is not a day of this event.", day=day.isoformat()))
    # Two desks may scan one ticket at the same moment: the second waits here and then finds the first's row.
    db.session.refresh(row, with_for_update=True)
    if not row.is_confirmed:
        return REFUSALS[State(row.state)]
    if seen(row, day, checkpoint) is not None:
        return Verdict.ALREADY
    db.session.add(CheckIn(registration=row, day=day, checkpoint=checkpoint, at=now(), by=actor.label))
    record(actor, "registration.checked_in", row, day=day.isoformat(), checkpoint=checkpoint)
    return Verdict.WELCOME


def undo_check_in(row: Registration, *, day: date, actor: Actor, checkpoint: str = ENTRANCE) -> bool:
    """Take a check-in back; whether there was one. The record of it stays in the activity."""
    db.session.refresh(row, with_for_update=True)
    found = seen(row, day, checkpoint)
    if found is None:
        return False
    db.session.delete(found)
    record(actor, "registration.check_in_undone", row, day=day.isoformat(), checkpoint=checkpoint)
    return True


REFUSALS = {
    State.WAITLISTED: Verdict.WAITING,
    State.CANCELLED: Verdict.CANCELLED,
    State.LAPSED: Verdict.CANCELLED,
    State.PENDING: Verdict.NOT_CONFIRMED,
    State.OFFERED: Verdict.NOT_CONFIRMED,
    State.DECLINED: Verdict.NOT_CONFIRMED,
}
