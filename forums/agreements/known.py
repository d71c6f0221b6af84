"""What was known when: each fact that a tally depends on, with the time from which and until which it was on record.

Two times are kept apart. The *effective* date (a signing's day) decides to which edition a row belongs; the *recorded*
time decides what was known. Before each commit that touched a project, the versions of its signings are compared with
the rows as they are now: what differs is ended and entered anew. A tally as of any moment is then the rows that were
in force at that moment, and nothing an operation does can be forgotten here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, event, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from forums import clock
from forums.agreements.counting import Row
from forums.agreements.models import Agreement, AmountEntry, CountedSigning, CountingClock, Project, Signing
from forums.agreements.vocabulary import HEADLINE_BASIS, PROGRESS_BASES
from forums.editions.models import Series
from forums.extensions import db
from forums.statements import table_of

_KNOWN = table_of(CountedSigning).c
# What a version says, in the order of counting.Row; the amount and its currency stand behind `cancelled` there.
_FACTS = (
    "project_id", "agreement_id", "edition_id", "signed_on", "position", "kind", "binding", "relation", "review",
    "cancelled", "segment", "channel", "origin", "confidential", "own_id",
)  # fmt: skip
_TOUCHED = "touched_projects"
Key = tuple[int, int]  # agreement, edition


def rows(series: Series, *, as_of: datetime | None = None, basis: str = HEADLINE_BASIS) -> list[Row]:
    """One row for each signing of the series as it was on record at `as_of` (now), with its amount on `basis`."""
    columns = (_KNOWN[name] for name in _FACTS)
    found = db.session.execute(
        select(*columns, _KNOWN.amounts).where(_KNOWN.series_id == series.id, in_force(as_of)).order_by(_KNOWN.id)
    )
    return [_row(row, basis) for row in found]


def in_force(as_of: datetime | None) -> ColumnElement[bool]:
    """The versions on record at a moment, or now."""
    if as_of is None:
        return _KNOWN.known_until.is_(None)
    return (_KNOWN.known_from <= as_of) & or_(_KNOWN.known_until.is_(None), _KNOWN.known_until > as_of)


def versions_of(project: Project) -> list[CountedSigning]:
    """All that was ever on record of a project's own signings, the newest first."""
    return list(
        db.session.scalars(
            select(CountedSigning)
            .where(CountedSigning.own_id == project.id)
            .order_by(CountedSigning.known_from.desc(), CountedSigning.id.desc())
        )
    )


def _row(found: Sequence[Any], basis: str) -> Row:
    *facts, amounts = found
    fen, currency = amounts.get(basis, (None, "CNY"))
    return Row._make((*facts[:10], fen, currency, *facts[10:], _names_one(amounts)))


def _names_one(amounts: dict[str, list[Any]]) -> bool:
    return any(fen is not None for basis, (fen, _) in amounts.items() if basis not in PROGRESS_BASES)


@event.listens_for(db.session, "after_flush")
def _note(session: Session, _: object) -> None:
    """Remember which projects and agreements this transaction has written."""
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, Project):
            _touched(session).add(("project", row.id))
        elif isinstance(row, Agreement):
            _touched(session).add(("agreement", row.id))
        elif isinstance(row, Signing | AmountEntry):
            _touched(session).add(("agreement", row.agreement_id))


@event.listens_for(db.session, "before_commit")
def _keep_before_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    touched = session.info.pop(_TOUCHED, set())
    if touched:
        keep(
            {row_id for what, row_id in touched if what == "project"},
            {row_id for what, row_id in touched if what == "agreement"},
        )


@event.listens_for(db.session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_TOUCHED, None)


def _touched(session: Session) -> set[tuple[str, int]]:
    noted: set[tuple[str, int]] = session.info.setdefault(_TOUCHED, set())
    return noted


def keep(project_ids: set[int], agreement_ids: set[int]) -> int:
    """Bring the versions of these projects' signings up to date; how many have changed. Repeatable."""
    concerned = _concerned(project_ids, agreement_ids)
    if not concerned:
        return 0
    projects = set(concerned)
    moments = {series_id: moment_of(series_id) for series_id in sorted(set(concerned.values()))}
    known = {_key(row): row for row in db.session.execute(_open_versions(projects, agreement_ids)).mappings()}
    now = {_key(row): row for row in _present(projects)}
    ended = [row for key, row in known.items() if not _same(row, now.get(key))]
    entered = [row for key, row in now.items() if not _same(known.get(key), row)]
    for series_id, at in moments.items():
        ids = [row["id"] for row in ended if row["series_id"] == series_id]
        if ids:
            db.session.execute(update(CountedSigning).where(CountedSigning.id.in_(ids)).values(known_until=at))
    if entered:
        lines = [row | {"known_from": moments[row["series_id"]]} for row in entered]
        db.session.execute(insert(table_of(CountedSigning)), lines)
    return len(ended) + len(entered)


