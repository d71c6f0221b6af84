"""Letters that an organiser is offered once calendars hold something that is no longer so."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from forums.activity.models import Actor
from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations import sending
from forums.invitations.models import Campaign


def draft(edition: Edition, kind: str, name: str, *, actor: Actor) -> Campaign:
    """A draft of an update or a cancellation that asks calendars; the latest one that is not sent yet, if there is."""
    db.session.refresh(edition, with_for_update=True)  # pressed twice, it is one draft
    unsent = select(Campaign).where(
        Campaign.edition_id == edition.id,
        Campaign.kind == kind,
        Campaign.with_calendar,
        Campaign.state.in_(("draft", "frozen", "scheduled")),
    )
    known = db.session.scalar(unsent.order_by(Campaign.id.desc()).limit(1))
    if known is not None:
        return known
    return sending.create_campaign(edition, replace(sending.opening(kind, name), with_calendar=True), actor=actor)
