from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload, lazyload, load_only

from forums.accounts.models import Account
from forums.agreements.followup.ladder import ORDER
from forums.agreements.followup.models import StageChange
from forums.agreements.models import Agreement, Project, Signing
from forums.clock import now
from forums.editions.models import Edition, Series
from forums.extensions import db

# Who wrote a line is shown by name; their grants are nobody's business here.
NAME_ONLY = (load_only(Account.name), lazyload(Account.grants))
DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")


def project_in(series: Series, project_id: int, *, for_change: bool = False) -> Project | None:
    """The project of this series; locked, to be changed."""
    rows = select(Project).where(Project.id == project_id, Project.series_id == series.id)
    if for_change:
        return db.session.scalar(rows.with_for_update().execution_options(populate_existing=True))
    return db.session.scalar(rows.options(joinedload(Project.organisation), joinedload(Project.segment)))


def changes_of(project: Project) -> list[StageChange]:
    """Every change of the project's stage, the latest first, with who made it."""
    rows = (
        select(StageChange)
        .where(StageChange.project_id == project.id)
        .options(
            joinedload(StageChange.recorded_by).options(*NAME_ONLY),
            joinedload(StageChange.settled_by).options(*NAME_ONLY),
            joinedload(StageChange.document),
        )
        .order_by(StageChange.id.desc())
    )
    return list(db.session.scalars(rows))


def last_change(project: Project) -> StageChange | None:
    """The latest change of the project's stage that took effect."""
    rows = select(StageChange).where(StageChange.project_id == project.id, StageChange.state == "done")
    return db.session.scalar(rows.order_by(StageChange.id.desc()).limit(1))


def proposal_of(project: Project) -> StageChange | None:
    """The reversal that waits for a second person."""
    return db.session.scalar(
        select(StageChange).where(StageChange.project_id == project.id, StageChange.state == "proposed")
    )


def latest_id(project: Project) -> int:
    """The number of the latest change, settled or not; 0 before the first. A page that shows another is out of date."""
    rows = select(StageChange.id).where(StageChange.project_id == project.id).order_by(StageChange.id.desc())
    return db.session.scalar(rows.limit(1)) or 0


def standing_of(project: Project) -> str:
    """Where the project stands in the order of stages, also while it is stalled, suspended or over."""
    if project.stage in ORDER:
        return project.stage
    last = last_change(project)
    return last.resumes_at if last is not None else ORDER[0]


def today_of(project: Project) -> date:
    """The date where the project's latest edition is held, or that of its series; in China before there is one."""
    signed = (
        select(Edition)
        .join(Signing, Signing.edition_id == Edition.id)
        .join(Agreement, Agreement.id == Signing.agreement_id)
        .where(Agreement.project_id == project.id)
    )
    of_series = select(Edition).where(Edition.series_id == project.series_id)
    for rows in (signed, of_series):
        edition = db.session.scalar(rows.order_by(Edition.starts_on.desc(), Edition.id.desc()).limit(1))
        if edition is not None:
            return now().astimezone(edition.tz).date()
    return now().astimezone(DEFAULT_ZONE).date()
