from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from forums.agreements.blueprint import amount_words, sees_amounts
from forums.agreements.followup import (
    amount_views,
    board,
    board_views,
    milestone_views,
    milestones,
    queries,
    rate_views,
    stage_views,
    team_views,
    words,
)
from forums.agreements.followup.blueprint import bp, found, sees
from forums.agreements.followup.ladder import ASIDE, ORDER
from forums.agreements.followup.models import Alarm, Milestone
from forums.agreements.models import Project
from forums.editions.models import Series
from forums.web.guards import may
from forums.web.language import language

__all__ = ["amount_views", "board_views", "bp", "milestone_views", "rate_views", "stage_views", "team_views"]


@bp.get("/office/series/<series>/projects/<int:project_id>/followup")
@may("outcomes.read")
def project(series: Series, project_id: int) -> ResponseReturnValue:
    """Where the project stands, who sees to it and what happens next."""
    row = found(series, project_id)
    changes, planned, reports = queries.changes_of(row), queries.milestones_of(row), queries.reports_of(row)
    ids = [row.id]
    return render_template(
        "agreements/followup/project.html",
        series=series,
        row=row,
        today=queries.today_of(row),
        standing=queries.Past(tuple(changes)).standing(row),
        order=ORDER,
        aside=ASIDE,
        changes=changes,
        proposal=next((change for change in changes if change.state == "proposed"), None),
        sees_evidence=sees(row),
        team=queries.team_of(row),
        actions=queries.actions_of(ids).get(row.id, []),
        done=queries.actions_of(ids, done=True).get(row.id, []),
        visits=queries.visits_of(row),
        obstacles=queries.obstacles_of(ids).get(row.id, []),
        resolved=queries.obstacles_of(ids, resolved=True).get(row.id, []),
        milestones=planned,
        suggested=milestones.suggestion(row, planned),
        alarms=queries.alarms_of(row),
        reports=reports,
        taken_back={one.reverses_id for one in reports if one.state in {"submitted", "verified", "approved"}},
        amount_of=lambda report: amount_words(report, report.agreement),
        sees_amounts=sees_amounts,
        roles=words.ROLES,
        milestone_states=words.MILESTONE_STATES,
    )


@bp.app_template_global("milestone_words")
def milestone_words(row: Milestone) -> str:
    return words.milestone_name(row, language())


@bp.app_template_global("alarm_words")
def alarm_words(row: Alarm, today: object = None) -> str:
    """Why a project has turned yellow or red; up to the day on which the alarm was cleared."""
    until = row.cleared_at.date() if row.cleared_at else None
    return words.alarm_words(row, language(), until or today)  # type: ignore[arg-type]


@bp.app_template_global("followup_line")
def followup_line(row: Project) -> board.Line:
    """What the board says of one project."""
    return board.lines([row])[0]
