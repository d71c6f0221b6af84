"""Badges, tickets and certificates: who gets one, what stands on it, what is noted, and that a restart prints once."""

from __future__ import annotations

import csv
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from forums.clock import frozen
from forums.columns import Bilingual
from forums.documents.models import Document
from forums.documents.operations import open_document
from forums.documents.render import apart
from forums.documents.render.pdf import printable
from forums.editions.models import Edition
from forums.extensions import db
from forums.jobs.models import Job
from forums.jobs.operations import run as run_job
from forums.registrations import emails, operations, tickets
from forums.registrations.badges import operations as printing
from forums.registrations.badges import queries, setting, tasks
from forums.registrations.badges.models import BadgePrint, Certificate, PrintRun
from forums.registrations.badges.papers import BADGES, PAPERS
from forums.registrations.models import Category, Registration
from forums.transaction import settle, transaction
from tests.cast import SYSTEM, make_edition, make_series
from tests.registrations.make import applicant, come, make_registration, make_registrations

OFFICE = "/office/e/alu-2027"
BADGE_LIST = f"{OFFICE}/badges"
STRANGE = (
    "Bartholomew Featherstonehaugh-Cholmondeley Montgomery-Smythe",
    "阿卜杜热西提·买买提明·吐尔逊江·艾合买提",
    "W" * 80,
    "李",
    "#panic(1) $x$ *b* `c` @d <e>",
    "=1+1",
    "\u202emoc.live\u202c 🏆 مرحبا שלום",
    "a\tb\x07c",
    "\\u{41} \"' ] ) }",
)


def printed(edition: Edition, rows: list[Registration], *, paper: str = "card", reason: str = "") -> PrintRun:
    """A run of these, made by its job."""
    with transaction():
        run = printing.ask_for_print(
            edition, [row.id for row in rows], paper=paper, language="both", reason=reason, actor=SYSTEM
        )
        run_id, job_id = run.id, run.job_id
    assert run_job(job_id)
    db.session.rollback()
    job = db.session.get_one(Job, job_id)
    assert (job.state, job.error, job.done, job.total) == ("done", "", len(rows), len(rows))
    return db.session.get_one(PrintRun, run_id)


def pages(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(content)).pages]


def file_of(run: PrintRun) -> bytes:
    assert run.document is not None
    with open_document(run.document) as file:
        return file.read()


def came(row: Registration, *days: date) -> None:
    with transaction():
        come(row, *days)


def past_guests(count: int) -> tuple[Edition, list[Registration]]:
    """An edition that is over, and people who were on its first day."""
    edition = make_edition()
    rows = make_registrations(edition, count)
    with transaction():
        edition.starts_on, edition.ends_on = date(2026, 3, 18), date(2026, 3, 19)
    for row in rows:
        came(row, date(2026, 3, 18))
    return edition, rows


def test_a_run_prints_a_page_each_and_notes_what_stood_on_it(app) -> None:
    edition = make_edition()
    first = make_registration(edition, 1, name="张伟", organisation="濉溪铝业", title="总经理")
    second = make_registration(edition, 2, name="Ann Lee")
    run = printed(edition, [second, first])
    shown = pages(file_of(run))
    assert ["Ann Lee" in shown[0], "张伟" in shown[1], len(shown)] == [True, True, 2]
    for words in ("濉溪铝业", "总经理", first.reference, "铝业高峰论坛", "Aluminium Summit 2027"):
        assert words in shown[1].replace("\n", "")
    notes = db.session.scalars(select(BadgePrint).order_by(BadgePrint.id)).all()
    assert [(note.name, note.organisation, note.reason, note.run_id) for note in notes] == [
        ("Ann Lee", "", "", run.id),
        ("张伟", "濉溪铝业", "", run.id),
    ]
    assert (run.count, run.document.edition_id) == (2, edition.id)


