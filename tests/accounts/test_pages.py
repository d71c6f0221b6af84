from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from forums.accounts.models import Account, Grant
from forums.accounts.operations import give
from forums.editions.models import Edition
from forums.extensions import db
from forums.transaction import transaction
from tests.cast import PASSWORD, SYSTEM, Cast
from tests.client import Reader


def test_signing_in_leads_where_one_was_going(page: Reader, cast: Cast) -> None:
    asked = page.get("/office/accounts?q=zzz", expected=303)
    assert asked.location == "/sign-in"
    assert page.get("/sign-in").h1
    answer = page.post("/sign-in", {"email": "admin@example.org", "password": PASSWORD}, expected=302)
    assert answer.location == "/office/continue"
    assert page.get("/office/continue", expected=303).location == "/office/accounts?q=zzz"
    assert "Nobody of that name" in page.get("/office/accounts?q=zzz").words


def test_a_wrong_password_says_no_more_than_that(page: Reader, cast: Cast) -> None:
    for email in ("admin@example.org", "nobody@example.org"):
        answer = page.post("/sign-in", {"email": email, "password": "not the password"}, expected=200)
        assert "E-mail or password is wrong." in answer.words


def test_no_link_steers_the_way_after_signing_in(page: Reader, cast: Cast) -> None:
    assert page.get("/sign-in?next=https://example.net/", expected=303).location == "/sign-in"
    answer = page.post(
        "/sign-in",
        {"email": "admin@example.org", "password": PASSWORD, "next": "https://example.net/"},
        expected=200,
    )
    assert (answer.location, answer.h1) == ("", "Sign in")


def test_one_address_guessing_passwords_is_slowed_while_its_office_is_not(page: Reader, cast: Cast) -> None:
    for _ in range(10):
        page.post("/sign-in", {"email": "admin@example.org", "password": "guess"}, expected=200)
    page.post("/sign-in", {"email": "admin@example.org", "password": "guess"}, expected=429)
    page.post("/sign-in", {"email": "organizer@example.org", "password": PASSWORD}, expected=302)


@pytest.mark.parametrize("spelling", ["ADMIN@example.org", "admin@ｅxample.org", "admin@example。org"])
def test_another_spelling_of_a_mailbox_gives_no_more_guesses(page: Reader, cast: Cast, spelling: str) -> None:
    for _ in range(10):
        page.post("/sign-in", {"email": "admin@example.org", "password": "guess"}, expected=200)
    page.post("/sign-in", {"email": spelling, "password": PASSWORD}, expected=429)


def test_an_administrator_makes_an_account_and_gives_and_takes_a_role(page: Reader, cast: Cast) -> None:
    page.sign_in(cast.admin)
    made = page.post(
        "/office/accounts/new",
        {"name": "New Person", "email": "new@example.org", "password": "long enough it is", "language": "zh"},
    )
    row = db.session.scalars(select(Account).where(Account.email == "new@example.org")).one()
    assert made.location == f"/office/accounts/{row.id}"
    page.post(f"{made.location}/grants", {"role": "reviewer", "scope": "house", "until": "2097-01-31"})
    grant = db.session.scalars(select(Grant).where(Grant.account_id == row.id)).one()
    assert (grant.role, grant.scope, str(grant.until)[:10]) == ("reviewer", "house", "2097-01-31")
    assert "Reviewer" in page.get(made.location).words
    page.post(f"{made.location}/grants/{grant.id}/removal")
    assert db.session.scalar(select(func.count()).where(Grant.account_id == row.id)) == 0


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"name": "x", "email": "admin@example.org", "password": "long enough it is", "language": "zh"},
        {"name": "x", "email": "no address", "language": "zh"},
        {"name": "x" * 500, "email": "a@example.org", "language": "zh"},
        {"name": "x", "email": "a@example.org", "password": "short", "language": "zh"},
        {"name": "x", "email": "a@example.org", "language": "klingon"},
    ],
)
def test_bad_accounts_are_explained_and_nothing_typed_is_lost(page: Reader, cast: Cast, data: dict[str, str]) -> None:
    before = db.session.scalar(select(func.count(Account.id)))
    answer = page.sign_in(cast.admin).post("/office/accounts/new", data, expected=200)
    assert answer.find("//*[contains(@class, 'field-error')]")
    assert answer.find("//input[@name='email']")[0].get("value", "") == data.get("email", "")
    assert db.session.scalar(select(func.count(Account.id))) == before


@pytest.mark.parametrize("wildcard", ["%", "_dmin", "a%n"])
def test_a_search_takes_wildcards_for_letters(page: Reader, cast: Cast, wildcard: str) -> None:
    assert "Nobody of that name" in page.sign_in(cast.admin).get("/office/accounts", query_string={"q": wildcard}).words


def test_only_administrators_manage_accounts(page: Reader, cast: Cast) -> None:
    for somebody in (cast.organizer, cast.reviewer, cast.staff, cast.helper, cast.auditor, cast.outsider):
        page.sign_in(somebody).get("/office/accounts", expected=403)


def test_the_log_is_for_administrators_and_auditors(page: Reader, cast: Cast) -> None:
    assert "added the account" in page.sign_in(cast.auditor).get("/office/activity").words
    page.sign_in(cast.organizer).get("/office/activity", expected=403)


def test_lists_cost_the_same_for_one_and_thirty(app: Flask, page: Reader, cast: Cast) -> None:
    page.sign_in(cast.admin)
    few = len(page.get("/office/accounts").queries)
    with transaction():
        for number in range(30):
            row = Account(
                email=f"n{number}@example.org",
                name=f"N{number}",
                fs_uniquifier=f"u{number}",
                language="en",
                active=True,
            )
            db.session.add(row)
            give(row, "staff", actor=SYSTEM)
    assert len(page.get("/office/accounts").queries) == few


def test_a_foreign_edition_is_not_there(page: Reader, cast: Cast, edition: Edition) -> None:
    slug = edition.slug
    page.sign_in(cast.outsider).get(f"/office/e/{slug}/", expected=404)
    page.sign_in(cast.reviewer).get(f"/office/e/{slug}/", expected=403)
    page.sign_in(cast.organizer).get(f"/office/e/{slug}/")
