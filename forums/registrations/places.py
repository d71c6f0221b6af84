"""The one way to take a place: a conditional UPDATE per quota, so that nothing is ever oversold.

A quota is a row with `capacity` (None: no limit) and `taken`, and a CHECK behind them. Several are claimed at once or
none, in one order for everybody, so that two claims never wait for each other. An edition comes first in that order:
its row is the gate through which everything passes that gives or takes places of the edition. Whoever waits at the
gate holds no other lock: people are looked up, and made, before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from sqlalchemy import CursorResult, Integer, ScalarSelect, Table, Update, bindparam, func, or_, select, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.dml import ReturningUpdate

from forums.agenda.models import Session
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.models import HOLDING, Category, Delegation, Registration, SessionPlace
from forums.registrations.questions.models import Answer, Choice, PickedChoice
from forums.statements import table_of

Quota: TypeAlias = Edition | Category | Delegation | Session | Choice
Wished: TypeAlias = Session | Choice
ORDER = (Edition, Category, Delegation, Session, Choice)


def in_order(quotas: Iterable[Quota]) -> list[Quota]:
    """The quotas in the order in which everybody locks them: by kind, the edition first, then by id."""
    return sorted(quotas, key=lambda quota: (ORDER.index(type(quota)), quota.id))


def claim(quotas: Iterable[Quota], n: int = 1) -> Quota | None:
    """Take `n` places of each quota, or none of any; the first that has not as many, or None when all were taken.

    A claim that succeeds holds the edition's gate until the transaction ends; one that fails may not.
    """
    claimed: list[Quota] = []
    for quota in in_order(quotas):
        if not _take(quota, n):
            release(claimed, n)
            return quota
        claimed.append(quota)
    return None


def release(quotas: Iterable[Quota], n: int = 1) -> None:
    """Give `n` places of each quota back."""
    for quota in in_order(quotas):
        table = table_of(type(quota))
        _rows(update(table).where(table.c.id == quota.id).values(taken=table.c.taken - n, **_untouched(table)))
        db.session.expire(quota, ["taken"])


def hold(edition: Edition) -> None:
    """Wait at the edition's gate and lock it: what is read from now on stays true until the transaction ends."""
    taken, capacity = db.session.execute(_HOLD, {"edition": edition.id}).one()
    set_committed_value(edition, "taken", taken)
    set_committed_value(edition, "capacity", capacity)


# Rows that name the edition may be written meanwhile: nobody changes its key.
_HOLD = (
    select(Edition.taken, Edition.capacity).where(Edition.id == bindparam("edition")).with_for_update(key_share=True)
)


def seems_full(*quotas: Quota) -> bool:
    """Whether one of the quotas had no place left when it was last read. With the gate held, so it is."""
    return any(quota.capacity is not None and quota.taken >= quota.capacity for quota in quotas)


def resize(quota: Quota, capacity: int | None) -> bool:
    """Give a quota another capacity, unless more places than that are taken; whether it was done."""
    table = type(quota)
    statement = update(table).where(table.id == quota.id)
    if capacity is not None:
        statement = statement.where(table.taken <= capacity)
    done = _rows(statement.values(capacity=capacity)) == 1
    db.session.expire(quota, ["taken", "capacity"])
    return done


def admission(row: Registration) -> tuple[Quota, ...]:
    """The quotas without which nobody gets in: the delegation's, or the edition's and the category's."""
    return (row.delegation,) if row.delegation is not None else (row.edition, row.category)


def wishes_of(row: Registration) -> list[tuple[SessionPlace | PickedChoice, Wished]]:
    """The sessions and choices that a registration asks for, held or not, each with its quota."""
    picked = db.session.scalars(
        select(PickedChoice).join(Answer).where(Answer.registration_id == row.id).order_by(PickedChoice.id)
    )
    return [*((one, one.session) for one in row.session_places), *((one, one.choice) for one in picked)]


