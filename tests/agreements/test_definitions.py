"""Named ways to count: made, versioned, chosen, compared; and tallies as of a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from forums import clock
from forums.agreements import queries
from forums.agreements.asked_views import moment_of
from forums.agreements.counting import SANMING
from forums.agreements.definitions import operations
from forums.agreements.definitions.queries import chosen_definition, definition, definitions_of
from forums.columns import Bilingual
from forums.editions.models import Edition, Series
from forums.errors import Refused
from forums.extensions import db
from forums.transaction import transaction
from tests.agreements.making import make_approved, make_project
from tests.cast import Cast
from tests.client import Reader

SERIES = "/office/series/alu"
COUNTING = f"{SERIES}/counting"
RULES = {"name_zh": "县报口径", "name_en": "County report", "once": "y", "merge_duplicates": "y", "increment_only": "y"}
YI = 10**10


@pytest.fixture
def signed(edition: Edition, cast: Cast) -> Edition:
    """A contract of 5亿 and an intention of 3亿, approved in 2090."""
    with clock.frozen(datetime(2090, 5, 1, tzinfo=UTC)):
        make_approved(edition, cast, "5亿元", project=make_project(edition, cast, "铝箔项目（示例）"))
        make_approved(edition, cast, "3亿元", kind="intent", binding="intention")
    return edition


def test_a_definition_is_made_compared_and_chosen(signed: Edition, cast: Cast, page: Reader) -> None:
    page.sign_in(cast.organizer)
    page.post(f"{COUNTING}/new", RULES)
    assert "County report (version 1)" in page.get(COUNTING).words
    assert "Nothing is different from version 1" in page.post(f"{COUNTING}/own1-1", RULES, expected=200).words
    page.post(f"{COUNTING}/own1-1", RULES | {"intentions_apart": "y"})
    compared = page.get(f"{COUNTING}/comparison?a=own1-1&b=own1-2")
    cells = [" ".join(cell.text_content().split()) for cell in compared.find("//tfoot/tr/td")]
    assert cells == ["2", "800.00", "1", "500.00", "0", "—", "1", "300.00"]
    assert "contracted, 1 · 300 million yuanfirst signingintended, 1 · 300 million yuan" in compared.words
    assert "Say why" in page.post(f"{COUNTING}/own1-1/choice", {"reason": " "}, expected=200).words
    page.post(f"{COUNTING}/own1-1/choice", {"reason": "The county counts so"})
    assert "The county counts so" in page.get(COUNTING).words
    series = db.session.scalars(select(Series).where(Series.slug == "alu")).one()
    assert chosen_definition(series).key == "own1-1"
    assert queries.tally(series, see_confidential=True).total.contracted.projects == 2
    assert "800 million yuan" in page.get(f"{SERIES}/tallies").words
    assert "500 million yuan" in page.get(f"{SERIES}/tallies?rules=sanming-1").words


def test_what_was_chosen_then_counts_as_of_then(signed: Edition, cast: Cast) -> None:
    series = signed.series
    with clock.frozen(datetime(2091, 1, 1, tzinfo=UTC)), transaction():
        apart = replace(SANMING, intentions_apart=False)
        operations.make(series, Bilingual("县报口径"), apart, actor=cast.organizer.actor)
        operations.choose(series, "own1-1", reason="So it is", actor=cast.organizer.actor)
    projects = [
        queries.tally(series, see_confidential=True, as_of=at).total.contracted.projects
        for at in (datetime(2090, 12, 31, tzinfo=UTC), None)
    ]
    assert projects == [1, 2]


def test_definitions_that_make_no_sense_are_refused(signed: Edition, cast: Cast) -> None:
    series, who = signed.series, cast.organizer.actor
    with transaction():
        operations.make(series, Bilingual("县报口径"), SANMING, actor=who)
    for attempt in (
        lambda: operations.make(series, Bilingual(), SANMING, actor=who),
        lambda: operations.make(series, Bilingual("县报口径"), SANMING, actor=who),
        lambda: operations.choose(series, "step-3", reason="x", actor=who),
        lambda: operations.choose(series, "nothing-1", reason="x", actor=who),
        lambda: operations.choose(series, "sanming-1", reason="x", actor=who),
    ):
        with pytest.raises(Refused), transaction():
            attempt()
    assert [one.key for one in definitions_of(series)] == ["sanming-1", "announced-1", "own1-1"]
    assert definition(series, "own1-²") is None


def test_a_tally_can_be_had_as_of_a_day_on_a_basis_and_in_every_file(signed: Edition, cast: Cast, page: Reader) -> None:
    page.sign_in(cast.auditor)
    assert "Nothing to count yet" in page.get(f"{SERIES}/tallies?as_of=2089-12-31").words
    then = page.get(f"{SERIES}/tallies?as_of=2090-05-01&basis=total_investment&rules=announced-1&unit=yi")
    assert "As of: 2090-05-01 23:59" in then.words
    assert "As announced, version 1" in then.words
    links = {link for link in then.find("//td/a/@href") if "rows" in link}
    assert all("as_of=2090-05-01" in link and "rules=announced-1" in link for link in links)
    for link in sorted(links)[:3]:
        assert "As of: 2090-05-01 23:59" in page.get(link).words
    book = load_workbook(BytesIO(page.get(f"{SERIES}/tallies.xlsx?as_of=2090-05-01").response.data))
    words = {str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line}
    assert "2090-05-01 23:59" in words
    assert "is no date" in page.get(f"{SERIES}/tallies?as_of=yesterday").words
    for extreme in ("0001-01-01", "9999-12-31", "0001-01-01T00:00", "2090-05-01T00:00:00+00:00"):
        page.get(f"{SERIES}/tallies?as_of={extreme}&basis=paid_in")


def test_the_way_to_net_is_a_picture_and_a_table(signed: Edition, cast: Cast, page: Reader) -> None:
    page.sign_in(cast.auditor)
    way = page.get(f"{SERIES}/tallies/way?unit=yi")
    assert [" ".join(row.text_content().split()) for row in way.find("//tbody/tr/td[last()]")] == [
        "8.00", "8.00", "8.00", "5.00", "5.00", "5.00", "5.00", "5.00",
    ]  # fmt: skip
    assert "Intentions apart −3.00" in way.find("//div[@role='img']/@aria-label")[0]
    step = next(link for link in way.find("//td/a/@href") if "a=step-2" in link)
    assert "Foil project" in page.get(step).words
    assert page.get("/office/e/alu-2027/tallies/way").find("//figure")


def test_sizes_are_a_partition_and_thresholds_overlap(signed: Edition, cast: Cast) -> None:
    make_approved(signed, cast, "20亿元")
    make_approved(signed, cast, "8000万元")
    make_approved(signed, cast, "")
    make_approved(signed, cast, "60亿元", project=make_project(signed, cast, confidential=True))
    seen = queries.tally(signed.series, see_confidential=True)
    hidden = queries.tally(signed.series, see_confidential=False)
    assert [(line.key, line.contracted.projects) for line in seen.sizes] == [
        ("under", 1), ("1", 1), ("10", 1), ("50", 1), ("undisclosed", 1),
    ]  # fmt: skip
    assert sum(line.contracted.fen or 0 for line in seen.sizes) == seen.total.contracted.fen
    assert [(line.key, line.contracted.projects) for line in seen.thresholds] == [
        ("100", 0), ("50", 1), ("10", 2), ("1", 3),
    ]  # fmt: skip
    assert [(line.key, line.contracted.projects) for line in hidden.sizes] == [
        ("under", 1), ("1", 1), ("10", 1), ("undisclosed", 1), ("confidential", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2027-03-18", datetime(2027, 3, 18, 15, 59, 59, 999999, tzinfo=UTC)),
        ("2027-03-18T10:00", datetime(2027, 3, 18, 2, tzinfo=UTC)),
        ("2027-03-18T10:00:00+00:00", datetime(2027, 3, 18, 10, tzinfo=UTC)),
        ("0001-01-01T00:00", None),
        ("9999-12-31T23:59-12:00", None),
        ("soon", None),
    ],
)
def test_a_day_means_its_end_where_the_edition_is(typed: str, moment: datetime | None) -> None:
    assert moment_of(typed, "Asia/Shanghai") == moment
