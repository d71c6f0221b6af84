"""履约率, 开工率, 到位率: their terms, their rounding, and which projects are in them."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from io import StringIO

import pytest

from forums import clock
from forums.agreements import review
from forums.agreements.followup import stages
from forums.agreements.followup.rates import Rate, Rounding, Signed, rates_of
from forums.agreements.followup.signed import signed_projects
from forums.agreements.followup.stages import Move
from forums.agreements.models import Project
from forums.editions.models import Edition
from forums.extensions import db
from forums.transaction import transaction
from tests.agreements.making import five_years, make_approved, make_draft, make_project
from tests.cast import Cast
from tests.client import Reader

RATES = "/office/series/alu/followup/rates"


def test_weinan_comes_out_as_published() -> None:
    """292 contracts, 18 operating, 180 building, 93 in approvals: 67.8 % and 99.65 %, truncated."""
    stages_ = ["operating"] * 10 + ["full"] * 8 + ["started"] * 150 + ["completed"] * 30 + ["approvals"] * 93
    rows = [Signed(n, 1, stage) for n, stage in enumerate([*stages_, "contract"])]
    rates = rates_of(rows, see_confidential=True)
    assert (rates.signed, rates.operating, rates.building, rates.approvals) == (292, 18, 180, 93)
    assert (rates.start.numerator, rates.start.denominator) == (198, 292)
    assert (rates.start.shown(1, "truncated"), rates.start.shown(1, "half_up")) == ("67.8%", "67.8%")
    assert (rates.fulfilment.numerator, rates.fulfilment.denominator) == (291, 292)
    assert (rates.fulfilment.shown(2, "truncated"), rates.fulfilment.shown(2, "half_up")) == ("99.65%", "99.66%")


@pytest.mark.parametrize(
    ("numerator", "denominator", "decimals", "rounding", "shown"),
    [
        (1, 8, 1, "half_up", "12.5%"),
        (1, 8, 0, "half_up", "13%"),
        (1, 8, 0, "truncated", "12%"),
        (2, 3, 4, "half_up", "66.6667%"),
        (1, 1, 2, "half_up", "100.00%"),
        (0, 5, 1, "truncated", "0.0%"),
        (5, 0, 2, "half_up", "—"),
        (1249_999_999_999_999, 10**18, 2, "half_up", "0.12%"),
        (125, 10**5, 2, "half_up", "0.13%"),
    ],
)
def test_rounding_happens_once_and_exactly(
    numerator: int, denominator: int, decimals: int, rounding: Rounding, shown: str
) -> None:
    assert Rate(numerator, denominator).shown(decimals, rounding) == shown


def test_amounts_are_of_the_same_projects_and_hide_what_is_confidential() -> None:
    rows = [
        Signed(1, 1, "started", inbound=1000, paid=400),
        Signed(2, 1, "started", inbound=500),
        Signed(3, 1, "started", paid=70),
        Signed(4, 1, "started", inbound=9000, paid=9000, confidential=True),
    ]
    seen, hidden = (rates_of(rows, see_confidential=see) for see in (True, False))
    assert (seen.paid_in, seen.with_inbound, seen.with_paid, seen.paid_elsewhere) == (Rate(9400, 10500), 3, 2, 70)
    assert (hidden.paid_in, hidden.with_inbound, hidden.hidden, hidden.signed) == (Rate(400, 1500), 2, 1, 4)


def moved(project_id: int, to: str, cast: Cast) -> None:
    with transaction():
        row = db.session.get_one(Project, project_id)
        stages.move(row, Move(to, clock.now().date(), "As reported"), actor=cast.staff.actor)


def test_only_firm_credited_projects_are_signed_and_a_day_gives_what_was_on_record(cast: Cast, page: Reader) -> None:
    years = five_years()
    first, last = years[0].id, years[-1].id

    def at(number: int) -> Edition:
        return db.session.get_one(Edition, (first, last)[number])

    with clock.frozen(datetime(2020, 10, 1, 2, tzinfo=UTC)):
        building = make_approved(at(0), cast, "5亿元").project_id
        make_draft(at(0), cast, "", project=db.session.get_one(Project, building), kind="technical", relation="again")
        waiting = make_approved(at(1), cast, "3亿元").project_id
        make_approved(at(1), cast, "1亿元", kind="intent", binding="intention")
        make_draft(at(1), cast, "1亿元")
        twin = make_approved(at(1), cast, "5亿元").project_id
        inbound = make_approved(at(1), cast, "4亿元", basis="contracted_inbound").project_id
    with clock.frozen(datetime(2020, 11, 2, 2, tzinfo=UTC)):
        moved(building, "started", cast)
        moved(twin, "operating", cast)
        moved(waiting, "stalled", cast)
    with clock.frozen(datetime(2020, 11, 5, 2, tzinfo=UTC)):
        with transaction():
            into = db.session.get_one(Project, building)
            review.set_aside(db.session.get_one(Project, twin), into, reason="Same", actor=cast.reviewer.actor)
        moved(building, "operating", cast)
        series = at(0).series
        rows = {row.project_id: row for row in signed_projects(series)}
        assert {key: (row.edition_id, row.stage) for key, row in rows.items()} == {
            building: (first, "operating"), waiting: (last, "stalled"), inbound: (last, "agreement"),
        }  # fmt: skip
        assert rows[inbound].inbound == 40_000_000_000
        then = {row.project_id: row.stage for row in signed_projects(series, as_of=datetime(2020, 11, 3, tzinfo=UTC))}
        assert then == {building: "started", waiting: "stalled", twin: "operating", inbound: "agreement"}
        assert len(signed_projects(series, as_of=datetime(2020, 9, 30, tzinfo=UTC))) == 0
        page.sign_in(cast.auditor)
        shown = page.get(f"{RATES}?decimals=1&rounding=truncated")
        assert shown.find("//tfoot//strong/text()") == ["33.3%", "33.3%", "0.0%"]
        assert "1 / 3" in shown.words
        assert "truncated to 1 decimals" in shown.words
        for link in set(shown.find("//main//table//a/@href")):
            page.get(link)
        old = page.get(f"{RATES}?as_of=2020-11-02")
        assert old.find("//tfoot//td[1]/a/text()") == ["4"]
        rows_url = next(url for url in old.find("//tfoot//a/@href") if "group=building" in url)
        assert len(page.get(rows_url).find("//tbody/tr")) == 1
        table = list(csv.reader(StringIO(page.get(f"{RATES}.csv?decimals=0").response.data.decode("utf-8-sig"))))
        assert table[-1][:10] == ["The whole series", "3", "0", "0", "1", "33%", "33%", "400000000.00", "1 / 3", "0.00"]
        page.get(f"{RATES}.xlsx")
        page.get(f"{RATES}?as_of=x&decimals=99&rounding=x")
        page.get(f"{RATES}/rows?group=x&edition=x&page=9&amount=x&as_of=0001-01-01")


def test_the_pages_of_rates_take_a_constant_number_of_queries(edition: Edition, cast: Cast, page: Reader) -> None:
    edition_id = edition.id
    make_approved(edition, cast)
    page.sign_in(cast.staff)
    urls = (RATES, f"{RATES}/rows", f"{RATES}?as_of=2026-01-01")
    before = [len(page.get(url).queries) for url in urls]
    for _ in range(5):
        make_approved(db.session.get_one(Edition, edition_id), cast)
    assert [len(page.get(url).queries) for url in urls] == before


def test_confidential_amounts_stay_out_of_follow_up(edition: Edition, cast: Cast, page: Reader) -> None:
    edition_id = edition.id
    project = make_project(edition, cast, confidential=True)
    make_approved(edition, cast, "1.37亿元", project=project, basis="contracted_inbound")
    project_id = project.id
    make_approved(db.session.get_one(Edition, edition_id), cast, "5亿元", basis="contracted_inbound")
    urls = [
        RATES, f"{RATES}.csv", f"{RATES}/rows", f"{RATES}/rows?amount=inbound", "/office/series/alu/followup",
        "/office/series/alu/followup.csv", f"/office/series/alu/projects/{project_id}/followup",
    ]  # fmt: skip
    page.sign_in(cast.organizer)
    for url in urls:
        got = page.get(url)
        text = got.words if got.tree is not None else got.text
        assert not [tell for tell in ("1.37", "137", "637", "6.37") if tell in text], url
    assert "1 project with confidential amounts" in page.get(RATES).words
    page.sign_in(cast.reviewer)
    assert "637" in page.get(RATES).words
