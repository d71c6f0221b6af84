"""What the tallies say of agreements that went through drafting and review."""

from __future__ import annotations

from datetime import date

import pytest

from forums.agreements import drafting, queries, review
from forums.agreements.counting import Row, credits_of
from forums.agreements.tally import Cell, KindLine, Line, Sum, Tables, band_above
from forums.agreements.vocabulary import BINDINGS
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.extensions import db
from forums.transaction import transaction
from tests.agreements.making import cancel, five_years, make_approved, make_draft, make_project, pass_review
from tests.cast import Cast
from tests.client import counted_queries

YI = 10**10


def cells(line: Line) -> tuple[tuple[int, int | None], tuple[int, int | None]]:
    return (line.contracted.projects, line.contracted.fen), (line.intended.projects, line.intended.fen)


def test_only_approved_rows_are_in_the_headline_and_the_rest_stands_beside(edition: Edition, cast: Cast) -> None:
    make_approved(edition, cast, "5亿元")
    pass_review(make_draft(edition, cast, "3亿元"), cast, until="verified")
    make_draft(edition, cast, "1亿元", kind="intent", binding="intention")
    tally = queries.tally(edition.series, see_confidential=True)
    assert cells(tally.total) == ((1, 5 * YI), (0, 0))
    assert tally.total.contracted_pending == Cell(1, 1, 3 * YI)
    assert tally.total.intended_pending == Cell(1, 1, 1 * YI)


def test_each_project_counts_once_over_five_years(cast: Cast) -> None:
    years = five_years()
    first = make_approved(years[0], cast, "5亿元")
    make_approved(years[1], cast, "5亿元", project=first.project, relation="again")
    make_approved(years[2], cast, "2亿元", project=first.project, relation="increase", earlier_id=first.id)
    intention = make_approved(years[0], cast, "3亿元", kind="intent", binding="intention")
    make_approved(years[3], cast, "4亿元", project=intention.project, relation="upgrade", earlier_id=intention.id)
    make_approved(years[4], cast, "", kind="technical", basis="technology")
    tally = queries.tally(years[0].series, see_confidential=True)
    assert cells(tally.total) == ((2, 11 * YI), (0, 0))
    assert [cells(line)[0] for line in tally.editions] == [(2, 8 * YI), (0, 0), (0, 2 * YI), (0, 1 * YI), (0, 0)]
    assert [line.signings for line in tally.editions] == [2, 1, 1, 1, 1]
    assert (tally.technical, tally.undisclosed, tally.set_aside) == (1, 1, 0)
    assert [(line.kind, line.agreements) for line in tally.kinds] == [
        ("investment", 4),
        ("technical", 1),
        ("intent", 1),
    ]
    second = queries.tally(years[0].series, years[2], see_confidential=True)
    assert cells(second.total) == ((0, 2 * YI), (0, 0))


