"""The board of a series' projects by colour: what is read for its page, its files and everybody's first page."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, Subquery, case, func, select
from sqlalchemy.orm import joinedload

from forums.accounts.models import Account
from forums.accounts.policy import allowed
from forums.agreements.followup import queries
from forums.agreements.followup.ladder import ENDED
from forums.agreements.followup.models import Alarm, AmountReport, NextAction, Obstacle, StageChange, TeamMember
from forums.agreements.followup.words import LEVELS, alarm_words, stage_word
from forums.agreements.models import Agreement, Project, Signing
from forums.columns import Language
from forums.editions.models import Edition, Series
from forums.extensions import db

COLOURS = ("red", "yellow", "green", "none")
CHUNK = 500
MOST_WAITING = 12


@dataclass(frozen=True)
class Asked:
    """What the board shows: `leader` is "a12" (an account), "p7" (a person) or empty; `mine` an account's own."""

    edition: Edition | None = None
    segment_id: int | None = None
    leader: str = ""
    colour: str = ""
    mine: int | None = None


@dataclass(frozen=True)
class Line:
    """A project on the board, with the days that count and why it has its colour."""

    project: Project
    colour: str
    today: date
    stage_since: date | None
    visited_on: date | None
    alarms: list[Alarm]
    team: list[TeamMember]
    actions: list[NextAction]
    obstacles: list[Obstacle]

    @property
    def leader(self) -> TeamMember | None:
        return next((member for member in self.team if member.role == "leader"), None)

    @property
    def stage_days(self) -> int | None:
        return (self.today - self.stage_since).days if self.stage_since else None

    @property
    def visit_days(self) -> int | None:
        return (self.today - self.visited_on).days if self.visited_on else None


def projects(series: Series, asked: Asked) -> Select[Project]:
    """The series' projects that are not over: red before yellow before green, the longest wait first."""
    ringing = _ringing()
    rows = _live(select(Project), series, ringing, asked).options(
        joinedload(Project.organisation), joinedload(Project.segment)
    )
    if asked.colour in COLOURS:
        rows = rows.where(_colour(ringing) == asked.colour)
    return rows.order_by(
        case({"red": 0, "yellow": 1, "green": 2}, value=_colour(ringing), else_=3), ringing.c.since, Project.id
    )


def counts(series: Series, asked: Asked) -> dict[str, int]:
    """Colour → how many projects, whatever colour is asked for."""
    ringing = _ringing()
    colour = _colour(ringing)
    counted: Select[Any] = select(colour, func.count(Project.id.distinct()))  # type: ignore[assignment]
    rows = _live(counted, series, ringing, asked).group_by(colour)
    return {row[0]: row[1] for row in db.session.execute(rows)}


def lines(rows: Collection[Project]) -> list[Line]:
    """These projects with all that the board tells of them; a constant number of queries."""
    ids = [row.id for row in rows]
    teams, actions, obstacles = queries.teams_of(ids), queries.actions_of(ids), queries.obstacles_of(ids)
    days, dated = queries.todays(ids), queries.dated(ids)
    alarms: dict[int, list[Alarm]] = {}
    for alarm in queries.open_alarms(ids):
        alarms.setdefault(alarm.project_id, []).append(alarm)
    return [
        Line(
            project=row,
            colour=_colour_of(alarms.get(row.id, []), teams.get(row.id, [])),
            today=days[row.id],
            stage_since=_only(dated, row.id, "change"),
            visited_on=_only(dated, row.id, "visit"),
            alarms=alarms.get(row.id, []),
            team=teams.get(row.id, []),
            actions=actions.get(row.id, []),
            obstacles=obstacles.get(row.id, []),
        )
        for row in rows
    ]


def leaders(series: Series) -> list[tuple[str, TeamMember]]:
    """Who leads projects of the series now, each once, by name."""
    rows = db.session.scalars(
        select(TeamMember)
        .join(Project, Project.id == TeamMember.project_id)
        .where(Project.series_id == series.id, TeamMember.role == "leader", TeamMember.left_at.is_(None))
        .options(joinedload(TeamMember.account).options(*queries.NAME_ONLY), joinedload(TeamMember.person))
        .order_by(TeamMember.id)
    )
    named = {(f"a{row.account_id}" if row.account_id else f"p{row.person_id}"): row for row in rows}
    return sorted(named.items(), key=lambda pair: (pair[1].name.local("zh"), pair[0]))


def file_rows(series: Series, asked: Asked, language: Language) -> Iterator[list[str]]:
    """The board as a table of words, with its head."""
    yield [
        _("Project"), _("Enterprise"), _("Segment"), _("Colour"), _("Why"), _("Stage"), _("Days in the stage"),
        _("Last visit"), _("Days since the last visit"), _("Leader"), _("Next action"), _("Owner"), _("Due on"),
        _("Obstacles"), _("Data"),
    ]  # fmt: skip
    ids = list(db.session.scalars(projects(series, asked).with_only_columns(Project.id)))
    for start in range(0, len(ids), CHUNK):
        some = queries.projects_by_id(ids[start : start + CHUNK])
        for line in lines([some[row_id] for row_id in ids[start : start + CHUNK] if row_id in some]):
            yield _file_row(line, language)


