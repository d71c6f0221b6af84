from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, or_, select

from forums.clock import now
from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations.audiences import not_coming
from forums.invitations.calendars.models import CalendarVersion
from forums.invitations.models import Campaign, Invitation, Recipient
from forums.mail.models import Letter

# It went out, or may have.
ARRIVED = ("sent", "unknown")


@dataclass(frozen=True)
class Told:
    """Of those whose calendar was asked and who are expected: how many there are, and how many know old facts.

    `is_mended` says that a campaign which tells the new ones is settled or sent; `is_cancelled` that guests were told
    that the event is called off.
    """

    people: int = 0
    outdated: int = 0
    is_cancelled: bool = False
    is_mended: bool = False


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
        .where(Invitation.edition_id == edition.id, ~not_coming(edition), Letter.state.in_(ARRIVED))
        .group_by(Invitation.id)
        .having(known.is_not(None))
        .subquery()
    )
    old = func.count().filter(people.c.sequence < version.sequence)
    everybody, outdated = db.session.execute(select(func.count(), old).select_from(people)).one()
    return Told(everybody, outdated, version.is_cancelled, is_mended=outdated > 0 and _is_mended(version))


def _is_mended(version: CalendarVersion) -> bool:
    """Whether a campaign to those who were asked is settled, or began, since the version was written."""
    later = or_(Campaign.started_at.is_(None), Campaign.started_at >= version.at)
    found = select(Campaign.id).where(
        Campaign.edition_id == version.edition_id,
        Campaign.with_calendar,
        Campaign.kind.in_(("update", "cancellation")),
        Campaign.state.not_in(("draft", "cancelled")),
        later,
    )
    return db.session.scalar(found.limit(1)) is not None


def is_off(edition: Edition) -> bool:
    """Whether it looks as if the event does not take place: put away, or no longer public, before its first day."""
    begins = now().astimezone(edition.tz).date() < edition.starts_on
    return begins and edition.state in {"draft", "archived"}
