"""Statements: frozen exactly, numbered without gaps, approved by another person, verified, exported, compared."""

from __future__ import annotations

import csv
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO

import pytest
from flask import Flask
from flask_babel import force_locale
from openpyxl import load_workbook
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from forums import clock
from forums.agreements import drafting, review
from forums.agreements import queries as tallies
from forums.agreements.models import Agreement, Project
from forums.agreements.statements import comparison, operations, queries, writing
from forums.agreements.statements import content as contents
from forums.agreements.statements.models import Statement
from forums.agreements.statements.operations import Later, NotNow, SamePerson, Wanted
from forums.documents.register import known_as
from forums.editions.models import Edition, Series
from forums.extensions import db
from forums.statements import table_of
from forums.transaction import transaction
from tests.agreements.making import (
    cancel,
    five_years,
    make_approved,
    make_draft,
    make_evidence,
    make_project,
    project_facts,
)
from tests.cast import Cast
from tests.client import Reader

LIST = "/office/series/alu/statements"
START = datetime(2026, 3, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def freeze(
    series: Series, cast: Cast, *, edition: Edition | None = None, as_of: datetime | None = None, key: str = ""
) -> Statement:
    wanted = Wanted(edition=edition, as_of=as_of, basis="total_investment", unit="yi")
    with transaction():
        key = key or f"key-{db.session.scalar(select(text('count(*)')).select_from(Statement))}"
        return operations.draft(series, wanted, key=key, actor=cast.organizer.actor)


def series_of(edition_id: int) -> Series:
    db.session.rollback()
    return db.session.get_one(Edition, edition_id).series


def stored(row: Statement) -> Statement:
    db.session.rollback()
    found = queries.statement_in(row.series, row.name)
    assert found is not None
    return found


def correct(row: Agreement, cast: Cast, amount: str, reason: str) -> None:
    """Correct the amount, and have two others approve it."""
    proof = make_evidence(cast)
    with transaction():
        review.correct_amount(
            row, amount=amount, basis="total_investment", undisclosed=False, reason=reason, evidence=proof,
            version=row.version, actor=cast.staff.actor,
        )  # fmt: skip
    with transaction():
        review.verify(row, version=row.version, actor=cast.reviewer.actor)
        review.approve(row, version=row.version, actor=cast.reviewer2.actor)


def history(cast: Cast) -> tuple[Series, list[datetime]]:
    """Five days on which something happened, over two editions; and the moments after each."""
    first, second, *_ = five_years()
    with clock.frozen(day(1)):
        plain = make_approved(first, cast, "5亿元")
    with clock.frozen(day(2)):
        twin = make_approved(second, cast, "5亿元")
        make_approved(second, cast, "")
        make_draft(second, cast, "9亿元")
    with clock.frozen(day(3)), transaction():
        review.set_aside(twin.project, plain.project, reason="One code", actor=cast.reviewer.actor)
    with clock.frozen(day(4)):
        gone = make_approved(second, cast, "2亿元")
        correct(plain, cast, "4亿元", "Typing error")
    with clock.frozen(day(5)):
        cancel(gone, cast, gone.signings[0].signed_on)
    return series_of(first.id), [day(number) + timedelta(hours=1) for number in range(6)]


def test_a_statement_is_the_tally_of_its_moment_and_stays_so(cast: Cast) -> None:
    series, moments = history(cast)
    rows = [freeze(series, cast, as_of=at) for at in moments]
    assert [row.name for row in rows] == [f"{row.year}-{number:03}" for number, row in enumerate(rows, 1)]
    for row, at in zip(rows, moments, strict=True):
        tally = tallies.tally(series, see_confidential=True, as_of=at)
        head = row.content["headline"]
        assert contents.cell_of(head["contracted"]) == tally.total.contracted
        assert contents.cell_of(head["gross"]) == tally.gross
        assert head["set_aside"] == tally.set_aside
        shown = {line["key"]: contents.cell_of(line["contracted"]) for line in row.content["tables"]["editions"]}
        assert shown == {line.key: line.contracted for line in tally.editions if line.contracted or line.signings}
        assert queries.verify(stored(row)).holds
        with force_locale("en"):
            report = writing.write(row, contents.shown(row.content, see_confidential=True), "en")
        assert [table.faults() for section in report.sections for table in section.blocks if hasattr(table, "faults")]
        assert not [
            f for s in report.sections for block in s.blocks if hasattr(block, "faults") for f in block.faults()
        ]
    last = rows[-1].content["rows"]
    assert sorted(row["excluded"] for row in last) == ["", "", "again", "cancelled", "not_approved"]


def test_nothing_recorded_later_changes_a_statement_even_in_the_same_moment(edition: Edition, cast: Cast) -> None:
    with clock.frozen(day(1)):
        make_approved(edition, cast, "1亿元")
        row = freeze(edition.series, cast)
        make_approved(edition, cast, "2亿元")
    with clock.frozen(day(0)):
        make_approved(edition, cast, "3亿元")
    assert (row.projects, queries.verify(stored(row)).holds) == (1, True)
    assert freeze(series_of(edition.id), cast).projects == 3
    with pytest.raises(Later):
        freeze(series_of(edition.id), cast, as_of=clock.now() + timedelta(days=1))


def is_on_record(row: Statement) -> tuple[str, bool] | None:
    known = known_as(stored(row).sha256)
    return (known.kind, known.is_current) if known is not None else None


def test_two_people_and_a_number_that_is_given_once(edition: Edition, cast: Cast) -> None:
    agreement_id = make_approved(edition, cast).id
    row = freeze(edition.series, cast, key="the same form twice")
    assert freeze(series_of(edition.id), cast, key="the same form twice").id == row.id
    with pytest.raises(SamePerson), transaction():
        operations.approve(stored(row), sees_confidential=True, actor=cast.organizer.actor)
    assert known_as(stored(row).sha256) is None, "a draft is not on record"
    with transaction():
        operations.approve(stored(row), sees_confidential=True, actor=cast.reviewer.actor)
    assert db.session.get_one(Agreement, agreement_id).review == "locked"
    assert is_on_record(row) == ("statement", True)
    with pytest.raises(NotNow), transaction():
        operations.approve(stored(row), sees_confidential=True, actor=cast.reviewer2.actor)
    with transaction():
        operations.withdraw(stored(row), reason="Superseded", actor=cast.organizer.actor)
    assert is_on_record(row) == ("statement", False)
    assert stored(row).approved_by_id == cast.reviewer.id
    assert freeze(series_of(edition.id), cast).number == row.number + 1
    for values in ({"approved_by_id": cast.organizer.id}, {"state": "draft"}, {"withdrawn_reason": ""}):
        with pytest.raises(IntegrityError), transaction():
            db.session.execute(update(Statement).where(Statement.number == 1).values(values))
    with pytest.raises(RuntimeError), transaction():
        stored(row).unit = "wan"
    with pytest.raises(RuntimeError), transaction():
        db.session.delete(stored(row))


def test_verifying_finds_what_was_tampered_with(edition: Edition, cast: Cast) -> None:
    make_approved(edition, cast)
    row = freeze(edition.series, cast)
    content = json.loads(json.dumps(row.content))
    content["headline"]["contracted"]["fen"] += 1
    change = update(table_of(Statement)).values(content=content)
    with transaction():
        db.session.execute(change)
    found = queries.verify(stored(row))
    assert (found.is_intact, found.figures_follow, found.differing) == (False, False, [])
    with transaction():
        db.session.execute(text("UPDATE counted_signings SET kind = 'technical' WHERE known_until IS NULL"))
    assert queries.verify(stored(row)).differing == [(content["rows"][0]["agreement"], edition.id)]


def test_what_came_went_and_changed_gives_the_other_total_exactly(cast: Cast) -> None:
    series, moments = history(cast)
    rows = [freeze(series, cast, as_of=at) for at in moments]
    seen: list[tuple[str, ...]] = []
    for before in rows:
        for after in rows:
            found = comparison.compare(contents.read_entries(before.content), contents.read_entries(after.content))
            assert found.foots
            if rows.index(after) == rows.index(before) + 1:
                seen.append(tuple(move.status for move in found.moves))
    assert seen == [("came",), ("came", "came"), ("went",), ("changed", "came"), ("went",)]
    assert queries.before(rows[3], rows) is rows[2]


def test_the_pages_draft_approve_compare_verify_and_withdraw(edition: Edition, cast: Cast, page: Reader) -> None:
    agreement = make_approved(edition, cast, "5亿元", project=make_project(edition, cast, "=1+1 铝箔（示例）"))
    agreement_id = agreement.id
    page.sign_in(cast.auditor)
    assert "No statement yet" in page.get(LIST).words
    page.sign_in(cast.organizer)
    form = page.get(f"{LIST}/new")
    key = form.find("//input[@name='key']/@value")[0]
    typed = {"edition": "", "as_of": "", "basis": "total_investment", "unit": "yi", "definition": "", "key": key}
    wrong = page.post(f"{LIST}/new", {**typed, "as_of": "2199-01-01T00:00"}, expected=200)
    assert "not here yet" in wrong.words
    one = page.post(f"{LIST}/new", typed).location
    assert page.post(f"{LIST}/new", typed).location == one
    page.post(f"{one}/approval")
    assert "another person approves it" in page.get(one).words
    page.sign_in(cast.reviewer).post(f"{one}/approval")
    correct(db.session.get_one(Agreement, agreement_id), cast, "4亿元", "Two pages stuck together")
    page.sign_in(cast.organizer)
    two = page.post(f"{LIST}/new", {**typed, "key": key[::-1]}).location
    shown = page.get(f"{two}/comparison").words
    assert "It foots" in shown
    assert "500 million yuan → 400 million yuan; “Two pages stuck together”" in shown
    for url in (LIST, one, f"{one}/verification", f"{one}/rows", f"{one}/rows?excluded=1", f"{one}/comparison"):
        for page.language in ("zh", "en"):
            page.get(url)
    assert page.get(f"{one}/rows").find(f"//tbody//a[contains(@href, '/agreements/{agreement_id}')]")
    assert "Verified" in page.get(f"{one}/verification").words
    for name in ("comparison.xlsx", "comparison.csv"):
        page.get(f"{two}/{name}")
        page.get(f"{one}/{name}", expected=404)
    page.post(f"{one}/withdrawal", {"reason": ""}, expected=200)
    page.post(f"{one}/withdrawal", {"reason": "Page 2 was missing"})
    assert "Page 2 was missing" in page.get(one).words
    page.get(f"{two}/comparison?with=2026-999", expected=404)
    page.get(f"{LIST}/²-1", expected=404)
    page.sign_in(cast.staff).post(f"{two}/approval", expected=403)
    page.get(f"{LIST}/new", expected=403)


def test_exports_are_the_same_bytes_and_the_workbook_sums_itself(edition: Edition, cast: Cast, page: Reader) -> None:
    for amount in ("27.2亿元", "", "3.14159亿元"):
        make_approved(edition, cast, amount, project=make_project(edition, cast, '=HYPERLINK("x")'))
    make_approved(edition, cast, "2亿元", kind="intent", binding="intention")
    row = freeze(edition.series, cast)
    page.sign_in(cast.auditor)
    got = {
        name: [page.get(f"{LIST}/{row.name}/{name}").response.data for _ in range(2)]
        for name in ("zh.pdf", "en.pdf", "en.xlsx", "zh.csv", "content.json")
    }
    assert all(first == second for first, second in got.values())
    assert got["zh.pdf"][0].startswith(b"%PDF")
    told = json.loads(got["content.json"][0])
    assert contents.fingerprint(told["content"]) == told["sha256"] == row.sha256
    lines = list(csv.reader(StringIO(got["zh.csv"][0].decode("utf-8-sig"))))
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "+", "@"))]
    formulas = load_workbook(BytesIO(got["en.xlsx"][0]))
    values = load_workbook(BytesIO(got["en.xlsx"][0]), data_only=True)
    summed = 0
    for sheet in formulas:
        for cell in (cell for line in sheet.iter_rows() for cell in line if cell.data_type == "f"):
            if cell.value.startswith("=SUM("):
                column = [line[0].value for line in values[sheet.title][cell.value[5:-1]]]
                total = sum(value for value in column if isinstance(value, int | float))
                kept = values[sheet.title].cell(cell.row - 1, cell.column).value
                cached = values[sheet.title].cell(cell.row, cell.column).value
                assert total == pytest.approx(kept) == pytest.approx(cached)
                assert values[sheet.title].cell(cell.row + 1, cell.column).value == "yes"
                summed += 1
            else:
                assert cell.value.startswith("=IF(ABS(")
    assert summed == 6 * 6 + 4


