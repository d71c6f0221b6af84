"""Whom a campaign may write to, of those who are invited: conditions on Invitation, by the name of the audience.

Somebody is invited once a letter of a campaign has gone out to them, until that is withdrawn. Who registered without
answering comes; who said yes and has lost or given back the place does not.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import ColumnElement, Select, and_, or_, select

from forums.editions.models import Edition
from forums.invitations.models import Campaign, Invitation, Recipient
from forums.mail.models import Letter
from forums.registrations.checkin.models import Passage
from forums.registrations.models import OVER, Registration, State

# What each kind of campaign offers, the likely one first.
OFFERED: dict[str, tuple[str, ...]] = {
    "invitation": ("list",),
    "reminder": ("silent", "expected", "coming"),
    "update": ("expected", "coming", "silent", "invited"),
    "cancellation": ("expected", "coming", "invited"),
    "thanks": ("came", "coming"),
}
LOST = (*OVER, State.DECLINED)
SAID_YES = ("coming", "substitute")


def belonging_to(audience: str, edition: Edition) -> ColumnElement[bool]:
    """Whether an invitation of the edition is of this audience."""
    invited = and_(Invitation.edition_id == edition.id, Invitation.withdrawn_at.is_(None))
    return and_(invited, _reached(edition), _CONDITIONS[audience](edition))


def coming(edition: Edition) -> ColumnElement[bool]:
    """They said so and have not lost their place, or have one without having answered."""
    place = registered(edition)
    said_yes = and_(Invitation.answer.in_(SAID_YES), or_(Invitation.registration_id.is_(None), place))
    return or_(said_yes, and_(Invitation.answer == "none", place))


def not_coming(edition: Edition) -> ColumnElement[bool]:
    lost = and_(Invitation.answer.in_(SAID_YES), Invitation.registration_id.is_not(None), ~registered(edition))
    return or_(Invitation.answer == "not_coming", lost)


def registered(edition: Edition) -> ColumnElement[bool]:
    """They, or who stands in for them, have a live registration, made through the invitation or not."""
    return _one_of_theirs(edition, select(Registration).where(Registration.state.not_in(LOST)))


def came(edition: Edition) -> ColumnElement[bool]:
    """They, or who stands in for them, were checked in."""
    return _one_of_theirs(edition, select(Registration).join(Passage).where(Passage.undone_at.is_(None)))


def written_to(edition: Edition) -> Select[int]:
    """Ids of the invitations to which a letter went out, whatever became of it afterwards."""
    return (
        select(Recipient.invitation_id)
        .join(Campaign, Campaign.id == Recipient.campaign_id)
        .join(Letter, Letter.id == Recipient.letter_id)
        .where(Campaign.edition_id == edition.id, Letter.state.in_(("sent", "unknown")))
    )


def _reached(edition: Edition) -> ColumnElement[bool]:
    return or_(Invitation.answer != "none", Invitation.id.in_(written_to(edition)))


def _one_of_theirs(edition: Edition, found: Select[Registration]) -> ColumnElement[bool]:
    found = found.where(Registration.edition_id == edition.id)
    by_link = Invitation.registration_id.in_(found.with_only_columns(Registration.id))
    by_address = Invitation.email.in_(
        found.with_only_columns(Registration.email).where(Registration.email.is_not(None))
    )
    return or_(and_(Invitation.registration_id.is_not(None), by_link), by_address)


_CONDITIONS: dict[str, Callable[[Edition], ColumnElement[bool]]] = {
    "invited": lambda edition: Invitation.id.is_not(None),
    "silent": lambda edition: and_(Invitation.answer == "none", ~registered(edition)),
    "expected": lambda edition: ~not_coming(edition),
    "coming": coming,
    "not_coming": not_coming,
    "came": came,
}
