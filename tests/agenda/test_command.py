"""flask import-schedule: what it makes, prints and refuses."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.editions.queries import edition_by_slug
from tests.agenda import files
from tests.agenda.make import sessions


@pytest.fixture
def programme(tmp_path: Path) -> Path:
    file = tmp_path / "programme.json"
    file.write_bytes(files.billet())
    return file


def run(app: Flask, *arguments: object) -> Result:
    return app.test_cli_runner().invoke(args=["import-schedule", *map(str, arguments)])


def test_it_makes_the_edition_with_what_the_file_says(app: Flask, programme: Path) -> None:
    result = run(app, programme, "--edition", "new-2027", "--json")
    assert result.exit_code == 0, result.output
    printed = json.loads(result.output)
    assert {name: printed[name] for name in ("edition", "series", "created_edition", "read", "created", "refused")} == {
        "edition": "new-2027",
        "series": "imported",
        "created_edition": True,
        "read": 3,
        "created": 3,
        "refused": 0,
    }
    row = edition_by_slug("new-2027")
    assert row is not None
    assert (row.title, row.zone, row.state) == (Bilingual("示例论坛", "Demo forum"), "Asia/Shanghai", "draft")
    assert (row.starts_on, row.ends_on) == (date(2027, 3, 18), date(2027, 3, 19))
    again = json.loads(run(app, programme, "--edition", "new-2027", "--json").output)
    assert (again["created_edition"], again["created"], again["updated"], again["unchanged"]) == (False, 0, 0, 3)


def test_dates_come_from_the_sessions_when_the_file_names_none(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "coscup.json"
    file.write_bytes(files.coscup())
    assert run(app, file, "--edition", "coscup", "--series", "coscup").exit_code == 0
    row = edition_by_slug("coscup")
    assert row is not None
    assert (row.series.slug, row.title.en, row.starts_on) == ("coscup", "coscup", date(2019, 8, 17))


def test_it_prints_counts_and_each_problem(app: Flask, edition: Edition, tmp_path: Path) -> None:
    file = tmp_path / "bad.json"
    file.write_bytes(files.billet(sessions=[{"key": "a", "title": "A"}, {"key": "b"}]))
    lines = run(app, file, "--edition", edition.slug).output.splitlines()
    assert lines[:6] == [
        "Edition alu-2027 (billet).",
        "read           2",
        "created        1",
        "updated        0",
        "unchanged      0",
        "refused        1",
    ]
    assert lines[6].endswith("sessions[1].title: This session has no title; it was left out. [b]")


def test_vanished_sessions_are_cancelled_when_asked(
    app: Flask, edition: Edition, programme: Path, tmp_path: Path
) -> None:
    run(app, programme, "--edition", edition.slug)
    shorter = tmp_path / "shorter.json"
    shorter.write_bytes(files.billet(sessions=json.loads(files.billet())["sessions"][:2]))
    assert "vanished  Dinner is no longer in the file" in run(app, shorter, "--edition", edition.slug).output
    assert sessions()["night"].state == "published"
    assert "cancelled Dinner" in run(app, shorter, "--edition", edition.slug, "--cancel-vanished").output
    assert sessions()["night"].state == "cancelled"


@pytest.mark.parametrize(
    ("content", "arguments", "words"),
    [
        (b"junk", ["--edition", "x"], "not valid JSON"),
        (files.billet(sessions=[], edition={}), ["--edition", "x"], "names no date"),
        (files.billet(), ["--edition", "Not A Slug"], "cannot be part of an address"),
        (files.billet(), ["--edition", "alu-2027", "--series", "other"], "belongs to the series 'alu'"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    app: Flask, edition: Edition, tmp_path: Path, content: bytes, arguments: list[str], words: str
) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    result = run(app, file, *arguments)
    assert result.exit_code == 1
    assert words in result.output
    assert "Traceback" not in result.output
    assert sessions() == {}
    assert edition_by_slug("x") is None
