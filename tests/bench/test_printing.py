"""Printing: 1,000 badges in one job, a ticket in each letter, the sign-in sheet."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import insert, select

from forums.clock import now
from forums.documents.render.pdf import typeset
from forums.editions.models import Edition
from forums.extensions import db
from forums.jobs.models import Job
from forums.jobs.operations import run
from forums.registrations.badges import operations, setting
from forums.registrations.badges.papers import PAPERS
from forums.registrations.checkin.queries import days_of
from forums.registrations.emails import facts_of, ticket_and_calendar
from forums.registrations.models import Registration, new_reference, search_columns
from forums.registrations.tickets import ticket_png
from forums.transaction import transaction
from tests.bench.figures import Figure, report
from tests.cast import SYSTEM, make_edition
from tests.conftest import make_app
from tests.registrations.make import make_registration

PEOPLE, LETTERS = 1000, 50
NAMES = ("张伟", "欧阳娜娜", "Ann Lee", "阿卜杜热西提·买买提明", "Bartholomew Featherstonehaugh-Cholmondeley", "王芳")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path)
    with app.app_context():
        upgrade()
        yield app
        db.session.remove()


def fill(edition: Edition) -> list[int]:
    """A thousand people who hold a place; their ids by name."""
    first = make_registration(edition, 0)
    with transaction():
        shared = {
            name: getattr(first, name) for name in ("person_id", "category_id", "edition_id", "state", "language")
        }
        rows = []
        for number in range(PEOPLE - 1):
            facts: dict[str, Any] = {"name": f"{NAMES[number % len(NAMES)]} {number}", "reference": new_reference()}
            facts["organisation"] = f"濉溪县第{number}铝业科技发展股份有限公司"
            facts["title"] = "高级工程师" if number % 2 else ""
            columns = search_columns(facts["name"], facts["organisation"], facts["reference"])
            rows.append(shared | facts | columns | {"created_at": now(), "confirmed_at": now()})
        db.session.execute(insert(Registration), rows)
    return list(db.session.scalars(select(Registration.id).order_by(Registration.name_sort)))


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peak(whose: int = resource.RUSAGE_SELF) -> float:
    """The most memory this process, or any that it started, has held, in MB."""
    return resource.getrusage(whose).ru_maxrss / 1024


def bare(rows: list[Registration], edition: Edition) -> float:
    """Seconds that typst takes for the same badges without their QR codes, once their data is there."""
    data = setting.badges(map(setting.face_of, rows), edition, PAPERS["card"], "both")
    for item in data["items"]:
        item["code"] = {"svg": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>', "alt": "none"}
    return seconds(lambda: typeset("badge.typ", data, issued=now(), accessible=False))


def test_printing(app: Flask) -> None:
    edition = make_edition(capacity=2 * PEOPLE)
    ids = fill(edition)
    row = db.session.scalars(select(Registration).limit(1)).one()
    facts = facts_of(row)
    ticket_and_calendar(facts, "zh")  # loads the fonts
    png = seconds(lambda: [ticket_png(n, 1) for n in range(LETTERS)]) / LETTERS
    letters = [facts | {"registration_id": n, "name": NAMES[n % len(NAMES)] + str(n)} for n in range(LETTERS)]
    letter = seconds(lambda: [ticket_and_calendar(each, "zh") for each in letters]) / LETTERS
    rows = list(db.session.scalars(select(Registration).order_by(Registration.name_sort)))
    sheet = seconds(
        lambda: typeset(
            "sheet.typ",
            setting.sign_in_sheet(rows, edition, days_of(edition), by="initial", spoken="zh", at=now()),
            issued=now(),
            accessible=False,
        )
    )
    floor = bare(rows, edition)
    with transaction():
        job_id = operations.ask_for_print(edition, ids, paper="card", language="both", actor=SYSTEM).job_id
    assert job_id is not None
    before = peak()
    badges = seconds(lambda: run(job_id))
    assert db.session.get_one(Job, job_id).state == "done"
    report(
        "printing",
        [
            Figure("1,000 badges in one job", badges, "s", floor, 3, at_most=True),
            Figure("1,000 badges: memory on top, for good", peak() - before, "MB", bar=100, at_most=True),
            Figure("1,000 badges: memory of their process", peak(resource.RUSAGE_CHILDREN), "MB"),
            Figure("sign-in sheet of 1,000", sheet, "s", floor, 1, at_most=True),
            Figure("files of a letter (QR, ticket PDF, calendar)", letter * 1000, "ms", png * 1000),
        ],
    )
