from __future__ import annotations

from io import BytesIO

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from forums import jobs
from forums.activity.models import Actor
from forums.activity.operations import record
from forums.documents.operations import PDF, XLSX, store
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.jobs.models import Job
from forums.outcomes import definitions, gathering
from forums.outcomes.models import OutcomeReport, Snapshot, fingerprint
from forums.outcomes.queries import COMPILE, last_job

LARGEST = 200 * 1024 * 1024


class AlreadyCompiling(Refused):
    """One report of an edition at a time."""


def ask_for_report(edition: Edition, *, actor: Actor) -> Job:
    """Queue the compilation of an outcome report. Raises AlreadyCompiling."""
    db.session.scalar(select(Edition.id).where(Edition.id == edition.id).with_for_update())
    before = last_job(edition)
    if before is not None and not before.is_over:
        raise AlreadyCompiling(_l("A report is being compiled already. Wait until it is done."))
    job = jobs.start(
        COMPILE, {"edition_id": edition.id, "by": actor.label, "by_id": actor.account_id}, actor=actor, edition=edition
    )
    record(actor, "outcomes.asked", edition, edition=edition, job=job.id)
    return job


def take_snapshot(edition: Edition, *, job_id: int, actor: Actor) -> Snapshot:
    """The snapshot of this job: taken now, or as it was when a run that died had taken it."""
    taken = db.session.scalar(select(Snapshot).where(Snapshot.job_id == job_id))
    if taken is not None:
        return taken
    content = gathering.gather(edition)
    highest = db.session.scalar(select(func.max(Snapshot.number)).where(Snapshot.edition_id == edition.id))
    snapshot = Snapshot(
        edition=edition,
        number=(highest or 0) + 1,
        job_id=job_id,
        taken_by_id=actor.account_id,
        taken_by=actor.label,
        definitions=definitions.VERSION,
        content=content,
        sha256=fingerprint(content),
    )
    db.session.add(snapshot)
    db.session.flush()
    return snapshot


def file_report(snapshot: Snapshot, *, pdf_zh: bytes, pdf_en: bytes, xlsx: bytes, actor: Actor) -> OutcomeReport:
    """Keep a snapshot's three documents: once, however often the job runs."""
    if snapshot.report is not None:
        return snapshot.report
    edition = snapshot.edition

    def keep(content: bytes, name: str, allowed: str) -> int:
        return store(
            BytesIO(content),
            display_name=name,
            kind="outcome_report",
            actor=actor,
            allowed=(allowed,),
            max_size=LARGEST,
            edition=edition,
        ).id

    stem = f"{edition.slug}-{snapshot.number}"
    report = OutcomeReport(
        snapshot=snapshot,
        pdf_zh_id=keep(pdf_zh, f"成果报告-{stem}.pdf", PDF),
        pdf_en_id=keep(pdf_en, f"outcome-report-{stem}.pdf", PDF),
        xlsx_id=keep(xlsx, f"成果报告-outcome-report-{stem}.xlsx", XLSX),
    )
    db.session.add(report)
    record(actor, "outcomes.compiled", report, edition=edition, number=snapshot.number, sha256=snapshot.sha256)
    return report
