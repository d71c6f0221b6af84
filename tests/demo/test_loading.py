"""Loading the demonstration data, and what happens after it."""

from __future__ import annotations

import json
from time import process_time

import pytest
from flask import Flask
from sqlalchemy import func, select

from forums.agreements import known, queries, review
from forums.agreements.duplicates import operations as duplicates
from forums.agreements.duplicates.queries import undecided
from forums.agreements.models import Project
from forums.demo.commands import demo
from forums.editions.models import Series
from forums.editions.queries import series_by_slug
from forums.extensions import db
from forums.transaction import transaction
from tests.cast import SYSTEM


def counts() -> dict[str, int]:
    return {
        table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in db.metadata.sorted_tables
    }


@pytest.mark.usefixtures("demo_data")
def test_the_planted_duplicates_do_not_move_the_total() -> None:
    suixi = series_by_slug("suixi")
    assert suixi
    twins = db.session.scalars(select(Project).where(Project.merged_into_id.is_not(None))).all()
    assert len(twins) == 4
    rows = known.rows(suixi)
    assert len(rows) > 60
    assert {row.project_id for row in rows}.isdisjoint({twin.id for twin in twins})
    planted = {(twin.merged_into_id or 0, twin.id) for twin in twins}
    assert planted.isdisjoint(proposed(suixi))
    with transaction():
        for twin in db.session.scalars(select(Project).where(Project.merged_into_id.is_not(None))):
            review.restore(twin, reason="test", actor=SYSTEM)
    assert queries.tally(suixi, see_confidential=False).total.contracted.projects == 45
    found = proposed(suixi)
    assert {pair: found[pair] for pair in planted if pair in found} == dict.fromkeys(planted, "strong")
    with transaction():
        for pair in sorted(planted):
            one, other = (db.session.get_one(Project, project_id) for project_id in pair)
            duplicates.decide(one, other, "same", stands=one, reason="test", actor=one.agreements[0].approved_by.actor)
    total = queries.tally(suixi, see_confidential=False).total.contracted
    assert (total.projects, total.fen) == (41, 304 * 10**10)


def proposed(series: Series) -> dict[tuple[int, int], str]:
    """Pair → its weight, the strongest first."""
    rows = undecided(series, see_confidential=True)
    return {(row.pair.first, row.pair.second): row.pair.weight for row in rows}


def test_the_command_loads_quickly_and_changes_nothing_when_it_is_run_again(app: Flask) -> None:
    runner = app.test_cli_runner()
    start = process_time()
    first = runner.invoke(demo)
    assert process_time() - start < 30
    assert first.exit_code == 0, first.output
    assert "suixi            loaded" in first.output
    before = counts()
    again = json.loads(runner.invoke(demo, ["--json"]).output)
    assert [part["loaded"] for part in again] == [False] * 4
    assert counts() == before
