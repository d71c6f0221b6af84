"""The address behind a private link: changed by its owner, and links that are sent again or replaced."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from forums import clock, tokens
from forums.editions.models import Edition
from forums.extensions import db
from forums.mail.models import Letter
from forums.registrations import operations
from forums.registrations.addresses.models import AddressChange
from forums.registrations.models import Registration
from forums.registrations.operations import CONSENT_VERSION
from forums.transaction import transaction
from tests.cast import SYSTEM
from tests.client import Reader
from tests.registrations.make import applicant, form, make_registration, states
from tests.registrations.test_choosing import private

LOST = "/e/alu-2027/register/link"
NEW = "new@example.org"


def letters() -> list[tuple[str, str]]:
    db.session.rollback()
    return [(row.letter, row.recipient) for row in db.session.scalars(select(Letter).order_by(Letter.id))]


def only() -> Registration:
    db.session.rollback()
    return db.session.scalars(select(Registration).order_by(Registration.id)).first()  # type: ignore[return-value]


def confirmation() -> str:
    """The link in the letter to the new address."""
    change = db.session.scalars(select(AddressChange).order_by(AddressChange.id.desc())).first()
    assert change is not None
    return f"/my/address/{tokens.sign('address', change.id, change.token_version)}"


def test_an_address_changes_when_the_new_one_has_answered(page: Reader, edition: Edition, deliver) -> None:
    old = private(make_registration(edition))
    assert "guest1@example.org" in page.get(f"{old}/address").words
    page.post(f"{old}/address", {"email": "NEW@example.org"})
    assert "We wrote to NEW@example.org." in page.get(old).words
    assert letters()[-1] == ("address_confirm", NEW)
    assert (only().email, only().token_version) == ("guest1@example.org", 1)
    link = confirmation()
    written = str(deliver()[-1].get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert link in written
    for _ in range(2):
        shown = page.get(link)
    assert NEW in shown.words
    assert only().email == "guest1@example.org", "looking changes nothing"
    answer = page.post(link)
    assert answer.location == private(only())
    assert (only().email, only().token_version) == (NEW, 2)
    assert letters()[-2:] == [("registration_changed", NEW), ("address_changed", "guest1@example.org")]
    page.get(old, expected=404)
    assert "This link has been used" in page.get(link).words
    page.post(link)
    assert only().token_version == 2
    told = str(deliver()[-1].get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert not re.search(r"/my/(registration|address)/", told), "the old address gets no link"
    assert NEW not in told


def test_a_later_wish_voids_the_earlier_one(page: Reader, edition: Edition) -> None:
    here = private(make_registration(edition))
    page.post(f"{here}/address", {"email": "first@example.org"})
    first = confirmation()
    page.post(f"{here}/address", {"email": "second@example.org"})
    page.get(first, expected=404)
    page.post(first, expected=404)
    page.post(confirmation())
    assert only().email == "second@example.org"


@pytest.mark.parametrize("ending", ["late", "cancelled", "replaced"])
def test_a_wish_that_is_void_changes_nothing(page: Reader, edition: Edition, ending: str) -> None:
    here = private(make_registration(edition))
    page.post(f"{here}/address", {"email": NEW})
    link, later = confirmation(), clock.now() + timedelta(days=4 if ending == "late" else 0)
    if ending == "cancelled":
        page.post(f"{here}/cancellation")
    if ending == "replaced":
        page.post(f"{here}/link")
    with clock.frozen(later):
        assert "This link has been used or has expired" in page.get(link).words
        assert "This link has expired or was replaced." in page.post(link, expected=200).words
    assert only().email == "guest1@example.org"


def test_somebody_elses_address_is_not_given_away(page: Reader, edition: Edition) -> None:
    here = private(make_registration(edition, 1))
    make_registration(edition, 2)
    page.post(f"{here}/address", {"email": "guest2@example.org"})
    assert "We wrote to guest2@example.org." in page.get(here).words
    assert letters()[-1] == ("already_registered", "guest2@example.org")
    assert db.session.scalars(select(AddressChange)).all() == []
    assert only().email == "guest1@example.org"


def test_an_address_taken_meanwhile_stays_with_who_has_it(page: Reader, edition: Edition) -> None:
    here = private(make_registration(edition, 1))
    page.post(f"{here}/address", {"email": NEW})
    link = confirmation()
    make_registration(only().edition, 2, email=NEW)
    assert "registered for the event already" in page.post(link, expected=200).words
    assert only().email == "guest1@example.org"


@pytest.mark.parametrize("typed", ["", "nobody", "guest1@example.org", "a@b.c\r\nBcc: x@y.z", "x" * 5000])
def test_addresses_that_cannot_be_taken(page: Reader, edition: Edition, typed: str) -> None:
    here = private(make_registration(edition))
    shown = page.post(f"{here}/address", {"email": typed}, expected=200)
    assert shown.find("//p[@id='email-error']")
    assert len(letters()) == 1


def test_a_lost_link_is_sent_to_its_owner_and_the_page_says_nothing(page: Reader, edition: Edition) -> None:
    make_registration(edition)
    answers = {page.post(LOST, {"email": email}).location for email in ("Guest1@Example.org", "stranger@example.org")}
    assert answers == {"/e/alu-2027/register/sent"}
    page.post(LOST, {"email": "guest1@example.org"})
    assert letters() == [
        ("registration_confirmed", "guest1@example.org"),
        ("registration_link", "guest1@example.org"),
    ], "one letter an hour"
    page.post(LOST, {"email": "guest1@example.org", "website": "https://spam.example"})
    page.post(LOST, {"email": "nobody"}, expected=200)
    assert "Lost your link?" in page.get("/e/alu-2027/register").words


def test_links_are_not_asked_for_without_end(page: Reader, edition: Edition) -> None:
    for _ in range(5):
        page.post(LOST, {"email": "guest1@example.org"})
    assert "Please try again in 1 hour." in page.post(LOST, {"email": "guest1@example.org"}, expected=429).words
    page.post(LOST, {"email": "guest2@example.org"})


def test_a_leaked_link_is_replaced_by_letter_only(page: Reader, edition: Edition) -> None:
    old = private(make_registration(edition))
    answer = page.post(f"{old}/link")
    assert answer.location == "/e/alu-2027/register/sent"
    new = private(only())
    assert new not in answer.text + page.get(answer.location).text
    page.get(old, expected=404)
    page.get(new)
    assert letters()[-1] == ("registration_link", "guest1@example.org")


def test_a_newcomer_is_asked_to_agree(page: Reader, edition: Edition) -> None:
    row = make_registration(edition)
    with transaction():
        operations.hand_over(row, applicant(2), actor=SYSTEM)
    here = private(row)
    shown = page.get(here)
    assert "Please agree to the use of your details" in shown.words
    [version] = shown.find("//form[contains(@action, '/agreement')]//input[@name='version']/@value")
    page.post(f"{here}/agreement", {"version": "an older one"})
    assert only().consent_version == ""
    page.post(f"{here}/agreement", {"version": version})
    assert only().consent_version == version == CONSENT_VERSION
    assert "Please agree" not in page.get(here).words


def test_a_form_sent_at_once_is_taken(page: Reader, edition: Edition) -> None:
    """A person with a quick hand, or a script that fills in no bait, is no bot."""
    got = page.get("/e/alu-2027/register")
    assert got.find("//input[@name='website']")
    page.post("/e/alu-2027/register", form(1))
    assert states() == ["confirmed"]


def test_a_form_that_is_sent_again_is_no_way_to_a_link_that_was_replaced(page: Reader, edition: Edition) -> None:
    first = page.post("/e/alu-2027/register", form()).location
    assert page.post("/e/alu-2027/register", form()).location == first
    page.post(f"{first}/link")
    assert page.post("/e/alu-2027/register", form()).location == "/e/alu-2027/register/sent"
    assert (len(states()), letters()[-1]) == (1, ("already_registered", "guest1@example.org"))