def told(text_: str) -> list[str]:
    """Which confidential amounts a text tells, in yuan, fen or any unit; moments and checksums aside."""
    plain = re.sub(r"[0-9a-f]{16,}|\d{4}-\d\d-\d\d[T ][\d:.+]+", "", text_.replace(",", ""))
    return [
        tell for tell in ("1.37", "137", "1.73", "173", "6.73", "673", "7.77", "777", "14.5", "145") if tell in plain
    ]


def test_no_page_export_or_checksum_tells_a_confidential_amount(edition: Edition, cast: Cast, page: Reader) -> None:
    edition_id = edition.id
    make_approved(edition, cast, "5亿元")
    freeze(edition.series, cast)
    later = make_approved(series_of(edition_id).editions[0], cast, "1.37亿元", project=_secret(edition_id, cast))
    correct(later, cast, "1.73亿元", "It was 137 before")
    opened = make_approved(series_of(edition_id).editions[0], cast, "7.77亿元").project_id
    name = freeze(series_of(edition_id), cast).name
    with transaction():  # what becomes confidential afterwards is so in earlier statements too
        project, facts = db.session.get_one(Project, opened), project_facts(confidential=True)
        drafting.change_project(project, facts, actor=cast.reviewer.actor, reviewing=True, sees_confidential=True)
    one = f"{LIST}/{name}"
    page.sign_in(cast.organizer)
    for url in (one, f"{one}/rows", f"{one}/comparison", f"{one}/verification"):
        assert told(page.get(url).words) == [], url
    for file in ("zh.csv", "en.csv", "content.json", "comparison.csv"):
        assert told(page.get(f"{one}/{file}").response.data.decode("utf-8-sig")) == [], file
    for file in ("en.xlsx", "comparison.xlsx"):
        for data_only in (True, False):
            book = load_workbook(BytesIO(page.get(f"{one}/{file}").response.data), data_only=data_only)
            cells = [str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line if cell.value]
            assert told(" ".join(cells)) == [], file
    read = [statement for statement in page.get(one).queries if "statements.content" in statement]
    assert len(read) == 1  # what became secret later takes the rows
    content = page.get(f"{one}/content.json").json
    assert (content["withheld"], content["content"]["salt"]) == (True, None)
    page.post(f"{one}/approval")
    page.sign_in(cast.auditor)
    shown = page.get(one)
    assert "1.45 billion yuan" in shown.words
    assert not [statement for statement in shown.queries if "statements.content" in statement]
    content = page.get(f"{one}/content.json").json
    assert (content["state"], len(content["content"]["salt"])) == ("draft", 32)