def _concerned(project_ids: set[int], agreement_ids: set[int]) -> dict[int, int]:
    """Project → series: these projects, those of the agreements, and the duplicates that borrow their facts."""
    touched = or_(
        Project.id.in_(project_ids),
        Project.id.in_(select(Agreement.project_id).where(Agreement.id.in_(agreement_ids))),
    )
    borrowing = Project.merged_into_id.in_(select(Project.id).where(touched))
    found = db.session.execute(select(Project.id, Project.series_id).where(or_(touched, borrowing)))
    return {row[0]: row[1] for row in found}


def moment_of(series_id: int) -> datetime:
    """The recorded time of this transaction. Until it ends nobody else records what the series' tallies count by.

    So nothing is ever recorded for a moment whose tally somebody has frozen, whatever the clocks of two servers say.
    """
    clocks, at = table_of(CountingClock), clock.now()
    insert_: Any = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[db.engine.dialect.name](clocks)
    later = case((clocks.c.at > insert_.excluded.at, clocks.c.at), else_=insert_.excluded.at)
    kept = insert_.on_conflict_do_update(index_elements=["series_id"], set_={"at": later}).returning(clocks.c.at)
    moment: datetime = db.session.execute(kept, {"series_id": series_id, "at": at}).scalar_one()
    return moment


def frozen_moment(series_id: int) -> datetime:
    """The moment as of which this transaction may freeze a tally: whatever is recorded from now on is recorded later.

    What is on record already may carry this very moment, so the clock moves on by its smallest step.
    """
    at = moment_of(series_id)
    clocks = table_of(CountingClock)
    later = at + timedelta(microseconds=1)
    db.session.execute(update(clocks).where(clocks.c.series_id == series_id).values(at=later))
    return at


def _open_versions(projects: set[int], agreement_ids: set[int]) -> Select[Any]:
    of = or_(_KNOWN.own_id.in_(projects), _KNOWN.agreement_id.in_(agreement_ids))
    return select(*table_of(CountedSigning).c).where(of, _KNOWN.known_until.is_(None))


def _present(projects: set[int]) -> list[dict[str, Any]]:
    """The facts of these projects' signings as they are now; two queries."""
    # A duplicate that is set aside lends its signings to the project it stands for, which also says where they count.
    counted = aliased(Project)
    found = db.session.execute(
        select(
            counted.id.label("project_id"),
            Agreement.id.label("agreement_id"),
            Signing.edition_id,
            Signing.signed_on,
            Signing.position,
            Agreement.kind,
            Agreement.binding,
            Agreement.relation,
            Agreement.review,
            Agreement.cancelled_on.is_not(None).label("cancelled"),
            counted.segment_id.label("segment"),
            counted.channel,
            counted.origin,
            or_(counted.confidential, Project.confidential).label("confidential"),
            Project.id.label("own_id"),
            Project.series_id,
        )
        .select_from(Signing)
        .join(Signing.agreement)
        .join(Agreement.project)
        .join(counted, counted.id == func.coalesce(Project.merged_into_id, Project.id))
        .where(Project.id.in_(projects))
        .order_by(Signing.id)
    ).mappings()
    amounts = _amounts(projects)
    return [dict(row) | {"amounts": amounts.get(row["agreement_id"], {})} for row in found]


def _amounts(projects: set[int]) -> dict[int, dict[str, list[Any]]]:
    """Agreement id → basis → [fen or None, currency] of the entries in force."""
    reversal = aliased(AmountEntry)
    found = db.session.execute(
        select(AmountEntry.agreement_id, AmountEntry.basis, AmountEntry.fen, AmountEntry.currency)
        .outerjoin(reversal, reversal.reverses_id == AmountEntry.id)
        .where(AmountEntry.project_id.in_(projects), AmountEntry.reverses_id.is_(None), reversal.id.is_(None))
        .order_by(AmountEntry.id)
    )
    amounts: dict[int, dict[str, list[Any]]] = {}
    for agreement_id, basis, fen, currency in found:
        known = amounts.setdefault(agreement_id, {})
        before = known.get(basis)
        if basis in PROGRESS_BASES and before is not None and before[0] is not None and before[1] == currency:
            known[basis] = [before[0] + (fen or 0), currency]  # what comes in comes in parts
        else:
            known[basis] = [fen, currency]
    return amounts


def _key(row: Any) -> Key:
    return row["agreement_id"], row["edition_id"]


def _same(known: Any, now: Any) -> bool:
    if known is None or now is None:
        return False
    return all(known[name] == now[name] for name in (*_FACTS, "amounts"))
