"""Does it foot? The tally against itself and the ledger, and published figures against their rows and against ours."""

from __future__ import annotations

import csv
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select, text

from forums.agreements.footing import pasting, published, queries
from forums.agreements.footing.models import PublishedVersion
from forums.agreements.footing.pasting import NoTable
from forums.editions.models import Edition, Series
from forums.extensions import db
from forums.transaction import transaction
from tests.agreements.making import cancel, five_years, make_approved, make_draft, make_project, pass_review
from tests.cast import Cast
from tests.client import Reader

HOME = "/office/series/alu/footing"
OURS = "//h2[@id='ours']/following::tbody[1]"
CONVENTION = """届次\t注册项目（个）\t开工项目（个）\t金额（亿元）
2018\t436\t407\t1,500.10
2019\t638\t599\t2,500.00
2020\t565\t508\t2,088.00
合计\t1,640\t1,515\t6,443.1"""
TONGCHUAN = "Class\tProjects\tAmount (billion yuan)\nContracts\t175\t42.326\nAgreements\t44\t13.554\nTotal\t219\t55.88"


def typed(**more: Any) -> dict[str, Any]:
    return {
        "title": "World Manufacturing Convention, 2018–2020",
        "source": "Published by the organisers",
        "published_on": "2020-09-12",
        "table": CONVENTION,
        "note": "",
        "key": "a key of one form",
        **more,
    }


def one() -> PublishedVersion:
    db.session.rollback()
    return db.session.scalars(select(PublishedVersion).order_by(PublishedVersion.id.desc()).limit(1)).one()


def checked(series_id: int) -> dict[tuple[str, str, str], queries.Check]:
    db.session.rollback()
    return {(c.part, c.name, c.column): c for c in queries.check(db.session.get_one(Series, series_id))[0]}


def test_the_convention_does_not_foot_and_the_page_says_by_how_much(edition: Edition, cast: Cast, page: Reader) -> None:
    page.sign_in(cast.organizer)
    url = page.post(f"{HOME}/published/new", typed()).location
    assert page.post(f"{HOME}/published/new", typed()).location == url
    row = one()
    sums = published.sums(row.columns, row.rows, row.total)
    assert [(found.summed, found.gap, found.share) for found in sums] == [
        (Decimal(1639), Decimal(1), Decimal("0.06")),
        (Decimal(1514), Decimal(1), Decimal("0.07")),
        (Decimal("6088.10"), Decimal("355.0"), Decimal("5.83")),
    ]
    shown = page.get(url).words
    assert (
        "does not foot: 注册项目(个) +1 (+0.06%); 开工项目(个) +1 (+0.07%); 金额 +35.5 billion yuan (+5.83%)." in shown
    )
    page.language = "zh"
    assert "金额 +355亿元" in page.get(url).words
    assert "+355亿元" in page.get(HOME).words
    got = list(csv.reader(StringIO(page.get(f"{url}/table.csv").response.data.decode("utf-8-sig"))))
    assert ["合计", "1640", "1515", "6443.1"] in got
    book = load_workbook(BytesIO(page.get(f"{url}/table.xlsx").response.data), data_only=True)
    assert [cell.value for line in book.worksheets[1].iter_rows() for cell in line].count("否") == 6


def test_tongchuan_foots(edition: Edition, cast: Cast, page: Reader) -> None:
    page.sign_in(cast.organizer)
    url = page.post(f"{HOME}/published/new", typed(table=TONGCHUAN)).location
    assert "The rows add up to the published total in every column" in page.get(url).words
    row = one()
    assert pasting.read(pasting.typed(row.columns, row.rows, row.total)) == (row.columns, row.rows, row.total)


