from __future__ import annotations

from contextlib import suppress
from typing import Any

from forums.activity.models import Actor
from forums.editions.models import Edition
from forums.extensions import db
from forums.jobs import job, progress
from forums.jobs.models import Job
from forums.registrations.deciding import queries
from forums.registrations.deciding.operations import DECIDE, decide, row_of
from forums.registrations.refusals import NotNow
from forums.transaction import transaction

STEP = 20


@job(DECIDE)
def decide_many(job_id: int, params: dict[str, Any]) -> dict[str, Any]:
    """One decision, one commit; a second run passes over those that the first has decided on."""
    actor, ids = Actor(params["by_id"], params["by"]), params["ids"]
    for number, row_id in enumerate(ids):
        with suppress(NotNow), transaction():
            row = row_of(params["edition_id"], row_id)
            if row is not None:
                decide(row, params["decision"], reason=params["reason"], actor=actor)
        if number % STEP == 0:
            progress(job_id, done=number, total=len(ids))
    progress(job_id, done=len(ids), total=len(ids))
    edition = db.session.get_one(Edition, params["edition_id"])
    since = db.session.get_one(Job, job_id).created_at
    return {"outcome": queries.outcome(edition, ids, since)}
