"""Somebody who was invited, and was named as the substitute of somebody else as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from forums.extensions import db
from forums.invitations.answers import Answer, answer, find_registrations
from forums.invitations.models import Invitation
from forums.registrations.models import OVER, Registration
from forums.registrations.operations import Applicant, cancel, register
from forums.transaction import transaction
from tests.cast import SYSTEM, make_edition
from tests.invitations.guests import here, invitations, make_campaign, make_list, send

FIRST, SECOND = "guest0@example.org", "guest1@example.org"
Say = Callable[..., None]


@pytest.fixture
def say(app: Flask) -> Say:
    """The first or the second of two guests answers."""
    make_edition(capacity=10)
    campaign_id = make_campaign(make_list(2))
    send(campaign_id)
    ids = [row.id for row in invitations(campaign_id)]

    def answers(number: int, given: str, **more: Any) -> None:
        with transaction():
            answer(db.session.get_one(Invitation, ids[number]), Answer(given, **more), actor=SYSTEM)

    return answers


def names_the_other(say: Say) -> None:
    say(0, "substitute", substitute_name="Guest 1", substitute_email=SECOND)


def expected() -> list[str | None]:
    """The addresses that have a place."""
    db.session.rollback()
    live = db.select(Registration.email).where(Registration.state.not_in(OVER))
    return list(db.session.scalars(live.order_by(Registration.email)))


def registered_guests() -> list[str]:
    db.session.rollback()
    linked = db.select(Invitation.email).where(Invitation.registration_id.is_not(None))
    return list(db.session.scalars(linked.order_by(Invitation.email)))


def sweep() -> None:
    with transaction():
        find_registrations()


@pytest.mark.parametrize(("last", "left"), [("coming", [FIRST, SECOND]), ("not_coming", [SECOND])])
def test_who_said_that_they_come_keeps_the_place_that_they_came_by(say: Say, last: str, left: list[str]) -> None:
    names_the_other(say)
    say(1, "coming")
    say(0, last)
    assert expected() == registered_guests() == left
    say(1, "not_coming")
    assert expected() == [one for one in left if one != SECOND]


def test_a_place_that_was_taken_back_is_not_given_up_by_who_had_it(say: Say) -> None:
    names_the_other(say)
    sweep()
    assert registered_guests() == [FIRST, SECOND]
    say(0, "coming")
    sweep()
    assert registered_guests() == expected() == [FIRST]
    names_the_other(say)
    sweep()
    say(0, "coming")
    say(1, "not_coming")
    assert expected() == [FIRST]


def test_who_cancelled_and_registered_again_gives_that_place_back(say: Say) -> None:
    say(0, "coming")
    with transaction():
        cancel(db.session.scalars(db.select(Registration)).one(), actor=SYSTEM)
    with transaction():
        register(here(), Applicant("Guest 0", FIRST), actor=SYSTEM)
    assert expected() == [FIRST]
    say(0, "not_coming")
    assert expected() == []
