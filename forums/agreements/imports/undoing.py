"""Taking a whole import back: all of it, as long as nobody has handed in, changed or used any of its drafts.

Drafts that were never handed in are removed with their ledger rows; what was known of them meanwhile stays on record
(known.py), and so does the activity log. Anything else is changed by reversing, never by undoing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, update

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agreements import known
from forums.agreements.imports.models import RegisterImport, RegisterRow
from forums.agreements.imports.queries import made_rows
from forums.agreements.models import (
    Agreement,
    AgreementParty,
    AmountEntry,
    Project,
    ReviewHand,
    ReviewStep,
    Signing,
)
from forums.clock import now
from forums.directory.models import Organisation
from forums.errors import Refused
from forums.extensions import Base, db
from forums.imports.operations import NotNow, claim
from forums.imports.queries import job_of
from forums.statements import table_of

# What an agreement has from the moment it is drafted, in the order in which it goes.
_PARTS: tuple[type[Base], ...] = (AmountEntry, ReviewStep, ReviewHand, AgreementParty)
_SHOWN = 10


class InTheWay(Refused):
    """Somebody has gone on working with what the import made; the message names the rows."""


def undo(batch: RegisterImport, *, actor: Actor) -> int:
    """Take all that the import made out again; how many agreements. Raises NotNow, InTheWay."""
    job = job_of(batch)
    if batch.applied_at is None or (job is not None and not job.is_over):
        raise NotNow(_l("This sheet is not imported yet. Wait until it is."))
    if batch.undone_at is not None:
        raise NotNow(_l("This import is undone already."))
    known.moment_of(batch.series_id)
    claim(batch, RegisterImport.undone_at.is_(None), undone_at=now(), undone_by=actor.label)
    rows = made_rows(batch)
    agreements = {row.agreement_id for row in rows if row.agreement_id}
    # Whoever hands one in or changes it at this moment holds its row: look only after them.
    db.session.scalars(select(Agreement.id).where(Agreement.id.in_(agreements)).with_for_update()).all()
    stuck = in_the_way(rows)
    if stuck:
        numbers = ", ".join(str(number) for number in stuck[:_SHOWN]) + (" …" if len(stuck) > _SHOWN else "")
        raise InTheWay(
            _l("The agreements of these rows were handed in, changed or used since: %(rows)s.", rows=numbers)
        )
    projects = {(row.made or {}).get("project") for row in rows} - {None}
    firms = {firm for row in rows for firm in (row.made or {}).get("organisations", [])}
    _remove(agreements, {one for one in projects if one is not None})
    _remove_unused(firms)
    record(actor, "register.undone", batch, edition=batch.edition, file=batch.file_name, agreements=len(agreements))
    return len(agreements)


def in_the_way(rows: Sequence[RegisterRow]) -> list[int]:
    """The numbers of the rows whose agreement or project is no longer as the import left it."""
    agreements = {row.agreement_id: row.number for row in rows if row.agreement_id}
    projects = {(row.made or {})["project"]: row.number for row in rows if (row.made or {}).get("project")}
    made = {row.agreement.id: row.agreement for row in rows if row.agreement}
    stuck = {
        agreements[one_id]
        for one_id, one in made.items()
        if one.review != "drafted" or one.version != 1 or one.submitted_at or one.cancelled_on or one.document_on
    }
    stuck |= {
        projects[row.project_id] for row in made.values() if row.project_id in projects and row.project.version != 1
    }
    single: tuple[type[Base], ...] = (AmountEntry, ReviewStep, Signing)
    for model in single:
        column = table_of(model).c.agreement_id
        counted = Counter(db.session.scalars(select(column).where(column.in_(agreements))))
        stuck |= {number for one_id, number in agreements.items() if counted[one_id] != 1}
    own: tuple[type[Base], ...] = (*_PARTS, Signing, RegisterRow, Agreement)
    inside = {table_of(model).name for model in own}
    stuck |= {agreements[one_id] for one_id in _used(Agreement, agreements, inside)}
    stuck |= {projects[one_id] for one_id in _used(Project, projects, {"agreements", "amount_entries"})}
    agreement = table_of(Agreement).c
    others = select(agreement.project_id, agreement.earlier_id).where(
        agreement.project_id.in_(projects) | agreement.earlier_id.in_(agreements), agreement.id.not_in(agreements)
    )
    for project_id, earlier_id in db.session.execute(others):
        stuck |= {projects[project_id]} if project_id in projects else {agreements[earlier_id]}
    return sorted(stuck)


def _used(model: type[Base], ids: Collection[int], but: set[str]) -> set[int]:
    """Those of the rows that any table except these points to."""
    found: set[int] = set()
    for table in db.metadatas[None].tables.values() if ids else ():
        for key in table.foreign_keys:
            if key.column.table.name == table_of(model).name and table.name not in but:
                found |= set(db.session.scalars(select(key.parent).where(key.parent.in_(ids))))
    return found


def _remove(agreements: set[int], projects: set[int]) -> None:
    """Signings first: with them gone, what was known of them is ended before their projects are."""
    if not agreements:
        return
    _delete(Signing, Signing.agreement_id.in_(agreements))
    known.keep(projects, agreements)
    for model in _PARTS:
        _delete(model, table_of(model).c.agreement_id.in_(agreements))
    rows = update(RegisterRow).execution_options(synchronize_session=False)
    db.session.execute(rows.where(RegisterRow.agreement_id.in_(agreements)).values(agreement_id=None))
    db.session.execute(rows.where(RegisterRow.known_id.in_(agreements)).values(known_id=None))
    # Of the batch's own agreements one may change another.
    own = update(Agreement).where(Agreement.id.in_(agreements)).values(earlier_id=None)
    db.session.execute(own.execution_options(synchronize_session=False))
    _delete(Agreement, Agreement.id.in_(agreements))
    _delete(Project, Project.id.in_(projects))
    db.session.expire_all()


def _remove_unused(firms: set[int]) -> None:
    """Organisations that the import made stay where somebody else names them."""
    unused = firms - _used(Organisation, firms, set())
    _delete(Organisation, Organisation.id.in_(unused))


def _delete(model: type[Base], condition: Any) -> None:
    db.session.execute(delete(model).where(condition).execution_options(synchronize_session=False))
