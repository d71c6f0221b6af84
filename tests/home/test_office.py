"""Where each role finds its next step."""

from __future__ import annotations

from forums.editions.models import Edition
from tests.cast import Cast, make_edition
from tests.client import Reader


def test_who_is_not_signed_in_is_asked_to(page: Reader, edition: Edition) -> None:
    assert page.get("/office/", expected=303).location == "/sign-in"


def test_an_organizer_sees_what_an_edition_still_needs(page: Reader, cast: Cast) -> None:
    make_edition(slug="draft", published=False)
    words = page.sign_in(cast.organizer).get("/office/").words
    assert "Aluminium Summit 2027 (synthetic)" in words


def test_another_series_is_not_the_outsiders_business(page: Reader, cast: Cast, edition: Edition) -> None:
    words = page.sign_in(cast.outsider).get("/office/").words
    assert "Aluminium Summit 2027" not in words


def test_every_role_finds_its_home(page: Reader, cast: Cast, edition: Edition) -> None:
    for name in ("admin", "organizer", "reviewer", "staff", "helper", "auditor"):
        assert page.sign_in(getattr(cast, name)).get("/office/").h1 == "Today"
        page.sign_out()


def test_every_role_finds_its_editions_and_a_page_it_may_open(page: Reader, cast: Cast, edition: Edition) -> None:
    for name in ("organizer", "reviewer", "staff", "helper", "auditor"):
        home = page.sign_in(getattr(cast, name)).get("/office/")
        page.get(home.find("//main//th/a/@href")[0])
    assert home.find("//main//th/a/@href") == ["/office/e/alu-2027/agreements"]
    assert "Aluminium Summit" not in page.sign_in(cast.outsider).get("/office/").words