@pytest.mark.parametrize("paper", sorted(BADGES))
def test_any_name_is_printed_as_text_on_any_paper(app, paper: str) -> None:
    edition = make_edition()
    faces = [
        setting.Face(
            n,
            name,
            "濉溪" * 40 if n % 2 else "",
            "T" * 80 if n % 3 else "",
            1,
            1,
            "K7QM-2D4X",
            edition.title,
            "attendee",
            "#e8c02a",
        )
        for n, name in enumerate(STRANGE)
    ]
    content = setting.typeset(
        "badge.typ",
        setting.badges(faces, edition, PAPERS[paper], "both"),
        issued=datetime(2027, 1, 1, tzinfo=UTC),
        accessible=False,
    )
    text = "".join(pages(content))
    for words in ("#panic(1) $x$ *b* `c` @d <e>", "=1+1", "a b c"):
        assert words.replace(" ", "") in text.replace(" ", "").replace("\n", "")
    assert "\u202e" not in text
    first = PdfReader(BytesIO(content)).pages[0].mediabox
    many = PAPERS[paper].columns > 1
    width, height = (210, 297) if many else (PAPERS[paper].width, PAPERS[paper].height)
    assert (round(float(first.width) / 72 * 25.4), round(float(first.height) / 72 * 25.4)) == (width, height)
    assert len(pages(content)) == (-(-len(STRANGE) // (PAPERS[paper].columns * PAPERS[paper].rows)))


def test_a_driver_is_no_expert_on_the_badge(app) -> None:
    edition = make_edition()
    row = make_registration(edition)
    with transaction():
        row.role = "driver"
        row.category.name = Bilingual("专家", "Expert")
    [text] = pages(file_of(printed(edition, [row])))
    assert "专家 · 司机 Expert · Driver" in " ".join(text.split())
    with transaction():
        db.session.get_one(Registration, row.id).role = "attendee"
    assert queries.badge_state_of(db.session.get_one(Registration, row.id)) == "changed"


def test_the_same_data_and_time_give_the_same_bytes(app) -> None:
    edition = make_edition()
    row = make_registration(edition, name="张伟")
    run = printed(edition, [row])
    data = setting.badges([setting.face_of(row)], edition, PAPERS["card"], "both")
    again = setting.typeset("badge.typ", data, issued=run.created_at, accessible=False)
    assert again == file_of(run)
    facts = emails.facts_of(row)
    assert tickets.ticket_pdf(facts, "zh") == tickets.ticket_pdf(facts, "zh")
    meta = PdfReader(BytesIO(again)).metadata
    assert (meta.title, meta.author) == ("胸牌 / Badges · 2027 铝业高峰论坛（示例）", "Billet")


def test_a_badge_is_right_until_what_it_says_changes(app) -> None:
    edition = make_edition()
    rows = make_registrations(edition, 3)
    assert queries.badge_tally(edition) == {"all": 3, "none": 3, "changed": 0, "printed": 0}
    run = printed(edition, rows[:2])
    assert queries.badge_tally(edition) == {"all": 3, "none": 1, "changed": 0, "printed": 2}
    first = db.session.get_one(Registration, rows[0].id)
    with transaction():
        operations.change(first, applicant(1, organisation="New Works"), actor=SYSTEM)
    edition = db.session.get_one(Edition, edition.id)
    assert queries.badge_tally(edition) == {"all": 3, "none": 1, "changed": 1, "printed": 1}
    assert list(db.session.scalars(queries.candidates(edition, badge="changed"))) == [first]
    last = queries.last_prints([first])
    assert queries.badge_state(first, last[first.id]) == "changed"
    printed(edition, [first])
    assert queries.badge_tally(edition) == {"all": 3, "none": 1, "changed": 0, "printed": 2}
    with transaction():
        printing.void_run(db.session.get_one(PrintRun, run.id), actor=SYSTEM)
        printing.void_run(db.session.get_one(PrintRun, run.id), actor=SYSTEM)
    assert queries.badge_tally(edition) == {"all": 3, "none": 2, "changed": 0, "printed": 1}


@pytest.mark.parametrize("change", [{"colour": "#123456"}, {"name": Bilingual("嘉宾", "Guest")}, {"position": 1}])
def test_a_badge_is_wrong_once_its_category_has_another_name_or_colour(app, change: dict[str, Any]) -> None:
    edition = make_edition()
    [row] = make_registrations(edition, 1)
    printed(edition, [row])
    assert queries.badge_tally(edition)["printed"] == 1
    with transaction():
        for name, value in change.items():
            setattr(row.category, name, value)
    assert queries.badge_tally(edition) == {"all": 1, "none": 0, "changed": 1, "printed": 0}
    assert list(db.session.scalars(queries.candidates(edition, badge="changed"))) == [row]
    assert queries.badge_state_of(row) == "changed"
    printed(edition, [row])
    assert queries.badge_state_of(row) == "printed"
    with transaction():
        db.session.execute(update(BadgePrint).values(standing=None))
    assert (queries.badge_tally(edition)["printed"], queries.badge_state_of(row)) == (1, "printed")


def test_a_badge_that_is_right_is_printed_again_for_a_reason(app) -> None:
    edition = make_edition()
    rows = make_registrations(edition, 2)
    printed(edition, rows)
    with pytest.raises(printing.ReasonNeeded, match="2 of these 2"), transaction():
        printing.ask_for_print(edition, [row.id for row in rows], paper="card", language="zh", actor=SYSTEM)
    assert printed(edition, rows, reason="printer fault").reason == "printer fault"
    assert (
        db.session.scalars(select(func.count()).select_from(queries.prints(edition, again=True).subquery())).one() == 2
    )


def test_a_run_that_died_is_made_again_and_noted_once(app, monkeypatch) -> None:
    edition = make_edition()
    rows = make_registrations(edition, 2)
    with transaction():
        run = printing.ask_for_print(edition, [row.id for row in rows], paper="card", language="zh", actor=SYSTEM)
        run_id, job_id = run.id, run.job_id

    def die(*_args, **_values):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(tasks, "typeset_long", die)
        with pytest.raises(KeyboardInterrupt):
            run_job(job_id)
    db.session.rollback()
    for _ in range(2):
        tasks.print_run(job_id, {"run_id": run_id})
    db.session.rollback()
    assert db.session.scalar(select(func.count(BadgePrint.id))) == 2
    assert db.session.scalar(select(func.count(Document.id))) == 1
    assert db.session.get_one(PrintRun, run_id).count == 2


def test_who_loses_the_place_before_the_job_runs_is_not_printed(app) -> None:
    edition = make_edition()
    rows = make_registrations(edition, 2)
    with transaction():
        run = printing.ask_for_print(edition, [row.id for row in rows], paper="card", language="zh", actor=SYSTEM)
        run_id, job_id = run.id, run.job_id
    with transaction():
        operations.cancel(db.session.get_one(Registration, rows[0].id), actor=SYSTEM)
    assert run_job(job_id)
    db.session.rollback()
    run = db.session.get_one(PrintRun, run_id)
    assert (run.count, len(pages(file_of(run)))) == (1, 1)


def test_nobody_and_too_many_are_refused(app, monkeypatch) -> None:
    edition = make_edition(capacity=1)
    _, waiting = make_registrations(edition, 2)
    foreign = make_registration(make_edition(edition.series, slug="alu-2028"), 3)
    for ids in ([], [waiting.id], [foreign.id], [999_999]):
        with pytest.raises(printing.NobodyToPrint), transaction():
            printing.ask_for_print(edition, ids, paper="card", language="zh", actor=SYSTEM)
    monkeypatch.setattr(printing, "MOST", 1)
    with pytest.raises(printing.TooMany), transaction():
        printing.ask_for_prints(edition, [1, 2], paper="card", language="zh", actor=SYSTEM)


def test_what_is_too_long_for_one_file_becomes_several(office, edition: Edition, monkeypatch) -> None:
    make_registrations(edition, 3)
    monkeypatch.setattr(printing, "PIECES", 2)
    form = {"paper": "card", "language": "zh", "key": "k" * 64}
    for _ in range(2):
        assert office.post(BADGE_LIST, form).location.endswith("/badges/runs")
    assert [len(ids) for ids in db.session.scalars(select(PrintRun.registration_ids).order_by(PrintRun.id))] == [2, 1]


def test_a_long_document_is_set_apart_and_is_the_same(app, monkeypatch) -> None:
    edition = make_edition()
    data = setting.badges([setting.face_of(make_registration(edition))], edition, PAPERS["card"], "both")
    how = {"issued": datetime(2027, 1, 1, tzinfo=UTC)}
    in_here = setting.typeset("badge.typ", data, accessible=False, **how)
    assert apart.typeset_long("badge.typ", data, pieces=201, **how) == in_here
    with pytest.raises(RuntimeError, match=r"setting badge\.typ failed"):
        apart.typeset_long("badge.typ", {}, pieces=201, **how)


def test_a_ticket_on_paper_says_all_that_the_guest_needs(app) -> None:
    edition = make_edition()
    row = make_registration(edition, name="张伟", organisation="濉溪铝业", language="zh", email=None)
    [text] = pages(file_of(printed(edition, [row], paper="ticket")))
    for words in ("张伟", "濉溪铝业", "2027铝业高峰论坛", "2097年3月18日至19日", "会展中心", row.reference, "报名编号"):
        assert words in text.replace("\n", "").replace(" ", ""), words
    assert db.session.scalar(select(func.count(BadgePrint.id))) == 0


def test_certificates_are_for_those_who_came_and_run_without_a_gap(app) -> None:
    edition, rows = past_guests(3)
    never = make_registration(make_edition(edition.series, slug="other"), 9)
    run = printed(edition, rows, paper="certificate")
    shown = pages(file_of(run))
    assert len(shown) == 3
    text = shown[0].replace("\n", "")
    for words in ("参会证明", "Certificate of attendance", "Guest 1", "ALU-2027-0001", "18 March", "on 1 day"):
        assert words in text, words
    issued = db.session.scalars(select(Certificate).order_by(Certificate.number)).all()
    assert [(one.number, one.days, one.is_valid) for one in issued] == [(n, ["2026-03-18"], True) for n in (1, 2, 3)]
    printed(edition, rows, paper="certificate")
    assert db.session.scalar(select(func.count(Certificate.id))) == 3, "the same certificates again"
    row = db.session.get_one(Registration, rows[1].id)
    came(row, date(2026, 3, 19))
    with transaction():
        fresh = printing.issue_one(db.session.get_one(Registration, row.id), actor=SYSTEM)
        assert (fresh.number, fresh.days) == (4, ["2026-03-18", "2026-03-19"])
    assert [one.is_valid for one in db.session.scalars(select(Certificate).order_by(Certificate.number))] == [
        True,
        False,
        True,
        True,
    ]
    with frozen(datetime(2097, 3, 30, tzinfo=UTC)), pytest.raises(printing.NotThere), transaction():
        printing.issue_one(db.session.get_one(Registration, never.id), actor=SYSTEM)


def test_no_certificate_before_the_last_day(app) -> None:
    edition = make_edition()
    row = make_registration(edition)
    with frozen(datetime(2097, 3, 18, 4, tzinfo=UTC)):
        came(row, date(2097, 3, 18))
        with pytest.raises(printing.TooEarly), transaction():
            printing.issue_one(row, actor=SYSTEM)
    with frozen(datetime(2097, 3, 19, 4, tzinfo=UTC)), transaction():
        assert printing.issue_one(row, actor=SYSTEM).number == 1


@pytest.mark.parametrize(
    ("name", "shown"), [("张伟", "张*"), ("欧阳娜娜", "欧***"), ("Ann Lee", "A** L**"), ("李", "李*"), ("", "")]
)
def test_a_masked_name(name: str, shown: str) -> None:
    assert setting.masked(name) == shown


# Pages


def test_the_list_prints_what_is_filtered_or_ticked(office, edition: Edition) -> None:
    rows = make_registrations(edition, 3)
    ids = [row.id for row in rows]
    shown = office.get(BADGE_LIST)
    assert "the whole list is printed: 3 people" in shown.words
    key = shown.find("//input[@name='key']/@value")[0]
    form = {
        "paper": "card-a4",
        "language": "zh",
        "reason": "",
        "key": key,
        "query": "sort=-created",
        "rows": [ids[2], ids[0], "x", "9" * 30],
    }
    asked = office.post(BADGE_LIST, form)
    assert office.post(BADGE_LIST, form).location == asked.location, "sent twice, printed once"
    assert office.get(asked.location).find("//*[@data-job]")
    job = db.session.scalars(select(Job)).one()
    run_job(job.id)
    done = office.get(asked.location)
    assert "Download the PDF" in done.words
    content = office.get(f"{asked.location}/file")
    assert content.response.mimetype == "application/pdf"
    db.session.rollback()
    assert db.session.scalars(select(PrintRun.registration_ids)).one() == [ids[2], ids[0]]
    assert "the whole list is printed: 1 person" in office.get(f"{BADGE_LIST}?badge=none").words
    again = office.post(f"{BADGE_LIST}?badge=printed", form | {"key": "k2", "rows": []}, expected=200)
    assert "2 of these 2 badges were printed before" in again.words
    office.post(f"{BADGE_LIST}?badge=printed", form | {"key": "k2", "rows": [], "reason": "=1+1"})
    run_job(db.session.scalars(select(func.max(Job.id))).one())
    log = office.get(f"{BADGE_LIST}/prints?again=1")
    assert "=1+1" in log.words
    lines = list(csv.reader(StringIO(office.get(f"{BADGE_LIST}/prints.csv?again=1").response.get_data(as_text=True))))
    assert [line[6] for line in lines[1:]] == ["'=1+1", "'=1+1"]
    office.get(f"{BADGE_LIST}/prints.xlsx")
    office.post(f"{asked.location}/void")
    assert "thrown away" in office.get(asked.location).words
    assert "thrown away" in office.get(f"{BADGE_LIST}/runs").words


def test_what_the_list_of_registrations_chose_is_printed_in_its_order(office, app) -> None:
    rows = make_registrations(make_edition(capacity=3), 4)
    ids = [row.id for row in rows]
    chosen = {"query": "sort=-name", "rows": [str(ids[0]), str(ids[2]), str(ids[3])]}
    asked = office.post(f"{BADGE_LIST}/chosen", chosen, expected=200)
    assert "2 of those chosen hold a place" in asked.words
    kept = {field.get("name"): field.get("value") for field in asked.find("//form[@data-once]//input[@name='key']")}
    run = office.post(f"{BADGE_LIST}/chosen", chosen | kept | {"paper": "ticket", "language": "zh"})
    assert "badges/runs/" in run.location
    everyone = {"query": "sort=name", "everyone": "1", "paper": "lanyard", "language": "zh"}
    office.post(f"{BADGE_LIST}/chosen", everyone)
    assert list(db.session.scalars(select(PrintRun.registration_ids).order_by(PrintRun.id))) == [
        [ids[2], ids[0]],
        ids[:3],
    ]
    assert "/registrations" in office.post(f"{BADGE_LIST}/chosen", {}).location
    office.post(f"{BADGE_LIST}/chosen", everyone | {"paper": "x"}, expected=200)
    assert office.get(f"{OFFICE}/registrations").find("//button[contains(@formaction, 'badges/chosen')]")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_empty_pages_say_what_comes_next(office, edition: Edition, language: str) -> None:
    office.language = language
    for url in (
        BADGE_LIST,
        f"{BADGE_LIST}/runs",
        f"{BADGE_LIST}/prints",
        f"{OFFICE}/certificates",
        f"{BADGE_LIST}?q=zz",
    ):
        assert office.get(url).find("//*[@class='empty']"), url
    assert office.get(f"{BADGE_LIST}/sample.png?paper=lanyard").response.data.startswith(b"\x89PNG")
    assert office.get(f"{BADGE_LIST}/sample.png?paper=nonsense&language=x").response.data.startswith(b"\x89PNG")


def test_a_helper_prints_one_badge_and_says_why_again(page, cast, edition: Edition) -> None:
    row_id = make_registration(edition, name="张伟").id
    url = f"{OFFICE}/registrations/{row_id}/badge-prints"
    page.sign_in(cast.helper)
    made = page.post(url)
    content = page.get(made.location).response
    assert (content.mimetype, content.data[:5]) == ("application/pdf", b"%PDF-")
    again = page.post(url, expected=200)
    assert "printed before" in again.words
    key = again.find("//input[@name='key']/@value")[0]
    form = {"reason": "lost", "key": key, "paper": "lanyard", "language": "en"}
    assert page.post(url, form).location == page.post(url, form).location
    page.post(url, {"reason": "lost", "paper": "x" * 99, "language": "xx"})
    db.session.rollback()
    notes = db.session.scalars(select(BadgePrint).order_by(BadgePrint.id)).all()
    assert [(note.paper, note.language, note.reason) for note in notes] == [
        ("card", "both", ""),
        ("lanyard", "en", "lost"),
        ("card", "both", "lost"),
    ]
    page.get(f"{url}/999.pdf", expected=404)
    page.get(BADGE_LIST, expected=403)
    page.sign_in(cast.staff)
    shown = page.get(f"{OFFICE}/registrations/{row_id}")
    assert "lost" in shown.words
    assert "Print the badge again" in shown.words


def test_who_waits_gets_neither_badge_nor_ticket(office, app) -> None:
    _, waiting = make_registrations(make_edition(capacity=1), 2)
    url = f"{OFFICE}/registrations/{waiting.id}"
    private = f"/my/registration/{tickets.tokens.sign('registration', waiting.id, 1)}"
    assert "holds no place" in office.post(f"{url}/badge-prints", expected=200).words
    office.get(f"{url}/ticket.pdf", expected=404)
    office.get(f"{private}/ticket.pdf", expected=404)
    office.get(f"{private}/certificate.pdf", expected=404)


def test_the_ticket_behind_the_private_link(page, app) -> None:
    row = make_registration(make_edition(), name="\u202e🏆 #x", language="en")
    private = f"/my/registration/{tickets.tokens.sign('registration', row.id, 1)}"
    assert f"{private}/ticket.pdf" in page.get(private).text
    [text] = pages(page.get(f"{private}/ticket.pdf").response.data)
    assert row.reference in text
    page.get(f"/my/registration/{tickets.tokens.sign('ticket', row.id, 1)}/ticket.pdf", expected=404)


def test_an_attendee_takes_the_certificate_and_anybody_checks_it(page, app) -> None:
    _, [row] = past_guests(1)
    private = f"/my/registration/{tickets.tokens.sign('registration', row.id, 1)}"
    assert "Download the certificate" in page.get(private).words
    page.get(f"{private}/certificate.pdf", expected=404)
    taken = page.post(f"{private}/certificate")
    assert page.post(f"{private}/certificate").location == taken.location
    [text] = pages(page.get(taken.location).response.data)
    certificate = db.session.scalars(select(Certificate)).one()
    code, certificate_id = certificate.code, certificate.id
    assert code in text
    checked = page.get(f"/certificates?code={code.lower().replace('-', ' ')}")
    assert "This certificate is genuine." in checked.words
    assert "G*** 1*" in checked.words
    for secret in ("Guest 1", "guest1@", row.reference):
        assert secret not in checked.words
    assert "No certificate has the code" in page.get("/certificates?code=ZZZZ-ZZZZ", expected=404).words
    for junk in ("%0a%20a", "x" * 500, "=1", "%F0%9F%8F%86"):
        page.get(f"/certificates?code={junk}", expected=404)
    page.get("/certificates")
    with transaction():
        printing.withdraw(db.session.get_one(Certificate, certificate_id), reason="error", actor=SYSTEM)
    assert "no longer valid" in page.get(f"/certificates?code={code}").words


def test_the_register_of_certificates(office, app) -> None:
    _, rows = past_guests(2)
    for row_id in [row.id for row in rows]:
        office.post(f"{OFFICE}/registrations/{row_id}/certificate")
    assert office.get(f"{OFFICE}/registrations/{rows[0].id}/certificate.pdf").response.data.startswith(b"%PDF")
    first = db.session.scalars(select(Certificate.id).order_by(Certificate.id)).first()
    office.get(f"{OFFICE}/certificates/{first}/withdrawal")
    office.post(f"{OFFICE}/certificates/{first}/withdrawal", {"reason": "wrong person"})
    shown = office.get(f"{OFFICE}/certificates")
    assert "wrong person" in shown.words
    lines = list(csv.reader(StringIO(office.get(f"{OFFICE}/certificates.csv").response.get_data(as_text=True))))
    assert [(line[0], line[9]) for line in lines[1:]] == [("ALU-2027-0001", "wrong person"), ("ALU-2027-0002", "")]
    office.get(f"{OFFICE}/certificates.xlsx")
    office.post(f"{OFFICE}/certificates/999/withdrawal", expected=404)


SHEET = f"{OFFICE}/sign-in-sheet"


def sheet(page, **asked: str) -> list[str]:
    return pages(page.get(f"{SHEET}.pdf", query_string=asked).response.data)


def test_the_sign_in_sheet_lists_who_holds_a_place_by_pinyin(page, cast, app) -> None:
    edition = make_edition(capacity=3)
    for number, (name, email) in enumerate(
        (("张伟", None), ("安娜", "a@example.org"), ("=1+1 #x", None), ("Late", None))
    ):
        make_registration(edition, number, name=name, email=email)
    page.sign_in(cast.helper)
    assert "3 people" in page.get(SHEET).words
    text = "".join(sheet(page))
    assert text.index("=1+1 #x") < text.index("安娜") < text.index("张伟")
    assert "Late" not in text
    for words in ("18 Mar", "19 Mar", "Page 1 of 1", "Not on the list", "As of 20"):
        assert words in text, words
    assert "19 Mar" not in "".join(sheet(page, day="2097-03-18")).replace("18–19 March", "")
    initials = "".join(sheet(page, by="initial"))
    assert initials.index("\n# 1 person") < initials.index("\nA 1 person") < initials.index("\nZ 1 person")
    for junk in ("'", "\u202e", "9" * 99):
        sheet(page, by=junk, day=junk)
    page.sign_in(cast.reviewer).get(f"{SHEET}.pdf", expected=403)


def test_each_category_begins_a_page_of_the_sheet(page, cast, app) -> None:
    edition = make_edition()
    make_registrations(edition, 2)
    with transaction():
        expert = Category(edition=edition, code="expert", name=Bilingual("专家", "Expert"), position=9)
        db.session.add(expert)
    with transaction():
        db.session.get_one(Registration, make_registration(edition, 3).id).category_id = expert.id
    shown = sheet(page.sign_in(cast.staff), by="category")
    assert ["Guest 1" in shown[0], "Expert" in shown[1], "Guest 3" in shown[1], len(shown)] == [True, True, True, 3]


def test_a_sheet_for_nobody_says_so(page, cast, edition: Edition) -> None:
    assert page.sign_in(cast.staff).get(SHEET).find("//*[@class='empty']")
    assert "Not on the list" in "".join(sheet(page))


def test_pictures_that_no_font_has_are_left_out_on_paper(app) -> None:
    for name, said in (
        ("张伟🎉", "张伟"),
        ("👩🏽\u200d🔬 Ann 🇨🇳 🏆", "Ann"),
        ("I ❤\ufe0f ★", "I ❤ ★"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ):
        assert printable(name) == said
    row = make_registration(make_edition(), name="🎉")
    assert (
        setting.badges([setting.face_of(row)], row.edition, PAPERS["card"], "zh")["items"][0]["name"] == row.reference
    )


def test_the_code_on_paper_is_the_tickets_and_goes_with_its_version(app) -> None:
    row = make_registration(make_edition())
    texts = [tickets.ticket_text(row.id, version) for version in (1, 2)]
    private = tickets.tokens.sign("registration", row.id, 1)
    drawn = [tickets.drawn_code(text, "x")["svg"] for text in (*texts, private)]
    data = setting.badges([setting.face_of(row)], row.edition, PAPERS["card"], "zh")
    assert [data["items"][0]["code"]["svg"] == one for one in drawn] == [True, False, False]
    assert tickets.tickets([(emails.facts_of(row), "zh")])["items"][0]["code"]["svg"] == drawn[0]


def at_once(app: Flask, *works: Callable[[], Any]) -> list[Any]:
    """What these return, run at the same moment in a thread each."""
    ready = Barrier(len(works))

    def one(work: Callable[[], Any]) -> Any:
        with app.app_context():
            ready.wait()
            try:
                return settle(work)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(one, works))


def test_a_form_that_is_sent_twice_at_once_prints_once(app) -> None:
    edition = make_edition()
    edition_id, row_id = edition.id, make_registration(edition).id

    def ask() -> int:
        asked = db.session.get_one(Edition, edition_id)
        return printing.ask_for_print(asked, [row_id], paper="card", language="zh", key="twice", actor=SYSTEM).id

    def one() -> int:
        row = db.session.get_one(Registration, row_id)
        return printing.print_badge(row, paper="card", language="zh", key="twice", actor=SYSTEM).id

    db.session.remove()
    for work in (ask, one):
        assert len(set(at_once(app, *[work] * 4))) == 1
    assert db.session.scalar(select(func.count(Job.id))) == 1


def test_certificates_issued_at_once_have_numbers_without_a_gap(app) -> None:
    _, rows = past_guests(4)

    def issue(row_id: int) -> Callable[[], int]:
        return lambda: printing.issue_one(db.session.get_one(Registration, row_id), actor=SYSTEM).number

    works = [issue(row.id) for row in rows for _ in range(2)]
    db.session.remove()
    numbers = at_once(app, *works)
    assert sorted(numbers) == [1, 1, 2, 2, 3, 3, 4, 4]


def test_a_row_that_was_read_with_others_is_locked_alone(app) -> None:
    edition = make_edition()
    row = make_registration(edition)
    run = printed(edition, [row])
    with transaction():
        read = db.session.scalars(queries.runs_of(edition).execution_options(populate_existing=True)).one()
        printing.void_run(read, actor=SYSTEM)
        beside = select(Registration).options(joinedload(Registration.delegation))
        [guest] = db.session.scalars(beside.execution_options(populate_existing=True))
        printing.print_badge(guest, paper="card", language="zh", actor=SYSTEM)
    assert (run.is_void, queries.badge_state_of(guest)) == (True, "printed")


def test_a_key_of_another_edition_finds_nothing_here(app) -> None:
    here, there = make_edition(), make_edition(make_series("other"), slug="other")
    runs = []
    for edition in (here, there):
        row = make_registration(edition)
        with transaction():
            runs.append(printing.ask_for_print(edition, [row.id], paper="card", language="zh", key="k", actor=SYSTEM))
    assert [run.edition_id for run in runs] == [here.id, there.id]