def take_wishes(row: Registration) -> list[Wished]:
    """Claim, one by one, what a registration asks for besides its place; what has none left is crossed out.

    Returns what was crossed out. The caller holds the gate.
    """
    missed: list[Wished] = []
    for wish, quota in wishes_of(row):
        if wish.held:
            continue
        if claim((quota,)) is None:
            wish.held = True
        else:
            missed.append(quota)
            if isinstance(wish, SessionPlace):
                row.session_places.remove(wish)
            else:
                wish.answer.picked.remove(wish)
    return missed


def let_go(row: Registration) -> None:
    """Give back all that a registration holds; what it asked for stays on record."""
    held = [(wish, quota) for wish, quota in wishes_of(row) if wish.held]
    release((*admission(row), *(quota for _, quota in held)))
    for wish, _ in held:
        wish.held = False


@dataclass(frozen=True)
class Drift:
    """A quota whose `taken` differs from what is held of it."""

    kind: str  # edition | category | delegation | session | choice
    id: int
    taken: int
    counted: int


def reconcile(*, repair: bool = False) -> list[Drift]:
    """Compare every `taken` with what is held; with `repair`, set it to what was counted.

    Of editions and categories, the places reserved for delegations are taken as well, whoever comes.
    """
    drifts: list[Drift] = []
    for table, counted in _counts():
        rows = db.session.execute(
            select(table.id, table.taken, counted).where(table.taken != counted).order_by(table.id)
        )
        drifts += [Drift(table.__name__.lower(), *row) for row in rows]
        if repair:
            _rows(update(table).where(table.taken != counted).values(taken=counted))
            db.session.expire_all()
    return drifts


def _counts() -> Iterator[tuple[type[Quota], Any]]:
    """Each kind of quota with the number of places that are held of one."""
    holding = Registration.state.in_(HOLDING)
    alone = Registration.delegation_id.is_(None)
    registrations = select(func.count()).select_from(Registration)
    for table, of_registration, of_delegation in (
        (Edition, Registration.edition_id, Delegation.edition_id),
        (Category, Registration.category_id, Delegation.category_id),
    ):
        reserved: ScalarSelect[int] = (
            select(func.coalesce(func.sum(Delegation.capacity), 0)).where(of_delegation == table.id).scalar_subquery()
        )
        yield table, registrations.where(of_registration == table.id, holding, alone).scalar_subquery() + reserved
    yield Delegation, registrations.where(Registration.delegation_id == Delegation.id, holding).scalar_subquery()
    sessions = select(func.count()).where(SessionPlace.session_id == Session.id, SessionPlace.held)
    choices = select(func.count()).where(PickedChoice.choice_id == Choice.id, PickedChoice.held)
    yield Session, sessions.select_from(SessionPlace).scalar_subquery()
    yield Choice, choices.select_from(PickedChoice).scalar_subquery()


def _take(quota: Quota, n: int) -> bool:
    """One conditional UPDATE: a row that comes back is a place, none is none left."""
    taken = db.session.scalar(_TAKE[type(quota)], {"quota": quota.id, "n": n})
    if taken is None:
        db.session.expire(quota, ["taken"])
        return False
    set_committed_value(quota, "taken", taken)
    return True


def _taking(kind: type[Quota]) -> ReturningUpdate[tuple[int]]:
    table = table_of(kind)
    n = bindparam("n", type_=Integer)
    fits = or_(table.c.capacity.is_(None), table.c.taken + n <= table.c.capacity)
    claimed = {"taken": table.c.taken + n, **_untouched(table)}
    return update(table).where(table.c.id == bindparam("quota"), fits).values(claimed).returning(table.c.taken)


def _untouched(table: Table) -> dict[str, Any]:
    """A session's place taken is no change to the session: calendars would show it as one."""
    return {"changed_at": table.c.changed_at} if "changed_at" in table.c else {}


# Made once: building a statement costs more than sending it.
_TAKE = {kind: _taking(kind) for kind in ORDER}


def _rows(statement: Update) -> int:
    """How many rows the statement changed; the rows in the session are left for the caller to expire."""
    result = db.session.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", result).rowcount
