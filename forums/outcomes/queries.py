from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from forums.agenda import queries as agenda
from forums.agreements import queries as agreements
from forums.agreements.tally import Cell, Tally
from forums.documents.models import Document, StoredFile
from forums.documents.register import Known, registers
from forums.editions.models import Edition, Series
from forums.extensions import db
from forums.jobs.models import Job
from forums.outcomes.definitions import DEFINITIONS, FigureValue
from forums.outcomes.models import OutcomeReport, Snapshot
from forums.registrations import queries as registrations

COMPILE = "outcomes.compile"


def figures(series: Series, edition: Edition | None = None) -> list[FigureValue]:
    """Every figure of a series, or of one of its editions, on today's rules and without confidential amounts.

    They come in the order of the definitions; a constant number of queries.
    """
    return figures_of(agreements.tally(series, edition, see_confidential=False), series, edition)


def figures_of(tally: Tally, series: Series, edition: Edition | None) -> list[FigureValue]:
    """The figures beside a tally that is known already."""
    came = registrations.attendance(series, edition)
    signed, intended = tally.total.contracted, tally.total.intended
    counts = {
        "editions": _editions(series, edition),
        "persons_checked_in": came.checked_in_persons,
        "person_times_checked_in": came.checked_in_person_times,
        "experts": agenda.count_experts(series, edition),
        "sessions": agenda.count_sessions(series, edition),
        "projects_signed": signed.projects,
        "projects_intended": intended.projects,
        "agreements_technical": tally.technical,
        "amount_undisclosed_count": signed.projects - signed.disclosed,
        "duplicates_set_aside": tally.set_aside,
    }
    amounts = {"amount_signed_total": signed, "amount_intended": intended}
    return [
        _amount(name, amounts[name]) if name in amounts else FigureValue(name, counts[name]) for name in DEFINITIONS
    ]


def _amount(figure_id: str, cell: Cell) -> FigureValue:
    return FigureValue(figure_id, cell.fen, cell.band)


def _editions(series: Series, edition: Edition | None) -> int:
    if edition is not None:
        return int(edition.is_public)
    held = select(func.count()).select_from(Edition).where(Edition.series_id == series.id, Edition.state != "draft")
    return db.session.scalar(held) or 0


def reports_of(edition: Edition) -> Select[Snapshot]:
    """The edition's compiled reports, the latest first."""
    files = joinedload(Snapshot.report)
    return (
        select(Snapshot)
        .join(Snapshot.report)
        .where(Snapshot.edition_id == edition.id)
        .options(
            files.joinedload(OutcomeReport.pdf_zh),
            files.joinedload(OutcomeReport.pdf_en),
            files.joinedload(OutcomeReport.xlsx),
        )
        .order_by(Snapshot.number.desc())
    )


def report_at(edition: Edition, number: int) -> Snapshot | None:
    """The edition's compiled report of this number."""
    return db.session.scalar(reports_of(edition).where(Snapshot.number == number))


def last_job(edition: Edition) -> Job | None:
    """The compilation that was asked for last."""
    asked = select(Job).where(Job.kind == COMPILE, Job.edition_id == edition.id)
    return db.session.scalar(asked.order_by(Job.id.desc()).limit(1))


@registers
def reports_with(sha256: str) -> Iterator[Known]:
    """Outcome reports by the hash of one of their files, or by the checksum that is printed in them."""
    later, its_report = aliased(Snapshot), aliased(OutcomeReport)
    newer = (
        select(later.id)
        .join(its_report, its_report.snapshot_id == later.id)
        .where(later.edition_id == Snapshot.edition_id, later.number > Snapshot.number)
    )
    files = select(Document.id).join(StoredFile, StoredFile.id == Document.stored_file_id)
    held = files.where(StoredFile.sha256 == sha256)
    columns = (OutcomeReport.pdf_zh_id, OutcomeReport.pdf_en_id, OutcomeReport.xlsx_id)
    rows = db.session.execute(
        select(OutcomeReport.compiled_at, newer.exists())
        .join(Snapshot, Snapshot.id == OutcomeReport.snapshot_id)
        .where(or_(Snapshot.sha256 == sha256, *(column.in_(held) for column in columns)))
    )
    return (Known("report", at, is_current=not superseded) for at, superseded in rows)
