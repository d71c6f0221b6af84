"""Migrations make what the models say, on both databases, and go down as they came up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import CheckConstraint, MetaData, inspect, text

from forums.extensions import db
from forums.registrations.search import is_in_the_models
from tests import servers
from tests.conftest import DATABASES, make_app

# What a column that must have something holds where a test says nothing of it.
USUAL: dict[type, object] = {
    str: "",
    int: 0,
    bool: False,
    object: {},  # JSON
    date: date(2027, 3, 18),
    datetime: datetime(2027, 3, 1, tzinfo=UTC),
}
FOLDER = Path(__file__).parents[2] / "forums" / "migrations"


@pytest.fixture(params=DATABASES)
def bare_app(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Iterator[Flask]:
    """An app whose database has no table yet."""
    name = f"billet_bare_{worker_id}"
    app = make_app(tmp_path, servers.create_database(name) if request.param == "postgresql" else "")
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    if request.param == "postgresql":
        servers.drop_database(name)


def test_models_equal_migrations(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_in_the_models})
        assert compare_metadata(context, db.metadata) == []


def test_every_check_of_the_models_is_in_the_database(app: Flask) -> None:
    """Autogenerate does not compare CHECK constraints."""
    inspector = inspect(db.engine)
    for table in db.metadata.sorted_tables:
        wanted = {str(check.name) for check in table.constraints if isinstance(check, CheckConstraint) and check.name}
        assert {check["name"] for check in inspector.get_check_constraints(table.name)} == wanted, table.name


def test_migrations_go_down_and_up_again(bare_app: Flask) -> None:
    upgrade()
    made = shape()
    downgrade(revision="base")
    assert set(shape()) == {"alembic_version"}
    upgrade()
    assert shape() == made


def test_what_was_called_off_for_all_stays_so_for_each_guest(bare_app: Flask) -> None:
    """Of two editions one was called off, the other called off and held after all."""
    upgrade(revision="0053")
    metadata = MetaData()
    metadata.reflect(db.engine)

    def put(table: str, **given: object) -> None:
        columns = [one for one in metadata.tables[table].columns if not one.nullable and one.server_default is None]
        written = {one.name: USUAL[one.type.python_type] for one in columns if one.name != "id"} | given
        db.session.execute(metadata.tables[table].insert().values(**written))

    put("series", id=1, slug="alu")
    for number, ends in ((1, (False, True)), (2, (True, False))):
        put("editions", id=number, series_id=1, slug=f"alu-{number}", kind="forum", state="published", zone="UTC")
        put("invitations", edition_id=number, email="guest@example.org", answer="none", language="zh")
        for sequence, is_cancelled in enumerate(ends):
            put("calendar_versions", edition_id=number, sequence=sequence, is_cancelled=is_cancelled)
    db.session.commit()
    upgrade()
    rows = db.session.execute(text("SELECT edition_id, calendar_off FROM invitations ORDER BY edition_id"))
    assert [(number, bool(off)) for number, off in rows] == [(1, True), (2, False)]


def shape() -> dict[str, list[str]]:
    """Tables with their columns, as the database has them."""
    metadata = MetaData()
    metadata.reflect(db.engine)
    return {table.name: sorted(column.name for column in table.columns) for table in metadata.sorted_tables}


def test_migrations_form_one_line_and_are_named_for_what_they_do() -> None:
    script = ScriptDirectory(str(FOLDER))
    assert len(script.get_heads()) == 1
    for revision in script.walk_revisions():
        name = Path(revision.path).name
        assert re.fullmatch(r"\d{4}_[a-z]+(_[a-z0-9]+)+\.py", name), name
        assert name.startswith(f"{revision.revision}_"), name
        assert not revision.is_merge_point


def test_migrations_never_import_the_code(apps: Callable[[str], Flask]) -> None:
    for path in (FOLDER / "versions").glob("*.py"):
        assert not re.search(r"^\s*(from|import) (forums|config)\b", path.read_text(), re.MULTILINE), path.name


def test_check_ins_become_passages_and_go_back(bare_app: Flask) -> None:
    upgrade(revision="0012")
    with db.engine.begin() as connection:
        for statement in CHECKED_IN.split(";"):
            connection.execute(text(statement))
    upgrade()
    point = "check_in_points ON check_in_points.id = point_id"
    seen = f'SELECT registration_id, name_en, day, at, direction, "by" FROM passages JOIN {point}'
    with db.engine.connect() as connection:
        assert [[str(value)[:10] for value in row] for row in connection.execute(text(seen))] == [
            ["1", "Entrance", "2027-03-18", "2027-03-18", "in", "Helper"]
        ]
    downgrade(revision="0012")
    with db.engine.connect() as connection:
        row = connection.execute(text("SELECT registration_id, checkpoint FROM check_ins")).one()
        assert tuple(row) == (1, "entrance")


def test_a_guest_who_was_invited_twice_keeps_the_invitation_they_answered(bare_app: Flask) -> None:
    upgrade(revision="0034")
    with db.engine.begin() as connection:
        for statement in INVITED_TWICE.split(";"):
            connection.execute(text(statement))
    upgrade()
    with db.engine.connect() as connection:
        kept = connection.execute(text("SELECT id, edition_id, answer FROM invitations ORDER BY id")).all()
        told = connection.execute(text("SELECT campaign_id, invitation_id FROM recipients ORDER BY id")).all()
        states = connection.execute(text("SELECT state FROM campaigns ORDER BY id")).scalars().all()
    assert [tuple(row) for row in kept] == [(2, 1, "none"), (3, 1, "coming")]
    assert [tuple(row) for row in told] == [(1, 3), (1, 2), (2, 3)]
    assert states == ["done", "running"]
    downgrade(revision="0034")
    with db.engine.connect() as connection:
        back = connection.execute(text("SELECT id, campaign_id FROM invitations ORDER BY id")).all()
    assert [tuple(row) for row in back] == [(2, 1), (3, 1)]


INVITED_TWICE = """
INSERT INTO series (id, slug, synthetic, created_at) VALUES (1, 'alu', false, '2027-01-01');
INSERT INTO editions (id, series_id, slug, kind, state, starts_on, ends_on, zone, capacity, contact_email, synthetic,
 created_at) VALUES (1, 1, 'alu-2027', 'forum', 'published', '2027-03-18', '2027-03-19', 'Asia/Shanghai', 9, '', false,
 '2027-01-01');
