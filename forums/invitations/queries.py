from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations.models import Campaign, Contact, ContactList, Invitation, Recipient
from forums.mail.models import Letter
from forums.registrations.models import Registration


@dataclass(frozen=True)
class ListLine:
    """A list and how many people are on it."""

    row: ContactList
    contacts: int


@dataclass(frozen=True)
class Funnel:
    """What became of a campaign's letters and of those who got them; each number counts people."""

    invited: int = 0
    waiting: int = 0
    sent: int = 0
    failed: int = 0
    unknown: int = 0
    coming: int = 0
    not_coming: int = 0
    registered: int = 0

    @property
    def answered(self) -> int:
        return self.coming + self.not_coming

    @property
    def over(self) -> int:
        """Letters whose sending came to an end, one way or the other."""
        return self.invited - self.waiting


def lists_of(edition: Edition, *, with_series: bool) -> list[ListLine]:
    """The edition's lists and, for those who may see them, its series', with their sizes."""
    mine = ContactList.edition_id == edition.id
    theirs = and_(ContactList.edition_id.is_(None), ContactList.series_id == edition.series_id)
    rows = (
        select(ContactList, func.count(Contact.id))
        .outerjoin(Contact, Contact.list_id == ContactList.id)
        .where(or_(mine, theirs) if with_series else mine)
        .group_by(ContactList.id)
        .order_by(ContactList.id.desc())
    )
    return [ListLine(row, count) for row, count in db.session.execute(rows)]


def campaigns_of(edition: Edition) -> Select[Campaign]:
    return (
        select(Campaign)
        .options(joinedload(Campaign.contact_list))
        .where(Campaign.edition_id == edition.id)
        .order_by(Campaign.id.desc())
    )


def find_campaign(campaign_id: int, edition: Edition) -> Campaign | None:
    return db.session.scalar(select(Campaign).where(Campaign.id == campaign_id, Campaign.edition_id == edition.id))


def funnels(campaigns: Sequence[Campaign]) -> dict[int, Funnel]:
    """The funnel of each campaign, in one query."""

    def count(condition: object) -> object:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)  # type: ignore[arg-type]

    waiting = or_(Letter.state.in_(("queued", "deferred", "sending", "held")), Recipient.letter_id.is_(None))
    rows = db.session.execute(
        select(
            Recipient.campaign_id,
            func.count(),
            count(waiting),
            count(Letter.state == "sent"),
            count(Letter.state == "failed"),
            count(Letter.state == "unknown"),
            count(Invitation.answer.in_(("coming", "substitute"))),
            count(Invitation.answer == "not_coming"),
            count(Registration.state.in_(("confirmed", "pending", "waitlisted"))),
        )  # type: ignore[call-overload]
        .select_from(Recipient)
        .join(Invitation, Invitation.id == Recipient.invitation_id)
        .outerjoin(Letter, Letter.id == Recipient.letter_id)
        .outerjoin(Registration, Registration.id == Invitation.registration_id)
        .where(Recipient.campaign_id.in_([campaign.id for campaign in campaigns]))
        .group_by(Recipient.campaign_id)
    )
    found = {campaign_id: Funnel(*numbers) for campaign_id, *numbers in rows}
    return {campaign.id: found.get(campaign.id, Funnel()) for campaign in campaigns}


def funnel(campaign: Campaign) -> Funnel:
    return funnels([campaign])[campaign.id]


def recipients_of(campaign: Campaign, *, answer: str = "", state: str = "", search: str = "") -> Select[Recipient]:
    """The log of a campaign: who, the state of their letter, their answer and registration."""
    rows = (
        select(Recipient)
        .join(Recipient.invitation)
        .outerjoin(Recipient.letter)
        .options(
            contains_eager(Recipient.invitation).joinedload(Invitation.registration), contains_eager(Recipient.letter)
        )
        .where(Recipient.campaign_id == campaign.id)
        .order_by(Recipient.id)
    )
    if answer:
        rows = rows.where(Invitation.answer == answer)
    if state:
        rows = rows.where(Letter.state == state)
    if words := search.strip():
        columns = (Invitation.name, Invitation.email, Invitation.organisation)
        rows = rows.where(or_(*(column.icontains(words, autoescape=True) for column in columns)))
    return rows


def invited_addresses(edition: Edition) -> set[str]:
    """Who was written to, or will be as soon as a frozen campaign is sent."""
    wanted = or_(Campaign.state != "cancelled", Letter.state.in_(("sent", "unknown")))
    return set(
        db.session.scalars(
            select(Invitation.email)
            .join(Recipient, Recipient.invitation_id == Invitation.id)
            .join(Campaign, Campaign.id == Recipient.campaign_id)
            .outerjoin(Letter, Letter.id == Recipient.letter_id)
            .where(Invitation.edition_id == edition.id, wanted)
        )
    )