@pytest.mark.parametrize(
    ("text_", "says"),
    [
        ("", "title"),
        ("only one line", "one line"),
        ("A\nB", "one column only"),
        ("\tA\nx\tyy", "Line 2"),
        ("\tA\nx\t1\t2", "more cells"),
        ("\tA\nTotal\t1", "no row"),
        ("\tA\nx\t1\nTotal\t1\n合计\t1", "second total"),
        ("\tA\nx\t" + "9" * 30, "too many digits"),
        ("\tA\nx\t1e9", "no number"),
        ("\tA\nx\tNaN", "no number"),
    ],
)
def test_what_is_no_table_is_told_by_its_line(
    text_: str, says: str, edition: Edition, cast: Cast, page: Reader
) -> None:
    if text_:
        with pytest.raises(NoTable) as no:
            pasting.read(text_)
        assert says in str(no.value.message)
        return
    page.sign_in(cast.organizer)
    kept = page.post(f"{HOME}/published/new", typed(table="\tA\nx\tyy", title=""), expected=200)
    assert "Give the table a title" in kept.words
    assert kept.find("//textarea[@name='table']")[0].text.strip() == "A\nx\tyy"
    assert db.session.scalar(select(func.count()).select_from(PublishedVersion)) == 0


def test_a_tied_figure_stands_beside_ours_with_the_rows_that_make_the_gap(cast: Cast, page: Reader) -> None:
    first, second, *_ = five_years()
    make_approved(first, cast, "5亿元")
    make_approved(second, cast, "3亿元")
    cancelled = make_approved(second, cast, "2亿元")
    cancel(cancelled, cast, second.starts_on)
    cancelled_id, editions = cancelled.id, [first.id, second.id]
    page.sign_in(cast.organizer)
    table = "\tProjects\tAmount (100 million yuan)\n2016\t1\t5\n2017\t2\t5\nTotal\t3\t10"
    url = page.post(f"{HOME}/published/new", typed(table=table)).location
    tie = {
        "version": "1", "column-0": "projects_signed", "column-1": "amount_signed_total",
        "row-0": editions[0], "row-1": editions[1], "total": "series",
    }  # fmt: skip
    page.post(f"{url}/ties", {**tie, "column-0": "amount_signed_total"})
    page.post(f"{url}/ties", {**tie, "row-0": "999"})
    page.post(f"{url}/ties", tie)
    page.post(f"{url}/ties", tie)  # sent again: the second is told, and changes nothing
    shown = page.get(url)
    gaps = [" ".join(cell.text_content().split()) for cell in shown.find(f"{OURS}/tr/td[4]")]
    listed = "differs +1 Signed there, and not counted there: Foil project (synthetic)"
    made = "differs +200 million yuan Exactly the gap: Foil project (synthetic)"
    assert gaps == ["✓ foots", "✓ foots", listed, made, listed, made]
    assert len(shown.find(f"{OURS}//a[contains(@href, '/agreements/{cancelled_id}')]")) == 4
    page.post(f"{url}/facts", typed(table=table.replace("2017\t2", "2017\t1"), version="1"), expected=200)
    page.post(f"{url}/facts", typed(table=table.replace("2017\t2", "2017\t1"), version="2"))
    row = one()
    assert (row.version, [line["edition"] for line in row.rows], row.columns[1]["figure"]) == (
        3, editions, "amount_signed_total",
    )  # fmt: skip
    assert "version 2, which was changed later" in page.get(f"{url}?version=2").words
    page.post(f"{url}/removal")
    assert "Out of use" in page.get(HOME).words
    page.post(f"{url}/restoration")
    page.sign_in(cast.staff).post(f"{url}/ties", tie, expected=403)
    page.get(f"{HOME}/published/999", expected=404)


