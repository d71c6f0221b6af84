"""What each role should do next, over all editions in which it may."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, distinct, func, select
from sqlalchemy.orm import InstrumentedAttribute

from forums.accounts.models import Account
from forums.agenda.models import Session
from forums.agreements.models import Agreement, Signing
from forums.clock import now
from forums.editions.models import Edition, Hall
from forums.editions.queries import editions_for
from forums.extensions import db
from forums.home.queries import is_ahead
from forums.registrations.models import Registration, State


@dataclass(frozen=True)
class Step:
    """Something to do at an edition. `kind` names it: "check_in", "verify", "approve", "returned", "pending",
    "halls", "programme" or "publish"; `count` is how many rows wait, None where one cannot count.
    """

    kind: str
    edition: Edition
    count: int | None = None


def next_steps(account: Account) -> list[Step]:
    """The most pressing kind first, and in it the earliest edition."""
    steps = [
        *_at_the_door(account),
        *_in_review(account),
        *_come_back(account),
        *_undecided(account),
        *_unready(account),
    ]
    order = {kind: place for place, kind in enumerate(dict.fromkeys(step.kind for step in steps))}
    return sorted(steps, key=lambda step: (order[step.kind], step.edition.starts_on, step.edition.id))


def _at_the_door(account: Account) -> Iterable[Step]:
    for edition in _editions(account, "checkin"):
        today = now().astimezone(edition.tz).date()
        if edition.is_public and edition.starts_on - timedelta(days=1) <= today <= edition.ends_on:
            yield Step("check_in", edition)


def _in_review(account: Account) -> Iterable[Step]:
    """What waits for a second or a third person: never one's own, and never both."""
    editions = _editions(account, "agreements.review")
    for kind, review, others in (
        ("verify", "submitted", Agreement.drafted_by_id != account.id),
        ("approve", "verified", (Agreement.drafted_by_id != account.id) & (Agreement.verified_by_id != account.id)),
    ):
        yield from _counted(kind, editions, _agreements(editions, (Agreement.review == review) & others))


def _come_back(account: Account) -> Iterable[Step]:
    editions = _editions(account, "agreements.draft")
    mine = (Agreement.review == "returned") & (Agreement.drafted_by_id == account.id)
    yield from _counted("returned", editions, _agreements(editions, mine))


def _undecided(account: Account) -> Iterable[Step]:
    editions = _editions(account, "registrations.manage")
    rows = db.session.execute(
        select(Registration.edition_id, func.count())
        .where(Registration.state == State.PENDING, Registration.edition_id.in_(_ids(editions)))
        .group_by(Registration.edition_id)
    )
    yield from _counted("pending", editions, {row[0]: row[1] for row in rows})


def _unready(account: Account) -> Iterable[Step]:
    """Editions still to come that nobody can see, or that have no hall, or no session in one."""
    editions = [edition for edition in _editions(account, "editions.manage") if is_ahead(edition)]
    furnished = _having(Hall.edition_id, editions)
    planned = _having(Session.edition_id, editions)
    for edition in editions:
        if edition.id not in furnished:
            yield Step("halls", edition)
        elif edition.id not in planned:
            yield Step("programme", edition)
        if edition.state == "draft":
            yield Step("publish", edition)


def _editions(account: Account, action: str) -> list[Edition]:
    return list(db.session.scalars(editions_for(account, action)))


def _having(column: InstrumentedAttribute[int], editions: list[Edition]) -> set[int]:
    """The ids of those editions that a row of the column's table names."""
    return set(db.session.scalars(select(column).distinct().where(column.in_(_ids(editions)))))


def _ids(editions: list[Edition]) -> list[int]:
    return [edition.id for edition in editions]


def _agreements(editions: list[Edition], which: ColumnElement[bool]) -> dict[int, int]:
    """Edition id → how many of the agreements signed there are such."""
    rows = db.session.execute(
        select(Signing.edition_id, func.count(distinct(Agreement.id)))
        .join(Agreement, Agreement.id == Signing.agreement_id)
        .where(which, Signing.edition_id.in_(_ids(editions)))
        .group_by(Signing.edition_id)
    )
    return {row[0]: row[1] for row in rows}


def _counted(kind: str, editions: list[Edition], counts: dict[int, int]) -> Iterable[Step]:
    for edition in editions:
        if counts.get(edition.id):
            yield Step(kind, edition, counts[edition.id])
