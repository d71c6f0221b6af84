from __future__ import annotations

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.extensions import db
from forums.jobs.models import Job
from forums.web.guards import account, can, signed_in

bp = Blueprint("jobs", __name__)


@bp.get("/office/jobs/<int:job_id>.json")
@signed_in
def show(job_id: int) -> ResponseReturnValue:
    """State and progress of a job, for its bar: to whoever started it, and to staff of its edition."""
    row = db.session.get(Job, job_id)
    if row is None or not _may_see(row):
        abort(404)
    return {
        "state": row.state,
        "done": row.done,
        "total": row.total,
        "message": _(row.message) if row.message else "",
        "error": row.error,
        "over": row.is_over,
    }


def _may_see(row: Job) -> bool:
    somebody = account()
    started_it = somebody is not None and row.started_by_id == somebody.id
    return started_it or can("editions.manage", row) or can("outcomes.read", row)
