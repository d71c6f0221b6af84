"""What each role is told to do next."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from forums.agenda.models import Session
from forums.clock import now
from forums.editions.models import Edition, Hall
from forums.extensions import db
from forums.home.steps import next_steps
from forums.registrations.models import Registration, State
from forums.transaction import transaction
from tests.agenda.make import make_session
from tests.agreements.making import make_draft, pass_review
from tests.cast import Cast, make_edition
from tests.client import Reader
from tests.registrations.make import make_registrations


def steps(account: object) -> list[tuple[str, str, int | None]]:
    return [(step.kind, step.edition.slug, step.count) for step in next_steps(account)]  # type: ignore[arg-type]


def test_a_draft_wants_to_be_published_and_furnished(cast: Cast) -> None:
    make_edition(slug="draft", published=False)
    assert steps(cast.organizer) == [("programme", "draft", None), ("publish", "draft", None)]
    make_session(db.session.scalars(select(Edition)).one())
    assert steps(cast.organizer) == [("publish", "draft", None)]
    with transaction() as session:
        session.execute(delete(Session))
        for hall in session.query(Hall):
            session.delete(hall)
    assert steps(cast.organizer) == [("halls", "draft", None), ("publish", "draft", None)]
    assert steps(cast.outsider) == steps(cast.auditor) == []


def test_what_is_handed_in_waits_for_those_who_may_take_the_next_step(cast: Cast, edition: Edition) -> None:
    row = pass_review(make_draft(edition, cast), cast, until="submitted")
    assert steps(cast.reviewer) == steps(cast.reviewer2) == [("verify", "alu-2027", 1)]
    pass_review(make_draft(edition, cast), cast, until="verified")
    assert row.review == "submitted"
    assert steps(cast.reviewer) == [("verify", "alu-2027", 1)], "who verified does not approve"
    assert steps(cast.reviewer2) == [("verify", "alu-2027", 1), ("approve", "alu-2027", 1)]


def test_registrations_to_decide_are_counted_for_staff(cast: Cast, edition: Edition) -> None:
    make_registrations(edition, 3)
    with transaction() as session:
        session.execute(update(Registration).values(state=State.PENDING, wait_sequence=None))
    assert steps(cast.staff) == [("pending", "alu-2027", 3)]
    assert steps(cast.helper) == []


@pytest.mark.parametrize(
    ("days_ahead", "expected"), [(2, []), (1, ["check_in"]), (0, ["check_in"]), (-1, ["check_in"]), (-2, [])]
)
def test_the_door_opens_the_day_before_and_closes_after_the_last(
    cast: Cast, edition: Edition, days_ahead: int, expected: list[str]
) -> None:
    first = now().astimezone(edition.tz).date() + timedelta(days=days_ahead)
    with transaction() as session:
        row = session.get_one(Edition, edition.id)
        row.starts_on, row.ends_on = first, first + timedelta(days=1)
    assert [kind for kind, _, _ in steps(cast.helper)] == expected


def test_the_page_takes_as_many_queries_for_twenty_editions_as_for_one(
    page: Reader, cast: Cast, edition: Edition
) -> None:
    series = edition.series
    few = len(page.sign_in(cast.admin).get("/office/").queries)
    db.session.add(series)
    for number in range(19):
        make_edition(series, slug=f"edition-{number}", published=False)
    assert len(page.get("/office/").queries) == few
