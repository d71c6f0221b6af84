from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, cast

from flask_babel import lazy_gettext as _l
from sqlalchemy import insert, update
from sqlalchemy.engine import CursorResult

from forums.activity.models import Actor
from forums.clock import now
from forums.documents.tables import Cells, Line
from forums.errors import Refused
from forums.extensions import db
from forums.imports.models import Batch, BatchRow
from forums.imports.queries import job_of
from forums.jobs import start
from forums.jobs.models import Job


class NotNow(Refused):
    """The batch was applied, undone or discarded meanwhile."""


def digest_of(lines: Sequence[Line]) -> str:
    """By what exactly the same table is known again."""
    return hashlib.sha256(repr([line.cells for line in lines]).encode()).hexdigest()


def keep(batch: Batch, kind: type[BatchRow], lines: Sequence[Line], **marks: Cells) -> None:
    """Write a new batch and its rows; each of `marks` becomes the columns of a row's cells that are among them."""
    db.session.add(batch)
    db.session.flush()
    by_row = {name: _by_row(cells) for name, cells in marks.items()}
    db.session.execute(
        insert(kind),
        [
            {"batch_id": batch.id, "number": line.number, "cells": list(line.cells)}
            | {name: columns.get(line.number, []) for name, columns in by_row.items()}
            for line in lines
        ],
    )


def _by_row(cells: Cells) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for number, at in sorted(cells):
        found.setdefault(number, []).append(at)
    return found


def must_wait(batch: Batch, no: Any) -> None:
    """Raises NotNow with these words once the batch was applied."""
    if batch.applied_at is not None:
        raise NotNow(no)


def claim(batch: Batch, condition: Any, **values: Any) -> None:
    """Set what only one of two may set, and keep the other waiting meanwhile. Raises NotNow for the other."""
    kind = type(batch)
    statement = update(kind).where(kind.id == batch.id, condition).values(**values)
    done = cast("CursorResult[Any]", db.session.execute(statement, execution_options={"synchronize_session": False}))
    if done.rowcount != 1:
        raise NotNow(_l("Somebody else has done this at this very moment."))
    db.session.refresh(batch)


def begin(batch: Batch, no: Any) -> bool:
    """Mark the batch as applied; False where it was before, and its job failed: it goes on where that one stopped.

    Raises NotNow with these words while the first is at work, and afterwards.
    """
    before = job_of(batch)
    if batch.undone_at is not None or (batch.applied_at is not None and not (before and before.state == "failed")):
        raise NotNow(no)
    if batch.applied_at is not None:
        return False
    claim(batch, type(batch).applied_at.is_(None), applied_at=now())
    return True


def start_job(kind: str, batch: Batch, actor: Actor, **params: Any) -> Job:
    """Start what applies or undoes the batch, row by row."""
    named = {"batch_id": batch.id, "by_id": actor.account_id, "by": actor.label}
    job = start(kind, named | params, actor=actor, edition=batch.edition)
    batch.outcome = {**batch.outcome, "job": job.id}
    return job
