from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from forums.editions import queries
from forums.editions.models import Edition
from forums.extensions import db
from tests.cast import Cast, make_edition
from tests.client import Reader

NEW = {
    "slug": "alu-2028",
    "kind": "forum",
    "title_zh": "铝箔论坛（示例）",
    "title_en": "Foil Forum (synthetic)",
    "starts_on": "2098-05-06",
    "ends_on": "2098-05-07",
    "zone": "Asia/Shanghai",
    "venue_zh": "会展中心",
    "capacity": "300",
    "registration_opens": "2098-01-01T09:00",
}


def test_an_organizer_makes_a_series_and_its_edition_and_publishes_it(page: Reader, cast: Cast) -> None:
    page.sign_in(cast.organizer)
    made = page.post("/office/series/new", {"slug": "foil", "title_zh": "铝箔论坛（示例）"})
    assert made.location == "/office/series/foil/editions/new"
    made = page.post(made.location, NEW)
    assert made.location == "/office/e/alu-2028/"
    page.get("/e/alu-2028/")
    page.sign_out().get("/e/alu-2028/", expected=404)
    page.sign_in(cast.organizer).post("/office/e/alu-2028/state/published")
    assert "Foil Forum (synthetic)" in page.sign_out().get("/e/alu-2028/").h1
    row = queries.edition_by_slug("alu-2028")
    assert row is not None
    assert row.registration_opens is not None
    assert (row.registration_opens.isoformat(), row.capacity, row.series.slug, row.registration_state) == (
        "2098-01-01T01:00:00+00:00",
        300,
        "foil",
        "not_open",
    )


def test_who_comes_second_at_the_same_moment_is_told_so(app: Flask, cast: Cast) -> None:
    readers = [Reader(app).sign_in(cast.organizer) for _ in range(6)]
    series = {"slug": "foil", "title_zh": "铝箔论坛（示例）"}
    forms = [{"csrf_token": reader.csrf(), **series} for reader in readers]
    at_once = threading.Barrier(len(readers))
    db.session.remove()

    def send(number: int) -> int:
        at_once.wait()
        return readers[number].client.post("/office/series/new", data=forms[number]).status_code

    with ThreadPoolExecutor(len(readers)) as pool:
        answers = sorted(pool.map(send, range(len(readers))))
    assert answers.count(303) == 1
    assert set(answers) <= {200, 303, 409}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", "has space"),
        ("slug", "alu-2027"),
        ("starts_on", "31-31-31"),
        ("starts_on", ""),
        ("ends_on", "2001-01-01"),
        ("zone", "Mars/Olympus"),
        ("capacity", "-1"),
        ("capacity", "9" * 30),
        ("capacity", "many"),
        ("kind", "party"),
        ("title_zh", "长" * 301),
        ("contact_email", "nobody"),
        ("registration_closes", "2001-01-01T00:00"),
    ],
)
def test_bad_editions_are_explained(page: Reader, cast: Cast, edition: Edition, field: str, value: str) -> None:
    answer = page.sign_in(cast.organizer).post("/office/series/alu/editions/new", NEW | {field: value}, expected=200)
    assert answer.find("//*[contains(@class, 'field-error')]")
    assert "铝箔论坛（示例）" in answer.text or field == "title_zh"
    assert queries.edition_by_slug("alu-2028") is None


@pytest.mark.parametrize(
    ("typed", "marked", "said"),
    [
        (
            {"registration_closes": NEW["registration_opens"]},
            ["registration_opens", "registration_closes"],
            "two moments",
        ),
        ({"ends_on": "2099-05-07"}, ["ends_on"], "from 2098-05-06 to 2099-05-07 it would last 367 days."),
    ],
)
def test_what_two_fields_say_together_is_told_at_them(
    page: Reader, cast: Cast, edition: Edition, typed: dict[str, str], marked: list[str], said: str
) -> None:
    page.sign_in(cast.organizer)
    for url in ("/office/series/alu/editions/new", "/office/e/alu-2027/facts"):
        answer = page.post(url, NEW | typed, expected=200)
        assert answer.find("//*[contains(@class, 'field-error')]/@id") == [f"{name}-error" for name in marked]
        assert said in answer.words


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_year_without_editions_is_refused_at_its_field(page: Reader, cast: Cast, edition: Edition, day: str) -> None:
    """One such row took the home of the office down, and letters with their calendar entries failed."""
    page.sign_in(cast.organizer)
    for url in ("/office/series/alu/editions/new", "/office/e/alu-2027/facts"):
        answer = page.post(url, NEW | {"starts_on": day, "ends_on": day}, expected=200)
        assert f"“{day}” is no day" in answer.find("//p[@id='starts_on-error']")[0].text_content()


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:59", "10000-01-01T00:00"])
def test_a_moment_beyond_the_calendar_is_quoted_at_its_field(
    page: Reader, cast: Cast, edition: Edition, moment: str
) -> None:
    page.sign_in(cast.organizer)
    for zone in ("Asia/Shanghai", "America/New_York"):
        answer = page.post("/office/e/alu-2027/facts", NEW | {"registration_opens": moment, "zone": zone}, expected=200)
        said = answer.find("//p[@id='registration_opens-error']")[0].text_content()
        assert f"“{moment}” is no day and time from 1900 to 2199" in said


