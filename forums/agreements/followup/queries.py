from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Select, case, func, literal, or_, select, union_all
from sqlalchemy.orm import joinedload, lazyload, load_only
from sqlalchemy.sql.base import ExecutableOption

from forums.accounts.models import Account
from forums.agreements.counting import APPROVED
from forums.agreements.followup.ladder import ORDER
from forums.agreements.followup.models import (
    Alarm,
    AmountReport,
    Entered,
    Milestone,
    NextAction,
    Obstacle,
    RuleBook,
    StageChange,
    TeamMember,
    Visit,
)
from forums.agreements.followup.rules import DEFAULTS, Facts, Rule, Subject
from forums.agreements.models import Agreement, Project, Signing
from forums.clock import now
from forums.editions.models import Edition, Series
from forums.extensions import db

# Who wrote a line is shown by name; their grants are nobody's business here.
Row = TypeVar("Row", bound=Entered)
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


@dataclass(frozen=True)
class Past:
    """The changes of a project's stage, the latest first."""

    rows: tuple[StageChange, ...]

    @classmethod
    def of(cls, project: Project) -> Past:
        rows = select(StageChange).where(StageChange.project_id == project.id).order_by(StageChange.id.desc())
        return cls(tuple(db.session.scalars(rows)))

    @property
    def last(self) -> StageChange | None:
        """The latest that took effect."""
        return next((row for row in self.rows if row.state == "done"), None)

    @property
    def proposal(self) -> StageChange | None:
        """The reversal that waits for a second person."""
        return next((row for row in self.rows if row.state == "proposed"), None)

    @property
    def latest_id(self) -> int:
        """The number of the latest change, settled or not; 0 before the first. A page with another is out of date."""
        return self.rows[0].id if self.rows else 0

    def standing(self, project: Project) -> str:
        """Where the project stands in the order of stages, also while it is stalled, suspended or over."""
        if project.stage in ORDER:
            return project.stage
        return self.last.resumes_at if self.last is not None else ORDER[0]


def today_of(project: Project) -> date:
    """The date where the project's latest edition is held, or that of its series; in China before there is one."""
    return now().astimezone(zones_of([project.id])[project.id]).date()


def todays(project_ids: Collection[int]) -> dict[int, date]:
    """Project → the date there."""
    return {project_id: now().astimezone(zone).date() for project_id, zone in zones_of(project_ids).items()}


def zones_of(project_ids: Collection[int]) -> dict[int, ZoneInfo]:
    """Project → the zone of the latest edition that it was signed at, or else of its series."""
    signed = (
        select(Agreement.project_id, Signing.edition_id)
        .join(Signing, Signing.agreement_id == Agreement.id)
        .where(Agreement.project_id.in_(project_ids))
        .distinct()
        .subquery()
    )
    rows = (
        select(Project.id, Edition.zone)
        .join(Edition, Edition.series_id == Project.series_id)
        .outerjoin(signed, (signed.c.project_id == Project.id) & (signed.c.edition_id == Edition.id))
        .where(Project.id.in_(project_ids))
        .order_by(signed.c.edition_id.is_not(None), Edition.starts_on, Edition.id)
    )
    zones = {row[0]: ZoneInfo(row[1]) for row in db.session.execute(rows)}
    return {project_id: zones.get(project_id, DEFAULT_ZONE) for project_id in project_ids}


def team_of(project: Project) -> list[TeamMember]:
    """Who is on the project's team now: the leader first, units last."""
    return teams_of([project.id]).get(project.id, [])


def teams_of(project_ids: Collection[int]) -> dict[int, list[TeamMember]]:
    rank = case({"leader": 0, "member": 1}, value=TeamMember.role, else_=2)
    rows = db.session.scalars(
        select(TeamMember)
        .where(TeamMember.project_id.in_(project_ids), TeamMember.left_at.is_(None))
        .options(
            joinedload(TeamMember.account).options(lazyload(Account.grants)),
            joinedload(TeamMember.person),
            joinedload(TeamMember.organisation),
        )
        .order_by(rank, TeamMember.id)
    )
    return _by_project(rows)


def entered_in(model: type[Row], project: Project, row_id: int) -> Row | None:
    """A row of this kind that belongs to the project."""
    row = db.session.get(model, row_id)
    return row if row is not None and row.project_id == project.id else None


