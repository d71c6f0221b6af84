"""Next year's edition from this year's."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import select

from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.extensions import db
from forums.home.cloning import clone_edition
from forums.registrations.checkin.operations import PointFacts, add_point
from forums.registrations.checkin.queries import points_of
from forums.transaction import transaction
from tests.cast import SYSTEM, Cast, make_edition
from tests.client import Reader
from tests.registrations.make import make_registrations


def by_slug(slug: str) -> Edition:
    return db.session.scalars(select(Edition).where(Edition.slug == slug)).one()


def test_facts_and_halls_come_along_and_counts_start_at_nothing(app: object) -> None:
    source = make_edition(theme=Bilingual("轻量", "Light"), capacity=7)
    make_registrations(source, 3)
    with transaction():
        door = PointFacts(Bilingual("门", "Door"), both_ways=True, leads_to=source.halls[1])
        add_point(source, door, actor=SYSTEM)
    with transaction():
        row = clone_edition(
            source, slug="alu-2098", title=Bilingual("", "Next"), starts_on=date(2098, 3, 17), actor=SYSTEM
        )
    assert (row.state, row.taken, row.capacity, row.theme.en, row.series.slug) == ("draft", 0, 7, "Light", "alu")
    assert [(hall.code, hall.name.en, hall.capacity) for hall in row.halls] == [
        ("A", "Main Hall", 200),
        ("B", "Side Hall", 200),
    ]
    points = [(point.name.en, point.hall and point.hall.edition_id == row.id) for point in points_of(row)]
    assert points == [("Entrance", None), ("Door", True)]
    assert (source.state, source.taken) == ("published", 3)


def test_every_date_keeps_its_distance_by_the_clock_on_the_wall(app: object) -> None:
    # New York moves its clocks on 8 March 2026 and on 14 March 2027.
    source = make_edition(
        zone="America/New_York",
        starts_on=date(2026, 3, 11),
        ends_on=date(2026, 3, 12),
        registration_opens=datetime(2026, 3, 1, 14, 0, tzinfo=UTC),
        registration_closes=datetime(2026, 3, 10, 13, 0, tzinfo=UTC),
    )
    with transaction():
        row = clone_edition(source, slug="next", title=source.title, starts_on=date(2027, 3, 10), actor=SYSTEM)
    assert row.ends_on == date(2027, 3, 11)
    assert row.registration_opens == datetime(2027, 2, 28, 14, 0, tzinfo=UTC)
    assert row.registration_closes == datetime(2027, 3, 9, 14, 0, tzinfo=UTC)


def test_the_page_proposes_a_year_later_and_makes_the_draft(page: Reader, cast: Cast, edition: Edition) -> None:
    form = page.sign_in(cast.organizer).get("/office/e/alu-2027/next")
    assert form.find("//input[@name='starts_on']/@value") == ["2098-03-17"]
    assert form.find("//input[@name='slug']/@value") == ["alu-2098"]
    data = {"slug": "alu-2098", "title_zh": "下一届", "starts_on": "2098-03-17"}
    assert page.post("/office/e/alu-2027/next", data).location == "/office/e/alu-2098/"
    assert by_slug("alu-2098").title == Bilingual("下一届")


def test_a_name_that_is_taken_is_said_at_the_field(page: Reader, cast: Cast, edition: Edition) -> None:
    data = {"slug": "alu-2027", "title_en": "Again", "starts_on": "2098-03-17"}
    got = page.sign_in(cast.organizer).post("/office/e/alu-2027/next", data, expected=200)
    assert "There is an edition “alu-2027” already." in got.find("//p[@id='slug-error']")[0].text_content()


def test_a_day_beyond_the_calendar_is_refused(page: Reader, cast: Cast, edition: Edition) -> None:
    data = {"slug": "late", "title_en": "Late", "starts_on": "9999-12-31"}
    page.sign_in(cast.organizer).post("/office/e/alu-2027/next", data, expected=200)


def test_only_those_of_the_series_may(page: Reader, cast: Cast, edition: Edition) -> None:
    page.sign_in(cast.outsider).get("/office/e/alu-2027/next", expected=404)
    page.sign_in(cast.helper).get("/office/e/alu-2027/next", expected=403)
