from __future__ import annotations

from typing import Any

from forums.activity.models import Actor
from forums.documents.render.pdf import pdf
from forums.documents.render.xlsx import xlsx
from forums.editions.models import Edition
from forums.extensions import db
from forums.jobs import job, progress
from forums.outcomes.models import Snapshot
from forums.outcomes.operations import file_report, take_snapshot
from forums.outcomes.queries import COMPILE
from forums.outcomes.writing import write
from forums.transaction import transaction

STEPS = 5


def N_(message: str) -> str:  # noqa: N802  (the name by which catalogues find what is translated later)
    return message


@job(COMPILE)
def compile_report(job_id: int, params: dict[str, Any]) -> dict[str, Any]:
    """Snapshot, three documents, report. A run after a crash goes on from the snapshot that the first one took."""
    actor = Actor(params["by_id"], params["by"])

    def at(done: int, message: str = "") -> None:
        progress(job_id, done=done, total=STEPS, message=message)

    at(0, N_("Gathering the figures"))
    with transaction():
        edition = db.session.get_one(Edition, params["edition_id"])
        snapshot_id = take_snapshot(edition, job_id=job_id, actor=actor).id
    snapshot = db.session.get_one(Snapshot, snapshot_id)
    content, number, sha256 = snapshot.content, snapshot.number, snapshot.sha256
    db.session.rollback()
    at(1, N_("Setting the Chinese PDF"))
    zh = write(content, "zh", number=number, sha256=sha256)
    pdf_zh = pdf(zh)
    at(2, N_("Setting the English PDF"))
    en = write(content, "en", number=number, sha256=sha256)
    pdf_en = pdf(en)
    at(3, N_("Writing the workbook"))
    workbook = xlsx(zh)
    at(4, N_("Filing the report"))
    with transaction():
        snapshot = db.session.get_one(Snapshot, snapshot_id)
        file_report(snapshot, pdf_zh=pdf_zh, pdf_en=pdf_en, xlsx=workbook, actor=actor)
    at(STEPS)
    return {"number": number}