def actions_of(project_ids: Collection[int], *, done: bool = False) -> dict[int, list[NextAction]]:
    """What is to be done next in each project, the most urgent first; or what was done, the latest first."""
    rows = select(NextAction).where(NextAction.project_id.in_(project_ids)).options(*_with_owner(NextAction))
    if done:
        rows = rows.where(NextAction.done_on.is_not(None)).order_by(NextAction.done_on.desc(), NextAction.id.desc())
    else:
        rows = rows.where(NextAction.done_on.is_(None)).order_by(NextAction.due_on, NextAction.id)
    return _by_project(db.session.scalars(rows))


def obstacles_of(project_ids: Collection[int], *, resolved: bool = False) -> dict[int, list[Obstacle]]:
    rows = select(Obstacle).where(Obstacle.project_id.in_(project_ids)).options(*_with_owner(Obstacle))
    open_ = Obstacle.resolved_on.is_(None)
    rows = rows.where(~open_ if resolved else open_).order_by(Obstacle.found_on, Obstacle.id)
    return _by_project(db.session.scalars(rows))


def visits_of(project: Project) -> list[Visit]:
    """The latest first."""
    return list(
        db.session.scalars(
            select(Visit)
            .where(Visit.project_id == project.id)
            .options(joinedload(Visit.recorded_by).options(*NAME_ONLY))
            .order_by(Visit.visited_on.desc(), Visit.id.desc())
        )
    )


def milestones_of(project: Project) -> list[Milestone]:
    """In the order of their days."""
    return list(
        db.session.scalars(
            select(Milestone)
            .where(Milestone.project_id == project.id)
            .options(joinedload(Milestone.document))
            .order_by(Milestone.due_on, Milestone.id)
        )
    )


def counting_agreements(project: Project) -> list[Agreement]:
    """The project's approved agreements that are not cancelled, the latest first."""
    rows = select(Agreement).where(Agreement.project_id == project.id, Agreement.cancelled_on.is_(None))
    return list(db.session.scalars(rows.where(Agreement.review.in_(APPROVED)).order_by(Agreement.id.desc())))


def reports_of(project: Project) -> list[AmountReport]:
    """Every amount reported of the project, the latest first."""
    rows = (
        select(AmountReport)
        .where(AmountReport.project_id == project.id)
        .options(
            joinedload(AmountReport.agreement).joinedload(Agreement.project),
            joinedload(AmountReport.document),
            joinedload(AmountReport.recorded_by).options(*NAME_ONLY),
            joinedload(AmountReport.verified_by).options(*NAME_ONLY),
            joinedload(AmountReport.approved_by).options(*NAME_ONLY),
        )
        .order_by(AmountReport.effective_on.desc(), AmountReport.id.desc())
    )
    return list(db.session.scalars(rows))


def open_alarms(project_ids: Collection[int]) -> list[Alarm]:
    """The alarms in force, red before yellow, the oldest first."""
    return list(
        db.session.scalars(
            select(Alarm)
            .where(Alarm.project_id.in_(project_ids), Alarm.cleared_at.is_(None))
            .order_by(case({"red": 0}, value=Alarm.level, else_=1), Alarm.since, Alarm.id)
        )
    )


def alarms_of(project: Project) -> list[Alarm]:
    """Every alarm that the project ever had: those in force first, then the latest cleared."""
    return list(
        db.session.scalars(
            select(Alarm)
            .where(Alarm.project_id == project.id)
            .order_by(Alarm.cleared_at.is_not(None), Alarm.cleared_at.desc(), Alarm.since, Alarm.id)
            .limit(50)
        )
    )


def followed_ids() -> list[int]:
    """Projects that somebody leads or helps with, or that still have an alarm."""
    followed = select(TeamMember.project_id).where(TeamMember.left_at.is_(None), TeamMember.role != "unit")
    ringing = select(Alarm.project_id).where(Alarm.cleared_at.is_(None))
    ids = select(Project.id).where(or_(Project.id.in_(followed), Project.id.in_(ringing))).order_by(Project.id)
    return list(db.session.scalars(ids))


def locked(project_ids: Collection[int]) -> list[int]:
    """The same ids, with nobody else at these projects until the transaction ends."""
    rows = select(Project.id).where(Project.id.in_(project_ids)).order_by(Project.id).with_for_update()
    return list(db.session.scalars(rows))


def projects_by_id(project_ids: Collection[int]) -> dict[int, Project]:
    rows = (
        select(Project)
        .where(Project.id.in_(project_ids))
        .options(joinedload(Project.organisation), joinedload(Project.series), joinedload(Project.segment))
    )
    return {row.id: row for row in db.session.scalars(rows)}


