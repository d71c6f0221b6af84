from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, func, or_, select

from forums.clock import now
from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations.audiences import not_coming
from forums.invitations.calendars.models import CalendarVersion
from forums.invitations.models import Campaign, Invitation, Recipient
from forums.mail.models import Letter

# It went out, or may have.
ARRIVED = ("sent", "unknown")
GONE = (*ARRIVED, "sending")


@dataclass(frozen=True)
class Told:
    """Of those whose calendar was asked and who are expected: how many there are, and how many know old facts."""

    people: int = 0
    outdated: int = 0


@dataclass(frozen=True)
class Offer:
    """The kind of letter that mends the guests' calendars, and how many of these are wrong."""

    kind: str
    people: int


def latest_version(edition: Edition) -> CalendarVersion | None:
    """What calendars are told now; None where no letter with a calendar was ever written."""
    versions = select(CalendarVersion).where(CalendarVersion.edition_id == edition.id)
    return db.session.scalar(versions.order_by(CalendarVersion.sequence.desc()).limit(1))


def offered(edition: Edition) -> Offer | None:
    """What an organiser is offered: an update when a fact has changed, a cancellation when the edition was put away.

    Nothing once a campaign that tells it is settled. Whom a cancellation has reached is not told again; whoever was
    left out of it is.
    """
    version = latest_version(edition)
    if version is None:
        return None
    if is_off(edition):
        people = 0 if _is_being_called_off(edition) else told(version).people
        return Offer("cancellation", people) if people else None
    if version.sequence == 0 or _is_mended(version):
        return None
    outdated = told(version).outdated
    return Offer("update", outdated) if outdated else None


def told(version: CalendarVersion) -> Told:
    """How many calendars have the event, and how many as it was before this version. Reads every letter once.

    A calendar has it no more once the last letter took it out.
    """
    told = Letter.params["calendar"]
    # Letters of before guests had turns of their own name the SEQUENCE alone.
    known = func.max(func.coalesce(told["version"].as_integer(), told["sequence"].as_integer()))
    last = func.max(told["sequence"].as_integer())
    out = func.max(case((told["is_cancelled"].as_boolean(), told["sequence"].as_integer())))
    people = (
        select(known.label("sequence"))
        .select_from(Invitation)
        .join(Recipient, Recipient.invitation_id == Invitation.id)
        .join(Letter, Letter.id == Recipient.letter_id)
        .where(
            Invitation.edition_id == version.edition_id,
            Invitation.withdrawn_at.is_(None),
            ~not_coming(version.edition),
            Letter.state.in_(ARRIVED),
        )
        .group_by(Invitation.id)
        .having(known.is_not(None), or_(out.is_(None), out < last))
        .subquery()
    )
    old = func.count().filter(people.c.sequence < version.sequence)
    return Told(*db.session.execute(select(func.count(), old).select_from(people)).one())


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


def _is_being_called_off(edition: Edition) -> bool:
    """Whether a cancellation is settled and on its way to calendars."""
    found = select(Campaign.id).where(
        Campaign.edition_id == edition.id,
        Campaign.with_calendar,
        Campaign.kind == "cancellation",
        Campaign.state.in_(("frozen", "scheduled", "running", "paused")),
    )
    return db.session.scalar(found.limit(1)) is not None


def is_off(edition: Edition) -> bool:
    """Whether it looks as if the event does not take place: put away, or no longer public, before its first day."""
    begins = now().astimezone(edition.tz).date() < edition.starts_on
    return begins and edition.state in {"draft", "archived"}


def was_asked(row: Invitation, email: str) -> bool:
    """Whether the calendar behind this address was asked by a letter that went out, or may have."""
    letters = select(Letter.id).join(Recipient, Recipient.letter_id == Letter.id)
    asked = Letter.params["calendar"]["sequence"].as_integer().is_not(None)
    theirs = (Recipient.invitation_id == row.id, Letter.recipient == email, Letter.state.in_(GONE))
    return db.session.scalar(letters.where(*theirs, asked).limit(1)) is not None
