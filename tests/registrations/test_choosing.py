"""Choosing a category and sessions with places: on the public form, behind an invitation, on the private page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from forums import clock, tokens
from forums.agenda.models import Session
from forums.agenda.operations import SessionFacts, create_session
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations import operations, places
from forums.registrations.models import Category, Registration
from forums.registrations.operations import default_category, register
from forums.registrations.views import _registered
from forums.registrations.wishes import Wishes
from forums.transaction import transaction
from forums.web import kept
from tests.cast import SYSTEM, make_edition
from tests.client import Page, Reader
from tests.registrations.make import applicant, form, make_registration, states

URL = "/e/alu-2027/register"
MORNING = datetime(2097, 3, 18, 1, tzinfo=UTC)
_positions = count(1)


def make_category(edition: Edition, code: str = "expert", **rules: object) -> Category:
    """A second category: the first is everybody's."""
    with transaction():
        default_category(edition)
        rules = {"name": Bilingual("专家", "Expert"), "position": next(_positions), "taken": 0} | rules
        row = Category(edition=edition, code=code, **rules)
        db.session.add(row)
    return row


def make_visit(edition: Edition, title: str = "Smelter visit", capacity: int | None = 1, hours: int = 0) -> Session:
    """A session of an hour's length that begins so many hours after nine."""
    at = MORNING + timedelta(hours=hours)
    with transaction():
        facts = SessionFacts(
            Bilingual(en=title), kind="visit", state="published", starts_at=at, ends_at=at + timedelta(hours=1)
        )
        row = create_session(edition, facts, actor=SYSTEM)
        row.capacity = capacity
    return row


def private(row: Registration, tail: str = "") -> str:
    return f"/my/registration/{tokens.sign('registration', row.id, row.token_version)}{tail}"


def labels(page: Page, name: str) -> list[str]:
    return [" ".join(each.text_content().split()) for each in page.find(f"//label[input[@name='{name}']]")]


def only() -> Registration:
    return db.session.query(Registration).one()


def test_one_category_is_no_question(page: Reader, edition: Edition) -> None:
    assert not page.get(URL).find("//input[@name='category']")
    answer = page.post(URL, form(1, category="999"))
    assert answer.location.startswith("/my/registration/")
    assert only().category.code == "attendee"
    assert not page.get(URL).find("//input[@name='category']")


def test_a_visitor_chooses_a_category(page: Reader, edition: Edition) -> None:
    expert = make_category(edition, capacity=3, needs_approval=True)
    make_category(edition, "guest", name=Bilingual("特邀嘉宾", "Guest of honour"), access="invitation")
    number = expert.id
    shown = page.get(URL)
    assert labels(shown, "category") == ["Attendee", "Expert 3 places left · the organiser decides"]
    assert not shown.find("//input[@name='category'][@checked]")
    refused = page.post(URL, form(1, organisation="Kept Mill"), expected=200)
    assert "Please choose what you come as." in refused.words
    assert refused.find("//input[@name='organisation']/@value") == ["Kept Mill"]
    page.post(URL, form(1, category=str(number)))
    assert (only().category_id, states()) == (number, ["pending"])


@pytest.mark.parametrize("typed", ["", "x", "-1", "99999999999999999999", "0"])
def test_a_category_that_is_not_offered_is_refused(page: Reader, edition: Edition, typed: str) -> None:
    make_category(edition)
    answer = page.post(URL, form(1, category=typed), expected=200)
    assert answer.find("//*[@role='alert']")
    assert states() == []


def test_a_full_category_is_a_waiting_list(page: Reader, edition: Edition) -> None:
    expert = make_category(edition, capacity=1)
    with transaction():
        register(edition, applicant(1), actor=SYSTEM, category=expert)
    number = str(expert.id)
    assert labels(page.get(URL), "category") == ["Attendee", "Expert full: you join the waiting list"]
    page.post(URL, form(2, category=number))
    assert states() == ["confirmed", "waitlisted"]


def test_categories_open_and_close_on_their_own(page: Reader, edition: Edition) -> None:
    noon = datetime(2097, 2, 1, 4, tzinfo=UTC)
    expert = make_category(edition, opens_at=noon, closes_at=noon + timedelta(days=1))
    with transaction():
        default_category(edition).closes_at = noon
    number = str(expert.id)
    with clock.frozen(noon - timedelta(hours=1)):
        assert not page.get(URL).find("//input[@name='category']")
        page.post(URL, form(1, category=number))
    with clock.frozen(noon):
        page.post(URL, form(2))
    with clock.frozen(noon + timedelta(days=1)):
        assert "It closed on 2097-02-02 12:00" in page.get(URL).words
        page.post(URL, form(3, category=number), expected=200)
    assert [row.category.code for row in db.session.query(Registration).order_by(Registration.id)] == [
        "attendee",
        "expert",
    ]


def test_before_the_first_category_opens_the_page_says_when(page: Reader, edition: Edition) -> None:
    with transaction():
        default_category(edition).opens_at = datetime(2097, 2, 1, 4, tzinfo=UTC)
    assert "It opens on 2097-02-01 12:00" in page.get(URL).words
    page.post(URL, form(1), expected=200)
    assert states() == []


