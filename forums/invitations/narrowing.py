"""Of its audience, a draft may be narrowed down to some: conditions that hold for whoever joins until it is frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, and_, exists, func, select

from forums.clock import now
from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations import audiences
from forums.invitations.models import Campaign, Contact, ContactList, Invitation, Recipient
from forums.mail.models import Letter

_WROTE = Letter.state.in_(("sent", "unknown"))


@dataclass(frozen=True)
class Narrowing:
    """What a campaign keeps as `narrowed`: all conditions hold together, and one that is empty asks for nothing.

    Whom this campaign wrote to; who stands on this list; whose letters are in this language; to whom the first letter
    went out at least so many days ago; who got no reminder yet.
    """

    campaign: int = 0
    list: int = 0
    language: str = ""
    days: int = 0
    unreminded: bool = False

    @classmethod
    def of(cls, row: Campaign) -> Narrowing:
        return cls(**row.narrowed)

    def kept(self) -> dict[str, Any]:
        """As JSON, without what asks for nothing."""
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name))}


def whom(row: Campaign) -> ColumnElement[bool]:
    """Whether an invitation is of the campaign's audience, and of those whom it is narrowed down to."""
    return and_(audiences.belonging_to(row.audience, row.edition), *_conditions(Narrowing.of(row)))


def words(row: Campaign) -> list[str]:
    """What the campaign is narrowed down to, for readers of its page."""
    asked, said = Narrowing.of(row), []
    if asked.campaign:
        said.append(_("those whom “%(campaign)s” wrote to", campaign=campaign_name(asked.campaign)))
    if asked.list:
        said.append(_("those on the list “%(list)s”", list=list_name(asked.list)))
    if asked.language:
        said.append(
            _("those whose letters are in Chinese")
            if asked.language == "zh"
            else _("those whose letters are in English")
        )
    if asked.days:
        said.append(
            ngettext("those invited at least %(num)s day ago", "those invited at least %(num)s days ago", asked.days)
        )
    if asked.unreminded:
        said.append(_("those who got no reminder yet"))
    return said


def campaign_name(campaign_id: int) -> str:
    """What a narrowing calls a campaign, deleted or not."""
    return db.session.scalar(select(Campaign.name).where(Campaign.id == campaign_id)) or _("deleted")


def list_name(list_id: int) -> str:
    return db.session.scalar(select(ContactList.name).where(ContactList.id == list_id)) or _("deleted")


def campaigns_that_wrote(edition: Edition) -> Mapping[int, str]:
    """The edition's campaigns that sent something, newest first, with their names."""
    wrote = exists().where(Recipient.campaign_id == Campaign.id, Recipient.letter_id == Letter.id, _WROTE)
    rows = select(Campaign.id, Campaign.name).where(Campaign.edition_id == edition.id, wrote)
    return {row_id: name for row_id, name in db.session.execute(rows.order_by(Campaign.id.desc()))}  # noqa: C416


def _conditions(asked: Narrowing) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    letters = (
        select(Recipient.invitation_id)
        .join(Campaign, Campaign.id == Recipient.campaign_id)
        .join(Letter, Letter.id == Recipient.letter_id)
        .where(_WROTE)
    )
    if asked.campaign:
        found.append(Invitation.id.in_(letters.where(Recipient.campaign_id == asked.campaign)))
    if asked.list:
        found.append(Invitation.email.in_(select(func.lower(Contact.email)).where(Contact.list_id == asked.list)))
    if asked.language:
        found.append(Invitation.language == asked.language)
    if asked.days:
        long_ago = now() - timedelta(days=asked.days)
        found.append(Invitation.id.in_(letters.where(Letter.sent_at <= long_ago)))
    if asked.unreminded:
        found.append(Invitation.id.not_in(letters.where(Campaign.kind == "reminder")))
    return found
