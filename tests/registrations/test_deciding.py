"""Approval, offers, the order of the line, sessions with places, delegations: who holds a place and who is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from forums import clock
from forums.agenda.models import Session
from forums.agenda.operations import SessionFacts, create_session
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.extensions import db
from forums.mail.models import Letter
from forums.registrations import operations, places, waiting
from forums.registrations.deciding import operations as deciding
from forums.registrations.delegations.operations import (
    DelegationFacts,
    create_delegation,
    remove_delegation,
    resize_delegation,
)
from forums.registrations.models import Category, Delegation, Registration, State
from forums.registrations.operations import register
from forums.registrations.queries import waiting_ids
from forums.registrations.refusals import Full, NotNow, PlacesTaken
from forums.registrations.tasks import sweep
from forums.registrations.wishes import Wishes, change_wishes
from forums.transaction import transaction
from tests.cast import SYSTEM
from tests.registrations.make import applicant, make_registration, make_registrations, states

NOON = datetime(2097, 3, 1, 4, tzinfo=UTC)


def category(edition: Edition, **rules: object) -> Category:
    with transaction():
        row = Category(edition=edition, code="expert", name=Bilingual("专家", "Expert"), taken=0, **rules)
        db.session.add(row)
    return row


def session(edition: Edition, capacity: int | None, title: str = "Smelter visit") -> Session:
    with transaction():
        row = create_session(edition, SessionFacts(title=Bilingual(en=title), kind="visit"), actor=SYSTEM)
        row.capacity = capacity
    return row


def add(edition: Edition, number: int, **how: object) -> Registration:
    with transaction():
        return register(edition, applicant(number), actor=SYSTEM, **how).registration  # type: ignore[arg-type]


def letters() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Letter.letter).order_by(Letter.id)))


def test_a_request_holds_nothing_until_it_is_approved(edition: Edition) -> None:
    experts = category(edition, needs_approval=True, capacity=1)
    first, second = (add(edition, n, category=experts) for n in (1, 2))
    assert (states(), edition.taken, experts.taken) == (["pending", "pending"], 0, 0)
    with transaction():
        deciding.approve(first, actor=SYSTEM)
        deciding.approve(second, actor=SYSTEM)
    assert (states(), edition.taken, experts.taken) == (["confirmed", "waitlisted"], 1, 1)
    assert first.decided_by == SYSTEM.label
    assert letters() == ["registration_received"] * 2 + ["registration_confirmed", "registration_waitlisted"]
    with pytest.raises(NotNow), transaction():
        deciding.approve(first, actor=SYSTEM)
    assert places.reconcile() == []


def test_declining_says_why_and_may_be_taken_back(edition: Edition) -> None:
    row = add(edition, 1, category=category(edition, needs_approval=True))
    with transaction():
        deciding.decline(row, reason="members only", actor=SYSTEM)
    assert (row.state, row.reason, row.is_live) == ("declined", "members only", False)
    with pytest.raises(NotNow), transaction():
        deciding.approve(row, actor=SYSTEM)
    with transaction():
        deciding.approve(row, actor=SYSTEM, after_all=True)
    assert (row.state, row.reason, edition.taken) == ("confirmed", "", 1)
    assert letters() == ["registration_received", "registration_declined", "registration_confirmed"]


def test_an_offer_holds_the_place_and_passes_on_when_it_runs_out(edition: Edition) -> None:
    experts = category(edition, capacity=1, offer_hours=24)
    with clock.frozen(NOON):
        first, second, third = (add(edition, n, category=experts) for n in (1, 2, 3))
        with transaction():
            assert operations.cancel(first, actor=SYSTEM) == [second]
    assert (second.state, second.offer_until, experts.taken) == ("offered", NOON + timedelta(hours=24), 1)
    with clock.frozen(NOON + timedelta(hours=23)):
        sweep()
        assert second.state == State.OFFERED
    with clock.frozen(NOON + timedelta(hours=24)):
        with pytest.raises(NotNow), transaction():
            waiting.accept_offer(second, actor=SYSTEM)
        sweep()
        sweep()
        assert states() == ["cancelled", "lapsed", "offered"]
        with transaction():
            waiting.accept_offer(third, actor=SYSTEM)
            waiting.accept_offer(third, actor=SYSTEM)
    assert (states(), experts.taken, places.reconcile()) == (["cancelled", "lapsed", "confirmed"], 1, [])
    assert letters()[-4:] == [
        "registration_offered",
        "registration_lapsed",
        "registration_offered",
        "registration_confirmed",
    ]


def test_an_offer_that_would_run_into_the_event_confirms_at_once(edition: Edition) -> None:
    experts = category(edition, capacity=1, offer_hours=48)
    with clock.frozen(datetime(2097, 3, 17, 4, tzinfo=UTC)):
        first, _second = (add(edition, n, category=experts) for n in (1, 2))
        with transaction():
            operations.cancel(first, actor=SYSTEM)
    assert states() == ["cancelled", "confirmed"]


def test_a_hand_changes_the_order_of_the_line(edition: Edition) -> None:
    with transaction():
        edition.capacity = 0
    one, two, three = make_registrations(edition, 3)
    with transaction():
        waiting.move_in_line(three, 1, reason="speaks at the opening", actor=SYSTEM)
    assert waiting_ids(edition) == [three.id, one.id, two.id]
    with transaction():
        waiting.move_in_line(one, 99, reason="asked for it", actor=SYSTEM)
    assert waiting_ids(edition) == [three.id, two.id, one.id]
    with transaction():
        assert waiting.change_capacity(edition, 1, actor=SYSTEM) == [three]
    with pytest.raises(NotNow), transaction():
        waiting.move_in_line(three, 1, reason="", actor=SYSTEM)


def test_a_session_is_claimed_with_the_place_or_nothing_is(edition: Edition) -> None:
    visit = session(edition, 1)
    first = add(edition, 1, wishes=Wishes(sessions=(visit,)))
    with pytest.raises(Full) as no, transaction():
        register(edition, applicant(2), actor=SYSTEM, wishes=Wishes(sessions=(visit,)))
    assert "Smelter visit" in no.value.message
    db.session.rollback()
    assert (visit.taken, edition.taken, states()) == (1, 1, ["confirmed"])
    with transaction():
        operations.cancel(first, actor=SYSTEM)
    assert (visit.taken, edition.taken, places.reconcile()) == (0, 0, [])


def test_who_moves_up_gets_the_sessions_that_still_have_places(edition: Edition) -> None:
    visit, dinner = session(edition, 1), session(edition, 1, "Dinner")
    with transaction():
        edition.capacity = 1
    first = make_registration(edition, 1)
    second = add(edition, 2, wishes=Wishes(sessions=(visit, dinner)))
    assert (second.state, visit.taken, [one.held for one in second.session_places]) == ("waitlisted", 0, [False, False])
    with transaction():
        change_wishes(first, Wishes(sessions=(dinner,)), actor=SYSTEM)
        visit.capacity = 0
    with transaction():
        assert operations.cancel(first, actor=SYSTEM) == [second]
    assert [(one.session_id, one.held) for one in second.session_places] == [(dinner.id, True)]
    assert (visit.taken, dinner.taken, places.reconcile()) == (0, 1, [])
    promoted = db.session.scalars(select(Letter).where(Letter.letter == "registration_promoted")).one()
    assert (promoted.params["missed"], promoted.params["sessions"]) == (["Smelter visit"], ["Dinner"])


def test_another_session_needs_a_place_and_gives_one_back(edition: Edition) -> None:
    visit, dinner = session(edition, 1), session(edition, 1, "Dinner")
    first = add(edition, 1, wishes=Wishes(sessions=(visit,)))
    second = add(edition, 2, wishes=Wishes(sessions=(dinner,)))
    with pytest.raises(Full), transaction():
        change_wishes(second, Wishes(sessions=(visit,)), actor=SYSTEM)
    db.session.rollback()
    assert (visit.taken, dinner.taken) == (1, 1)
    with transaction():
        assert change_wishes(first, Wishes(), actor=SYSTEM)
        assert change_wishes(second, Wishes(sessions=(visit,)), actor=SYSTEM)
        assert not change_wishes(second, Wishes(sessions=(visit,)), actor=SYSTEM)
    assert (visit.taken, dinner.taken, places.reconcile()) == (1, 0, [])


def test_another_category_needs_a_place_there(edition: Edition) -> None:
    one, two = make_registrations(edition, 2)
    small = category(edition, capacity=1)
    with transaction():
        operations.change(one, applicant(1), category=small, actor=SYSTEM)
    with pytest.raises(Full), transaction():
        operations.change(two, applicant(2), category=small, actor=SYSTEM)
    db.session.rollback()
    assert (small.taken, one.category.code, two.category.code) == (1, "expert", "attendee")
    assert places.reconcile() == []


def delegation(edition: Edition, places_given: int, key: str | None = None) -> Delegation:
    with transaction():
        return create_delegation(
            edition,
            operations.default_category(edition),
            DelegationFacts(name="Alu Works"),
            places_given=places_given,
            actor=SYSTEM,
            key=key,
        )


def test_a_delegation_has_its_places_for_itself(edition: Edition) -> None:
    with transaction():
        edition.capacity = 3
    unit = delegation(edition, 2, key="once")
    assert delegation(edition, 2, key="once") is unit
    assert edition.taken == 2
    make_registrations(edition, 2)
    member = add(edition, 3, delegation=unit)
    add(edition, 4, delegation=unit, role="driver")
    with pytest.raises(Full), transaction():
        register(edition, applicant(5), actor=SYSTEM, delegation=unit)
    db.session.rollback()
    assert states() == ["confirmed", "waitlisted", "confirmed", "confirmed"]
    assert (edition.taken, unit.taken, places.reconcile()) == (3, 2, [])
    with pytest.raises(PlacesTaken), transaction():
        resize_delegation(unit, 1, actor=SYSTEM)
    with pytest.raises(Full), transaction():
        resize_delegation(unit, 3, actor=SYSTEM)
    with transaction():
        operations.cancel(member, actor=SYSTEM)
    assert (unit.taken, edition.taken) == (1, 3)
    with transaction():
        resize_delegation(unit, 1, actor=SYSTEM)
    assert states() == ["confirmed", "confirmed", "cancelled", "confirmed"]
    with transaction():
        remove_delegation(unit, actor=SYSTEM)
    assert (unit.taken, unit.capacity, edition.taken, places.reconcile()) == (0, 0, 2, [])


def test_swapping_a_person_takes_no_new_place(edition: Edition) -> None:
    unit = delegation(edition, 1)
    member = add(edition, 1, delegation=unit)
    before = (member.ticket_version, member.token_version)
    with transaction():
        operations.hand_over(member, applicant(2), actor=SYSTEM)
    assert (member.name, unit.taken, edition.taken) == ("Guest 2", 1, 1)
    assert (member.ticket_version, member.token_version) == (before[0] + 1, before[1] + 1)


def test_without_an_address_name_and_phone_are_the_person(edition: Edition) -> None:
    given = {"email": None, "phone": "13800000000", "name": "张三"}
    row = make_registration(edition, 1, **given)
    with transaction():
        again = register(edition, applicant(1, **given), actor=SYSTEM)
        other = register(edition, applicant(1, **given | {"name": "李四"}), actor=SYSTEM)
    assert (again.is_new, again.registration, other.is_new) == (False, row, True)
    assert row.person_id != other.registration.person_id
