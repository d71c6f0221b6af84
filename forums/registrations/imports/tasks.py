from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy import ColumnElement, func, select

from forums.activity.models import Actor
from forums.extensions import db
from forums.jobs import job, progress
from forums.registrations.imports.models import ImportRow
from forums.registrations.imports.operations import APPLY, UNDO, apply_some
from forums.registrations.imports.undoing import undo_some
from forums.transaction import settle


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
    total = _count(batch_id, of)
    while settle(_some(step, batch_id, actor)):
        progress(job_id, done=min(_count(batch_id, of, over), total), total=total)
    return {"rows": _count(batch_id, of, over)}


def _some(step: Step, batch_id: int, actor: Actor) -> Callable[[], bool]:
    return lambda: step(batch_id, actor=actor)


def _count(batch_id: int, *which: ColumnElement[bool]) -> int:
    rows = select(func.count()).select_from(ImportRow).where(ImportRow.batch_id == batch_id, *which)
    found = db.session.scalar(rows) or 0
    db.session.rollback()
    return found
