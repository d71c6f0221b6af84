"""A file of registrations: handed in, read as people say, applied a few rows at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.directory.models import Person
from forums.documents.operations import clean_name
from forums.documents.tables import Line
from forums.editions.models import Edition
from forums.extensions import db
from forums.imports.operations import begin, claim, digest_of, keep, must_wait, start_job
from forums.imports.queries import same_table
from forums.jobs.models import Job
from forums.mail import outbox
from forums.mail.operations import in_batch
from forums.registrations import operations as registrations
from forums.registrations.imports.models import ImportBatch, ImportRow
from forums.registrations.imports.queries import Identity, identities, latest_mapping
from forums.registrations.imports.reading import Candidate, Categories, Complaint, Mapping, guess, read
from forums.registrations.models import Category, Registration
from forums.registrations.queries import categories_of, known_registration

APPLY, UNDO = "registrations.import", "registrations.undo_import"
MOST_ROWS = 10_000
# Rows that one transaction registers: the edition's gate is held for as long as these take.
AT_ONCE = 25
_IS_APPLIED = _l("This file was imported already. To read it in another way, undo the import first.")


def hand_in(edition: Edition, lines: Sequence[Line], *, file_name: str, actor: Actor) -> ImportBatch:
    """Keep the rows of a file and say what would become of them; nobody is registered.

    The same file handed in twice before it is applied is one batch.
    """
    digest = digest_of(lines)
    waiting = next((row for row in same_table(ImportBatch, edition, digest) if row.applied_at is None), None)
    if waiting is not None:
        return waiting
    before = latest_mapping(edition)
    mapping = guess(lines, Mapping.from_json(before) if before else None)
    batch = ImportBatch(
        edition=edition, file_name=clean_name(file_name), digest=digest, mapping=mapping.as_json(), by=actor.label
    )
    keep(batch, ImportRow, lines)
    record(actor, "import.handed_in", batch, edition=edition, file=batch.file_name, rows=len(lines))
    plan(batch)
    return batch


def read_as(batch: ImportBatch, mapping: Mapping) -> None:
    """Read the file in another way. Raises NotNow once it was applied."""
    must_wait(batch, _IS_APPLIED)
    claim(batch, ImportBatch.applied_at.is_(None), mapping=mapping.as_json())
    plan(batch)


def plan(batch: ImportBatch) -> None:
    """Say of each row what would become of it if the batch were applied now."""
    edition, mapping = batch.edition, Mapping.from_json(batch.mapping)
    categories = Categories(categories_of(edition))
    known = identities(edition)
    seen: dict[Identity, int] = {}
    room = _Room(edition, categories)
    verdicts: list[dict[str, Any]] = []
    rows = select(ImportRow.id, ImportRow.number, ImportRow.cells).where(ImportRow.batch_id == batch.id)
    for row_id, number, cells in db.session.execute(rows.order_by(ImportRow.number)).all():
        found = [] if number <= mapping.title_row else read(cells, mapping, categories)
        if not isinstance(found, Candidate):
            verdict, complaints = ("heading" if number <= mapping.title_row else "refused"), found
        elif found.identity in seen:
            verdict, complaints = "repeat", [Complaint(found.identity[0], "row", str(seen[found.identity]))]
        elif found.identity in known:
            verdict, complaints = "known", [Complaint(found.identity[0], "registered", found.identity[1])]
        else:
            verdict, complaints = ("new" if room.take(found.category) else "waits"), []
        if isinstance(found, Candidate):
            seen.setdefault(found.identity, number)
        verdicts.append({"id": row_id, "verdict": verdict, "complaints": [one.as_json() for one in complaints]})
    db.session.execute(update(ImportRow), verdicts)


class _Room:
    """The places that are free, counted down in thought: those of the edition (None) and of its categories."""

    def __init__(self, edition: Edition, categories: Categories) -> None:
        self.left = {None: edition.capacity - edition.taken} | {
            row.id: row.capacity - row.taken for row in categories.rows if row.capacity is not None
        }

    def take(self, category: Category | None) -> bool:
        quotas = {None, category.id if category else None} & self.left.keys()
        if any(self.left[key] <= 0 for key in quotas):
            return False
        self.left.update({key: self.left[key] - 1 for key in quotas})
        return True


def discard(batch: ImportBatch, *, actor: Actor) -> None:
    """Forget a file that was not applied, with the details of its people. Raises NotNow."""
    must_wait(batch, _IS_APPLIED)
    claim(batch, ImportBatch.applied_at.is_(None), digest=batch.digest)
    record(actor, "import.discarded", batch, file=batch.file_name)
    db.session.delete(batch)


def apply(batch: ImportBatch, *, actor: Actor) -> Job:
    """Register the people of the file by a job; asked twice it starts once. Raises NotNow.

    A job that failed may be started again: it goes on where the first stopped.
    """
    if begin(batch, _l("This file is being imported already.")):
        record(actor, "import.applied", batch, file=batch.file_name)
    return start_job(APPLY, batch, actor)


def apply_some(batch_id: int, *, actor: Actor) -> bool:
    """Register the next few people of a batch; False when there was nobody left.

    People are looked up and made before the first place is claimed (places.py), and in one order for everybody.
    """
    batch = db.session.get(ImportBatch, batch_id)
    if batch is None or batch.undone_at is not None:
        return False
    rows = _next_rows(batch)
    mapping, categories = Mapping.from_json(batch.mapping), Categories(categories_of(batch.edition))
    found = [(row, read(row.cells, mapping, categories)) for row in rows]
    people = _people(batch.edition, [one for _row, one in found if isinstance(one, Candidate)])
    with in_batch(batch.letters):
        for row, one in found:
            if isinstance(one, Candidate):
                _register(batch, row, one, people.get(one.identity), actor)
            else:
                row.verdict, row.complaints, row.done = "refused", [wrong.as_json() for wrong in one], True
    if not mapping.letters:
        outbox.withdraw(batch.letters)
    return bool(rows)


def _next_rows(batch: ImportBatch) -> Sequence[ImportRow]:
    waiting = (ImportRow.batch_id == batch.id, ImportRow.verdict.in_(("new", "waits")), ImportRow.done.is_(False))
    return db.session.scalars(select(ImportRow).where(*waiting).order_by(ImportRow.number).limit(AT_ONCE)).all()


def _people(edition: Edition, candidates: list[Candidate]) -> dict[Identity, Person]:
    """The directory's records of those who are not registered yet, made where there is none."""
    known = identities(edition) if any(one.applicant.email is None for one in candidates) else set()
    new = [
        one
        for one in candidates
        if one.identity not in known and known_registration(edition, one.applicant.email, None) is None
    ]
    return {one.identity: registrations.person_for(one.applicant) for one in sorted(new, key=lambda one: one.identity)}


def _register(batch: ImportBatch, row: ImportRow, one: Candidate, person: Person | None, actor: Actor) -> None:
    """Register the person of a row; without a person it is somebody who is registered already."""
    made = None
    if person is not None:
        key = f"import:{batch.id}:{row.number}"
        applicant, category = one.applicant, one.category
        made = registrations.register(
            batch.edition,
            applicant,
            actor=actor,
            key=key,
            category=category,
            source="import",
            person=person,
            batch=batch,
        )
    if made is None or not made.is_new:
        row.verdict, row.done = "known", True
        row.complaints = [Complaint(one.identity[0], "registered", one.identity[1]).as_json()]
        return
    row.made = written(made.registration)
    row.registration, row.done = made.registration, True
    row.verdict = "new" if made.registration.is_holding else "waits"


def written(row: Registration) -> dict[str, Any]:
    """What an import writes into a registration, to be compared later."""
    db.session.flush()  # numbers are given to rows that are written
    names = ("name", "email", "phone", "organisation", "title", "region", "language", "category_id", "person_id")
    return {name: getattr(row, name) for name in names}