def facts_of(project_ids: Collection[int]) -> dict[int, tuple[int, Facts]]:
    """Project → (its series, what the rules look at), of those that somebody follows up; three queries or four."""
    followed = {
        row[0]: (row[1], row[2], _as_moment(row[3]))
        for row in db.session.execute(
            select(Project.id, Project.series_id, Project.stage, func.min(TeamMember.joined_at))
            .join(TeamMember, TeamMember.project_id == Project.id)
            .where(Project.id.in_(project_ids), Project.merged_into_id.is_(None))
            .where(TeamMember.left_at.is_(None), TeamMember.role != "unit")
            .group_by(Project.id, Project.series_id, Project.stage)
        )
    }
    if not followed:
        return {}
    zones, days = zones_of(list(followed)), dated(list(followed))
    facts = {}
    for project_id, (series_id, stage, joined_at) in followed.items():
        since, mine = joined_at.astimezone(zones[project_id]).date(), days.get(project_id, {})
        facts[project_id] = (
            series_id,
            Facts(
                stage=stage,
                today=now().astimezone(zones[project_id]).date(),
                stage_since=max((row.counted_from for row in mine.get("change", ())), default=since),
                visited_on=max((row.counted_from for row in mine.get("visit", ())), default=since),
                milestones=tuple(mine.get("milestone", ())),
                obstacles=tuple(mine.get("obstacle", ())),
                actions=tuple(mine.get("action", ())),
            ),
        )
    return facts


def dated(project_ids: list[int]) -> dict[int, dict[str, list[Subject]]]:
    """Project → kind → the days that rules count from: the last change and visit, and whatever is still open."""
    nothing = literal("")

    def latest(kind: str, row: type[StageChange] | type[Visit], day: Any, *which: Any) -> Select[Any]:
        found = select(literal(kind), row.project_id, literal(0), func.max(day), nothing, nothing)
        return found.where(row.project_id.in_(project_ids), *which).group_by(row.project_id)

    def still(kind: str, row: type[Entered], day: Any, words: Any, stage: Any, *which: Any) -> Select[Any]:
        return select(literal(kind), row.project_id, row.id, day, words, stage).where(
            row.project_id.in_(project_ids), *which
        )

    rows = union_all(
        latest("change", StageChange, StageChange.changed_on, StageChange.state == "done"),
        latest("visit", Visit, Visit.visited_on),
        still("milestone", Milestone, Milestone.due_on, Milestone.title, Milestone.stage, Milestone.state != "met"),
        still("obstacle", Obstacle, Obstacle.found_on, Obstacle.problem, nothing, Obstacle.resolved_on.is_(None)),
        still("action", NextAction, NextAction.due_on, NextAction.what, nothing, NextAction.done_on.is_(None)),
    )
    by_project: dict[int, dict[str, list[Subject]]] = {}
    for kind, project_id, row_id, day, words, stage in db.session.execute(rows):
        found = by_project.setdefault(project_id, {}).setdefault(kind, [])
        found.append(Subject(row_id, day, words, stage))
        found.sort(key=lambda subject: subject.id)
    return by_project


def rules_of(series_id: int) -> list[Rule]:
    """The series' own rules, or the usual ones."""
    book = db.session.get(RuleBook, series_id)
    return _read_rules(book) if book else list(DEFAULTS)


def rules_of_many(series_ids: Collection[int]) -> dict[int, list[Rule]]:
    books = db.session.scalars(select(RuleBook).where(RuleBook.series_id.in_(series_ids)))
    kept = {book.series_id: _read_rules(book) for book in books}
    return {series_id: kept.get(series_id, list(DEFAULTS)) for series_id in series_ids}


def _read_rules(book: RuleBook) -> list[Rule]:
    return [Rule(row["rule"], row["yellow"], row["red"], row["stage"]) for row in book.rules]


def _with_owner(model: type[NextAction] | type[Obstacle]) -> tuple[ExecutableOption, ...]:
    owner = joinedload(model.owner)
    return (
        owner.joinedload(TeamMember.account).options(*NAME_ONLY),
        owner.joinedload(TeamMember.person),
        owner.joinedload(TeamMember.organisation),
    )


def _by_project(rows: Iterable[Any]) -> dict[int, list[Any]]:
    by_project: dict[int, list[Any]] = {}
    for row in rows:
        by_project.setdefault(row.project_id, []).append(row)
    return by_project


def _as_moment(value: datetime | str) -> datetime:
    """What an aggregate of moments answers: the type is lost on the way through min()."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
