"""What somebody should look at twice before an agreement is approved; none of it is an error.

Amounts are compared with the median of their kind in the series and with the project's earlier agreement: a factor of
ten is what 万 for 亿, or a zero too many, makes. Confidential projects are left out of the median, which others read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from forums.agreements.counting import PROJECT_KINDS
from forums.agreements.models import Agreement, AmountEntry, Project
from forums.agreements.vocabulary import HEADLINE_BASIS, class_of
from forums.editions.models import Edition, Series
from forums.extensions import db

FAR = 10
"""Times more or less than usual that make an amount worth a second look."""
FEWEST = 5
"""Amounts of a kind from which on there is a median to compare with."""


@dataclass(frozen=True)
class Concern:
    """A code with the figures that its words need; `tells` marks one that would give an amount away."""

    code: str
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def tells(self) -> bool:
        return self.code in {"far_from_usual", "far_from_earlier"}


def concerns_of(edition: Edition, rows: Sequence[Agreement]) -> dict[int, list[Concern]]:
    """Agreement id → what to look at; a constant number of queries for rows that are loaded whole."""
    medians = medians_of(edition.series) if rows else {}
    earlier = _earlier_amounts(rows)
    twins = _twins(edition.series, [row.project for row in rows])
    return {row.id: [*_of_facts(edition, row, twins), *_of_amounts(row, medians, earlier)] for row in rows}


def outliers(kind: str, fen: int, medians: dict[str, int], earlier: Iterable[int] = ()) -> list[Concern]:
    """Whether an amount in yuan is far from the median of its kind, or from an earlier amount of its project."""
    found = []
    usual = medians.get(kind)
    if usual is not None and _far(fen, usual):
        found.append(Concern("far_from_usual", {"fen": fen, "usual": usual, "kind": kind}))
    far = next((other for other in earlier if _far(fen, other)), None)
    if far is not None:
        found.append(Concern("far_from_earlier", {"fen": fen, "earlier": far}))
    return found


def medians_of(series: Series) -> dict[str, int]:
    """Kind → the median in fen of what is on record in yuan on the headline basis, where there are enough amounts."""
    reversal = aliased(AmountEntry)
    kind, fen = Agreement.__table__.c.kind, AmountEntry.__table__.c.fen
    ranked = (
        select(
            kind,
            fen,
            func.row_number().over(partition_by=kind, order_by=(fen, AmountEntry.id)).label("place"),
            func.count().over(partition_by=kind).label("count"),
        )
        .select_from(AmountEntry)
        .join(Agreement, Agreement.id == AmountEntry.agreement_id)
        .join(Project, Project.id == AmountEntry.project_id)
        .outerjoin(reversal, reversal.reverses_id == AmountEntry.id)
        .where(Project.series_id == series.id, Project.confidential.is_(False), Agreement.cancelled_on.is_(None))
        .where(AmountEntry.basis == HEADLINE_BASIS, AmountEntry.currency == "CNY", fen.is_not(None))
        .where(AmountEntry.reverses_id.is_(None), reversal.id.is_(None))
        .subquery()
    )
    middle = select(ranked.c.kind, ranked.c.fen).where(
        ranked.c["count"] >= FEWEST, ranked.c.place * 2 >= ranked.c["count"], ranked.c.place * 2 < ranked.c["count"] + 2
    )
    return {row[0]: row[1] for row in db.session.execute(middle)}


def earlier_amounts(project: Project, *, but: int | None = None) -> list[int]:
    """What the project's other agreements name in yuan on the headline basis, the latest first."""
    return [fen for agreement_id, fen in _amounts_by_project([project.id]).get(project.id, []) if agreement_id != but]


def _earlier_amounts(rows: Sequence[Agreement]) -> dict[int, list[int]]:
    """Agreement id → the amounts of the agreements that it repeats or changes."""
    by_project = _amounts_by_project({row.project_id for row in rows})
    return {
        row.id: [
            fen
            for agreement_id, fen in by_project.get(row.project_id, [])
            if (agreement_id == row.earlier_id if row.earlier_id else agreement_id < row.id)
        ]
        for row in rows
    }


