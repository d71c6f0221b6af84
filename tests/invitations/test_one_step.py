"""Where the form asks, whoever accepts has one step left; answers by mail come late, twice and out of order."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from forums import clock
from forums.extensions import db
from forums.invitations import answers
from forums.invitations.answers import Answer, Superseded
from forums.invitations.companions import write_rules
from forums.invitations.tasks import sweep
from forums.mail.models import Letter
from forums.registrations.models import Registration
from forums.registrations.operations import Applicant, cancel, register
from forums.transaction import transaction
from tests.cast import SYSTEM, Cast, make_edition
from tests.client import Reader
from tests.invitations.guests import here, invitations, make_campaign, make_list, send
from tests.invitations.test_answers import SUBSTITUTE, Deliver, Guest, guest, invitation, registrations
from tests.registrations import asking
from tests.registrations.asking import ask
from tests.registrations.test_choosing import make_category

__all__ = ["guest"]
NOON = datetime(2096, 11, 1, 12, tzinfo=UTC)
DETAILS = {"name": "Guest Zero", "organisation": "Works 0", "title": "Prof.", "consent": "y"}


def steps(outbox: Callable[[], list[Letter]]) -> list[str]:
    return [letter.recipient for letter in outbox() if letter.letter == "invitation_one_step"]


def test_whoever_accepts_fills_in_what_the_form_asks(
    guest: Guest, page: Reader, outbox: Callable[[], list[Letter]]
) -> None:
    url = guest()
    question = ask(here(), label="Which talk?", required=True)
    went = page.post(f"{url}?lang=en", {"answer": "coming", "companions": "1"})
    assert went.location == f"{url}/registration?lang=en"
    form = page.get(went.location)
    assert form.find("//input[@name='name']/@value") == ["Guest 0"]
    assert form.find("//input[@name='organisation']/@value") == ["Works 0"]
    assert form.find("//input[@name='email']") == []
    assert "Please complete your registration" in page.get(url).words
    assert (invitation().answer, registrations(), steps(outbox)) == ("coming", [], [])
    wrong = page.post(f"{url}/registration", DETAILS | {"email": "else@example.org"}, expected=200)
    assert "Please answer this question" in wrong.words
    for _ in range(2):
        page.post(f"{url}/registration", DETAILS | {f"q{question.id}": "Foil"})
    assert registrations() == [("guest0@example.org", "confirmed", "invitation")]
    assert asking.answers() == {question.id: "Foil"}
    row = invitation().registration
    assert row is not None
    assert (row.name, row.title, row.consent_version) == ("Guest Zero", "Prof.", "2026-1")
    shown = page.get(url)
    assert "A place is confirmed for Guest Zero" in shown.words
    assert "1 person accompanies you" in shown.words
    assert b"BEGIN:VEVENT" in page.get(f"{url}/event.ics").response.data
    page.get(f"{url}/registration", expected=303)
    page.post(url, {"answer": "not_coming"})
    assert registrations() == [("guest0@example.org", "cancelled", "invitation")]
    page.get(f"{url}/event.ics", expected=404)


def test_the_invited_choose_what_others_cannot(guest: Guest, page: Reader) -> None:
    url = guest()
    secret = make_category(here(), access="invitation", needs_approval=True)
    page.post(url, {"answer": "coming"})
    assert "Please choose what you come as" in page.post(f"{url}/registration", DETAILS, expected=200).words
    page.post(f"{url}/registration", DETAILS | {"category": str(db.session.merge(secret).id)})
    row = invitation().registration
    assert row is not None
    assert (row.category.code, row.state) == ("expert", "confirmed")


def test_a_substitute_registers_with_a_link_of_their_own(
    guest: Guest, page: Reader, deliver: Deliver, outbox: Callable[[], list[Letter]]
) -> None:
    url = guest()
    ask(here(), label="Which talk?", required=True)
    page.post(url, SUBSTITUTE)
    assert "Ann Other is written to" in page.get(url).words
    page.post(url, SUBSTITUTE | {"note": "Thank you"})
    assert steps(outbox) == ["ann@example.org"]
    [text] = [
        message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        for message in deliver()
        if "One step" in message["Subject"]
    ]
    assert "Guest 0 is invited" in text
    [link] = re.findall(r"/answer/substitute/\S+", text)
    assert page.get(link).find("//input[@name='name']/@value") == ["Ann Other"]
    page.post(url, SUBSTITUTE | {"substitute_email": "bob@example.org", "substitute_name": "Bob"})
    assert "no longer valid" in page.get(link, expected=404).words
    page.post(url, SUBSTITUTE)
    page.get(link, expected=404)
    assert steps(outbox) == ["ann@example.org", "bob@example.org", "ann@example.org"]
    [*_, message] = deliver()
    [link] = re.findall(r"/answer/substitute/\S+", message.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    [question] = page.get(link).find("//input[starts-with(@name, 'q')]/@name")
    for answered in (303, 200):
        page.post(link, DETAILS | {"name": "Ann Other", question: "Foil"}, expected=answered)
    assert "nothing left to do" in page.get(link).words
    assert registrations() == [("ann@example.org", "confirmed", "invitation")]
    page.post(url, {"answer": "coming"})
    assert registrations() == [("guest0@example.org", "confirmed", "invitation")]


def test_a_later_answer_stands_whatever_comes_in_last(
    guest: Guest, page: Reader, outbox: Callable[[], list[Letter]]
) -> None:
    url = guest()
    ask(here(), label="Which talk?", required=True)

    def by_mail(given: str, minutes: int) -> None:
        with clock.frozen(NOON + timedelta(hours=1)), transaction():
            answers.answer(invitation(), Answer(given), actor=SYSTEM, at=NOON + timedelta(minutes=minutes))

    with clock.frozen(NOON + timedelta(minutes=10)):
        page.post(url, {"answer": "not_coming", "note": "Ill"})
    for late in (0, 9):
        with pytest.raises(Superseded):
            by_mail("coming", late)
    assert (invitation().answer, steps(outbox)) == ("not_coming", [])
    by_mail("coming", 11)
    with pytest.raises(Superseded):
        by_mail("coming", 11)
    row = invitation()
    assert (row.answer, row.note, row.answered_at) == ("coming", "Ill", NOON + timedelta(minutes=11))
    assert steps(outbox) == ["guest0@example.org"]


def test_after_registration_has_closed_the_answer_is_kept(guest: Guest, page: Reader) -> None:
    url = guest()
    with transaction():
        here().registration_closes = NOON
    with clock.frozen(NOON + timedelta(hours=1)):
        page.post(url, {"answer": "coming"})
        assert "Registration for the event is closed. The organisers see your answer" in page.get(url).words
        assert "Registration is closed" in page.get(f"{url}/registration").words
    assert (invitation().answer, registrations()) == ("coming", [])
    with transaction():
        here().state = "closed"
    assert "The organisers have closed this event" in page.get(url).words


def test_nobody_needs_a_cookie(guest: Guest, app: Flask) -> None:
    url = guest()
    reader = app.test_client(use_cookies=False)
    assert reader.post(url, data={"answer": "coming"}).status_code == 303
    assert registrations() == [("guest0@example.org", "confirmed", "invitation")]


def test_whoever_registered_by_themselves_is_found(app: Flask) -> None:
    make_edition()
    campaign_id = make_campaign(make_list(2))
    send(campaign_id)
    with transaction():
        register(here(), Applicant(name="Guest 1", email="guest1@example.org"), actor=SYSTEM)
    sweep()
    first, second = invitations(campaign_id)
    assert first.registration is None
    assert second.registration is not None
    assert second.registration.email == "guest1@example.org"


def test_companions_take_places_by_name_where_the_organiser_says_so(
    guest: Guest, cast: Cast, page: Reader, outbox: Callable[[], list[Letter]]
) -> None:
    url = guest(capacity=3)
    page.sign_in(cast.organizer)
    rules = "/office/e/alu-2027/answer-page"
    assert (
        "Number must be between 1 and 20" in page.post(rules, {"companions": "places", "most": "0"}, expected=200).words
    )
    page.post(rules, {"companions": "places", "most": "3"})
    page.sign_out()
    too_many = page.post(url, {"answer": "coming", "companion_names": "A\nB\nC\nD"}, expected=200)
    assert "Name at most 3 people" in too_many.words
    names = {"answer": "coming", "companion_names": " Ann  A \n\nBob\nAnn A"}
    for _ in range(2):
        page.post(url, names)
    assert "2 people accompany you. Ann A, Bob" in page.get(url).words

    def states() -> dict[str, str]:
        db.session.rollback()
        rows = db.session.scalars(db.select(Registration).order_by(Registration.id))
        return {row.name: f"{row.role} {row.state}" for row in rows}

    assert states() == {"Guest 0": "attendee confirmed", "Ann A": "companion confirmed", "Bob": "companion confirmed"}
    assert (here().taken, invitation().companions) == (3, 2)
    page.post(url, {"answer": "coming", "companion_names": "Bob\nCy"})
    assert states()["Ann A"] == "companion cancelled"
    assert states()["Cy"] == "companion confirmed"
    with transaction():
        cancel(invitation().registration, actor=SYSTEM)  # type: ignore[arg-type]
    sweep()
    assert here().taken == 0
    page.post(url, names)
    assert here().taken == 3
    page.post(url, {"answer": "not_coming", "companion_names": "Bob"})
    assert (here().taken, invitation().companions, invitation().companion_names) == (0, 0, "")
    assert {letter.recipient for letter in outbox()} == {"guest0@example.org"}


def test_companions_wait_for_the_guests_own_registration(guest: Guest, page: Reader) -> None:
    url = guest()
    with transaction():
        write_rules(here(), companions="places", most=5, actor=SYSTEM)
    ask(here(), label="Which talk?", required=True)
    page.post(url, {"answer": "coming", "companion_names": "Bob"})
    assert registrations() == []
    [question] = page.get(f"{url}/registration").find("//input[starts-with(@name, 'q')]/@name")
    page.post(f"{url}/registration", DETAILS | {question: "Foil"})
    assert registrations() == [
        ("guest0@example.org", "confirmed", "invitation"),
        (None, "confirmed", "invitation"),
    ]