def test_partitions_foot(cast: Cast) -> None:
    years = five_years()
    for number, year in enumerate(years):
        project = make_project(year, cast, f"项目{number}（示例）", channel=("forum", "business", "")[number % 3])
        make_approved(
            year, cast, f"{number + 1}.11亿元", project=project, binding=("contract", "agreement")[number % 2]
        )
        make_approved(year, cast, "1亿元", kind="intent", binding="intention")
    tally = queries.tally(years[0].series, see_confidential=True)
    assert cells(tally.total) == ((5, 15 * YI + 55 * YI // 100), (5, 5 * YI))
    for lines in (tally.editions, tally.bindings, tally.segments, tally.channels, tally.origins):
        assert sum(line.contracted.projects for line in lines) == 5
        assert sum(line.contracted.fen or 0 for line in lines) == tally.total.contracted.fen
        assert sum(line.intended.fen or 0 for line in lines) == tally.total.intended.fen
    assert tally.channels[-1].label == Bilingual("未填写", "Not stated")


def test_segments_are_the_series_own(edition: Edition, cast: Cast) -> None:
    with transaction():
        foil = drafting.add_segment(
            edition.series, Bilingual("板带箔", "Sheet, strip, foil"), actor=cast.organizer.actor
        )
    project = make_project(edition, cast, segment_id=foil.id)
    make_approved(edition, cast, "5亿元", project=project)
    make_approved(edition, cast, "2亿元")
    lines = queries.tally(edition.series, see_confidential=True).segments
    assert [(line.label.en, cells(line)[0]) for line in lines] == [
        ("Sheet, strip, foil", (1, 5 * YI)),
        ("Not stated", (1, 2 * YI)),
    ]


def test_duplicates_that_are_set_aside_count_at_the_project_they_stand_for(cast: Cast) -> None:
    years = five_years()
    make_approved(years[0], cast, "5亿元")
    twin = make_approved(years[1], cast, "5亿元")
    series = years[0].series
    assert cells(queries.tally(series, see_confidential=True).total)[0] == (2, 10 * YI)
    with transaction():
        original = years[0].series and queries.project_in(series, 1)
        assert original
        review.set_aside(twin.project, original, reason="One code", actor=cast.reviewer.actor)
    tally = queries.tally(series, see_confidential=True)
    assert (cells(tally.total)[0], tally.set_aside) == ((1, 5 * YI), 1)
    assert queries.tally(series, years[0], see_confidential=True).set_aside == 0
    assert queries.tally(series, years[1], see_confidential=True).set_aside == 1


def test_cancelled_agreements_show_gross_cancelled_and_net(edition: Edition, cast: Cast) -> None:
    make_approved(edition, cast, "5亿元")
    row = make_approved(edition, cast, "3亿元")
    cancel(row, cast, edition.ends_on)
    tally = queries.tally(edition.series, see_confidential=True)
    assert (tally.gross.fen, tally.cancelled.fen, tally.total.contracted.fen) == (8 * YI, 3 * YI, 5 * YI)


def test_other_currencies_and_bases_are_never_added(edition: Edition, cast: Cast) -> None:
    make_approved(edition, cast, "5亿元")
    make_approved(edition, cast, "USD 5 million")
    make_approved(edition, cast, "3亿元", basis="contracted_inbound")
    tally = queries.tally(edition.series, see_confidential=True)
    assert cells(tally.total)[0] == (3, 5 * YI)
    assert tally.total.contracted.disclosed == 2
    assert tally.foreign == [("USD", 1, Cell(1, 1, 500_000_000))]


def test_a_confidential_amount_cannot_be_had_by_subtraction(edition: Edition, cast: Cast) -> None:
    make_approved(edition, cast, "5亿元")
    secret = make_project(edition, cast, confidential=True, channel="agent")
    make_approved(edition, cast, "1.3亿元", project=secret)
    allowed = queries.tally(edition.series, see_confidential=True)
    others = queries.tally(edition.series, see_confidential=False)
    assert (allowed.total.contracted.fen, others.total.contracted) == (63 * YI // 10, Cell(2, 2, None, 10 * YI))
    assert {line.key: line.contracted for line in others.channels} == {
        "forum": Cell(1, 1, 5 * YI),
        "agent": Cell(1, 1, None, 2 * YI),
    }
    assert others.withholds
    assert not allowed.withholds


def test_a_band_is_never_below_its_amount() -> None:
    assert [band_above(fen) for fen in (1, 100, 101, 63 * YI // 10, 10 * YI)] == [100, 100, 200, 10 * YI, 10 * YI]
    assert Sum(1, 1, 5) + Sum(2, 1, 3, 7, 1) - Sum(1, 1, 3, 7, 1) == Sum(2, 1, 5)


@pytest.mark.parametrize("at_edition", [False, True])
def test_a_tally_takes_the_same_queries_for_one_and_for_thirty_projects(
    edition: Edition, cast: Cast, at_edition: bool
) -> None:
    edition_id = edition.id

    def asked() -> int:
        db.session.remove()
        row = db.session.get_one(Edition, edition_id)
        series = row.series
        with counted_queries() as seen:
            queries.tally(series, row if at_edition else None, see_confidential=False)
        return len(seen)

    make_approved(edition, cast)
    once = asked()
    for _ in range(29):
        make_draft(db.session.get_one(Edition, edition_id), cast)
    assert asked() == once


def published(kind: str, binding: str, count: int, fen: int, start: int) -> list[Row]:
    """So many projects that add up to what was published: the last one takes what the others leave."""
    each = fen // count
    return [
        Row(
            start + n, start + n, 1, date(2017, 5, 1), n, kind, binding, "first", "approved", False,
            each if n else fen - each * (count - 1), "CNY", None, "forum", "61", False, start + n,
        )
        for n in range(count)
    ]  # fmt: skip


def test_the_published_figures_of_tongchuan_come_out_when_their_rows_go_in() -> None:
    """2017: contracts 175 / 42.326bn yuan, agreements 44 / 13.554bn, together 219 / 55.88bn."""
    rows = published("investment", "contract", 175, 42_326 * 10**8, 0)
    rows += published("investment", "agreement", 44, 13_554 * 10**8, 1000)
    live = credits_of(rows)
    tables = Tables(live=live, gross=live, all=live)
    lines = {line.key: line.contracted for line in tables.lines(BINDINGS, lambda credit: credit.binding)}
    assert lines == {
        "contract": Cell(175, 175, 42_326 * 10**8),
        "agreement": Cell(44, 44, 13_554 * 10**8),
    }
    assert tables.total().contracted == Cell(219, 219, 55_880 * 10**8)


def test_purchase_and_sale_stands_beside_the_projects_with_its_own_amount(edition: Edition, cast: Cast) -> None:
    """As at Tongchuan's other meeting: 20 projects of 13.71bn, and apart from these 44 sales of 14bn (here 2 and 3)."""
    for amount in ("6亿元", "7.71亿元"):
        make_approved(edition, cast, amount)
    for amount in ("5亿元", "9亿元", ""):
        make_approved(edition, cast, amount, kind="purchase")
    tally = queries.tally(edition.series, see_confidential=True)
    assert cells(tally.total)[0] == (2, 1371 * YI // 100)
    assert tally.kinds == [KindLine("investment", 2, None), KindLine("purchase", 3, Cell(3, 2, 14 * YI))]
