"""Compiling a report: one snapshot, three documents, once, whatever dies in between."""

from io import BytesIO

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import func, select

from forums import jobs
from forums.documents.models import Document
from forums.documents.operations import open_document
from forums.extensions import db
from forums.jobs.models import Job
from forums.jobs.operations import run
from forums.outcomes import tasks
from forums.outcomes.models import OutcomeReport, Snapshot, fingerprint
from forums.outcomes.operations import AlreadyCompiling, ask_for_report
from forums.outcomes.queries import report_at
from forums.transaction import transaction
from tests.agreements.making import make_approved, make_project


def ask(edition, cast) -> Job:
    with transaction():
        return ask_for_report(edition, actor=cast.organizer.actor)


def compiled(edition, cast) -> Snapshot:
    job = ask(edition, cast)
    assert run(job.id)
    db.session.rollback()
    done = db.session.get_one(Job, job.id)
    assert (done.state, done.error, done.done, done.total) == ("done", "", tasks.STEPS, tasks.STEPS)
    return report_at(edition, done.result["number"])


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


def read(document: Document) -> bytes:
    with open_document(document) as file:
        return file.read()


def text_of(document: Document) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(read(document))).pages).replace(" ", "")


def test_a_report_is_compiled_into_three_documents(app, cast, edition):
    make_approved(edition, cast, "304亿元")
    snapshot = compiled(edition, cast)
    report = snapshot.report
    assert "304亿元" in text_of(report.pdf_zh)
    assert "铝箔项目（示例）" in text_of(report.pdf_zh)
    assert "30.4billionyuan" in text_of(report.pdf_en)
    names = [document.display_name for document in (report.pdf_zh, report.pdf_en, report.xlsx)]
    assert names == [
        "成果报告-alu-2027-1.pdf",
        "outcome-report-alu-2027-1.pdf",
        "成果报告-outcome-report-alu-2027-1.xlsx",
    ]
    workbook = load_workbook(BytesIO(read(report.xlsx)))
    annex = workbook[workbook.sheetnames[-1]]
    assert annex.cell(2, 2).value == "铝箔项目（示例）"
    assert annex.cell(2, 7).value == 3_040_000
    assert (snapshot.number, snapshot.taken_by, snapshot.is_intact) == (1, cast.organizer.actor.label, True)


def test_the_next_report_has_the_next_number(app, cast, edition):
    assert [compiled(edition, cast).number for _ in range(2)] == [1, 2]


def test_what_changes_later_does_not_change_a_compiled_report(app, cast, edition):
    make_approved(edition, cast, "5亿元")
    before = dict(compiled(edition, cast).content)
    make_approved(edition, cast, "7亿元")
    db.session.expire_all()
    snapshot = report_at(edition, 1)
    assert snapshot.content == before
    assert snapshot.is_intact


def test_a_snapshot_refuses_to_be_changed(app, cast, edition):
    compiled(edition, cast)
    with pytest.raises(RuntimeError, match="compile a new report"), transaction():
        report_at(edition, 1).number = 7


def test_a_run_that_died_is_finished_from_its_snapshot_and_makes_one_report(app, cast, edition, monkeypatch):
    job = ask(edition, cast)

    def die(*_args, **_values):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(tasks, "xlsx", die)
        with pytest.raises(KeyboardInterrupt):
            run(job.id)
    assert (count(Snapshot), count(OutcomeReport)) == (1, 0)
    taken = db.session.scalars(select(Snapshot)).one().sha256
    db.session.rollback()
    for _ in range(2):
        tasks.compile_report(job.id, job.params)
    assert (count(Snapshot), count(OutcomeReport), count(Document)) == (1, 1, 3)
    assert report_at(edition, 1).sha256 == taken


def test_one_report_at_a_time(app, cast, edition):
    ask(edition, cast)
    with pytest.raises(AlreadyCompiling):
        ask(edition, cast)
    assert count(Job) == 1


def test_the_snapshot_holds_no_confidential_amount(app, cast, edition):
    make_approved(edition, cast, "123456万元", project=make_project(edition, cast, confidential=True))
    content = compiled(edition, cast).content
    assert "123456" not in str(content)
    assert content["agreements"]["projects"][0]["is_secret"]


def test_the_fingerprint_does_not_depend_on_the_order_of_keys():
    assert fingerprint({"a": 1, "b": {"c": "铝", "d": 2}}) == fingerprint({"b": {"d": 2, "c": "铝"}, "a": 1})


def test_the_job_is_declared():
    assert jobs.registry.work_of("outcomes.compile") is tasks.compile_report
