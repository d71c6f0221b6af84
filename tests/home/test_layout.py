"""What every page has: the way past the menu, one current line in it, the language, and the way back."""

from __future__ import annotations

import pytest

from forums.editions.models import Edition
from tests.cast import PASSWORD, Cast
from tests.client import Reader

SIGN_IN_PAGES = ("/sign-in", "/sign-in/reset")


@pytest.mark.parametrize("url", ["/", "/e/alu-2027/", "/sign-in", "/no/such/page"])
def test_the_first_link_leads_past_the_menu(page: Reader, edition: Edition, url: str) -> None:
    got = page.get(url, expected=404 if "no" in url else 200)
    first = got.find("//body//a")[0]
    assert got.find(f"//main[@id='{first.get('href')[1:]}']")


@pytest.mark.parametrize(
    ("url", "current"),
    [
        ("/office/e/alu-2027/", "Edition"),
        ("/office/e/alu-2027/facts", "Edition"),
        ("/office/e/alu-2027/registrations/new", "Registrations"),
        ("/office/e/alu-2027/check-in", "Check-in"),
        ("/office/series/alu", "Series and editions"),
        ("/office/accounts/new", "Staff accounts"),
        ("/office/series/alu/tallies/way", "Tallies"),
        ("/office/e/alu-2027/tallies/rows", "Tallies"),
    ],
)
def test_the_menu_lights_the_line_of_the_page(
    page: Reader, cast: Cast, edition: Edition, url: str, current: str
) -> None:
    menu = page.sign_in(cast.admin).get(url).find("//nav[@id='office-nav']//a[@aria-current]")
    assert [line.text_content().strip() for line in menu] == [current]


def test_the_language_switch_comes_back_to_the_page_with_its_query(page: Reader, edition: Edition) -> None:
    before = page.get("/e/alu-2027/?a=1&a=2")
    form = before.find("//form[@action='/language']")[0]
    data = {"next": form.xpath(".//input[@name='next']/@value")[0], "lang": "zh"}
    assert page.post("/language", data).location == "/e/alu-2027/?a=1&a=2"
    assert page.get("/e/alu-2027/").tree.get("lang") == "zh-Hans"


@pytest.mark.parametrize("path", ["/%09/example.net", "/%0A/example.net", "/%5C/example.net"])
def test_the_language_switch_never_leads_to_another_site(page: Reader, path: str) -> None:
    kept = page.get(path, expected=404).find("//form[@action='/language']//input[@name='next']/@value")[0]
    assert page.post("/language", {"lang": "zh", "next": kept}).location in {path, "/"}


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("url", SIGN_IN_PAGES)
def test_the_pages_of_signing_in(page: Reader, url: str, language: str) -> None:
    page.language = language
    assert page.get(url).h1


def test_a_wrong_password_is_said_on_top_and_at_the_field(page: Reader, cast: Cast) -> None:
    got = page.post("/sign-in", {"email": "organizer@example.org", "password": "wrong"}, expected=200)
    assert "E-mail or password is wrong." in got.find("//div[@role='alert']")[0].text_content()


def test_signing_in_leads_to_the_page_that_was_asked_for(page: Reader, cast: Cast, edition: Edition) -> None:
    page.get("/office/e/alu-2027/facts", expected=303)
    login = page.post("/sign-in", {"email": "organizer@example.org", "password": PASSWORD}, expected=302)
    assert page.get(login.location, expected=303).location == "/office/e/alu-2027/facts"


@pytest.mark.parametrize("url", ["/office/password", "/verify"])
def test_the_pages_about_ones_own_password(page: Reader, cast: Cast, url: str) -> None:
    assert page.sign_in(cast.helper).get(url).h1


@pytest.mark.parametrize(
    ("url", "current", "beside"),
    [
        ("/office/e/alu-2027/registrations", "Registrations", True),
        ("/office/e/alu-2027/registrations/waiting-list", "Waiting list", True),
        ("/office/e/alu-2027/registrations/new", "Registrations", True),
        ("/office/e/alu-2027/registrations/views", "Registrations", True),
        ("/office/e/alu-2027/agenda", "Agenda", False),
    ],
)
def test_the_lines_of_registration_show_while_it_is_used(
    page: Reader, cast: Cast, edition: Edition, url: str, current: str, beside: bool
) -> None:
    menu = page.sign_in(cast.admin).get(url)
    lines = [line.text_content().strip() for line in menu.find("//nav[@id='office-nav']//a[@aria-current]")]
    under = menu.find("//nav[@id='office-nav']//li[@class='nav-under']")
    assert (lines, bool(under)) == ([current], beside)
