"""A register of what was signed: read, compared, drafted in one batch, undone as a whole, and exported as it came."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from forums import clock
from forums.agreements import drafting, queries, review
from forums.agreements.imports import operations, undoing
from forums.agreements.imports.models import RegisterImport, RegisterRow
from forums.agreements.imports.operations import MOST_ROWS, hand_in
from forums.agreements.imports.queries import Reader as Eyes
from forums.agreements.imports.queries import counts
from forums.agreements.imports.reading import TITLES, Context, Mapping, guess, is_head, read
from forums.agreements.imports.words import FIELD_WORDS
from forums.agreements.models import Agreement, AmountEntry, CountedSigning, Project
from forums.columns import Bilingual
from forums.directory.models import Organisation
from forums.documents import tables
from forums.documents.tables import Lines, Unreadable, bare, read_text
from forums.editions.models import Edition
from forums.extensions import db
from forums.imports.operations import NotNow
from forums.jobs import operations as jobs
from forums.transaction import transaction
from tests.agreements.making import CODE, make_approved, make_draft, make_project
from tests.cast import Cast, make_edition, make_series
from tests.client import Reader

HOME = "/office/e/alu-2027/agreements/import"
HEADS = (
    "序号\t项目名称\t投资方/乙方\t统一社会信用代码\t甲方\t投资额（万元）\t"
    "协议类型\t合同/协议/意向\t签约日期\t联系人\t备注\n"
)
ROWS = (
    HEADS
    + f"1\t铝板带项目（示例）\t示例板带有限公司\t{CODE}\t示例县人民政府\t30,000\t"
    + "项目投资\t合同\t2097-03-18\t某人\t一期\n"
    + "2\t再生铝项目（示例）\t示例再生有限公司\t\t示例县人民政府\t约2亿元\t意向\t\t2097年3月18日\t\t\n"
    + "3\t研发合作（示例）\t示例大学\t\t\t\t技术合作\t协议\t\t\t\n"
    + "\t合计\t\t\t\t60000\n"
)


def bring(edition: Edition, cast: Cast, rows: str | Lines = ROWS, **changes: object) -> RegisterImport:
    """Hand a sheet in as staff, and read it with these changes to what was guessed."""
    lines = tables.marked(Lines(read_text(rows))) if isinstance(rows, str) else rows
    with transaction():
        who, edition = cast.staff, db.session.get_one(Edition, edition.id)
        eyes = Eyes(who.id, sees_confidential=False)
        batch = hand_in(edition, lines, file_name="一览表.xlsx", language="zh", reader=eyes, actor=who.actor)
        if changes:
            operations.read_as(batch, Mapping.from_json({**batch.mapping, **changes}), reader=eyes)
    return batch


def run(batch: RegisterImport, cast: Cast) -> RegisterImport:
    with transaction():
        batch = db.session.get_one(RegisterImport, batch.id)
        eyes = Eyes(cast.staff.id, sees_confidential=False)
        job_id = operations.apply(batch, reader=eyes, actor=cast.staff.actor).id
    jobs.run(job_id)
    db.session.rollback()
    return db.session.get_one(RegisterImport, batch.id)


def verdicts(batch: RegisterImport) -> dict[int, str]:
    db.session.rollback()
    rows = select(RegisterRow.number, RegisterRow.verdict).where(RegisterRow.batch_id == batch.id)
    return {row[0]: row[1] for row in db.session.execute(rows.order_by(RegisterRow.number))}


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def workbook(*rows: list[object], sheets: tuple[str, ...] = ("签约表",)) -> Workbook:
    book = Workbook()
    book.active.title = sheets[0]
    for name in sheets[1:]:
        book.create_sheet(name)
    for row in rows:
        book[sheets[-1]].append(row)
    return book


def lines_of(book: Workbook) -> Lines:
    kept = BytesIO()
    book.save(kept)
    content = kept.getvalue()
    return tables.marked(tables.read_file(content, most=MOST_ROWS, is_head=is_head), content)


def complaints(cells: dict[str, str], **marks: list[int]) -> dict[str, str]:
    """What is wrong with a row of these fields."""
    mapping = Mapping(tuple(cells), titles=tuple(cells), unit="wan")
    found = read(list(cells.values()), mapping, Context(date(2027, 9, 20), []), **marks)
    return {one.field: str(one.message) for one in found} if isinstance(found, list) else {}


def test_a_sheet_is_drafted_in_its_order_and_taken_back_without_a_trace(
    edition: Edition, cast: Cast, page: Reader
) -> None:
    before = [count(model) for model in (Project, Agreement, AmountEntry, Organisation)]
    batch = bring(edition, cast)
    assert verdicts(batch) == {1: "heading", 2: "new", 3: "new", 4: "new", 5: "total"}
    assert batch.outcome["totals"] == [{"number": 5, "says": 6 * 10**10, "adds": 5 * 10**10}]
    assert [count(model) for model in (Project, Agreement, AmountEntry, Organisation)] == before
    batch = run(batch, cast)
    made = db.session.scalars(queries.agreements_of(db.session.get_one(Edition, edition.id))).all()
    said = [
        (row.signings[0].position, row.project.name.zh, row.kind, row.binding, row.review, row.drafted_by_id)
        for row in made
    ]
    me = cast.staff.id
    assert said == [
        (1, "铝板带项目（示例）", "investment", "contract", "drafted", me),
        (2, "再生铝项目（示例）", "intent", "intention", "drafted", me),
        (3, "研发合作（示例）", "technical", "agreement", "drafted", me),
    ]
    entries = [(row.fen, row.qualifier, row.source_text, row.source_page) for one in made for row in one.entries]
    assert entries[:2] == [
        (3 * 10**10, "exact", "30,000万元", "sheet 一览表.xlsx, row 2"),
        (2 * 10**10, "about", "约2亿元", "sheet 一览表.xlsx, row 3"),
    ] or entries[0][3].endswith("2 行")
    assert made[0].project.organisation.credit_code == CODE
    assert [party.role for party in made[0].parties] == ["host", "investor"]
    assert bring(edition, cast).id != batch.id
    applied, batch_id = clock.now(), batch.id
    with clock.frozen(applied + timedelta(days=1)), transaction():
        assert undoing.undo(db.session.get_one(RegisterImport, batch_id), actor=cast.staff.actor) == 3
    assert [count(model) for model in (Project, Agreement, AmountEntry, Organisation)] == before
    open_ = select(func.count()).select_from(CountedSigning).where(CountedSigning.known_until.is_(None))
    assert db.session.scalar(open_) == 0
    moment = f"{applied + timedelta(hours=9):%Y-%m-%dT%H:%M}"
    then = page.sign_in(cast.staff).get(f"/office/series/alu/tallies/rows?pending=1&as_of={moment}")
    assert "import that was undone" in then.words
    with pytest.raises(NotNow), transaction():
        undoing.undo(db.session.get_one(RegisterImport, batch_id), actor=cast.staff.actor)


def test_nothing_is_undone_once_a_row_has_moved_on(edition: Edition, cast: Cast) -> None:
    batch = run(bring(edition, cast), cast)
    second = db.session.scalars(select(RegisterRow).where(RegisterRow.number == 3)).one()
    with transaction():
        row = db.session.get_one(Agreement, second.agreement_id)
        review.submit(row, version=row.version, actor=cast.staff.actor)
    with pytest.raises(undoing.InTheWay) as no, transaction():
        undoing.undo(db.session.get_one(RegisterImport, batch.id), actor=cast.staff.actor)
    assert str(no.value.message).endswith(": 3.")
    db.session.rollback()
    assert (count(Agreement), db.session.get_one(RegisterImport, batch.id).undone_at) == (3, None)


def test_each_wrong_cell_is_told_with_its_reason() -> None:
    good = {"name": "铝箔", "amount": "1000"}
    assert complaints(good) == {}
    for name, value, words in (
        ("amount", "-5", "negative"),
        ("amount", "很多", "cannot be read"),
        ("amount", "保密", "hides the amount"),
        ("amount", "5-8亿元", "range"),
        ("credit_code", "91340621MA0000011X", "check digit"),
        ("kind", "婚约", "not known"),
        ("signed_on", "2024-09-20", "more than a year"),
        ("signed_on", "昨天", "no date"),
        ("origin", "火星", "no province"),
        ("segment", "没有的", "no segment"),
        ("name", "", "no name"),
    ):
        assert words in complaints({**good, name: value}).get(name, ""), (name, value)
    assert "formula" in complaints(good, formulas=[1])["amount"]
    assert "merged" in complaints(good, joined=[1])["amount"]


def test_every_word_of_the_heads_is_understood_in_both_languages(edition: Edition) -> None:
    from flask_babel import force_locale  # noqa: PLC0415

    for locale in ("zh_Hans_CN", "en"):
        with force_locale(locale):
            heads = [str(word) for word in FIELD_WORDS.values()]
        found = guess([tables.Line(1, tuple(heads))], edition.starts_on)
        assert found.columns == tuple(FIELD_WORDS), locale
    assert set(TITLES) == set(FIELD_WORDS)
    assert bare("投资额（万元）") == "投资额"


def test_workbooks_are_read_where_the_heads_stand_with_merged_cells_and_formulas(edition: Edition, cast: Cast) -> None:
    book = workbook(
        ["2027年签约项目一览表"],
        ["单位：亿元"],
        ["序号", "项目名称", "甲方", "总投资", "签约日期"],
        [1, "甲项目", "示例县", 3.3, date(2097, 3, 18)],
        [2, "乙项目", None, "=1+1", date(2097, 3, 18)],
        [3, "丙项目", None, 0.1, 72032],
        ["注：以上为示例"],
        sheets=("说明", "一览表"),
    )
    book["说明"].append(["填写说明"])
    book["一览表"].merge_cells("C4:C6")
    book["一览表"].merge_cells("A1:E1")
    lines = lines_of(book)
    assert (lines.sheet, lines.formulas) == ("一览表", {(5, 3)})
    batch = bring(edition, cast, lines)
    assert verdicts(batch) == {1: "heading", 2: "heading", 3: "heading", 4: "new", 5: "wrong", 6: "new", 7: "remark"}
    made = run(batch, cast)
    amounts = db.session.scalars(select(AmountEntry.fen).order_by(AmountEntry.id)).all()
    assert (amounts, counts(made)["further"]) == ([33 * 10**9, 10**9], 0)
    hosts = select(func.count()).select_from(Organisation).where(Organisation.name == Bilingual("示例县"))
    assert db.session.scalar(hosts) == 1


def test_conflicts_are_decided_field_by_field_and_computed_again_at_apply(
    edition: Edition, cast: Cast, page: Reader
) -> None:
    make_approved(edition, cast, "3亿元", project=make_project(edition, cast, "铝板带项目（示例）"))
    sheet = HEADS + "\t铝板带（示例）\t\t\t\t50000\t项目投资\t合同\t2097-03-18\n\t铝箔\t\t\t\t100\t\t\t\t\n"
    batch = bring(edition, cast, sheet)
    edition_id = edition.id
    assert verdicts(batch) == {1: "heading", 2: "conflict", 3: "new"}
    page.sign_in(cast.staff)
    shown = page.get(f"{HOME}/{batch.id}").words
    assert "ours: 300,000,000 yuan" in shown
    assert "sheet: 500,000,000 yuan" in shown
    page.post(f"{HOME}/{batch.id}/choices", {"choice-2": "increase", "choice-9x": "skip"})
    edition = db.session.get_one(Edition, edition_id)
    make_draft(edition, cast, "1亿元", project=make_project(edition, cast, "铝箔"))
    batch = run(batch, cast)
    assert verdicts(batch) == {1: "heading", 2: "further", 3: "conflict"}
    added = db.session.scalars(select(Agreement).order_by(Agreement.id.desc())).first()
    assert added is not None
    assert (added.relation, added.earlier_id is not None, added.amounts[0].fen) == ("increase", True, 5 * 10**10)
    assert verdicts(bring(db.session.get_one(Edition, edition_id), cast, sheet.replace("50000", "30000")))[2] == "same"
    page.get(f"{HOME}/{batch.id}?verdict=conflict")
    page.language = "zh"
    page.get(f"{HOME}/{batch.id}")


def test_a_confidential_amount_cannot_be_guessed_by_importing(edition: Edition, cast: Cast, page: Reader) -> None:
    secret = make_project(edition, cast, "秘密项目", confidential=True)
    row = make_draft(edition, cast, "1.37亿元", project=secret)
    with transaction():
        row = db.session.get_one(Agreement, row.id)
        row.drafted_by_id = cast.organizer.id
        row.hands.clear()
    sheet = HEADS + "\t秘密项目\t\t\t\t13700\t项目投资\t合同\t2097-03-18\n"
    batch = bring(edition, cast, sheet)
    assert verdicts(batch)[2] == "conflict"
    page.sign_in(cast.staff)
    assert "ours: confidential" in page.get(f"{HOME}/{batch.id}").words
    for url in ("/office/e/alu-2027/agreements/register", "/office/series/alu/projects/register"):
        text = page.get(f"{url}.csv?unit=yi").text
        assert ("1.37" in text, "confidential" in text) == (False, True)
        cells = [
            cell.value
            for sheet in load_workbook(BytesIO(page.get(f"{url}.xlsx").response.data))
            for one in sheet
            for cell in one
        ]
        assert not [cell for cell in cells if "137" in str(cell).replace(".", "")]
    assert "13700" not in page.sign_in(cast.organizer).get(f"{HOME}/{batch.id}").source
    page.sign_in(cast.reviewer)
    assert "1.37" in page.get("/office/e/alu-2027/agreements/register.csv?unit=yi").text


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_an_exported_register_comes_back_with_the_same_tally(
    edition: Edition, cast: Cast, page: Reader, ending: str
) -> None:
    edition_id, day = edition.id, edition.starts_on
    with transaction():
        series = db.session.get_one(Edition, edition_id).series
        segment = drafting.add_segment(series, Bilingual("板带箔", "Sheet"), actor=cast.organizer.actor).id
    one = make_project(edition, cast, "=1+1项目", segment_id=segment, content="年产10万吨", channel="business")
    first = make_approved(edition, cast, "约27.2亿元", project=one)
    increase = {"relation": "increase", "earlier_id": first.id, "position": 2, "kind": "supplementary"}
    make_draft(edition, cast, "1.5亿元", project=db.session.get_one(Project, one.id), **increase)
    make_draft(edition, cast, "", project=make_project(edition, cast, "未定"), position=3, binding="agreement")
    make_draft(edition, cast, "2亿元", project=make_project(edition, cast, "意向"), position=4, binding="intention")
    usd = {"kind": "technical", "basis": "technology", "position": 5}
    make_draft(edition, cast, "USD 5 million", project=make_project(edition, cast, "技术"), **usd)
    page.language = "zh"
    sent = page.sign_in(cast.staff).get(f"/office/e/alu-2027/agreements/register.{ending}?unit=yi").response.data
    other = make_edition(make_series("others"), slug="other-2027", starts_on=day)
    other_id, series_id = other.id, other.series_id
    with transaction():
        drafting.add_segment(other.series, Bilingual("板带箔", "Sheet"), actor=cast.organizer.actor)
    content = tables.read_file(sent, most=MOST_ROWS, is_head=is_head)
    batch = run(bring(other, cast, tables.marked(content, sent)), cast)
    assert [one["says"] - one["adds"] for one in batch.outcome["totals"]] == [0] * (2 if ending == "xlsx" else 1)
    both = [_counted(place) for place in (edition_id, other_id)]
    assert both[0] == both[1]
    assert len(both[1]) == 5
    copy = db.session.scalars(select(Project).where(Project.series_id == series_id).order_by(Project.id)).first()
    assert copy is not None
    assert (copy.name.zh, copy.content, copy.agreements[0].amounts[0].qualifier) == ("=1+1项目", "年产10万吨", "about")


def _counted(edition_id: int) -> list[str]:
    """Every figure that a tally adds up, of drafts too."""
    series = db.session.get_one(Edition, edition_id).series
    credits_ = queries.credited(series, reviews=queries.EVERY_STATE)
    return sorted(
        str((one.column, one.projects, one.fen, one.currency, one.reason, one.row.channel, one.row.kind))
        for one in credits_
    )


def test_hostile_sheets_are_refused_with_what_was_pasted_kept(edition: Edition, cast: Cast, page: Reader) -> None:
    page.sign_in(cast.staff)
    for text, words in (
        ("项目名称\t金额\n" + "甲\t1\n" * 5001, "more than 5000 rows"),
        ("\t\t", "nothing"),
    ):
        shown = page.post(f"{HOME}/rows", {"rows": text}, expected=200)
        assert words in shown.words
    twice = "项目名称\t项目名称\t投资额\t投资额\n甲\t乙\t1\t2\n"
    page.post(f"{HOME}/rows", {"rows": twice})
    batch = db.session.scalars(select(RegisterImport).order_by(RegisterImport.id.desc())).first()
    assert batch is not None
    assert batch.mapping["columns"] == ["name", "", "amount", ""]
    assert "no unit" in page.get(f"{HOME}/{batch.id}").words
    wrong = page.get(f"{HOME}/{batch.id}.csv?verdict=wrong").text
    assert len(list(csv.reader(StringIO(wrong)))) == 2
    columns = {f"column-{at}": name for at, name in enumerate(["name", "", "", "amount"])}
    chosen = {"title_row": "1", "unit": "yi", "kind": "investment", "binding": "agreement", "basis": "total_investment"}
    page.post(f"{HOME}/{batch.id}/mapping", {**columns, **chosen, "channel": "", "signed_on": "2097-03-18"})
    assert verdicts(batch)[2] == "new"
    page.post(f"{HOME}/rows", {"rows": twice.replace("乙", "丙")})
    later = db.session.scalars(select(RegisterImport).order_by(RegisterImport.id.desc())).first()
    assert later is not None
    assert (later.mapping["columns"], later.mapping["unit"]) == (["name", "", "", "amount"], "yi")
    page.post(f"{HOME}/{later.id}/deletion")
    for url in (HOME, f"{HOME}/{batch.id}", f"{HOME}/blank.csv"):
        page.sign_in(cast.staff).get(url)
        page.sign_in(cast.auditor).get(url, expected=403)
        page.sign_in(cast.outsider).get(url, expected=404)


def test_bombs_are_refused() -> None:
    with pytest.raises(Unreadable):
        tables.read_file(b"PK\x03\x04" + b"\0" * 2000, is_head=is_head)
    kept, bomb = BytesIO(), BytesIO()
    workbook(["项目名称", "金额"], ["甲", 1]).save(kept)
    with ZipFile(kept) as source, ZipFile(bomb, "w") as target:
        for name in source.namelist():
            merged = b'</sheetData><mergeCells><mergeCell ref="A2:XFD1048576"/></mergeCells>'
            target.writestr(name, source.read(name).replace(b"</sheetData>", merged))
    lines = tables.read_file(bomb.getvalue(), is_head=is_head)
    assert tables.marked(lines, bomb.getvalue()).joined == frozenset()
