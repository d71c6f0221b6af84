"""The credited projects of a series with their stages and amounts, now or as they were on record at a moment."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from forums.agreements import known
from forums.agreements import queries as agreements
from forums.agreements.counting import APPROVED
from forums.agreements.followup.models import StageChange
from forums.agreements.followup.rates import Signed
from forums.agreements.models import Project
from forums.editions.models import Series
from forums.extensions import db

CURRENCY = "CNY"


def signed_projects(series: Series, *, as_of: datetime | None = None) -> list[Signed]:
    """Firm projects, each once, by the counting rules; a constant number of queries."""
    credits_ = agreements.credited(series, as_of=as_of)
    counted = {
        credit.row.project_id: credit for credit in credits_ if credit.projects and credit.column == "contracted"
    }
    stages, inbound, paid = _stages(series, as_of), _inbound(series, as_of), _paid(series, as_of)
    return [
        Signed(
            project_id=project_id,
            edition_id=credit.row.edition_id,
            stage=stages[project_id],
            inbound=inbound.get(project_id),
            paid=paid.get(project_id),
            confidential=credit.row.confidential,
        )
        for project_id, credit in counted.items()
    ]


def _stages(series: Series, as_of: datetime | None) -> dict[int, str]:
    """Project → its stage as it was on record."""
    now = {
        row[0]: row[1]
        for row in db.session.execute(select(Project.id, Project.stage).where(Project.series_id == series.id))
    }
    if as_of is None:
        return now
    rows = db.session.execute(
        select(StageChange.project_id, StageChange.from_stage, StageChange.to_stage, StageChange.settled_at)
        .join(Project, Project.id == StageChange.project_id)
        .where(Project.series_id == series.id, StageChange.state == "done")
        .order_by(StageChange.settled_at, StageChange.id)
    )
    # Before its first change a project stood where that began; each change on record by then moved it on.
    then: dict[int, str] = {}
    for project_id, before, after, settled_at in rows:
        then.setdefault(project_id, before)
        if settled_at is not None and settled_at <= as_of:
            then[project_id] = after
    return now | then


def _inbound(series: Series, as_of: datetime | None) -> dict[int, int]:
    """Project → contracted inbound capital that is stated, by the counting rules."""
    sums: dict[int, int] = {}
    stated: set[int] = set()
    for credit in agreements.credited(series, as_of=as_of, basis="contracted_inbound"):
        if credit.column != "contracted" or credit.currency != CURRENCY or credit.fen is None:
            continue
        sums[credit.row.project_id] = sums.get(credit.row.project_id, 0) + credit.fen
        if credit.projects or credit.fen:
            stated.add(credit.row.project_id)
    return {project_id: fen for project_id, fen in sums.items() if project_id in stated}


def _paid(series: Series, as_of: datetime | None) -> dict[int, int]:
    """Project → capital that has come in by its agreements, those of its duplicates included."""
    by_agreement = {
        row.agreement_id: row
        for row in known.rows(series, as_of=as_of, basis="paid_in")
        if row.review in APPROVED and not row.cancelled and row.fen is not None and row.currency == CURRENCY
    }
    sums: dict[int, int] = {}
    for row in by_agreement.values():
        sums[row.project_id] = sums.get(row.project_id, 0) + (row.fen or 0)
    return sums
