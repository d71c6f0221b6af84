"""Applicants and registrations for the tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.checkin.operations import Scan, check_in
from forums.registrations.models import Registration
from forums.registrations.operations import Applicant, register
from forums.transaction import transaction
from tests.cast import SYSTEM


def applicant(number: int = 1, **facts: Any) -> Applicant:
    defaults = {"name": f"Guest {number}", "email": f"guest{number}@example.org", "language": "en"}
    return Applicant(**(defaults | facts))


def make_registration(edition: Edition, number: int = 1, **facts: Any) -> Registration:
    with transaction():
        return register(edition, applicant(number, **facts), actor=SYSTEM).registration


def make_registrations(edition: Edition, count: int) -> list[Registration]:
    return [make_registration(edition, number) for number in range(1, count + 1)]


def come(row: Registration, *days: date) -> None:
    """Let the person pass the entrance on these days, in the caller's transaction."""
    for day in days:
        check_in(row.edition, Scan(row.reference, day=day), actor=SYSTEM)


def states() -> list[str]:
    """The states of all registrations, in the order in which they were made."""
    db.session.rollback()
    return list(db.session.scalars(select(Registration.state).order_by(Registration.id)))


def form(number: int = 1, **facts: Any) -> dict[str, str]:
    """What the public form posts."""
    defaults = {
        "name": f"Guest {number}",
        "email": f"guest{number}@example.org",
        "organisation": "Alu Works",
        "title": "Engineer",
        "phone": "+86 561 607 8888",
        "consent": "y",
        "website": "",
        "key": f"key-{number}",
    }
    return defaults | facts
