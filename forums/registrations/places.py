"""The one way to take a place: a conditional UPDATE per quota, so that nothing is ever oversold.

A quota is a row with `capacity` (None: no limit) and `taken`, and a CHECK behind them. Several are claimed at once or
none, in one order for everybody, so that two claims never wait for each other. An edition comes first in that order:
its row is the gate through which everything passes that gives or takes places of the edition.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from sqlalchemy import CursorResult, Update, func, or_, select, update

from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.models import Category, Registration, State

Quota: TypeAlias = Edition | Category


def in_order(quotas: Iterable[Quota]) -> list[Quota]:
    """The quotas in the order in which everybody locks them: the edition, then its categories by id."""
    return sorted(quotas, key=lambda quota: (not isinstance(quota, Edition), quota.id))


def claim(quotas: Iterable[Quota], n: int = 1) -> bool:
    """Take `n` places of each quota, or none of any; whether they were taken.

    A claim that succeeds holds the edition's gate until the transaction ends; one that fails may not.
    """
    claimed: list[Quota] = []
    for quota in in_order(quotas):
        if not _take(quota, n):
            release(claimed, n)
            return False
        claimed.append(quota)
    return True


def release(quotas: Iterable[Quota], n: int = 1) -> None:
    """Give `n` places of each quota back."""
    for quota in in_order(quotas):
        table = type(quota)
        _rows(update(table).where(table.id == quota.id).values(taken=table.taken - n))
        db.session.expire(quota, ["taken"])


def hold(edition: Edition) -> None:
    """Wait at the edition's gate and lock it: what is read from now on stays true until the transaction ends."""
    db.session.execute(select(Edition.id).where(Edition.id == edition.id).with_for_update())
    db.session.expire(edition, ["taken", "capacity"])


def resize(quota: Quota, capacity: int | None) -> bool:
    """Give a quota another capacity, unless more places than that are taken; whether it was done."""
    table = type(quota)
    statement = update(table).where(table.id == quota.id)
    if capacity is not None:
        statement = statement.where(table.taken <= capacity)
    done = _rows(statement.values(capacity=capacity)) == 1
    db.session.expire(quota, ["taken", "capacity"])
    return done


@dataclass(frozen=True)
class Drift:
    """A quota whose `taken` differs from the confirmed registrations that it should count."""

    kind: str  # edition | category
    id: int
    taken: int
    counted: int


def reconcile(*, repair: bool = False) -> list[Drift]:
    """Compare every `taken` with the confirmed registrations; with `repair`, set it to what was counted."""
    drifts: list[Drift] = []
    for kind, table, key in (
        ("edition", Edition, Registration.edition_id),
        ("category", Category, Registration.category_id),
    ):
        counted = (
            select(func.count())
            .select_from(Registration)
            .where(key == table.id, Registration.state == State.CONFIRMED)
            .scalar_subquery()
        )
        rows = db.session.execute(
            select(table.id, table.taken, counted).where(table.taken != counted).order_by(table.id)
        )
        drifts += [Drift(kind, *row) for row in rows]
        if repair:
            _rows(update(table).where(table.taken != counted).values(taken=counted))
            db.session.expire_all()
    return drifts


def _take(quota: Quota, n: int) -> bool:
    """One conditional UPDATE: rowcount 1 is a place, 0 is none left."""
    table = type(quota)
    fits = or_(table.capacity.is_(None), table.taken + n <= table.capacity)
    taken = _rows(update(table).where(table.id == quota.id, fits).values(taken=table.taken + n)) == 1
    db.session.expire(quota, ["taken"])
    return taken


def _rows(statement: Update) -> int:
    """How many rows the statement changed; the rows in the session are left for the caller to expire."""
    result = db.session.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", result).rowcount
