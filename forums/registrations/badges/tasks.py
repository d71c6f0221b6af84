from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import lazy_gettext as _l

from forums.activity.models import Actor
from forums.documents.render.apart import typeset_long
from forums.editions.models import Edition
from forums.extensions import db
from forums.jobs import job, progress
from forums.registrations import tickets
from forums.registrations.badges import operations, queries, setting
from forums.registrations.badges.models import PrintRun
from forums.registrations.badges.papers import PAPERS, Paper
from forums.registrations.badges.setting import Face
from forums.registrations.emails import facts_of
from forums.registrations.models import Registration
from forums.transaction import transaction

STEP = 100


def N_(message: str) -> str:  # noqa: N802  (the name by which catalogues find what is translated later)
    return message


@job(operations.PRINT)
def print_run(job_id: int, params: dict[str, Any]) -> dict[str, Any] | None:
    """Gather the pieces, set them as one PDF, file it. A run after a crash begins again and files once."""
    run = db.session.get_one(PrintRun, params["run_id"])
    if run.document_id is not None:
        return {"run": run.id}
    run_id, paper, issued, total = run.id, PAPERS[run.paper], run.created_at, len(run.registration_ids)
    db.session.rollback()
    faces: list[Face] = []
    data: dict[str, Any] = {}
    items: list[dict[str, Any]] = []
    for done, piece in _gathered(run_id, paper, faces):
        data = piece
        items += piece["items"]
        progress(job_id, done=done, total=total, message=N_("Gathering the pieces"))
    if not items:
        raise operations.NobodyToPrint(_l("Nobody in this list holds a place or came, so there is nothing to print."))
    progress(job_id, done=total, total=total, message=N_("Setting the pages"))
    content = typeset_long(paper.template, data | {"items": items}, issued=issued, pieces=len(items))
    with transaction():
        run = db.session.get_one(PrintRun, run_id)
        operations.file_run(run, content, faces, count=len(items))
    progress(job_id, done=total, total=total)
    return {"run": run_id}


def _gathered(run_id: int, paper: Paper, faces: list[Face]) -> Iterator[tuple[int, dict[str, Any]]]:
    """(how many were looked at, what the template reads of them), a hundred at a time; `faces` notes the badges."""
    ids = list(db.session.get_one(PrintRun, run_id).registration_ids)
    for start in range(0, len(ids), STEP):
        run = db.session.get_one(PrintRun, run_id)
        rows = [row for row in queries.in_sequence(ids[start : start + STEP]) if row.is_confirmed]
        piece = _GATHER[paper.kind](run, run.edition, rows, faces)
        db.session.rollback()
        yield min(start + STEP, len(ids)), piece


def _badges(run: PrintRun, edition: Edition, rows: list[Registration], faces: list[Face]) -> dict[str, Any]:
    these = [setting.face_of(row) for row in rows]
    faces += these
    return setting.badges(these, edition, PAPERS[run.paper], run.language)


def _tickets(run: PrintRun, _edition: Edition, rows: list[Registration], _faces: list[Face]) -> dict[str, Any]:
    return tickets.tickets([(facts_of(row), row.language) for row in rows], PAPERS[run.paper].size)


def _certificates(run: PrintRun, edition: Edition, rows: list[Registration], _faces: list[Face]) -> dict[str, Any]:
    actor, language, edition_id, ids = Actor(run.by_id, run.by), run.language, edition.id, [row.id for row in rows]
    with transaction():
        edition = db.session.get_one(Edition, edition_id)
        issued = operations.issue(edition, queries.in_sequence(ids), actor=actor)
        return setting.certificates(issued, edition, language)


_GATHER = {"badge": _badges, "ticket": _tickets, "certificate": _certificates}