def test_facts_and_halls_are_changed(page: Reader, cast: Cast, edition: Edition) -> None:
    page.sign_in(cast.organizer)
    page.post("/office/e/alu-2027/facts", {key: value for key, value in NEW.items() if key != "slug"})
    page.post("/office/e/alu-2027/halls", {"code": "C", "name_zh": "三号厅", "capacity": "80"})
    answer = page.post("/office/e/alu-2027/halls", {"code": "A", "name_zh": "重复"}, expected=200)
    assert "There is a hall “A” already." in answer.words
    row = queries.edition_by_slug("alu-2027")
    assert row is not None
    assert (row.title.en, [hall.code for hall in row.halls]) == ("Foil Forum (synthetic)", ["A", "B", "C"])
    hall_id = row.halls[2].id
    page.post(f"/office/e/alu-2027/halls/{hall_id}", {"code": "C1", "name_zh": "三号厅", "capacity": ""})
    row = queries.edition_by_slug("alu-2027")
    assert row is not None
    assert (row.halls[2].code, row.halls[2].capacity) == ("C1", None)


def capacity() -> int | None:
    edition = queries.edition_by_slug("alu-2027")
    return edition.capacity if edition else None


def test_who_saves_an_edition_that_somebody_else_changed_is_told(page: Reader, cast: Cast, edition: Edition) -> None:
    url = "/office/e/alu-2027/facts"
    [seen] = page.sign_in(cast.organizer).get(url).find("//input[@name='seen']/@value")
    page.post(url, NEW | {"seen": seen, "capacity": "120"})
    late = page.post(url, NEW | {"seen": seen, "title_en": "Foil Congress", "capacity": "90"}, expected=200)
    assert "Somebody has changed this edition since you opened it" in late.words
    assert late.find("//input[@name='title_en']/@value") == ["Foil Congress"]  # nothing typed is lost
    assert capacity() == 120
    [seen] = page.get(url).find("//input[@name='seen']/@value")
    page.post(url, NEW | {"seen": seen, "capacity": "90"})
    assert capacity() == 90


def test_a_step_that_cannot_be_is_refused(page: Reader, cast: Cast, edition: Edition) -> None:
    page.sign_in(cast.organizer)
    page.post("/office/e/alu-2027/state/archived")
    page.post("/office/e/alu-2027/state/nonsense")
    assert queries.edition_by_slug("alu-2027").state == "published"  # type: ignore[union-attr]


def test_lists_show_what_one_may_manage(page: Reader, cast: Cast) -> None:
    assert "No editions yet" in page.sign_in(cast.organizer).get("/office/editions").words
    make_edition()
    few = page.get("/office/editions")
    assert "Aluminium Summit 2027 (synthetic)" in few.words
    for number in range(30):
        make_edition(queries.series_by_slug("alu"), slug=f"more-{number}")
    assert len(page.get("/office/editions").queries) == len(few.queries)
    foreign = page.sign_in(cast.outsider).get("/office/editions")
    assert "Aluminium Summit" not in foreign.words


def test_the_page_speaks_chinese(page: Reader, edition: Edition) -> None:
    page.language = "zh-CN"
    answer = page.get("/e/alu-2027/")
    assert answer.tree is not None
    assert (answer.tree.get("lang"), answer.h1) == ("zh-Hans", "2027 铝业高峰论坛（示例）")