def _secret(edition_id: int, cast: Cast) -> Project:
    return make_project(series_of(edition_id).editions[0], cast, confidential=True)


def test_a_large_statement_stays_quick_in_queries(edition: Edition, cast: Cast, page: Reader) -> None:
    make_approved(edition, cast)
    name = freeze(edition.series, cast).name
    urls = [LIST, f"{LIST}/{name}", f"{LIST}/{name}/rows", f"{LIST}/{name}/verification", f"{LIST}/{name}/comparison"]
    page.sign_in(cast.organizer)
    before = [len(page.get(url).queries) for url in urls]
    for _ in range(5):
        make_approved(series_of(1).editions[0], cast)
        freeze(series_of(1), cast)
    assert [len(page.get(url).queries) for url in urls] == before


def test_a_tally_on_the_screen_is_the_one_that_is_frozen(edition: Edition, cast: Cast, page: Reader) -> None:
    make_approved(edition, cast)
    page.sign_in(cast.organizer)
    link = page.get("/office/e/alu-2027/tallies?as_of=2031-05-06&rules=announced-1&basis=paid_in&unit=wan")
    (url,) = link.find("//div[@class='page-actions']/a[contains(@href, 'statements')]/@href")
    form = page.get(url)
    chosen = [form.find(f"//select[@name='{name}']/option[@selected]/@value") for name in ("edition", "basis", "unit")]
    assert chosen == [["alu-2027"], ["paid_in"], ["wan"]]
    assert form.find("//select[@name='definition']/option[@selected]/@value") == ["announced-1"]
    assert form.find("//input[@name='as_of']/@value") == ["2031-05-06T23:59:59"]
    page.get(f"{LIST}/new?edition=x&as_of=x&unit=%01&rules=&basis=")