def waiting_for(account: Account, series: Collection[Series]) -> list[tuple[Project, list[Alarm]]]:
    """The account's projects in these series that have an alarm: red first, the longest wait first; a few of them."""
    ringing = _ringing()
    rows = (
        select(Project.id)
        .join(ringing, ringing.c.project_id == Project.id)
        .where(Project.series_id.in_([row.id for row in series if allowed(account, "outcomes.read", row)]))
        .where(Project.id.in_(_members(TeamMember.account_id == account.id)))
        .order_by(ringing.c.level.desc(), ringing.c.since, Project.id)
        .limit(MOST_WAITING)
    )
    ids = list(db.session.scalars(rows))
    named, alarms = queries.projects_by_id(ids), queries.open_alarms(ids)
    return [(named[row_id], [alarm for alarm in alarms if alarm.project_id == row_id]) for row_id in ids]


@dataclass(frozen=True)
class Check:
    """Something of a project that waits for a second or a third person: "reversal", "verify" or "approve"."""

    project: Project
    what: str


def to_check(account: Account, series: Collection[Series]) -> list[Check]:
    """What others proposed or reported in these series and the account may decide, the oldest first."""
    drafts = [row.id for row in series if allowed(account, "agreements.draft", row)]
    reviews = [row.id for row in series if allowed(account, "agreements.review", row)]
    waiting: list[tuple[datetime, int, str]] = []
    if drafts:
        waiting += [
            (at, project_id, "reversal")
            for at, project_id in db.session.execute(
                select(StageChange.recorded_at, StageChange.project_id)
                .join(Project, Project.id == StageChange.project_id)
                .where(Project.series_id.in_(drafts), StageChange.state == "proposed")
                .where(StageChange.recorded_by_id != account.id)
            )
        ]
    if reviews:
        waiting += [
            (at, project_id, "verify" if state == "submitted" else "approve")
            for at, project_id, state in db.session.execute(
                select(AmountReport.recorded_at, AmountReport.project_id, AmountReport.state)
                .join(Project, Project.id == AmountReport.project_id)
                .where(Project.series_id.in_(reviews), AmountReport.state.in_(("submitted", "verified")))
                .where(AmountReport.recorded_by_id != account.id)
                .where(func.coalesce(AmountReport.verified_by_id, 0) != account.id)
            )
        ]
    named = queries.projects_by_id({project_id for _, project_id, _ in waiting}) if waiting else {}
    return [Check(named[project_id], what) for _, project_id, what in sorted(waiting)]


def _file_row(line: Line, language: Language) -> list[str]:
    project, action = line.project, line.actions[0] if line.actions else None
    return [
        project.name.local(language),
        project.organisation.name.local(language) if project.organisation else "",
        project.segment.name.local(language) if project.segment else "",
        str(LEVELS[line.colour]),
        _("; ").join(alarm_words(alarm, language, line.today) for alarm in line.alarms),
        stage_word(project.stage, language),
        _number(line.stage_days),
        line.visited_on.isoformat() if line.visited_on else "",
        _number(line.visit_days),
        line.leader.name.local(language) if line.leader else "",
        action.what if action else "",
        action.owner.name.local(language) if action and action.owner else "",
        action.due_on.isoformat() if action else "",
        _("; ").join(obstacle.problem for obstacle in line.obstacles),
        _("synthetic") if project.synthetic else "",
    ]


def _number(days: int | None) -> str:
    return "" if days is None else str(days)


def _ringing() -> Subquery:
    level = func.max(case({"red": 2}, value=Alarm.level, else_=1)).label("level")
    return (
        select(Alarm.project_id, level, func.min(Alarm.since).label("since"))
        .where(Alarm.cleared_at.is_(None))
        .group_by(Alarm.project_id)
        .subquery()
    )


def _live(rows: Select[Any], series: Series, ringing: Subquery, asked: Asked) -> Select[Any]:
    rows = (
        rows.outerjoin(ringing, ringing.c.project_id == Project.id)
        .where(Project.series_id == series.id, Project.merged_into_id.is_(None))
        .where(Project.stage.not_in(ENDED))
    )
    if asked.edition is not None:
        signed = select(Agreement.project_id).join(Signing, Signing.agreement_id == Agreement.id)
        rows = rows.where(Project.id.in_(signed.where(Signing.edition_id == asked.edition.id)))
    if asked.segment_id is not None:
        rows = rows.where(Project.segment_id == asked.segment_id)
    if asked.mine is not None:
        rows = rows.where(Project.id.in_(_members(TeamMember.account_id == asked.mine)))
    kind, number = asked.leader[:1], asked.leader[1:]
    if kind in {"a", "p"} and number.isascii() and number.isdigit() and len(number) < 10:
        who = TeamMember.account_id if kind == "a" else TeamMember.person_id
        rows = rows.where(Project.id.in_(_members((TeamMember.role == "leader") & (who == int(number)))))
    return rows


def _members(which: ColumnElement[bool]) -> Select[Any]:
    return select(TeamMember.project_id).where(which, TeamMember.left_at.is_(None))


def _colour(ringing: Subquery) -> ColumnElement[str]:
    followed = Project.id.in_(_members(TeamMember.role != "unit"))
    return case((ringing.c.level == 2, "red"), (ringing.c.level == 1, "yellow"), (followed, "green"), else_="none")


def _colour_of(alarms: list[Alarm], team: list[TeamMember]) -> str:
    levels = {alarm.level for alarm in alarms}
    if levels:
        return "red" if "red" in levels else "yellow"
    return "green" if any(member.role != "unit" for member in team) else "none"


def _only(dated: dict[int, dict[str, list[Any]]], project_id: int, kind: str) -> date | None:
    return max((row.counted_from for row in dated.get(project_id, {}).get(kind, ())), default=None)
