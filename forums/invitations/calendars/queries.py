from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations.calendars.models import CalendarVersion
from forums.invitations.models import Invitation, Recipient
from forums.mail.models import Letter

# It went out, or may have.
ARRIVED = ("sent", "unknown")


@dataclass(frozen=True)
class Told:
    """Of those whose calendar was asked and who did not decline: how many there are, and how many know old facts."""

    people: int = 0
    outdated: int = 0


def latest_version(edition: Edition) -> CalendarVersion | None:
    """What calendars are told now; None where no letter with a calendar was ever written."""
    versions = select(CalendarVersion).where(CalendarVersion.edition_id == edition.id)
    return db.session.scalar(versions.order_by(CalendarVersion.sequence.desc()).limit(1))


def have_it() -> ColumnElement[bool]:
    """Of invitations: a REQUEST went out to them, and they have not said that they do not come."""
    asked = Letter.params["calendar"]["sequence"].as_integer().is_not(None)
    written = select(Recipient.id).join(Letter, Letter.id == Recipient.letter_id)
    arrived = written.where(Recipient.invitation_id == Invitation.id, Letter.state.in_(ARRIVED), asked)
    return (Invitation.answer != "not_coming") & arrived.correlate(Invitation).exists()


def told(edition: Edition) -> Told:
    """Whose calendars have the event, and whose have it as it no longer is."""
    version = latest_version(edition)
    if version is None:
        return Told()
    known = func.max(Letter.params["calendar"]["sequence"].as_integer())
    people = (
        select(known.label("sequence"))
        .select_from(Invitation)
        .join(Recipient, Recipient.invitation_id == Invitation.id)
        .join(Letter, Letter.id == Recipient.letter_id)
        .where(Invitation.edition_id == edition.id, Invitation.answer != "not_coming", Letter.state.in_(ARRIVED))
        .group_by(Invitation.id)
        .having(known.is_not(None))
        .subquery()
    )
    old = func.count().filter(people.c.sequence < version.sequence)
    return Told(*db.session.execute(select(func.count(), old).select_from(people)).one())
