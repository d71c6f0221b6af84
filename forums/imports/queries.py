from __future__ import annotations

from typing import TypeVar

from sqlalchemy import Select, select

from forums.editions.models import Edition
from forums.extensions import db
from forums.imports.models import Batch, BatchRow
from forums.jobs.models import Job

B = TypeVar("B", bound=Batch)
R = TypeVar("R", bound=BatchRow)


def batches_of(kind: type[B], edition: Edition) -> Select[B]:
    """The edition's imports, latest first."""
    return select(kind).where(kind.edition_id == edition.id).order_by(kind.id.desc())


def same_table(kind: type[B], edition: Edition, digest: str) -> list[B]:
    """The imports of exactly this table, latest first."""
    return list(db.session.scalars(batches_of(kind, edition).where(kind.digest == digest)))


def earlier(batch: B) -> list[B]:
    """The other imports of exactly the same table, latest first."""
    return [row for row in same_table(type(batch), batch.edition, batch.digest) if row.id != batch.id]


def first_rows(kind: type[R], batch: Batch, most: int) -> list[R]:
    """The first rows of a table, those above its titles too."""
    return list(db.session.scalars(select(kind).where(kind.batch_id == batch.id).order_by(kind.number).limit(most)))


def job_of(batch: Batch) -> Job | None:
    """The batch's latest job: the one that applies or undoes it."""
    job_id = batch.outcome.get("job")
    return db.session.get(Job, job_id) if job_id else None
