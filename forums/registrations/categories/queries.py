from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ScalarSelect, func, select

from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.models import Category, Delegation, Registration, State


@dataclass(frozen=True)
class Figures:
    """How a category stands, in registrations; `reserved` are the places of its delegations, taken whoever comes."""

    registered: int = 0
    confirmed: int = 0
    offered: int = 0
    waiting: int = 0
    pending: int = 0
    reserved: int = 0


def figures(edition: Edition) -> dict[int, Figures]:
    """Category id → figures, for every category of the edition."""
    states = (
        select(Registration.category_id, Registration.state, func.count())
        .where(Registration.edition_id == edition.id)
        .group_by(Registration.category_id, Registration.state)
    )
    counted = {(category_id, state): number for category_id, state, number in db.session.execute(states)}
    capacity = func.sum(Delegation.capacity)
    units = select(Delegation.category_id, capacity).where(Delegation.edition_id == edition.id)
    reserved = {row[0]: row[1] for row in db.session.execute(units.group_by(Delegation.category_id))}
    ids = {category_id for category_id, _ in counted} | set(reserved)
    return {
        category_id: Figures(
            registered=sum(number for (one, _), number in counted.items() if one == category_id),
            confirmed=counted.get((category_id, State.CONFIRMED), 0),
            offered=counted.get((category_id, State.OFFERED), 0),
            waiting=counted.get((category_id, State.WAITLISTED), 0),
            pending=counted.get((category_id, State.PENDING), 0),
            reserved=reserved.get(category_id, 0),
        )
        for category_id in ids
    }


def is_used(category: Category) -> bool:
    """Whether anybody, or any unit, is or was in it."""
    people: ScalarSelect[int] = (
        select(func.count()).where(Registration.category_id == category.id).select_from(Registration).scalar_subquery()
    )
    units: ScalarSelect[int] = (
        select(func.count()).where(Delegation.category_id == category.id).select_from(Delegation).scalar_subquery()
    )
    return bool(db.session.scalar(select(people + units)))
