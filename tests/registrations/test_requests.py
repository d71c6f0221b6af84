"""The office decides: one by one, many at once, and by hand in the waiting list."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from forums.editions.models import Edition
from forums.extensions import db
from forums.jobs.models import Job
from forums.jobs.operations import run
from forums.mail.models import Letter
from forums.registrations import operations
from forums.registrations.deciding.operations import decline
from forums.registrations.models import Category, Registration
from forums.registrations.queries import waiting_ids
from forums.transaction import transaction
from tests.cast import SYSTEM, Cast
from tests.client import Reader
from tests.registrations.make import applicant, make_registrations, states

OFFICE = "/office/e/alu-2027/registrations"
REQUESTS = f"{OFFICE}/requests"


@pytest.fixture
def office(page: Reader, cast: Cast, edition: Edition) -> Reader:
    page.sign_in(cast.staff)
    return page


def here() -> Edition:
    """The edition anew: a request leaves the rows of the one before it behind."""
    db.session.rollback()
    return db.session.scalars(select(Edition)).one()


def guest(number: int) -> Registration:
    db.session.rollback()
    return db.session.scalars(select(Registration).where(Registration.name == f"Guest {number}")).one()


def asking(edition: Edition, count: int, **rules: object) -> list[Registration]:
    """So many people who ask to come, in a category that needs approval."""
    with transaction():
        category = operations.default_category(edition)
        category.needs_approval = True
        for name, value in rules.items():
            setattr(category, name, value)
        return [
            operations.register(edition, applicant(n), category=category, actor=SYSTEM).registration
            for n in range(1, count + 1)
        ]


def run_jobs() -> None:
    db.session.rollback()
    for job_id in db.session.scalars(select(Job.id).where(Job.state == "queued")).all():
        assert run(job_id)


def test_the_undecided_come_oldest_first_and_a_filter_finds_them(office: Reader, edition: Edition) -> None:
    assert "Nothing to decide" in office.get(REQUESTS).words
    asking(here(), 3)
    words = office.get(REQUESTS).words
    assert words.index("Guest 1") < words.index("Guest 2") < words.index("Guest 3")
    found = office.get(f"{REQUESTS}?q=guest2").words
    assert "Guest 2" in found
    assert "Guest 3" not in found
    assert "Nobody matches" in office.get(f"{REQUESTS}?q=nobody").words
    assert "Nobody matches" in office.get(f"{REQUESTS}?category=99999999999999999999").words


def test_those_who_are_ticked_are_approved_in_a_job(office: Reader, edition: Edition) -> None:
    first, _second, third = asking(edition, 3, capacity=1)
    answer = office.post(REQUESTS, {"rows": [str(third.id), str(first.id), "999", "x"], "decision": "approve"})
    run_jobs()
    words = office.get(answer.location).words
    assert states() == ["confirmed", "pending", "waitlisted"]
    assert "Approve: 2 people" in words
    letters = select(Letter.letter).order_by(Letter.id).offset(3)
    assert list(db.session.scalars(letters)) == ["registration_confirmed", "registration_waitlisted"]


def test_all_that_match_are_declined_but_not_who_came_meanwhile(office: Reader, edition: Edition) -> None:
    rows = asking(edition, 2)
    up_to = rows[-1].id
    with transaction():
        operations.register(edition, applicant(3), actor=SYSTEM)
    office.post(REQUESTS, {"everyone": "1", "up_to": str(up_to), "decision": "decline", "reason": "members only"})
    run_jobs()
    run_jobs()
    assert states() == ["declined", "declined", "pending"]
    assert set(db.session.scalars(select(Registration.reason))) == {"members only", ""}
    assert "members only" in office.get(REQUESTS).source


def test_a_decision_again_changes_nothing_and_says_so(office: Reader, edition: Edition) -> None:
    ids = [str(row.id) for row in asking(edition, 2)]
    office.post(REQUESTS, {"rows": ids, "decision": "approve"})
    with transaction():
        decline(guest(2), reason="full of experts", actor=SYSTEM)
    run_jobs()
    job = db.session.scalars(select(Job)).one()
    with transaction():
        job.state = "queued"
    run_jobs()
    assert states() == ["confirmed", "declined"]
    assert db.session.scalar(select(func.count(Letter.id)).where(Letter.letter == "registration_confirmed")) == 1


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"decision": "decline"}, "Give a reason"),
        ({"decision": "approve"}, "Nobody is chosen"),
        ({"decision": "perhaps"}, "Please check what you entered"),
        ({}, "Please check what you entered"),
    ],
)
def test_what_is_missing_is_said_and_the_ticks_stay(
    office: Reader, edition: Edition, given: dict[str, str], says: str
) -> None:
    row_id = asking(edition, 1)[0].id
    ids = [] if given == {"decision": "approve"} else [str(row_id)]
    answer = office.post(REQUESTS, given | {"rows": ids}, expected=200)
    assert says in answer.words
    assert (f'value="{row_id}" checked' in answer.source) == bool(ids)
    assert states() == ["pending"]


def test_one_request_is_declined_with_a_reason(office: Reader, edition: Edition) -> None:
    page = f"{OFFICE}/{asking(edition, 1)[0].id}"
    url = f"{page}/decision"
    assert "Give a reason" in office.post(url, {"decision": "decline", "reason": ""}, expected=200).words
    office.post(url, {"decision": "decline", "reason": "members only"})
    assert (states(), guest(1).reason) == (["declined"], "members only")
    shown = office.get(page).words
    assert "members only" in shown
    assert "decided on already" in office.get(office.post(url, {"decision": "approve"}).location).words
    office.post(url, {"decision": "approve_after_all"})
    assert states() == ["confirmed"]


def test_the_waiting_list_is_reordered_with_a_reason(office: Reader, edition: Edition) -> None:
    assert "Nobody is waiting" in office.get(f"{OFFICE}/waiting-list").words
    with transaction():
        here().capacity = 0
    one, two = (row.id for row in make_registrations(here(), 2))
    url = f"{OFFICE}/{two}/rank"
    assert "This field is required" in office.post(url, {"rank": "1", "reason": ""}, expected=200).words
    office.post(url, {"rank": "1", "reason": "speaks at the opening"})
    assert waiting_ids(here()) == [two, one]
    words = office.get(f"{OFFICE}/waiting-list").words
    assert words.index("Guest 2") < words.index("Guest 1")


def test_those_who_wait_are_chosen_as_in_the_lists_and_declined(office: Reader, edition: Edition) -> None:
    with transaction():
        here().capacity = 0
    _one, two = (row.id for row in make_registrations(here(), 2))
    line, asking_to = f"{OFFICE}/waiting-list", {"decision": "decline", "reason": "no room"}
    assert "Nobody is chosen" in office.post(line, asking_to, expected=200).words
    assert "Give a reason" in office.post(line, {"rows": [two], "decision": "decline"}, expected=200).words
    office.post(line, asking_to | {"rows": [two], "decision": "approve"}, expected=200)
    answer = office.post(line, asking_to | {"rows": [two]})
    run_jobs()
    assert "Back to the waiting list" in office.get(answer.location).words
    assert states() == ["waitlisted", "declined"]
    office.post(line, asking_to | {"everyone": "1", "up_to": str(two)})
    run_jobs()
    assert states() == ["declined", "declined"]


def test_the_office_accepts_an_offer_for_a_caller(office: Reader, edition: Edition, app: Flask) -> None:
    with transaction():
        edition.capacity = 1
        operations.default_category(edition).offer_hours = 24
    first, _second = make_registrations(edition, 2)
    with transaction():
        operations.cancel(first, actor=SYSTEM)
    assert "Guest 2" in office.get(f"{OFFICE}/waiting-list").words
    office.post(f"{OFFICE}/{guest(2).id}/acceptance", {})
    assert states() == ["cancelled", "confirmed"]
    assert db.session.scalars(select(Category)).one().taken == 1
