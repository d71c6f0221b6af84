from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import ColumnElement

from forums.activity.models import Actor
from forums.imports.tasks import count, in_steps
from forums.jobs import job
from forums.registrations.imports.models import ImportRow
from forums.registrations.imports.operations import APPLY, UNDO, apply_some
from forums.registrations.imports.undoing import undo_some


class Step(Protocol):
    """The next few rows of a batch; False when there was none left."""

    def __call__(self, batch_id: int, *, actor: Actor) -> bool: ...


@job(APPLY)
def apply_batch(job_id: int, params: dict[str, Any]) -> dict[str, Any]:
    """Register the people of a file. Each row is settled with its registration, so a second run goes on from there."""
    waiting = ImportRow.verdict.in_(("new", "waits")) | ImportRow.done
    return _walk(job_id, params, apply_some, of=waiting, over=ImportRow.done.is_(True))


@job(UNDO)
def undo_batch(job_id: int, params: dict[str, Any]) -> dict[str, Any]:
    """Take an import back, row by row as it was made."""
    return _walk(job_id, params, undo_some, of=ImportRow.registration_id.is_not(None), over=ImportRow.undone != "")


def _walk(
    job_id: int, params: dict[str, Any], step: Step, *, of: ColumnElement[bool], over: ColumnElement[bool]
) -> dict[str, Any]:
    batch_id, actor = params["batch_id"], Actor(params["by_id"], params["by"])
    rows = (ImportRow.batch_id == batch_id) & of
    in_steps(job_id, lambda: step(batch_id, actor=actor), rows, over)
    return {"rows": count(rows, over)}