def test_what_became_confidential_is_so_in_tallies_of_earlier_moments(
    edition: Edition, cast: Cast, page: Reader
) -> None:
    with clock.frozen(day(1)):
        project_id = make_approved(edition, cast, "7.77亿元").project_id
    with transaction():
        project, facts = db.session.get_one(Project, project_id), project_facts(confidential=True)
        drafting.change_project(project, facts, actor=cast.reviewer.actor, reviewing=True, sees_confidential=True)
    page.sign_in(cast.organizer)
    then = "as_of=2026-03-03"
    urls = [f"/office/series/alu/tallies{part}{then}" for part in ("?", "/rows?", ".csv?", "/way?")]
    for url in urls:
        got = page.get(url)
        assert told(got.words if got.tree is not None else got.text) == [], url
    page.sign_in(cast.auditor)
    assert told(page.get(urls[0]).words)


def test_numbers_have_no_gap_when_many_freeze_at_once(app: Flask, edition: Edition, cast: Cast) -> None:
    make_approved(edition, cast)
    series_id, by = edition.series_id, cast.organizer.actor
    wanted = Wanted(edition=None, as_of=None, basis="total_investment", unit="yi")

    def one(number: int) -> str:
        with app.app_context(), transaction():
            series = db.session.get_one(Series, series_id)
            return operations.draft(series, wanted, key=f"a form of somebody {number // 2}", actor=by).name

    db.session.remove()
    with ThreadPoolExecutor(6) as pool:
        names = sorted(pool.map(one, range(6)))
    assert [name[-3:] for name in names] == ["001", "001", "002", "002", "003", "003"]
    moments = db.session.scalars(select(Statement.as_of).order_by(Statement.number)).all()
    assert moments == sorted(set(moments))