def test_by_invitation_only(page: Reader, edition: Edition) -> None:
    guests = make_category(edition, access="invitation")
    with transaction():
        default_category(edition).access = "invitation"
    link = f"/my/category/{tokens.sign('category', guests.id, 1)}"
    assert "Registration is by invitation" in page.get(URL).words
    page.post(URL, form(1, category=str(guests.id)), expected=200)
    assert states() == []
    assert "You are invited as: Expert" in page.get(link).words
    page.post(link, form(1))
    assert (only().category.code, states()) == ("expert", ["confirmed"])
    with transaction():
        db.session.get_one(Category, guests.id).token_version += 1
    page.get(link, expected=404)
    page.post(link, form(2), expected=404)
    page.get(f"/my/category/{tokens.sign('registration', guests.id, 2)}", expected=404)


def test_sessions_are_signed_up_for_with_the_registration(page: Reader, edition: Edition) -> None:
    visit, dinner = make_visit(edition), make_visit(edition, "Dinner", 30, hours=9)
    make_visit(edition, "Opening", None)
    ids = [str(visit.id), str(dinner.id)]
    assert labels(page.get(URL), "sessions") == [
        "Smelter visit 18 March, 09:00–10:00 · 1 place left",
        "Dinner 18 March, 18:00–19:00",
    ]
    page.post(URL, form(1, sessions=ids))
    assert [one.session.title.en for one in only().session_places] == ["Smelter visit", "Dinner"]
    shown = page.get(URL)
    assert labels(shown, "sessions")[0] == "Smelter visit 18 March, 09:00–10:00 · full"
    assert shown.find("//input[@name='sessions'][@disabled]/@value") == ids[:1]
    refused = page.post(URL, form(2, sessions=ids), expected=200)
    assert "“Smelter visit” has no place left. Please choose something else." in refused.words
    assert refused.find("//input[@name='sessions'][@checked]/@value") == ids[1:]
    assert (states(), places.reconcile()) == (["confirmed"], [])


def test_two_sessions_at_the_same_time_are_one_too_many(page: Reader, edition: Edition) -> None:
    ids = [str(make_visit(edition, title, 9, hours).id) for title, hours in (("One", 0), ("Two", 0), ("Later", 1))]
    refused = page.post(URL, form(1, sessions=ids[:2]), expected=200)
    assert "“One” and “Two” are at the same time." in refused.words
    assert refused.find("//input[@name='sessions'][@checked]/@value") == ids[:2]
    page.post(URL, form(1, sessions=[ids[0], ids[2]]))
    assert states() == ["confirmed"]


@pytest.mark.parametrize("state", ["draft", "cancelled", "begun", "elsewhere", "free", "nonsense"])
def test_a_session_that_is_not_offered_is_refused(page: Reader, edition: Edition, state: str) -> None:
    visit = make_visit(edition if state != "elsewhere" else make_edition(edition.series, slug="other-2027"))
    with transaction():
        if state in {"draft", "cancelled"}:
            visit.state = state
        if state == "begun":
            visit.starts_at = datetime(2020, 1, 1, tzinfo=UTC)
        if state == "free":
            visit.capacity = None
    typed = str(visit.id) if state != "nonsense" else "99999999999999999999"
    assert len(labels(page.get(URL), "sessions")) == (state == "nonsense")
    refused = page.post(URL, form(1, sessions=[typed]), expected=200)
    assert refused.find("//*[@role='alert']")
    assert states() == []


