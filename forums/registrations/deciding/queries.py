from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.models import Registration, State
from forums.registrations.queries import found_by

MOST_AT_ONCE = 5000


def undecided(edition: Edition, *, words: str = "", category_id: int | None = None) -> Select[Registration]:
    """The requests that nobody has decided on, the oldest first."""
    pending = (Registration.edition_id == edition.id) & (Registration.state == State.PENDING)
    statement = select(Registration).where(pending, *found_by(edition, words, contact=True))
    if category_id is not None:
        statement = statement.where(Registration.category_id == category_id)
    return statement.order_by(Registration.created_at, Registration.id)


def undecided_ids(edition: Edition, *, words: str = "", category_id: int | None = None) -> list[int]:
    """As undecided(), the ids of at most MOST_AT_ONCE."""
    rows = undecided(edition, words=words, category_id=category_id).limit(MOST_AT_ONCE)
    return list(db.session.scalars(rows.with_only_columns(Registration.id)))


def latest_id(edition: Edition) -> int:
    """The newest registration of the edition, 0 without any: who comes later was not on the page."""
    return db.session.scalar(select(func.max(Registration.id)).where(Registration.edition_id == edition.id)) or 0


def in_line(edition: Edition) -> Select[Registration]:
    """Those who wait, in order."""
    waiting = (Registration.edition_id == edition.id) & (Registration.state == State.WAITLISTED)
    statement = select(Registration).where(waiting).options(joinedload(Registration.category))
    return statement.order_by(Registration.wait_sequence, Registration.id)


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
