"""What anybody sees: the front page, a series, an edition, and its door."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from forums.clock import now
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.extensions import db
from forums.transaction import transaction
from tests.agenda.make import make_expert, make_session
from tests.cast import Cast, make_edition, make_series
from tests.client import Reader


def titles(page: object) -> list[str]:
    return [link.text_content() for link in page.find("//main//h3/a | //main//ol[@class='past']/li/a")]  # type: ignore[attr-defined]


@pytest.mark.usefixtures("app")
def test_an_empty_front_page_says_that_nothing_is_announced(page: Reader) -> None:
    assert "No event is announced yet" in page.get("/").words


@pytest.mark.usefixtures("app")
def test_the_front_page_lists_what_comes_first_and_then_the_past_by_series(page: Reader) -> None:
    series = make_series()
    for slug, year, published in (
        ("late", 2098, True),
        ("soon", 2096, True),
        ("old", 2016, True),
        ("secret", 2095, False),
    ):
        make_edition(
            series,
            slug=slug,
            published=published,
            title=Bilingual("", slug),
            starts_on=date(year, 3, 18),
            ends_on=date(year, 3, 19),
        )
    assert titles(page.get("/")) == ["soon", "late", "Aluminium Forum (synthetic)", "old"]


@pytest.mark.usefixtures("app")
def test_the_front_page_takes_as_many_queries_for_thirty_editions_as_for_one(page: Reader) -> None:
    series = make_series()
    make_edition(series, slug="first")
    few = len(page.get("/").queries)
    for number in range(29):
        make_edition(series, slug=f"edition-{number}")
    assert len(page.get("/").queries) == few


def test_a_series_shows_its_published_editions(page: Reader, edition: Edition) -> None:
    make_edition(edition.series, slug="draft", published=False, title=Bilingual("草案", "A draft"))
    assert titles(page.get("/series/alu")) == ["Aluminium Summit 2027 (synthetic)"]


def test_a_draft_is_there_for_its_organiser_only(page: Reader, cast: Cast) -> None:
    make_edition(slug="draft", published=False)
    page.get("/e/draft/", expected=404)
    assert "Draft: only staff see this page" in page.sign_in(cast.organizer).get("/e/draft/").words
    page.sign_in(cast.outsider).get("/e/draft/", expected=404)


def test_the_same_page_in_both_languages(page: Reader, edition: Edition) -> None:
    english = page.get("/e/alu-2027/")
    assert english.h1 == "Aluminium Summit 2027 (synthetic)"
    assert "18–19 March 2097" in english.words
    page.language = "zh-CN"
    chinese = page.get("/e/alu-2027/")
    assert chinese.h1 == "2027 铝业高峰论坛（示例）"
    assert "2097年3月18日至19日" in chinese.words
    assert chinese.tree.get("lang") == "zh-Hans"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "Register"),
        ({"capacity": 0}, "Join the waiting list"),
        ({"registration_opens": datetime(2096, 1, 5, 1, 0, tzinfo=UTC)}, "It opens on 2096-01-05 09:00"),
        ({"registration_closes": datetime(2020, 1, 5, tzinfo=UTC)}, "Registration is closed"),
        ({"starts_on": date(2020, 1, 5), "ends_on": date(2020, 1, 6)}, "Registration is closed"),
    ],
)
@pytest.mark.usefixtures("app")
def test_the_ticket_says_how_its_door_stands(page: Reader, facts: dict[str, object], words: str) -> None:
    make_edition(**facts)
    stub = page.get("/e/alu-2027/").find("//div[@class='ticket-stub']")[0]
    assert words in " ".join(stub.text_content().split())


def test_an_edition_is_ahead_until_its_last_day_is_over_where_it_is_held(page: Reader, edition: Edition) -> None:
    edition_id = edition.id
    today_there = now().astimezone(edition.tz).date()
    for last_day, ahead in ((today_there, True), (today_there - timedelta(days=1), False)):
        with transaction():
            row = db.session.get_one(Edition, edition_id)
            row.starts_on = row.ends_on = last_day
        heading = page.get("/").find("//main//h2")[0].text_content()
        assert heading == ("Coming up" if ahead else "Held before")


def test_the_page_shows_a_few_sessions_and_experts_and_how_many_there_are(page: Reader, edition: Edition) -> None:
    li = make_expert("李雷", "Li Lei")
    han = make_expert("韩梅梅", "Han Meimei")
    for number in range(6):
        make_session(edition, f"Talk {number}", f"18 1{number}:00", f"18 1{number}:30", experts=(li,))
    make_session(edition, "Signing", "19 09:00", "19 10:00", kind="ceremony", experts=(han, li))
    make_session(edition, "Secret", "18 08:00", "18 09:00", state="draft", experts=(make_expert("王", "Wang"),))
    got = page.get("/e/alu-2027/")
    shown = [heading.text_content() for heading in got.find("//ol[@class='highlights']//h3")]
    assert shown == ["Talk 0", "Talk 1", "Talk 2", "Talk 3", "Signing"]
    assert [face.text_content() for face in got.find("//ul[@class='faces']//b")] == ["Li Lei", "Han Meimei"]
    facts = [row.text_content() for row in got.find("//div[@class='aside']//dl/*")]
    assert facts[facts.index("Sessions") + 1] == "7"
    assert facts[facts.index("Experts") + 1] == "2"


def test_the_page_takes_as_many_queries_for_forty_sessions_as_for_one(page: Reader, edition: Edition) -> None:
    expert = make_expert()
    make_session(edition, experts=(expert,))
    few = len(page.get("/e/alu-2027/").queries)
    edition = db.session.merge(edition, load=True)
    for number in range(40):
        make_session(edition, f"Talk {number}", experts=(expert,))
    assert len(page.get("/e/alu-2027/").queries) == few