INSERT INTO contact_lists (id, series_id, name, created_at) VALUES (1, 1, 'L', '2027-01-01');
INSERT INTO campaigns (id, edition_id, list_id, name, include_invited, state, to_send, duplicate_count, invalid_count,
 skipped, tests_sent, created_at) VALUES
 (1, 1, 1, 'First', false, 'done', 2, 0, 0, '[]', 0, '2027-01-01'),
 (2, 1, 1, 'Second', true, 'sending', 1, 0, 0, '[]', 0, '2027-01-01');
INSERT INTO invitations (id, campaign_id, name, email, organisation, title, language, answer, companions, note,
 substitute_name, substitute_email, token_version, answered_at) VALUES
 (1, 1, 'A', 'a@example.org', '', '', 'zh', 'none', 0, '', '', '', 1, NULL),
 (2, 1, 'B', 'b@example.org', '', '', 'zh', 'none', 0, '', '', '', 1, NULL),
 (3, 2, 'A', 'a@example.org', '', '', 'zh', 'coming', 0, '', '', '', 1, '2027-01-02')
"""
CHECKED_IN = """
INSERT INTO series (id, slug, synthetic, created_at) VALUES (1, 'alu', false, '2027-01-01');
INSERT INTO editions (id, series_id, slug, kind, state, starts_on, ends_on, zone, capacity, contact_email, synthetic,
 created_at) VALUES (1, 1, 'alu-2027', 'forum', 'published', '2027-03-18', '2027-03-19', 'Asia/Shanghai', 9, '', false,
 '2027-01-01');
INSERT INTO people (id, synthetic, created_at) VALUES (1, false, '2027-01-01');
INSERT INTO categories (id, edition_id, code, position) VALUES (1, 1, 'attendee', 0);
INSERT INTO registrations (id, edition_id, person_id, category_id, reference, state, name, phone, organisation, title,
 language, source, consent_version, reason, token_version, ticket_version, revision, name_sort, search_text,
 created_at)
 VALUES (1, 1, 1, 1, 'K7QM-2D4X', 'confirmed', 'A', '', '', '', 'zh', 'public', '', '', 1, 1, 0, 'a', 'a',
 '2027-01-01');
INSERT INTO check_ins (registration_id, day, checkpoint, at, "by")
 VALUES (1, '2027-03-18', 'entrance', '2027-03-18 01:00:00', 'Helper')
"""
