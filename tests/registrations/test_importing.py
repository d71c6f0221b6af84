"""A list of registrations: read and shown first, applied once, undone as a whole but for what people touched."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import StringIO
from threading import Thread

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select

from forums.columns import Bilingual
from forums.directory.models import Person
from forums.documents.tables import Line, read_text
from forums.editions.models import Edition
from forums.extensions import db
from forums.imports.operations import NotNow
from forums.jobs import operations as jobs
from forums.jobs.models import Job
from forums.mail.models import Letter
from forums.registrations import operations, places
from forums.registrations.imports.models import ImportBatch, ImportRow
from forums.registrations.imports.operations import AT_ONCE, apply, apply_some, discard, hand_in, plan, read_as
from forums.registrations.imports.queries import counts, undone_counts
from forums.registrations.imports.reading import FIELDS, Mapping, guess
from forums.registrations.imports.undoing import undo, undo_some
from forums.registrations.models import Category, Registration
from forums.registrations.waiting import change_capacity
from forums.transaction import settle, transaction
from tests.cast import SYSTEM, make_edition
from tests.registrations.make import applicant, come, make_registration, states
from tests.sheets import workbook

IMPORTS = "/office/e/alu-2027/imports"
HEADER = "姓名,手机,邮箱,单位,职务,省份,类别,语言\n"


def take(edition: Edition, text: str, **changes: object) -> ImportBatch:
    """Hand a list in, and read it with these changes to what was guessed."""
    with transaction():
        batch = hand_in(db.session.get_one(Edition, edition.id), read_text(text), file_name="名单.csv", actor=SYSTEM)
        if changes:
            read_as(batch, Mapping.from_json({**batch.mapping, **changes}))
    return batch


def verdicts(batch: ImportBatch) -> list[tuple[int, str]]:
    rows = select(ImportRow.number, ImportRow.verdict).where(ImportRow.batch_id == batch.id).order_by(ImportRow.number)
    db.session.rollback()
    return [tuple(row) for row in db.session.execute(rows)]


def complaints(batch: ImportBatch) -> dict[int, list[tuple[str, str, str]]]:
    rows = db.session.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id).order_by(ImportRow.number))
    return {row.number: [tuple(one.values()) for one in row.complaints] for row in rows if row.complaints}


def run(job: Job) -> Job:
    assert jobs.run(job.id)
    db.session.rollback()
    done = db.session.get_one(Job, job.id)
    assert done.state == "done", done.error
    return done


def import_now(batch: ImportBatch) -> Job:
    with transaction():
        job = apply(db.session.get_one(ImportBatch, batch.id), actor=SYSTEM)
    return run(job)


def undo_now(batch: ImportBatch) -> Job:
    with transaction():
        job = undo(db.session.get_one(ImportBatch, batch.id), actor=SYSTEM)
    return run(job)


def guests(first: int, last: int) -> str:
    return "name,email\n" + "".join(f"Guest {n},guest{n}@example.org\n" for n in range(first, last + 1))


def test_each_row_says_what_would_happen_and_nothing_does(edition: Edition) -> None:
    make_registration(edition, 1)
    make_registration(edition, email=None, name="王五", phone="13800000005")
    with transaction():
        db.session.add(Category(edition=db.session.get_one(Edition, edition.id), code="media", name=Bilingual("媒体")))
    before = db.session.scalar(select(func.count()).select_from(Person))
    batch = take(
        edition,
        HEADER
        + "张伟,+86 138-0013-8000,Zhang＠Example.org,濉溪铝业,主任,安徽省,媒体,\n"  # 2
        + "李娜,,guest1@example.org,,,,,\n"  # 3: registered under this address
        + "王五,13800000005,,,,,,\n"  # 4: registered under name and phone
        + "张伟,,zhang@example.org,,,,,\n"  # 5: row 2 again
        + ",,a@example.org,,,,,\n"
        + "赵,,not an address,,,,,\n"
        + "钱,call me,,,,华东,贵宾,法语\n"
        + f"{'孙' * 81},,,,,,,\n"
        + "=1+1,,f@example.org,,,,,\n"
        + "周,,,周氏公司,,,,\n"
        + "周,,,周氏公司,,,,\n"
        + "……,,,,,,,\n",
    )
    assert verdicts(batch) == [
        (1, "heading"),
        (2, "new"),
        (3, "known"),
        (4, "known"),
        (5, "repeat"),
        (6, "refused"),
        (7, "refused"),
        (8, "refused"),
        (9, "refused"),
        (10, "new"),
        (11, "new"),
        (12, "repeat"),
        (13, "refused"),
    ]
    assert complaints(batch) == {
        3: [("email", "registered", "guest1@example.org")],
        4: [("phone", "registered", "王五")],
        5: [("email", "row", "2")],
        6: [("name", "no_name", "")],
        7: [("email", "not_email", "not an address")],
        8: [
            ("phone", "not_phone", "call me"),
            ("region", "not_region", "华东"),
            ("category", "not_category", "贵宾"),
            ("language", "not_language", "法语"),
        ],
        9: [("name", "too_long", "孙" * 81)],
        12: [("name", "row", "11")],
        13: [("name", "not_name", "……")],
    }
    assert states() == ["confirmed", "confirmed"]
    assert db.session.scalar(select(func.count()).select_from(Person)) == before
    assert db.session.scalar(select(func.count()).select_from(Letter)) == 1


def test_what_was_new_is_registered_once_with_its_letter(edition: Edition, outbox) -> None:
    batch = take(edition, HEADER + "张伟,+86 138-0013-8000,zhang@example.org,濉溪铝业,主任,安徽,,\n老王,,,某厂,,,,\n")
    job = import_now(batch)
    assert (job.done, job.total, job.result) == (2, 2, {"rows": 2})
    first, second = db.session.scalars(select(Registration).order_by(Registration.id))
    assert (first.name, first.phone, first.email, first.organisation, first.title, first.region, first.language) == (
        "张伟",
        "+86 138-0013-8000",
        "zhang@example.org",
        "濉溪铝业",
        "主任",
        "34",
        "zh",
    )
    assert (first.source, first.batch_id, second.email, second.organisation) == ("import", batch.id, None, "某厂")
    assert [(letter.letter, letter.recipient, letter.batch, letter.state) for letter in outbox()] == [
        ("registration_confirmed", "zhang@example.org", f"import:{batch.id}", "queued")
    ]
    with pytest.raises(NotNow), transaction():
        apply(db.session.get_one(ImportBatch, batch.id), actor=SYSTEM)
    assert not jobs.run(job.id)
    again = take(edition, HEADER + "张伟,+86 138-0013-8000,zhang@example.org,濉溪铝业,主任,安徽,,\n老王,,,某厂,,,,\n")
    assert again.id != batch.id
    assert [verdict for _number, verdict in verdicts(again)] == ["heading", "known", "known"]


def test_a_phone_number_is_the_same_however_it_is_written(edition: Edition) -> None:
    make_registration(edition, email=None, name="王五", phone="138 0013-8000")
    batch = take(
        edition, "姓名,手机\n王五,+86 13800138000\n王五,13800138001\n王五,(0086)138-0013-8001\n赵六,13800138000\n"
    )
    expected = ["heading", "known", "new", "repeat", "new"]
    assert [verdict for _number, verdict in verdicts(batch)] == expected
    import_now(batch)
    assert [verdict for _number, verdict in verdicts(batch)] == expected
    assert len(states()) == 3


def test_an_import_may_keep_its_letters_to_itself(edition: Edition, outbox) -> None:
    make_registration(edition, 9)
    import_now(take(edition, guests(1, 3), letters=False))
    assert [letter.state for letter in outbox()] == ["queued", "cancelled", "cancelled", "cancelled"]


def test_who_comes_late_waits_and_the_preview_says_so(app) -> None:
    edition = make_edition(capacity=3)
    make_registration(edition, 9)
    batch = take(edition, guests(1, 4))
    assert [verdict for _number, verdict in verdicts(batch)] == ["heading", "new", "new", "waits", "waits"]
    import_now(batch)
    assert states() == ["confirmed", "confirmed", "confirmed", "waitlisted", "waitlisted"]
    assert [verdict for _number, verdict in verdicts(batch)] == ["heading", "new", "new", "waits", "waits"]


def test_categories_come_from_a_column_or_for_all_and_have_their_own_places(edition: Edition) -> None:
    with transaction():
        here = db.session.get_one(Edition, edition.id)
        for code, zh, places_of_it in (("guest", "嘉宾", None), ("media", "媒体", 1)):
            db.session.add(Category(edition=here, code=code, name=Bilingual(zh, code.title()), capacity=places_of_it))
    media = db.session.scalars(select(Category.id).where(Category.code == "media")).one()
    batch = take(edition, "姓名,类别\n甲,\n乙,嘉宾\n丙,GUEST\n丁,媒体\n", category_id=media)
    assert [verdict for _number, verdict in verdicts(batch)] == ["heading", "new", "new", "new", "waits"]
    import_now(batch)
    found = db.session.execute(select(Registration.name, Category.code, Registration.state).join(Category))
    assert sorted(tuple(row) for row in found) == sorted(
        [
            ("甲", "media", "confirmed"),
            ("乙", "guest", "confirmed"),
            ("丙", "guest", "confirmed"),
            ("丁", "media", "waitlisted"),
        ]
    )
    assert places.reconcile() == []


def test_a_worker_that_dies_leaves_nobody_out_and_nobody_twice(edition: Edition) -> None:
    batch = take(edition, guests(1, AT_ONCE * 2 + 3))
    with transaction():
        job = apply(db.session.get_one(ImportBatch, batch.id), actor=SYSTEM)
    assert settle(lambda: apply_some(batch.id, actor=SYSTEM))
    with pytest.raises(ZeroDivisionError), transaction():
        assert 1 / (not apply_some(batch.id, actor=SYSTEM)), "the worker dies before the commit"
    assert len(states()) == AT_ONCE
    run(job)
    assert states() == ["confirmed"] * (AT_ONCE * 2 + 3)
    assert len(set(db.session.scalars(select(Registration.email)))) == AT_ONCE * 2 + 3
    assert places.reconcile() == []


def test_who_registers_between_preview_and_import_is_not_registered_twice(edition: Edition) -> None:
    batch = take(edition, guests(1, 3))
    make_registration(edition, 2)
    import_now(batch)
    assert [verdict for _number, verdict in verdicts(batch)] == ["heading", "new", "known", "new"]
    assert len(states()) == 3


def test_undo_gives_the_places_back_and_the_line_moves(app, outbox) -> None:
    edition = make_edition(capacity=3)
    batch = take(edition, guests(1, 5))
    import_now(batch)
    waiting = make_registration(edition, 20).id
    undo_now(batch)
    rows = dict(db.session.execute(select(Registration.email, Registration.state)).all())
    assert rows.pop("guest20@example.org") == "confirmed"
    assert set(rows.values()) == {"cancelled"}
    assert db.session.get_one(Registration, waiting).wait_sequence is None
    assert places.reconcile() == []
    assert undone_counts(batch) == {"cancelled": 5, "changed": 0, "came": 0, "gone": 0}
    assert db.session.get_one(ImportBatch, batch.id).undone_by == SYSTEM.label
    # Nobody in the list had heard of it yet, so nobody hears that it is over.
    assert {(letter.recipient, letter.letter) for letter in outbox() if letter.state == "queued"} == {
        ("guest20@example.org", "registration_waitlisted"),
        ("guest20@example.org", "registration_promoted"),
    }
    assert all("promoted" not in letter.letter for letter in outbox() if letter.recipient != "guest20@example.org")


def test_who_had_the_letter_is_told_that_it_is_over(edition: Edition, deliver, outbox) -> None:
    batch = take(edition, guests(1, 2))
    import_now(batch)
    assert len(deliver()) == 2
    undo_now(batch)
    assert [letter.letter for letter in outbox() if letter.state == "queued"] == ["registration_cancelled"] * 2


def test_undo_leaves_alone_what_people_touched_and_says_so(edition: Edition) -> None:
    batch = take(edition, guests(1, 5))
    import_now(batch)
    with transaction():
        rows = {row.email: row for row in db.session.scalars(select(Registration))}
        operations.change(rows["guest1@example.org"], applicant(1, name="Guest One"), actor=SYSTEM)
        come(rows["guest2@example.org"], edition_day())
        operations.cancel(rows["guest3@example.org"], actor=SYSTEM)
        operations.hand_over(rows["guest4@example.org"], applicant(40), actor=SYSTEM)
    undo_now(batch)
    ends = select(ImportRow.number, ImportRow.undone).where(ImportRow.undone != "").order_by(ImportRow.number)
    assert db.session.execute(ends).all() == [
        (2, "changed"),
        (3, "came"),
        (4, "gone"),
        (5, "changed"),
        (6, "cancelled"),
    ]
    assert states() == ["confirmed", "confirmed", "cancelled", "confirmed", "cancelled"]
    assert places.reconcile() == []
    with pytest.raises(NotNow), transaction():
        undo(db.session.get_one(ImportBatch, batch.id), actor=SYSTEM)


def edition_day():
    return db.session.scalars(select(Edition.starts_on)).one()


def test_an_undo_that_dies_goes_on(edition: Edition) -> None:
    batch = take(edition, guests(1, AT_ONCE + 5))
    import_now(batch)
    with transaction():
        job = undo(db.session.get_one(ImportBatch, batch.id), actor=SYSTEM)
    assert settle(lambda: undo_some(batch.id, actor=SYSTEM))
    assert states().count("cancelled") == AT_ONCE
    run(job)
    assert set(states()) == {"cancelled"}


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (
            "2027论坛参会名单\n序号,参会人,联系方式,工作单位,备注\n1,张伟,13800138000,某厂,\n",
            ["", "name", "phone", "organisation", ""],
        ),
        (
            "Full name\tMobile\tE-mail*\tJob title\nAnn\t1380013\ta@example.org\tCEO\n",
            ["name", "phone", "email", "title"],
        ),
        ("张伟,13800138000,某厂,主任\n李娜,13800138001,某厂,主任\n", ["name", "phone", "organisation", "title"]),
        ("zhang@example.org;张伟\n", ["email", "name"]),
    ],
)
def test_columns_are_guessed(edition: Edition, text: str, columns: list[str]) -> None:
    batch = take(edition, text)
    assert batch.mapping["columns"] == columns
    assert [verdict for _number, verdict in verdicts(batch)].count("new") == len(text.splitlines()) - (
        2 if "序号" in text else 1 if "Full" in text else 0
    )


def test_merged_cells_stand_for_each_of_their_rows(office, edition: Edition) -> None:
    content = workbook(
        ["2027论坛参会名单"],
        ["单位", "姓名", "联系方式", None, "职务"],
        [None, None, "手机", "邮箱", None],
        ["濉溪铝业", "张伟", "13800138000", "zhang@example.org", "主任"],
        [None, "李娜", "13800138001", None, "工程师"],
        [None, "王五", "13800138002", None, None],
        ["铝箔研究院", "赵六", "13800138003", None, None],
        merged=("A1:E1", "A2:A3", "B2:B3", "C2:D2", "E2:E3", "A4:A6", "E5:E6"),
    )
    shown = office.post(f"{IMPORTS}/file", {"file": (io.BytesIO(content), "名单.xlsx")})
    assert "王五 13800138002 濉溪铝业 Will be confirmed" in office.get(shown.location).words
    batch = db.session.scalars(select(ImportBatch)).one()
    assert batch.mapping["columns"] == ["organisation", "name", "phone", "email", "title"]
    assert [verdict for _number, verdict in verdicts(batch)] == ["heading"] * 3 + ["new"] * 4
    import_now(batch)
    rows = select(Registration.name, Registration.organisation, Registration.title).order_by(Registration.id)
    assert db.session.execute(rows).all() == [
        ("张伟", "濉溪铝业", "主任"),
        ("李娜", "濉溪铝业", "工程师"),
        ("王五", "濉溪铝业", "工程师"),
        ("赵六", "铝箔研究院", ""),
    ]


def test_what_was_chosen_for_a_column_is_remembered_for_the_next_file(edition: Edition) -> None:
    text = "姓名,单位,抬头\n甲,某厂,厂长\n"
    first = take(edition, text)
    assert first.mapping["columns"] == ["name", "organisation", ""]
    with transaction():
        batch = db.session.get_one(ImportBatch, first.id)
        read_as(batch, Mapping.from_json({**batch.mapping, "columns": ["name", "", "title"], "letters": False}))
    second = take(edition, "抬头,姓名,单位\n厂长,乙,某厂\n")
    assert second.mapping["columns"] == ["title", "name", ""]
    assert second.mapping["letters"] is False


def test_two_imports_and_the_desk_at_once_register_everybody_once(app) -> None:
    """The same people in opposite order, while the desk enters them too: nobody twice, and nobody waits for ever."""
    edition = make_edition(capacity=40)
    people = [f"Guest {n},guest{n}@example.org\n" for n in range(60)]
    batches = [take(edition, "name,email\n" + "".join(order)).id for order in (people, people[::-1])]
    with transaction():
        ids = [apply(db.session.get_one(ImportBatch, batch), actor=SYSTEM).id for batch in batches]
    edition_id = edition.id
    db.session.remove()

    def work(job_id: int) -> None:
        with app.app_context():
            jobs.run(job_id)
            db.session.remove()

    def desk(_nothing: int) -> None:
        with app.app_context():
            for number in range(0, 60, 3):
                settle(partial(_enter, edition_id, number))
            db.session.remove()

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(work, ids[0]), pool.submit(work, ids[1]), pool.submit(desk, 0)]:
            done.result()
    assert [job.state for job in db.session.scalars(select(Job).order_by(Job.id))] == ["done", "done"]
    assert sorted(states()) == ["confirmed"] * 40 + ["waitlisted"] * 20
    assert db.session.scalar(select(func.count(func.distinct(Registration.email)))) == 60
    assert db.session.scalar(select(func.count()).select_from(Person)) == 60
    assert places.reconcile() == []


def _enter(edition_id: int, number: int) -> None:
    operations.register(db.session.get_one(Edition, edition_id), applicant(number), actor=SYSTEM, source="office")


def test_who_applies_and_who_discards_at_once(app) -> None:
    """What one of them read before the other has committed does not count."""
    batch = take(make_edition(), "姓名,手机\n张伟,13800138000\n")
    batch_id, said, waiting = batch.id, [], []

    def meanwhile(act: Callable[[ImportBatch], object]) -> None:
        with app.app_context():
            try:
                with transaction():
                    act(db.session.get_one(ImportBatch, batch_id))
            except NotNow as no:
                said.append(no.message)
            db.session.remove()

    with transaction():
        job = apply(db.session.get_one(ImportBatch, batch_id), actor=SYSTEM)
        for act in (partial(discard, actor=SYSTEM), lambda row: read_as(row, Mapping(("name", "phone")))):
            waiting.append(Thread(target=meanwhile, args=(act,)))
            waiting[-1].start()
            waiting[-1].join(0.2)
    for thread in waiting:
        thread.join()
    run(job)
    assert (len(said), states()) == (2, ["confirmed"])


def test_five_thousand_rows_are_planned_in_seconds(edition: Edition) -> None:
    text = HEADER + "".join(f"嘉宾{n},138{n:08},guest{n}@example.org,单位{n % 300},主任,安徽,,\n" for n in range(5000))
    began = time.process_time()
    batch = take(edition, text)
    took = time.process_time() - began
    assert counts(batch)["new"] + counts(batch)["waits"] == 5000
    assert took < 30
    print(f"5,000 rows read and planned in {took:.1f} s")


def test_from_the_file_to_the_undo_in_the_office(office, edition: Edition) -> None:
    assert "Upload a list" in office.get(IMPORTS).words
    book, out = Workbook(), io.BytesIO()
    for row in (
        ("姓名", "手机", "邮箱"),
        ("张伟", "+86 138-0013-8000", "zhang@example.org"),
        ("", "", "b@example.org"),
    ):
        book.active.append(row)
    book.create_sheet("第二批").append(["姓名", "手机"])
    book.save(out)
    shown = office.post(f"{IMPORTS}/file", {"file": (io.BytesIO(out.getvalue()), "参会名单.xlsx")})
    again = office.post(f"{IMPORTS}/file", {"file": (io.BytesIO(out.getvalue()), "参会名单.xlsx")})
    assert shown.location == again.location, "sent twice, one list"
    preview = office.get(shown.location)
    assert "Only the sheet “Sheet” was read." in preview.words
    assert preview.h1 == "参会名单.xlsx"
    assert "Nobody is registered yet" in preview.words
    assert "The name is missing." in preview.words
    assert states() == []
    columns = {"column-0": "name", "column-1": "phone", "column-2": "phone"}
    settings = {"title_row": "1", "category_id": "0", "language": "zh"}
    assert "Several columns" in office.post(f"{shown.location}/mapping", columns | settings, expected=200).words
    columns["column-2"] = "email"
    office.post(f"{shown.location}/mapping", columns | settings)
    office.post(f"{shown.location}/application")
    office.post(f"{shown.location}/application")
    db.session.rollback()
    job = db.session.scalars(select(Job)).one()
    assert "data-job" in office.get(shown.location).text
    run(job)
    done = office.get(shown.location)
    assert "Undo the import" in done.words
    rows = list(csv.reader(StringIO(office.get(f"{shown.location}.csv").text.removeprefix("\ufeff"))))
    assert [row[:3] for row in rows] == [
        ["Row no.", "What happened", "Why"],
        ["2", "Confirmed", ""],
        ["3", "Could not be used", "Name: The name is missing."],
    ]
    assert rows[1][4:] == ["张伟", "+86 138-0013-8000", "zhang@example.org"]
    office.post(f"{shown.location}/deletion")
    office.post(f"{shown.location}/undo")
    run(db.session.scalars(select(Job).order_by(Job.id.desc())).first())
    assert "Taken back" in office.get(shown.location).words
    for query in ("?verdict=new", "?undone=cancelled", "?verdict=x&undone=y", "?page=99"):
        office.get(f"{shown.location}{query}")
    office.language = "zh"
    assert "已撤回" in office.get(shown.location).words
    assert "参会名单.xlsx" in office.get(IMPORTS).words
    assert states() == ["cancelled"]


def test_pasted_rows_and_what_cannot_be_read(office, edition: Edition) -> None:
    office.get(f"{IMPORTS}/rows")
    shown = office.post(f"{IMPORTS}/rows", {"rows": "姓名\t邮箱\n张伟\tzhang@example.org\n"})
    office.get(shown.location)
    office.post(f"{shown.location}/deletion")
    office.get(shown.location, expected=404)
    assert db.session.scalar(select(func.count()).select_from(ImportRow)) == 0
    for rows in ("", "\n\n"):
        office.post(f"{IMPORTS}/rows", {"rows": rows}, expected=200)
    refused = office.post(f"{IMPORTS}/file", {"file": (io.BytesIO(b"\xd0\xcf\x11\xe0"), "old.xls")}, expected=200)
    assert "Save it as .xlsx or CSV" in refused.words
    office.post(f"{IMPORTS}/file", {}, expected=200)
    junk = office.post(f"{IMPORTS}/rows", {"rows": "a;b;c\n1;2;3\n"}).location
    office.post(f"{junk}/mapping", {"title_row": "x", "column-0": "<script>"}, expected=200)
    office.post(f"{junk}/mapping", {"title_row": "0", "column-0": "nonsense", "category_id": "0", "language": "zh"})
    assert "The name is missing." in office.get(junk).words


def test_the_empty_list_is_understood_in_both_languages(office, edition: Edition) -> None:
    for spoken in ("en", "zh"):
        office.language = spoken
        titles = office.get(f"{IMPORTS}/blank.csv").text.removeprefix("\ufeff").strip().split(",")
        assert guess([Line(1, tuple(titles)), Line(2, ("张伟",))]).columns == FIELDS


def test_a_list_of_another_edition_is_not_there(page, cast, edition: Edition) -> None:
    other = take(make_edition(edition.series, slug="alu-2028"), guests(1, 1)).id
    page.sign_in(cast.staff)
    for tail in ("", ".csv"):
        page.get(f"{IMPORTS}/{other}{tail}", expected=404)
    for tail in ("mapping", "application", "undo", "deletion"):
        page.post(f"{IMPORTS}/{other}/{tail}", expected=404)
    for name, expected in (("organizer", 200), ("staff", 200), ("helper", 403), ("auditor", 403), ("outsider", 404)):
        page.sign_in(getattr(cast, name)).get(IMPORTS, expected=expected)


def test_hostile_cells_are_shown_as_text_and_exported_as_text(office, edition: Edition) -> None:
    rows = 'name,email\n"=HYPERLINK(""http://x"")",h@example.org\n<script>alert(1)</script>,s@example.org\n\u202eevil,e@example.org\n'
    shown = office.post(f"{IMPORTS}/rows", {"rows": rows})
    assert "<script>alert" not in office.get(shown.location).source
    batch = db.session.scalars(select(ImportBatch)).one()
    import_now(batch)
    assert "'=HYPERLINK" in office.get(f"{shown.location}.csv").text
    assert db.session.scalars(select(Registration.name).order_by(Registration.id)).all() == [
        '=HYPERLINK("http://x")',
        "<script>alert(1)</script>",
        "evil",
    ]


def test_the_plan_is_made_again_when_places_have_changed(app) -> None:
    edition = make_edition(capacity=1)
    batch = take(edition, guests(1, 2))
    with transaction():
        change_capacity(db.session.get_one(Edition, edition.id), 2, actor=SYSTEM)
    with transaction():
        plan(db.session.get_one(ImportBatch, batch.id))
    assert [verdict for _number, verdict in verdicts(batch)] == ["heading", "new", "new"]
