"""A backup holds everything, and either database takes it back."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select, text

from forums import jobs
from forums.accounts.models import Account
from forums.editions.models import Edition
from forums.extensions import db
from forums.mail import queue
from forums.mail.models import Letter
from forums.transaction import transaction
from tests import servers
from tests.cast import SYSTEM, Cast
from tests.conftest import DATABASES, make_app


@pytest.fixture(params=DATABASES)
def target(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Iterator[Flask]:
    """Another installation, whose database is still empty."""
    name = f"billet_target_{worker_id}"
    app = make_app(tmp_path / "target", servers.create_database(name) if request.param == "postgresql" else "")
    yield app
    with app.app_context():
        db.engine.dispose()
    if request.param == "postgresql":
        servers.drop_database(name)


def run(app: Flask, *args: object) -> Result:
    with app.app_context():
        db.session.remove()
        return app.test_cli_runner().invoke(args=[str(arg) for arg in args])


def hashes(file: Path, prefix: str = "tables/") -> dict[str, str]:
    with zipfile.ZipFile(file) as opened:
        known: dict[str, str] = json.loads(opened.read("manifest.json"))["sha256"]
    return {name: digest for name, digest in known.items() if name.startswith(prefix)}


@pytest.fixture
def backup(app: Flask, cast: Cast, edition: Edition, tmp_path: Path) -> Path:
    """An archive of a small installation with a letter, a job and a stored file."""
    with transaction():
        queue(letter="password_changed", event="a", to="张三@例子.cn", language="zh", params={"name": "张三", "n": [1]})
        jobs.start("outcomes.compile", {"edition": 1}, actor=SYSTEM, edition=edition)
    stored = app.config["DATA"] / "files" / "峰会" / "scan.pdf"
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_bytes(b"%PDF-1.7 \x00\xff")
    file = tmp_path / "backup.zip"
    done = run(app, "backup", file, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["rows"] > 10
    assert file.stat().st_mode & 0o777 == 0o600
    return file


def test_every_row_and_file_comes_back_on_either_database(
    backup: Path, app: Flask, target: Flask, tmp_path: Path
) -> None:
    done = run(target, "restore", backup)
    assert done.exit_code == 0, done.output
    again = tmp_path / "again.zip"
    assert run(target, "backup", again).exit_code == 0
    assert hashes(again) == hashes(backup)
    data: Path = target.config["DATA"]
    assert (data / "files" / "峰会" / "scan.pdf").read_bytes() == b"%PDF-1.7 \x00\xff"
    assert (data / "secret_key").read_bytes() == (app.config["DATA"] / "secret_key").read_bytes()
    with target.app_context(), transaction():
        letter = db.session.scalars(select(Letter)).one()
        assert (letter.recipient, letter.params) == ("张三@例子.cn", {"name": "张三", "n": [1]})
        later = Account(email="later@example.org", name="Later", fs_uniquifier="later")
        db.session.add(later)
        db.session.flush()
        assert later.id > 8  # the sequences go on behind what came in


def test_data_is_replaced_only_by_force(backup: Path, app: Flask) -> None:
    refused = run(app, "restore", backup)
    assert refused.exit_code == 1
    assert "add --force" in refused.output
    with transaction():
        db.session.scalars(select(Letter)).one().state = "held"
    assert run(app, "restore", backup, "--force").exit_code == 0
    assert db.session.scalars(select(Letter)).one().state == "queued"


def test_a_damaged_archive_or_a_newer_one_changes_nothing(backup: Path, app: Flask, tmp_path: Path) -> None:
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(backup) as whole, zipfile.ZipFile(broken, "w") as out:
        for name in whole.namelist():
            out.writestr(name, whole.read(name).replace(b"Summit", b"Summat"))
    assert "is not what was backed up" in run(app, "restore", broken, "--force").output
    (tmp_path / "cut.zip").write_bytes(backup.read_bytes()[:2000])
    assert "no archive of Billet" in run(app, "restore", tmp_path / "cut.zip", "--force").output
    newer = tmp_path / "newer.zip"
    with zipfile.ZipFile(backup) as whole, zipfile.ZipFile(newer, "w") as out:
        for name in whole.namelist():
            out.writestr(name, whole.read(name).replace(b'"revision": "00', b'"revision": "99'))
    assert "is from a newer Billet (revision 99" in run(app, "restore", newer, "--force").output
    assert db.session.scalars(select(Letter)).one().recipient == "张三@例子.cn"


def test_an_archive_never_writes_outside_the_data_folder(backup: Path, app: Flask, tmp_path: Path) -> None:
    with zipfile.ZipFile(backup) as whole:
        members = {name: whole.read(name) for name in whole.namelist()}
    data: Path = app.config["DATA"]
    for name in ("data/../../evil", f"data/{tmp_path}/evil", "data/./evil"):  # the second is data//tmp/…
        manifest = json.loads(members["manifest.json"])
        manifest["sha256"][name] = manifest["sha256"]["data/secret_key"]
        with zipfile.ZipFile(tmp_path / "evil.zip", "w") as out:
            changed = {"manifest.json": json.dumps(manifest).encode(), name: members["data/secret_key"]}
            for member, content in (members | changed).items():
                out.writestr(member, content)
        assert "outside the data folder" in run(app, "restore", tmp_path / "evil.zip", "--force").output, name
        assert not any((place / "evil").exists() for place in (tmp_path, data, data.parent.parent)), name


def test_a_backup_never_overwrites_a_file(backup: Path, app: Flask) -> None:
    before = backup.read_bytes()
    assert "exists already" in run(app, "backup", backup).output
    assert backup.read_bytes() == before


def test_a_backup_never_holds_itself(app: Flask) -> None:
    inside = app.config["DATA"] / "backup.zip"
    assert "lies in the data folder" in run(app, "backup", inside).output
    assert not list(inside.parent.glob("*.zip*"))


def test_an_installation_without_tables_has_nothing_to_back_up(target: Flask, tmp_path: Path) -> None:
    assert "There is no data yet" in run(target, "backup", tmp_path / "none.zip").output
    assert list(tmp_path.glob("*.zip*")) == []


def test_an_archive_of_an_older_schema_is_upgraded(apps: Callable[[str], Flask], target: Flask, tmp_path: Path) -> None:
    old = tmp_path / "old.zip"
    with target.app_context():
        upgrade(revision="0001")
        with db.engine.connect().execution_options(billet_write=True) as connection, connection.begin():
            columns = "email, name, active, demo, fs_uniquifier, language, created_at"
            values = "'a@b.example', 'A', true, false, 'u', 'zh', '2026-01-01 00:00:00'"
            connection.execute(text(f"INSERT INTO accounts ({columns}) VALUES ({values})"))
    assert run(target, "backup", old).exit_code == 0
    done = run(target, "restore", old, "--force")
    assert done.exit_code == 0, done.output
    with target.app_context():
        assert db.session.scalars(select(Account.email)).all() == ["a@b.example"]
        db.session.remove()
