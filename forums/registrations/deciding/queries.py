from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.lists.asked import Asked
from forums.registrations.lists.queries import registrations
from forums.registrations.lists.selection import Chosen
from forums.registrations.models import Registration, State

MOST_AT_ONCE = 5000


# Who is decided on, in which order: requests by age, the waiting list by rank.
PENDING = Asked(state=State.PENDING, sort="created")
WAITING = Asked(state=State.WAITLISTED, sort="rank")


def listed(edition: Edition, asked: Asked) -> Select[Registration]:
    """The registrations that such a list shows, with their categories."""
    return registrations(edition, asked).options(joinedload(Registration.category))


def chosen_ids(edition: Edition, picked: Chosen, state: str, *, up_to: int) -> list[int]:
    """The ids of at most MOST_AT_ONCE of those chosen who still stand in this state, the oldest first.

    Where all that match are meant, nobody is who came after the page was drawn: whose id is above `up_to`.
    """
    oldest_first = replace(picked, asked=replace(picked.asked, sort="created"))
    rows = oldest_first.rows(edition).where(Registration.state == state).with_only_columns(Registration.id)
    if picked.ids is None:
        rows = rows.where(Registration.id <= up_to)
    return list(db.session.scalars(rows.limit(MOST_AT_ONCE)))


def latest_id(edition: Edition) -> int:
    """The newest registration of the edition, 0 without any: who comes later was not on the page."""
    return db.session.scalar(select(func.max(Registration.id)).where(Registration.edition_id == edition.id)) or 0


def open_offers(edition: Edition) -> list[Registration]:
    """Places that are held for somebody who has not said yes, the most urgent first."""
    offered = (Registration.edition_id == edition.id) & (Registration.state == State.OFFERED)
    statement = select(Registration).where(offered).options(joinedload(Registration.category))
    return list(db.session.scalars(statement.order_by(Registration.offer_until, Registration.id)))


def reasons_given(edition: Edition) -> list[str]:
    """The latest reasons for which somebody was declined, to be used again."""
    statement = (
        select(Registration.reason)
        .where(Registration.edition_id == edition.id, Registration.state == State.DECLINED, Registration.reason != "")
        .group_by(Registration.reason)
        .order_by(func.max(Registration.decided_at).desc())
        .limit(10)
    )
    return list(db.session.scalars(statement))


def outcome(edition: Edition, ids: Sequence[int], since: datetime) -> dict[str, int]:
    """What came of a decision on many that began at `since`: state → persons; "before": decided on by others."""
    counted: dict[str, int] = {}
    for start in range(0, len(ids), 500):
        rows = db.session.execute(
            select(Registration.state, Registration.decided_at).where(
                Registration.edition_id == edition.id, Registration.id.in_(ids[start : start + 500])
            )
        )
        for state, decided_at in rows:
            key = state if decided_at is not None and decided_at >= since else "before"
            counted[key] = counted.get(key, 0) + 1
    return counted
