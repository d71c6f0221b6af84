from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import joinedload

from forums.activity.models import Activity
from forums.clock import now
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.models import OVER, Delegation, Registration
from forums.registrations.search import pinyin_of, searchable

GONE = (*OVER, "declined")
SORTS = ("name", "free", "places", "newest", "closing")


def delegations_of(edition: Edition, *, words: str = "", sort: str = "name") -> list[Delegation]:
    """The edition's units that hold every word in name, pinyin initials, or the contact's name, e-mail or phone.

    Those that were removed come last. An edition has hundreds of units at the most, so they are sorted here: Chinese
    names by their pinyin, on both databases.
    """
    statement = select(Delegation).where(Delegation.edition_id == edition.id).options(joinedload(Delegation.category))
    asked = searchable(words).split()
    rows = [row for row in db.session.scalars(statement.order_by(Delegation.id)) if _has(row, asked)]
    return sorted(rows, key=lambda row: (row.capacity == 0, _place(row, sort), pinyin_of(row.name)[0], row.id))


def _has(row: Delegation, words: Sequence[str]) -> bool:
    full, initials = pinyin_of(row.name)
    parts = (row.name, full, initials, row.contact_name, row.contact_email or "", row.contact_phone)
    known = searchable(" ".join(parts))
    return all(word in known for word in words)


def _place(row: Delegation, sort: str) -> Any:
    """Where a unit stands in this order; least first."""
    if sort == "free":
        return row.taken - row.capacity
    if sort == "places":
        return -row.capacity
    if sort == "newest":
        return -row.id
    if sort == "closing":
        return (row.closes_at is None, row.closes_at)
    return 0


def members_of(row: Delegation) -> list[Registration]:
    """Everybody a unit has registered, in order, the cancelled too."""
    return list(db.session.scalars(_members(Registration.delegation_id == row.id).order_by(Registration.id)))


def members_of_edition(edition: Edition) -> Select[Registration]:
    """Everybody whom units have registered, unit by unit."""
    of_units = (Registration.edition_id == edition.id) & Registration.delegation_id.is_not(None)
    statement = _members(of_units).options(joinedload(Registration.delegation))
    return statement.order_by(Registration.delegation_id, _is_gone(), Registration.id)


def in_reading_order(members: Sequence[Registration]) -> list[Registration]:
    """Who comes, then who was cancelled."""
    return sorted(members, key=lambda row: (not row.is_live, row.id))


def last_changes(rows: Sequence[Delegation]) -> dict[int, datetime]:
    """Delegation id → when anything was last done to it or to one of its people (UTC)."""
    ids = [row.id for row in rows]
    of_unit = Activity.object_kind == Delegation.__tablename__
    own = select(Activity.object_id, func.max(Activity.at)).where(of_unit, Activity.object_id.in_(ids))
    changed: dict[int, datetime] = {row.id: row.created_at for row in rows}
    peoples = (
        select(Registration.delegation_id, func.max(Activity.at))
        .join(Registration, Registration.id == Activity.object_id)
        .where(Activity.object_kind == Registration.__tablename__, Registration.delegation_id.in_(ids))
    )
    for statement in (own.group_by(Activity.object_id), peoples.group_by(Registration.delegation_id)):
        for row_id, at in db.session.execute(statement):
            if row_id is not None:
                changed[row_id] = max(changed[row_id], at)
    return changed


def story_of(row: Delegation, most: int = 50) -> list[Activity]:
    """What was done to a unit and to its people, latest first."""
    people = select(Registration.id).where(Registration.delegation_id == row.id)
    about = or_(
        (Activity.object_kind == Delegation.__tablename__) & (Activity.object_id == row.id),
        (Activity.object_kind == Registration.__tablename__) & Activity.object_id.in_(people),
    )
    return list(db.session.scalars(select(Activity).where(about).order_by(Activity.id.desc()).limit(most)))


def is_over(edition: Edition) -> bool:
    """Whether the last day of the event has passed, where it takes place."""
    return now().astimezone(edition.tz).date() > edition.ends_on or edition.state in {"closed", "archived"}


def takes_changes(row: Delegation) -> bool:
    """Whether the contact may still name people: until the unit's closing time, and while the event is not over."""
    return row.capacity > 0 and not is_over(row.edition) and (row.closes_at is None or now() < row.closes_at)


def _members(condition: ColumnElement[bool]) -> Select[Registration]:
    return select(Registration).where(condition).options(joinedload(Registration.category))


def _is_gone() -> Any:
    return case((Registration.state.in_(GONE), 1), else_=0)
