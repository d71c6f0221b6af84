from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from forums.editions.models import Edition
from forums.extensions import db
from forums.jobs.models import Job
from forums.registrations.imports.models import UNDONE, VERDICTS, ImportBatch, ImportRow
from forums.registrations.models import OVER, Registration


def batches_of(edition: Edition) -> Select[ImportBatch]:
    """The edition's imports, latest first."""
    return select(ImportBatch).where(ImportBatch.edition_id == edition.id).order_by(ImportBatch.id.desc())


def same_file(edition: Edition, digest: str) -> list[ImportBatch]:
    """The imports of exactly this file, latest first."""
    return list(db.session.scalars(batches_of(edition).where(ImportBatch.digest == digest)))


def latest_mapping(edition: Edition) -> dict[str, object] | None:
    """How the last file of the edition was read."""
    return db.session.scalar(batches_of(edition).with_only_columns(ImportBatch.mapping).limit(1))


def rows_of(batch: ImportBatch, *, verdict: str = "", undone: str = "") -> Select[ImportRow]:
    """The rows of a file in its order, headings left out; those of one verdict, or of one end when it was undone."""
    rows = select(ImportRow).where(ImportRow.batch_id == batch.id, ImportRow.verdict != "heading")
    if verdict in VERDICTS:
        rows = rows.where(ImportRow.verdict == verdict)
    if undone in UNDONE:
        rows = rows.where(ImportRow.undone == undone)
    return rows.options(joinedload(ImportRow.registration)).order_by(ImportRow.number)


def first_rows(batch: ImportBatch, most: int) -> list[ImportRow]:
    """The first rows of a file, headings too."""
    rows = select(ImportRow).where(ImportRow.batch_id == batch.id).order_by(ImportRow.number).limit(most)
    return list(db.session.scalars(rows))


def counts(batch: ImportBatch) -> dict[str, int]:
    """How many rows there are of each verdict."""
    rows = select(ImportRow.verdict, func.count()).where(ImportRow.batch_id == batch.id).group_by(ImportRow.verdict)
    found = {verdict: number for verdict, number in db.session.execute(rows)}  # noqa: C416  (rows are not typed)
    return {verdict: found.get(verdict, 0) for verdict in VERDICTS}


def undone_counts(batch: ImportBatch) -> dict[str, int]:
    """How many rows came to each end when the batch was undone."""
    rows = select(ImportRow.undone, func.count()).where(ImportRow.batch_id == batch.id).group_by(ImportRow.undone)
    found = {undone: number for undone, number in db.session.execute(rows)}  # noqa: C416  (rows are not typed)
    return {undone: found.get(undone, 0) for undone in UNDONE}


def identities(edition: Edition) -> Iterator[tuple[str, str, str]]:
    """By what each live registration is known again, as reading.Candidate.identity says it."""
    rows = select(Registration.email, Registration.name, Registration.phone, Registration.organisation).where(
        Registration.edition_id == edition.id, Registration.state.not_in(OVER)
    )
    for email, name, phone, organisation in db.session.execute(rows):
        if email:
            yield ("email", email, "")
        else:
            yield ("phone", name, phone) if phone else ("name", name, organisation)


def job_of(batch: ImportBatch) -> Job | None:
    """The batch's latest job: the one that applies or undoes it."""
    job_id = batch.outcome.get("job")
    return db.session.get(Job, job_id) if job_id else None
