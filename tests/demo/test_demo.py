"""The published figures, through the product's own queries."""

from __future__ import annotations

from time import monotonic

import pytest
from flask import Flask
from sqlalchemy import func, select
from stdnum.cn import uscc

from forums.agreements import queries, review
from forums.agreements.models import Agreement, Project
from forums.demo.commands import demo
from forums.demo.loading import load_demo
from forums.demo.projects import PROJECTS, PROMOTED
from forums.directory.models import Organisation, Person
from forums.editions.models import Edition, Series
from forums.editions.queries import series_by_slug
from forums.extensions import db
from forums.money import format_yuan
from forums.outcomes.queries import figures
from forums.transaction import transaction
from tests.cast import SYSTEM

YUAN = 100


@pytest.fixture
def loaded(app: Flask) -> Flask:
    load_demo()
    return app


def series(slug: str) -> Series:
    row = series_by_slug(slug)
    assert row is not None
    return row


def counts() -> dict[str, int]:
    return {
        table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in db.metadata.sorted_tables
    }


def test_the_invented_amounts_are_what_was_published() -> None:
    assert (len(PROJECTS), sum(row.wan for row in PROJECTS)) == (41, 3_040_000)
    brought = [row.wan for row in PROJECTS if row.channel == "business"]
    assert (len(brought), sum(brought)) == (9, 198_000)
    assert (len(PROMOTED), sum(row.wan for row in PROMOTED)) == (3, 69_900)


def test_the_series_prints_41_projects_and_304_yi(loaded: Flask) -> None:
    tally = queries.tally(series("suixi"), see_confidential=False)
    total = tally.total.contracted
    assert (total.projects, total.disclosed, total.fen) == (41, 41, 30_400_000_000 * YUAN)
    assert (format_yuan(total.fen or 0, "zh"), format_yuan(total.fen or 0, "en")) == ("304亿元", "30.4 billion yuan")
    assert [line.contracted.projects for line in tally.editions] == [6 + 1, 8, 9, 8 + 1, 8]
    business = next(line.contracted for line in tally.channels if line.key == "business")
    assert (business.projects, business.fen) == (9, 1_980_000_000 * YUAN)
    for lines in (tally.editions, tally.bindings, tally.segments, tally.channels, tally.origins):
        assert sum(line.contracted.projects for line in lines) == 41
        assert sum(line.contracted.fen or 0 for line in lines) == total.fen
    assert (tally.technical, tally.set_aside, tally.total.intended.projects) == (3, 4, 3)
    assert (tally.total.intended.disclosed, tally.total.intended.fen) == (2, 620_000_000 * YUAN)
    assert (tally.total.contracted_pending.projects, tally.cancelled.projects) == (4, 1)


def test_the_promotion_meeting_prints_3_projects_and_6_99_yi(loaded: Flask) -> None:
    tally = queries.tally(series("suixi-promotion"), see_confidential=False)
    total = tally.total.contracted
    assert (total.projects, total.fen, format_yuan(total.fen or 0, "zh")) == (3, 699_000_000 * YUAN, "6.99亿元")
    assert [line.key for line in tally.channels] == ["association"]


def test_the_figures_are_those_that_were_published(loaded: Flask) -> None:
    values = {figure.id: figure.value for figure in figures(series("suixi"))}
    assert values["editions"] == 5
    assert (values["projects_signed"], values["amount_signed_total"]) == (41, 30_400_000_000 * YUAN)
    assert (values["person_times_checked_in"] or 0) > 1000 > (values["persons_checked_in"] or 0)
    assert values["duplicates_set_aside"] == 4


def test_the_planted_duplicates_do_not_move_the_total(loaded: Flask) -> None:
    suixi = series("suixi")
    twins = db.session.scalars(select(Project).where(Project.merged_into_id.is_not(None))).all()
    assert len(twins) == 4
    rows = queries.signed_rows(suixi)
    assert len(rows) > 60
    assert {row.project_id for row in rows}.isdisjoint({twin.id for twin in twins})
    with transaction():
        for twin in db.session.scalars(select(Project).where(Project.merged_into_id.is_not(None))):
            review.restore(twin, reason="test", actor=SYSTEM)
    assert queries.tally(series("suixi"), see_confidential=False).total.contracted.projects == 45


def test_a_second_run_changes_nothing(loaded: Flask) -> None:
    before = counts()
    assert [part.loaded for part in load_demo()] == [False, False, False, False]
    assert counts() == before


def test_it_loads_in_good_time(app: Flask) -> None:
    start = monotonic()
    load_demo()
    assert monotonic() - start < 30


def test_everything_invented_says_so(loaded: Flask) -> None:
    for table in (Series, Edition, Project, Agreement, Person, Organisation):
        assert db.session.scalar(select(func.count()).where(table.synthetic.is_(False))) == 0, table
    for project in db.session.scalars(select(Project)):
        assert "示例" in project.name.zh
        assert "synthetic" in project.name.en
    codes = db.session.scalars(select(Organisation.credit_code).where(Organisation.credit_code.is_not(None))).all()
    assert len(codes) > 40
    assert all(uscc.is_valid(code) and code[2:8] == "990000" for code in codes)


def test_a_visitor_can_register_for_the_edition_to_come(loaded: Flask) -> None:
    edition = db.session.scalars(select(Edition).where(Edition.slug == "demo-2027")).one()
    assert (edition.registration_state, edition.taken, edition.capacity, len(edition.halls)) == ("open", 0, 300, 3)


def test_the_command_says_what_it_did(app: Flask) -> None:
    runner = app.test_cli_runner()
    first = runner.invoke(demo)
    assert first.exit_code == 0, first.output
    assert "suixi            loaded" in first.output
    assert (
        "already there" in runner.invoke(demo, ["--json"]).output
        or '"loaded": false' in runner.invoke(demo, ["--json"]).output
    )