def _amounts_by_project(project_ids: Iterable[int]) -> dict[int, list[tuple[int, int]]]:
    reversal = aliased(AmountEntry)
    found = db.session.execute(
        select(AmountEntry.project_id, AmountEntry.agreement_id, AmountEntry.fen)
        .outerjoin(reversal, reversal.reverses_id == AmountEntry.id)
        .where(AmountEntry.project_id.in_(project_ids), AmountEntry.basis == HEADLINE_BASIS)
        .where(AmountEntry.currency == "CNY", AmountEntry.fen.is_not(None))
        .where(AmountEntry.reverses_id.is_(None), reversal.id.is_(None))
        .order_by(AmountEntry.id.desc())
    )
    amounts: dict[int, list[tuple[int, int]]] = {}
    for project_id, agreement_id, fen in found:
        amounts.setdefault(project_id, []).append((agreement_id, fen or 0))
    return amounts


def _twins(series: Series, projects: Sequence[Project]) -> dict[int, tuple[int, str]]:
    """Project id → (another project of the series that may be the same, what they share)."""
    names = {name for row in projects for name in (row.name.zh, row.name.en) if name}
    firms = {row.organisation_id for row in projects if row.organisation_id}
    columns = Project.__table__.c
    found = db.session.execute(
        select(columns.id, columns.organisation_id, columns.name_zh, columns.name_en)
        .where(columns.series_id == series.id, columns.merged_into_id.is_(None))
        .where(or_(columns.organisation_id.in_(firms), columns.name_zh.in_(names), columns.name_en.in_(names)))
        .order_by(columns.id)
    ).all()
    twins: dict[int, tuple[int, str]] = {}
    for row in projects:
        for other, firm, zh, en in found:
            if other == row.id or row.merged_into_id is not None:
                continue
            if (zh and zh == row.name.zh) or (en and en == row.name.en):
                twins[row.id] = (other, "name")
            elif firm and firm == row.organisation_id:
                twins.setdefault(row.id, (other, "enterprise"))
    return twins


def _of_facts(edition: Edition, row: Agreement, twins: dict[int, tuple[int, str]]) -> list[Concern]:
    found = []
    if row.project.confidential:
        found.append(Concern("confidential"))
    if not row.scans:
        found.append(Concern("no_scan"))
    nameless = [party.organisation.name for party in row.parties if not party.organisation.credit_code]
    if nameless:
        found.append(Concern("no_credit_code", {"names": nameless}))
    if not row.parties:
        found.append(Concern("no_party"))
    signed = next(signing.signed_on for signing in row.signings if signing.edition_id == edition.id)
    if not edition.starts_on <= signed <= edition.ends_on:
        found.append(Concern("other_day", {"day": signed}))
    if row.project_id in twins:
        other, shared = twins[row.project_id]
        found.append(Concern(f"same_{shared}", {"project_id": other}))
    return found


def _of_amounts(row: Agreement, medians: dict[str, int], earlier: dict[int, list[int]]) -> list[Concern]:
    found = []
    headline = [entry for entry in row.amounts if entry.basis == HEADLINE_BASIS]
    if any(entry.fen is None for entry in row.amounts) or (class_of(row.kind) in PROJECT_KINDS and not headline):
        found.append(Concern("undisclosed"))
    if any(entry.currency != "CNY" for entry in row.amounts):
        found.append(Concern("foreign"))
    others = () if row.relation == "increase" else earlier[row.id]
    for entry in headline:
        if entry.fen is not None and entry.currency == "CNY":
            found += outliers(row.kind, entry.fen, medians, others)
    return found


def _far(fen: int, usual: int) -> bool:
    return fen >= FAR * usual or fen * FAR <= usual
