"""The public form and the private page."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from forums import tokens
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations import operations
from forums.registrations.models import Registration
from forums.registrations.tickets import ticket_png
from forums.transaction import transaction
from tests.cast import SYSTEM, make_edition
from tests.registrations.make import form, make_registration, make_registrations, states

URL = "/e/alu-2027/register"


def only() -> Registration:
    return db.session.scalars(select(Registration)).one()


def private(row: Registration, tail: str = "") -> str:
    return f"/my/registration/{tokens.sign('registration', row.id, row.token_version)}{tail}"


@pytest.mark.parametrize(("language", "spoken"), [("zh", "zh-Hans"), ("en", "en")])
def test_a_visitor_registers_and_sees_the_private_page(page, edition: Edition, language: str, spoken: str) -> None:
    page.language = language
    assert page.get(URL).find("//input[@name='key']/@value")[0]
    answer = page.post(URL, form(name="张三"))
    assert answer.location == private(only())
    shown = page.get(answer.location)
    assert shown.find("/html/@lang") == [spoken]
    row = only()
    assert "张三" in shown.words
    assert row.reference in shown.words
    assert (row.language, row.consent_version, row.phone) == (language, "2026-1", "+86 561 607 8888")


def test_the_private_page_shows_the_rank(page, app) -> None:
    _, _, third = make_registrations(make_edition(capacity=1), 3)
    assert "You are number 2 on the waiting list." in page.get(private(third)).words
    assert "All places are taken" in page.get(URL).words


def test_a_double_click_is_one_registration(page, edition: Edition) -> None:
    places = {page.post(URL, form()).location for _ in range(2)}
    assert places == {private(only())}


def test_a_known_address_learns_nothing_on_the_page(page, edition: Edition, outbox) -> None:
    make_registration(edition, 1, name="Secret Name")
    answer = page.post(URL, form(1, key="another"))
    assert answer.location == f"{URL}/sent"
    assert "Secret" not in page.get(answer.location).text
    letter = outbox()[-1]
    assert (letter.letter, letter.recipient) == ("already_registered", "guest1@example.org")
    assert (states(), only().token_version) == (["confirmed"], 1)


def test_bots_that_fill_the_hidden_field_register_nobody(page, edition: Edition, outbox) -> None:
    assert page.post(URL, form(website="https://spam.example")).location == f"{URL}/sent"
    assert (states(), outbox()) == ([], [])


def test_missing_and_wrong_answers_are_named(page, edition: Edition) -> None:
    wrong = {"name": " ", "email": "nobody", "phone": "call me", "consent": ""}
    shown = page.post(URL, {key: value for key, value in form(**wrong).items() if value}, expected=200)
    for words in ("This field is required", "name@example.com", "Please enter a phone number"):
        assert words in shown.words
    assert len(shown.find("//*[@aria-invalid='true']")) == 4
    assert states() == []


def test_a_post_without_csrf_token_is_refused(app, page, edition: Edition) -> None:
    page.open("POST", URL, data=form(), expected=400)
    assert states() == []


@pytest.mark.parametrize("state", ["draft", "closed", "archived"])
def test_no_form_unless_the_edition_takes_registrations(page, app, state: str) -> None:
    edition = make_edition()
    with transaction():
        edition.state = state
    expected = 404 if state == "draft" else 200
    shown = page.get(URL, expected=expected)
    assert not shown.find("//input[@name='email']")
    page.post(URL, form(), expected=expected)
    assert states() == []


def test_changing_ones_details(page, edition: Edition, outbox) -> None:
    here = private(make_registration(edition))
    assert page.get(f"{here}/details").find("//input[@name='name']/@value") == ["Guest 1"]
    answer = page.post(f"{here}/details", {"name": "New Name", "organisation": "Mill"})
    assert answer.location == here
    row = only()
    assert (row.name, row.organisation, row.email) == ("New Name", "Mill", "guest1@example.org")
    assert outbox()[-1].letter == "registration_changed"


def test_cancelling_confirms_the_next(page, app) -> None:
    edition = make_edition(capacity=1)
    first, _ = make_registrations(edition, 2)
    here = private(first)
    page.post(f"{here}/cancellation")
    assert states() == ["cancelled", "confirmed"]
    shown = page.get(here)
    assert "This registration is cancelled." in shown.words
    assert not shown.find("//form[contains(@action, 'cancellation')]")
    page.get(f"{here}/ticket.png", expected=404)


def test_get_changes_nothing(page, app, outbox) -> None:
    edition = make_edition(capacity=1)
    addresses = [private(row) for row in make_registrations(edition, 2)]
    before = (states(), len(outbox()))
    for address in addresses:
        for tail in ("", "/details", "/event.ics"):
            page.get(f"{address}{tail}")
        page.open("GET", f"{address}/cancellation", expected=405)
    assert (states(), len(outbox())) == before


def test_a_token_reaches_its_own_row_and_nothing_else(page, edition: Edition) -> None:
    row = make_registration(edition)
    others = (
        tokens.sign("ticket", row.id, 1),
        tokens.sign("registration", row.id, 2),
        tokens.sign("registration", row.id + 1, 1),
        tokens.sign("registration", row.id, 1)[:-2] + "AA",
        "x",
        "%07",
    )
    for token in others:
        for tail in ("", "/details", "/ticket.png", "/event.ics"):
            page.get(f"/my/registration/{token}{tail}", expected=404)
        page.post(f"/my/registration/{token}/cancellation", expected=404)
    assert states() == ["confirmed"]


def test_the_old_link_dies_with_the_old_address(page, edition: Edition) -> None:
    row = make_registration(edition)
    old = private(row)
    with transaction():
        operations.change(row, operations.Applicant("Guest 1", "new@example.org", language="en"), actor=SYSTEM)
    new = private(row)
    page.get(old, expected=404)
    page.get(new)


def test_the_ticket_opens_no_private_page(page, edition: Edition) -> None:
    row = make_registration(edition)
    row_id, address = row.id, private(row, "/ticket.png")
    picture = page.get(address)
    assert picture.response.mimetype == "image/png"
    assert picture.response.data == ticket_png(row_id, 1)
    page.get(f"/my/registration/{tokens.sign('ticket', row_id, 1)}", expected=404)


def test_an_office_behind_one_address_registers_and_a_flood_does_not(page, edition: Edition) -> None:
    for number in range(12):
        page.post(URL, form(number))
    for _ in range(9):
        page.post(URL, form(1))
    refused = page.post(URL, form(1), expected=429)
    assert 3500 < int(refused.response.headers["Retry-After"]) <= 3600
    assert "Please try again in 1 hour." in refused.words
    page.language = "zh"
    assert "1小时" in page.post(URL, form(1), expected=429).words.replace(" ", "")
    page.post(URL, form(50))
