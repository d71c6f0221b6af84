"""Taking a whole import back: what nobody has touched since is cancelled, everything else is left alone and named."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import case, exists, select

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.extensions import db
from forums.imports.operations import NotNow, claim, start_job
from forums.imports.queries import job_of
from forums.jobs.models import Job
from forums.mail import outbox
from forums.mail.operations import in_batch
from forums.registrations import places
from forums.registrations.checkin.models import Passage
from forums.registrations.imports.models import ImportBatch, ImportRow
from forums.registrations.imports.operations import AT_ONCE, UNDO, written
from forums.registrations.models import Registration, SessionPlace, State
from forums.registrations.operations import cancel
from forums.registrations.questions.models import Answer


def undo(batch: ImportBatch, *, actor: Actor) -> Job:
    """Take the import back by a job; asked twice it starts once. Raises NotNow while it is still being applied."""
    job = job_of(batch)
    if batch.applied_at is None or (batch.undone_at is None and job is not None and not job.is_over):
        raise NotNow(_l("This file is not imported yet. Wait until it is."))
    if batch.undone_at is None:
        claim(batch, ImportBatch.undone_at.is_(None), undone_at=now(), undone_by=actor.label)
        record(actor, "import.undone", batch, file=batch.file_name)
    elif job is None or job.state != "failed":
        raise NotNow(_l("This import is being undone already."))
    return start_job(UNDO, batch, actor)


def undo_some(batch_id: int, *, actor: Actor) -> bool:
    """Take the next few registrations of a batch back; False when there was none left.

    Those who wait go first: otherwise each place that is given back would confirm one of them for a moment.
    """
    batch = db.session.get_one(ImportBatch, batch_id)
    places.hold(batch.edition)
    rows = _next_rows(batch)
    afterwards = f"{batch.letters}:undone"
    for row in rows:
        registration = db.session.get_one(Registration, row.registration_id)
        # Whoever is being checked in holds this row: look only after them.
        db.session.execute(select(Registration.id).where(Registration.id == registration.id).with_for_update())
        db.session.refresh(registration)
        row.undone = _why_left_alone(row, registration) or "cancelled"
        if row.undone == "cancelled":
            knew = _had_a_letter(batch, registration)
            with in_batch(afterwards):
                cancel(registration, actor=actor)
            if not knew and registration.email:
                outbox.withdraw(afterwards, to=[registration.email])
    return bool(rows)


def _next_rows(batch: ImportBatch) -> Sequence[ImportRow]:
    waits_first = case((Registration.state == State.WAITLISTED, 0), else_=1)
    statement = (
        select(ImportRow)
        .join(Registration, Registration.id == ImportRow.registration_id)
        .where(ImportRow.batch_id == batch.id, ImportRow.registration_id.is_not(None), ImportRow.undone == "")
        .order_by(waits_first, ImportRow.number.desc())
        .limit(AT_ONCE)
    )
    return db.session.scalars(statement).all()


def _why_left_alone(row: ImportRow, registration: Registration) -> str:
    """What was done with a registration since it was imported, as a code of words.UNDONE_WORDS; nothing if nothing."""
    if not registration.is_live:
        return "gone"
    of_it = registration.id
    if db.session.scalar(select(exists().where(Passage.registration_id == of_it, Passage.undone_at.is_(None)))):
        return "came"
    added = select(
        exists().where(SessionPlace.registration_id == of_it) | exists().where(Answer.registration_id == of_it)
    )
    is_changed = written(registration) != row.made or registration.ticket_version > 1 or db.session.scalar(added)
    return "changed" if is_changed else ""


def _had_a_letter(batch: ImportBatch, registration: Registration) -> bool:
    """Whether the person has heard of the registration; what has not gone out yet to them never does."""
    if registration.email is None:
        return False
    unsent = outbox.withdraw(batch.letters, to=[registration.email])
    return bool(batch.mapping["letters"]) and not unsent
