from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from forums.agreements.followup import queries, stage_views
from forums.agreements.followup.blueprint import bp, found, sees
from forums.agreements.followup.ladder import ASIDE, ORDER
from forums.editions.models import Series
from forums.web.guards import may

__all__ = ["bp", "stage_views"]


@bp.get("/office/series/<series>/projects/<int:project_id>/followup")
@may("outcomes.read")
def project(series: Series, project_id: int) -> ResponseReturnValue:
    """Where the project stands and what happens next."""
    row = found(series, project_id)
    changes = queries.changes_of(row)
    return render_template(
        "agreements/followup/project.html",
        series=series,
        row=row,
        standing=queries.standing_of(row),
        order=ORDER,
        aside=ASIDE,
        changes=changes,
        proposal=next((change for change in changes if change.state == "proposed"), None),
        sees_evidence=sees(row),
    )