def test_a_place_lost_at_the_last_moment_gives_the_form_back(
    page: Reader, edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody takes the place after the form was checked and before it is claimed."""
    number = make_visit(edition).id

    def too_late(*given: object) -> object:
        with transaction():
            db.session.get_one(Session, number).capacity = 0
        return _registered(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("forums.registrations.views._registered", too_late)
    refused = page.post(URL, form(1, sessions=[str(number)], organisation="Kept Mill"), expected=200)
    assert refused.find("//p[@id='sessions-error']")
    assert "“Smelter visit” has no place left." in refused.words
    assert refused.find("//input[@name='organisation']/@value") == ["Kept Mill"]
    assert (states(), places.reconcile()) == ([], [])


def test_a_category_that_is_removed_while_the_form_is_sent(page: Reader, edition: Edition, monkeypatch) -> None:
    expert = make_category(edition, needs_approval=True).id

    def too_late(*given: object) -> object:
        with page.app.app_context(), transaction():  # somebody else's session
            db.session.delete(db.session.get_one(Category, expert))
        return _registered(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("forums.registrations.views._registered", too_late)
    refused = page.post(URL, form(1, category=str(expert)), expected=200)
    assert "This category takes no registrations any more." in refused.words
    assert states() == [], "nobody is confirmed in a category that was not chosen"


def test_the_private_page_signs_up_for_other_sessions(page: Reader, edition: Edition) -> None:
    visit, dinner = make_visit(edition), make_visit(edition, "Dinner", 30, hours=9)
    with transaction():
        row = register(edition, applicant(1), actor=SYSTEM, wishes=Wishes(sessions=(visit,))).registration
    here, ids = private(row, "/sessions"), [str(visit.id), str(dinner.id)]
    shown = page.get(here)
    assert shown.find("//input[@name='sessions'][@checked]/@value") == ids[:1]
    assert not shown.find("//input[@disabled]")
    assert page.post(here, {"sessions": ids[1:]}).location == private(only())
    assert [one.session.title.en for one in only().session_places] == ["Dinner"]
    with transaction():
        dinner = db.session.get_one(Session, dinner.id)
        dinner.state = "draft"
    page.post(here, {})
    assert [one.session.title.en for one in only().session_places] == ["Dinner"]
    assert places.reconcile() == []
    with transaction():
        operations.cancel(only(), actor=SYSTEM)
    page.post(here, {"sessions": ids[:1]})
    assert (only().session_places[0].held, places.reconcile()) == (False, [])


def set_state(row: Registration, state: str, until: datetime | None = None) -> None:
    with transaction():
        row.state, row.offer_until, row.wait_sequence = state, until, 1 if state == "waitlisted" else None


STANDINGS = {
    "pending": ("Your request has arrived.", "Withdraw the request"),
    "waitlisted": ("You are number 1 on the waiting list.", "Leave the waiting list"),
    "confirmed": ("You have a place.", "Cancel registration"),
    "offered": ("A place is free for you.", "Decline the place"),
    "declined": ("We could not give you a place.", ""),
    "lapsed": ("The time to accept your place is over.", "Register again"),
    "cancelled": ("This registration is cancelled.", "Register again"),
}


@pytest.mark.parametrize("state", STANDINGS)
def test_the_private_page_says_how_one_stands_and_what_comes_next(page: Reader, edition: Edition, state: str) -> None:
    row = make_registration(edition)
    set_state(row, state, clock.now() + timedelta(hours=5) if state == "offered" else None)
    shown = page.get(private(row))
    for words in STANDINGS[state]:
        assert words in shown.words
    others = {words for each, (_, words) in STANDINGS.items() if words and words != STANDINGS[state][1]}
    assert not [words for words in others if words in shown.words]
    assert bool(shown.find("//form[contains(@action, '/acceptance')]")) == (state == "offered")
    assert bool(shown.find("//img[contains(@src, 'ticket.png')]")) == (state == "confirmed")


def test_an_offer_is_accepted_or_declined_on_the_private_page(page: Reader, app) -> None:
    edition = make_edition(capacity=1)
    with transaction():
        default_category(edition).offer_hours = 24
    first, second, third = (private(make_registration(edition, number)) for number in (1, 2, 3))
    assert "hold a place for 24 hours" in page.get(second).words
    page.post(f"{first}/cancellation")
    assert states() == ["cancelled", "offered", "waitlisted"]
    shown = page.get(second)
    assert "(China Time)" in shown.words
    page.open("GET", f"{second}/acceptance", expected=405)
    page.post(f"{second}/cancellation")
    assert states() == ["cancelled", "cancelled", "offered"]
    for _ in range(2):
        page.post(f"{third}/acceptance")
    assert states() == ["cancelled", "cancelled", "confirmed"]
    page.post(f"{second}/acceptance")
    assert "This offer has expired" in page.get(second).words
    assert places.reconcile() == []


def test_an_offer_that_ran_out_cannot_be_accepted(page: Reader, edition: Edition) -> None:
    row = make_registration(edition)
    set_state(row, "offered", clock.now() - timedelta(seconds=1))
    here = private(row)
    assert "The time to accept your place is over." in page.get(here).words
    page.post(f"{here}/acceptance")
    assert states() == ["offered"]


def test_the_page_is_kept_until_what_it_offers_changes(app, edition: Edition) -> None:
    kept._pages.clear()
    visit = make_visit(edition, capacity=40)
    expert = make_category(edition)

    def pages() -> int:
        Reader(app).get(URL)
        Reader(app).get(URL)
        return sum(1 for shows in kept._pages if isinstance(shows, tuple) and shows[0] == "registrations.register")

    def change(**columns: object) -> None:
        with transaction():
            for name, value in columns.items():
                setattr(db.session.get_one(Category, number), name, value)

    number, visit_id = expert.id, visit.id
    assert pages() == 1
    with transaction():
        db.session.get_one(Session, visit_id).taken = 1
    assert pages() == 1
    for at, columns in enumerate(
        ({"needs_approval": True}, {"name": Bilingual("学者", "Scholar")}, {"capacity": 5}, {"taken": 1}), start=2
    ):
        change(**columns)
        assert pages() == at
    with transaction():
        db.session.get_one(Session, visit_id).taken = 40
    assert pages() == 6
    kept._pages.clear()


def test_choosing_costs_one_query_on_the_form_and_none_when_it_is_sent(page: Reader, edition: Edition) -> None:
    page.get(URL)
    assert len(page.get(URL).queries) == 2
    page.post(URL, form(1))
    sent = page.post(URL, form(2)).queries
    assert sum("categories" in query for query in sent) == 3  # what is offered, what is chosen, the claim
    assert sum(query.startswith("SELECT editions") for query in sent) == 1  # afterwards it comes with the category
