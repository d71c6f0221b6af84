"""Loading the demonstration data, and what happens after it."""

from __future__ import annotations

import json
from time import monotonic

from flask import Flask
from sqlalchemy import func, select

from forums.agreements import known, queries, review
from forums.agreements.models import Project
from forums.demo.commands import demo
from forums.demo.loading import load_demo
from forums.editions.queries import series_by_slug
from forums.extensions import db
from forums.transaction import transaction
from tests.cast import SYSTEM


def counts() -> dict[str, int]:
    return {
        table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in db.metadata.sorted_tables
    }


def test_the_planted_duplicates_do_not_move_the_total(app: Flask) -> None:
    load_demo()
    suixi = series_by_slug("suixi")
    assert suixi
    twins = db.session.scalars(select(Project).where(Project.merged_into_id.is_not(None))).all()
    assert len(twins) == 4
    rows = known.rows(suixi)
    assert len(rows) > 60
    assert {row.project_id for row in rows}.isdisjoint({twin.id for twin in twins})
    with transaction():
        for twin in db.session.scalars(select(Project).where(Project.merged_into_id.is_not(None))):
            review.restore(twin, reason="test", actor=SYSTEM)
    assert queries.tally(suixi, see_confidential=False).total.contracted.projects == 45


def test_it_loads_quickly_and_a_second_run_changes_nothing(app: Flask) -> None:
    start = monotonic()
    load_demo()
    assert monotonic() - start < 30
    before = counts()
    assert [part.loaded for part in load_demo()] == [False, False, False, False]
    assert counts() == before


def test_the_command_says_what_it_did(app: Flask) -> None:
    runner = app.test_cli_runner()
    first = runner.invoke(demo)
    assert first.exit_code == 0, first.output
    assert "suixi            loaded" in first.output
    again = json.loads(runner.invoke(demo, ["--json"]).output)
    assert [part["loaded"] for part in again] == [False] * 4
