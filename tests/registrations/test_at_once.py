"""The office, contacts, guests and the clock change the same few rows at once: nothing is lost or sold twice."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

from flask import Flask
from sqlalchemy import select

from forums.clock import now
from forums.documents.tables import read_text
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.registrations import operations, places, waiting
from forums.registrations.badges import operations as printing
from forums.registrations.checkin.operations import Scan, check_in
from forums.registrations.deciding.operations import AFTER_ALL, APPROVE, DECLINE, decide
from forums.registrations.delegations import members
from forums.registrations.delegations.operations import resize_delegation
from forums.registrations.imports.operations import apply, apply_some, hand_in
from forums.registrations.imports.undoing import undo_some
from forums.registrations.models import Category, Delegation, Registration, State
from forums.registrations.questions import answering
from forums.registrations.questions.models import Choice
from forums.registrations.walkins.operations import register_walk_in
from forums.registrations.wishes import Given, Wishes
from forums.transaction import settle, transaction
from tests.cast import SYSTEM, make_edition
from tests.registrations.asking import ask, choice
from tests.registrations.make import applicant, make_registration
from tests.registrations.test_choosing import make_category
from tests.registrations.test_delegations import make_unit, member, register

THREADS = 6
EACH = 12


def scene() -> dict[str, Any]:
    """An event that is full, with requests, offers, a waiting list, a unit, a choice of few places and an import."""
    edition = make_edition(capacity=14)
    expert = make_category(edition, capacity=3, offer_hours=24)
    made = [make_registration(edition, number).id for number in range(1, 7)]
    with transaction():
        asked = [operations.register(edition, applicant(20 + n), actor=SYSTEM, category=expert) for n in range(5)]
        made += [one.registration.id for one in asked]
        expert.needs_approval = True
        asked = [operations.register(edition, applicant(30 + n), actor=SYSTEM, category=expert) for n in range(3)]
        made += [one.registration.id for one in asked]
    unit = make_unit(edition, 3)
    register(unit, member(1), member(2, email="two@example.org"))
    visit = ask(edition, "choice", "Visit", choices=[("Foil works", 2)])
    people = "name,email\n" + "".join(f"Listed {n},listed{n}@example.org\n" for n in range(6))
    with transaction():
        batch = hand_in(edition, read_text(people), file_name="list.csv", actor=SYSTEM)
        apply(batch, actor=SYSTEM)
    settle(lambda: apply_some(batch.id, actor=SYSTEM))
    db.session.rollback()
    rows = select(Registration.id).where(Registration.edition_id == edition.id).order_by(Registration.id)
    return {
        "edition": edition.id,
        "expert": expert.id,
        "unit": unit.id,
        "foil": choice(visit, "Foil works").id,
        "batch": batch.id,
        "rows": list(db.session.scalars(rows)),
    }


def verbs(ids: dict[str, Any], rolled: random.Random) -> list[Callable[[], object]]:
    """What people do, each with a row of its own choice."""
    number = rolled.randrange(10_000)
    row = db.session.get_one(Registration, rolled.choice(ids["rows"]))
    edition, unit = db.session.get_one(Edition, ids["edition"]), db.session.get_one(Delegation, ids["unit"])
    expert, foil = db.session.get_one(Category, ids["expert"]), db.session.get_one(Choice, ids["foil"])
    own = [one for one in (row,) if one.delegation_id == unit.id]
    return [
        lambda: decide(row, rolled.choice([APPROVE, DECLINE, AFTER_ALL]), reason="no", actor=SYSTEM),
        lambda: operations.cancel(row, actor=SYSTEM),
        lambda: waiting.accept_offer(row, actor=SYSTEM),
        lambda: waiting.pass_on_lapsed_offers(edition, actor=SYSTEM),
        lambda: waiting.move_in_line(row, 1, reason="first", actor=SYSTEM),
        lambda: operations.change(row, applicant(number), category=expert, actor=SYSTEM),
        lambda: waiting.change_capacity(edition, rolled.randrange(10, 16), actor=SYSTEM),
        lambda: waiting.change_capacity(edition, rolled.randrange(2, 5), quota=expert, actor=SYSTEM),
        lambda: resize_delegation(unit, rolled.randrange(1, 5), actor=SYSTEM),
        lambda: [members.swap_member(one, applicant(number), "attendee", actor=SYSTEM) for one in own],
        lambda: members.register_members(unit, [member(number % 90, phone=f"139{number:08}")], actor=SYSTEM),
        lambda: answering.answer(row, [Given(foil.question, choices=(foil,))], actor=SYSTEM),
        lambda: undo_some(ids["batch"], actor=SYSTEM),
        lambda: printing.print_badge(row, paper="card", language="zh", reason="again", actor=SYSTEM),
        lambda: check_in(edition, Scan(row.reference, day=edition.starts_on), actor=SYSTEM),
        lambda: operations.register(edition, applicant(number), actor=SYSTEM, wishes=Wishes()),
        lambda: register_walk_in(
            edition, applicant(number, email=None, phone="13800138000"), category=expert, key=f"{number}", actor=SYSTEM
        ),
    ]


def test_whatever_is_done_at_once_the_places_foot(app: Flask) -> None:
    ids = scene()
    with transaction():
        offered = select(Registration).where(Registration.state == State.OFFERED).order_by(Registration.id)
        for row in db.session.scalars(offered).all()[:1]:
            row.offer_until = now() - timedelta(minutes=1)
    db.session.remove()
    start = Barrier(THREADS)

    def somebody(seed: int) -> int:
        rolled, refused = random.Random(seed), 0

        def act() -> None:
            rolled.choice(verbs(ids, rolled))()

        with app.app_context():
            start.wait()
            for _ in range(EACH):
                try:
                    settle(act)
                except Refused:
                    refused += 1
                finally:
                    db.session.remove()
        return refused

    with ThreadPoolExecutor(THREADS) as threads:
        refused = sum(threads.map(somebody, range(THREADS)))
    assert refused < THREADS * EACH
    assert places.reconcile() == []
    for kind in (Edition, Category, Delegation, Choice):
        for quota in db.session.scalars(select(kind).order_by(kind.id)):
            assert 0 <= quota.taken <= (quota.capacity if quota.capacity is not None else quota.taken), kind
