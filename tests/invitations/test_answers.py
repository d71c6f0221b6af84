"""The answer page: GET shows, POST decides, and whoever comes is registered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from flask import Flask

from forums import clock
from forums.extensions import db
from forums.invitations import answers
from forums.invitations.answers import Answer, AnswersClosed
from forums.invitations.models import Invitation
from forums.links import capability_link
from forums.registrations.models import Registration
from forums.registrations.operations import Applicant, register
from forums.transaction import transaction
from tests.cast import SYSTEM, make_edition
from tests.client import Reader
from tests.invitations.guests import here, invitations, make_campaign, make_list, send
from tests.servers import Sink

Deliver = Callable[[], list[EmailMessage]]
Guest = Callable[..., str]


@pytest.fixture
def guest(app: Flask) -> Callable[..., str]:
    """An edition with so many places and an invited guest; the path of their answer page."""

    def make(capacity: int = 10) -> str:
        make_edition(capacity=capacity)
        campaign_id = make_campaign(make_list(1))
        send(campaign_id)
        return path(invitations(campaign_id)[0])

    return make


def path(row: Invitation) -> str:
    link = capability_link("invitations.answer", "invitation", row.id, row.token_version)
    return "/answer/" + link.rpartition("/")[2]


def invitation() -> Invitation:
    db.session.rollback()
    return db.session.scalars(db.select(Invitation)).one()


def registrations() -> list[tuple[str | None, str, str]]:
    db.session.rollback()
    rows = db.session.scalars(db.select(Registration).order_by(Registration.id))
    return [(row.email, str(row.state), row.source) for row in rows]


def test_the_link_in_the_letter_opens_the_page(guest: Guest, deliver: Deliver, page: Reader) -> None:
    url = guest()
    [message] = deliver()
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert f"{url}?lang=en" in text
    shown = page.get(f"{url}?lang=en")
    assert shown.h1 == "Aluminium Summit 2027 (synthetic)"
    assert "Dear Guest 0" in shown.words


def test_getting_the_page_changes_nothing(guest: Guest, page: Reader, outbox: Callable[[], list[object]]) -> None:
    url = guest()
    letters = len(outbox())
    for query in ("", "?answer=coming", "?lang=zh", "?answer=not_coming&companions=3"):
        page.get(url + query)
        page.client.head(url + query)
    row = invitation()
    assert (row.answer, row.answered_at, registrations(), len(outbox())) == ("none", None, [], letters)


def test_coming_registers_and_says_so(guest: Guest, page: Reader, deliver: Deliver, sink: Sink) -> None:
    url = guest()
    page.post(url, {"answer": "coming", "companions": "2", "note": "Vegetarian"})
    row = invitation()
    assert (row.answer, row.companions, row.note) == ("coming", 2, "Vegetarian")
    assert registrations() == [("guest0@example.org", "confirmed", "invitation")]
    assert row.registration is not None
    assert (row.registration.name, row.registration.organisation, row.registration.title) == (
        "Guest 0",
        "Works 0",
        "Prof.",
    )
    assert "A place is confirmed for Guest 0" in page.get(url).words
    deliver()
    assert sink.recipients == ["guest0@example.org"] * 2


def test_the_same_answer_twice_is_once(guest: Guest, page: Reader) -> None:
    url = guest()
    for _ in range(3):
        page.post(url, {"answer": "coming"})
    assert registrations() == [("guest0@example.org", "confirmed", "invitation")]


def test_a_full_event_says_waiting_list(guest: Guest, page: Reader) -> None:
    url = guest(capacity=0)
    page.post(url, {"answer": "coming"})
    assert registrations() == [("guest0@example.org", "waitlisted", "invitation")]
    assert "Guest 0 is number 1 on the waiting list" in page.get(url).words


def test_changing_the_mind_gives_the_place_back_and_takes_it_again(guest: Guest, page: Reader) -> None:
    url = guest(capacity=1)
    page.post(url, {"answer": "coming"})
    page.post(url, {"answer": "not_coming", "companions": "4", "note": "Sorry"})
    assert registrations() == [("guest0@example.org", "cancelled", "invitation")]
    assert (here().taken, invitation().companions) == (0, 0)
    page.post(url, {"answer": "coming"})
    assert [state for _, state, _ in registrations()] == ["cancelled", "confirmed"]
    assert here().taken == 1


SUBSTITUTE = {"answer": "substitute", "substitute_name": "Ann Other", "substitute_email": " Ann@Example.org "}


def test_a_substitute_takes_over_the_place_and_gives_it_back(guest: Guest, page: Reader) -> None:
    url = guest(capacity=1)
    page.post(url, {"answer": "coming"})
    with transaction():
        register(here(), Applicant(name="Waiting", email="waiting@example.org"), actor=SYSTEM)
    page.post(url, SUBSTITUTE)
    waiting = ("waiting@example.org", "waitlisted", "public")
    assert registrations() == [("ann@example.org", "confirmed", "invitation"), waiting]
    row = invitation().registration
    assert row is not None
    assert (row.person.email, row.ticket_version, row.token_version) == ("ann@example.org", 2, 2)
    assert "A place is confirmed for Ann Other" in page.get(url).words
    page.post(url, {"answer": "coming"})
    assert registrations() == [("guest0@example.org", "confirmed", "invitation"), waiting]


def test_a_substitute_from_the_start(guest: Guest, page: Reader) -> None:
    url = guest()
    page.post(url, SUBSTITUTE)
    assert registrations() == [("ann@example.org", "confirmed", "invitation")]


def test_who_registered_by_themselves_and_cannot_come_gives_the_place_back(guest: Guest, page: Reader) -> None:
    url = guest()
    with transaction():
        register(here(), Applicant(name="Guest 0", email="guest0@example.org"), actor=SYSTEM)
    page.post(url, {"answer": "not_coming"})
    assert registrations() == [("guest0@example.org", "cancelled", "public")]


@pytest.mark.parametrize(
    "data, says",
    [
        ({}, "Choose one of the answers"),
        ({"answer": "maybe"}, "Not a valid choice"),
        ({"answer": "substitute"}, "Tell us who comes in your place"),
        (
            {"answer": "substitute", "substitute_name": "A", "substitute_email": "no address"},
            "This is no e-mail address",
        ),
        ({"answer": "coming", "companions": "-1"}, "Number must be between 0 and 20"),
        ({"answer": "coming", "companions": "9999999999999"}, "Number must be between 0 and 20"),
        ({"answer": "coming", "note": "x" * 1001}, "longer than 1000"),
    ],
)
def test_what_is_wrong_with_an_answer_is_said(guest: Guest, page: Reader, data: dict[str, str], says: str) -> None:
    url = guest()
    assert says in page.post(url, data, expected=200).words
    assert invitation().answer == "none"


def test_who_is_registered_already_is_linked(guest: Guest, page: Reader) -> None:
    url = guest()
    with transaction():
        register(here(), Applicant(name="Guest 0", email="guest0@example.org"), actor=SYSTEM)
    page.post(url, {"answer": "coming"})
    assert registrations() == [("guest0@example.org", "confirmed", "public")]
    assert invitation().registration is not None


def test_somebody_elses_own_registration_is_never_cancelled(guest: Guest, page: Reader) -> None:
    url = guest()
    with transaction():
        register(here(), Applicant(name="Ann", email="ann@example.org"), actor=SYSTEM)
    page.post(url, {"answer": "substitute", "substitute_name": "Ann", "substitute_email": "ann@example.org"})
    page.post(url, {"answer": "not_coming"})
    assert registrations() == [("ann@example.org", "confirmed", "public")]


@pytest.mark.parametrize("next_answer", ["not_coming", "coming"])
def test_another_guests_place_is_neither_shown_nor_taken(app: Flask, page: Reader, next_answer: str) -> None:
    make_edition()
    campaign_id = make_campaign(make_list(2))
    send(campaign_id)
    first, second = (path(row) for row in invitations(campaign_id))
    page.post(second, {"answer": "coming"})
    page.post(first, {"answer": "substitute", "substitute_name": "X", "substitute_email": "guest1@example.org"})
    assert "A place is confirmed" not in page.get(first).words
    page.post(first, {"answer": next_answer})
    theirs = [one for one in registrations() if one[0] == "guest1@example.org"]
    assert theirs == [("guest1@example.org", "confirmed", "invitation")]
    assert "A place is confirmed for Guest 1" in page.get(second).words


def test_answers_close_when_the_event_begins(guest: Guest, page: Reader) -> None:
    url = guest()
    begins = datetime(2097, 3, 18, tzinfo=UTC) - timedelta(hours=8)  # midnight in Shanghai
    with clock.frozen(begins - timedelta(seconds=1)), transaction():
        answers.answer(invitation(), Answer("not_coming"), actor=SYSTEM)
    with clock.frozen(begins):
        shown = page.get(url)
        assert "The event has begun" in shown.words
        assert shown.find("//form[starts-with(@action, '/answer/')]") == []
        with pytest.raises(AnswersClosed), transaction():
            answers.answer(invitation(), Answer("coming"), actor=SYSTEM)
        page.post(url, {"answer": "coming"})
    assert invitation().answer == "not_coming"


def test_only_the_true_link_opens(guest: Guest, page: Reader) -> None:
    url = guest()
    for wrong in (
        "/answer/",
        "/answer/x",
        "/answer/" + "A" * 32,
        url[:-1] + ("A" if url[-1] != "A" else "B"),
        url + "AA",
    ):
        page.get(wrong, expected=404)
    with transaction():
        invitation().token_version += 1
    page.get(url, expected=404)
    page.post(url, {"answer": "coming"}, expected=404)
    assert invitation().answer == "none"