def test_no_guess_at_a_confidential_amount_is_answered(edition: Edition, cast: Cast, page: Reader) -> None:
    edition_id = edition.id
    make_approved(edition, cast, "1.37亿元", project=make_project(edition, cast, confidential=True))
    make_approved(db.session.get_one(Edition, edition_id), cast, "5亿元")
    page.sign_in(cast.organizer)
    answers = []
    for guess in ("6.37", "6.38"):
        table = typed(table=f"\tAmount (亿元)\nalu\t{guess}", key=f"a key for the guess {guess}")
        url = page.post(f"{HOME}/published/new", table).location
        page.post(f"{url}/ties", {"version": "1", "column-0": "amount_signed_total", "row-0": edition_id})
        shown = page.get(url)
        answers.append(" ".join(shown.find(f"{OURS}/tr/td[position() > 2]")[1].text_content().split()))
    assert answers == ["cannot be told: it would give a confidential amount away"] * 2
    source = page.get(HOME).words + page.get(f"{HOME}/checks.csv").response.data.decode()
    assert not [tell for tell in ("1.37", "137.00", "637.00") if tell in source]
    page.sign_in(cast.auditor)
    assert "637.00" in page.get(HOME).words


def test_a_series_of_every_kind_foots_and_a_change_behind_the_tally_does_not(cast: Cast, page: Reader) -> None:
    years = five_years()
    series_id = years[0].series_id
    shared = {"kind": "intent", "binding": "intention"}
    firm = make_approved(years[0], cast, "6亿元", **shared)
    project = firm.project
    make_approved(years[1], cast, "7亿元", project=project, relation="upgrade", earlier_id=firm.id)
    make_approved(
        years[2], cast, "1亿元", project=project, kind="supplementary", relation="increase", earlier_id=firm.id
    )
    moved = make_approved(years[0], cast, "4亿元")
    make_approved(years[3], cast, "5亿元", project=moved.project, relation="investor_change", earlier_id=moved.id)
    framework = make_approved(years[0], cast, "9亿元", kind="framework", binding="agreement")
    make_approved(years[1], cast, "9亿元", project=framework.project, relation="again")
    make_approved(years[1], cast, "3亿元", kind="framework", binding="agreement")
    lost = make_approved(years[1], cast, "8亿元")
    make_approved(
        years[2], cast, "2亿元", project=lost.project, relation="investor_change", earlier_id=lost.id, **shared
    )
    make_approved(years[2], cast, "USD 5 million")
    make_approved(years[2], cast, "800万元", kind="technical", binding="agreement")
    make_approved(years[2], cast, "", project=make_project(years[2], cast, confidential=True))
    cancel(make_approved(years[4], cast, "2亿元"), cast, years[4].starts_on)
    pass_review(make_draft(years[4], cast, "3亿元"), cast, until="submitted")
    loose, moved_id, firm_id = framework.id + 1, moved.id, firm.id
    found = checked(series_id)
    assert [key for key, check in found.items() if not check.foots] == []
    assert found["ledger", "projects", "contracted"].expected.projects == 6
    page.sign_in(cast.auditor)
    assert f"All {len(found)} checks of the tally foot" in page.get(HOME).words
    with transaction():
        db.session.execute(text("UPDATE agreements SET binding = 'intention' WHERE id = :id"), {"id": loose})
        db.session.execute(text("UPDATE amount_entries SET fen = fen + 1 WHERE agreement_id = :id"), {"id": firm_id})
        db.session.execute(text("DELETE FROM counted_signings WHERE agreement_id = :id"), {"id": moved_id})
    failed = {key[1]: check.rows for key, check in checked(series_id).items() if not check.foots}
    assert failed == {
        "projects": (loose,),
        "signings": (moved_id,),
        "amounts": (firm_id, moved_id),
    }
    for page.language in ("zh", "en"):
        assert page.get(HOME).find(f"//main//table//a[contains(@href, '/agreements/{moved_id}')]")
    page.get(f"{HOME}/checks.xlsx")


def test_pages_take_the_same_queries_however_much_is_published(edition: Edition, cast: Cast, page: Reader) -> None:
    page.sign_in(cast.organizer)
    urls = [HOME, page.post(f"{HOME}/published/new", typed()).location]
    before = [len(page.get(url).queries) for url in urls]
    for number in range(4):
        page.post(f"{HOME}/published/new", typed(key=f"another form's key {number}"))
        make_approved(db.session.get_one(Edition, 1), cast)
    assert [len(page.get(url).queries) for url in urls] == before
