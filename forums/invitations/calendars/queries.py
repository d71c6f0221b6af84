from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from forums.clock import now
from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations.calendars.models import CalendarVersion
from forums.invitations.models import Invitation, Recipient
from forums.mail.models import Letter

# It went out, or may have.
ARRIVED = ("sent", "unknown")


@dataclass(frozen=True)
class Told:
    """Of those whose calendar was asked and who did not decline: how many there are, and how many know old facts.

    `is_cancelled` says that the event was called off: whoever knows that has nothing in the calendar any more.
    """

    people: int = 0
    outdated: int = 0
    is_cancelled: bool = False


def latest_version(edition: Edition) -> CalendarVersion | None:
    """What calendars are told now; None where no letter with a calendar was ever written."""
    versions = select(CalendarVersion).where(CalendarVersion.edition_id == edition.id)
    return db.session.scalar(versions.order_by(CalendarVersion.sequence.desc()).limit(1))


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
    return Told(*db.session.execute(select(func.count(), old).select_from(people)).one(), version.is_cancelled)


def is_off(edition: Edition) -> bool:
    """Whether it looks as if the event does not take place: put away, or no longer public, before its first day."""
    begins = now().astimezone(edition.tz).date() < edition.starts_on
    return begins and edition.state in {"draft", "archived"}
