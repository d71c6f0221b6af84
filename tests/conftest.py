"""The app on each database, a fixed cast, an edition, and a reader of pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select

import config as settings_of
from forums import create_app
from forums.editions.models import Edition
from forums.extensions import db, limiter
from forums.mail import delivery
from forums.mail.models import Letter
from tests import servers
from tests.cast import Cast, hire, make_edition, make_series
from tests.client import Reader

DATABASES = ("sqlite", "postgresql")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        servers.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        servers.stop()


def make_app(data: Path, database_url: str = "", **environ: str) -> Flask:
    """An app as the environment would make it, quick to sign in to and silent to the queue."""
    settings = settings_of.read({"BILLET_DATA": str(data), "DATABASE_URL": database_url, **environ})
    return create_app(
        settings,
        TESTING=True,
        PROPAGATE_EXCEPTIONS=False,
        RING_THE_QUEUE=False,
        RATELIMIT_STORAGE_URI="memory://",  # the one limiter serves every app of this process
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS={
            "argon2__time_cost": 1,
            "argon2__memory_cost": 8,
            "argon2__parallelism": 1,
        },
    )


@pytest.fixture(scope="session")
def apps(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Callable[[str], Flask]]:
    """One migrated app per database and test process, made when first asked for."""
    made: dict[str, Flask] = {}

    def app_on(kind: str) -> Flask:
        if kind not in made:
            data = tmp_path_factory.mktemp(f"data-{kind}")
            url = "" if kind == "sqlite" else servers.create_database(f"billet_{worker_id}")
            made[kind] = make_app(data, url)
            with made[kind].app_context():
                upgrade()
                if kind == "sqlite":
                    db.engine.dispose()
                    shutil.copy(data / "billet.sqlite3", data / "empty.sqlite3")
        return made[kind]

    yield app_on
    for app in made.values():
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(params=DATABASES)
def app(request: pytest.FixtureRequest, apps: Callable[[str], Flask]) -> Iterator[Flask]:
    """The app with an empty database, in an app context; every test that uses it runs on both databases."""
    chosen = apps(request.param)
    with chosen.app_context():
        _empty(chosen)
        limiter.reset()
        yield chosen
        db.session.remove()


def _empty(app: Flask) -> None:
    db.session.remove()
    if db.engine.dialect.name == "sqlite":
        db.engine.dispose()
        data: Path = app.config["DATA"]
        for leftover in data.glob("billet.sqlite3*"):
            leftover.unlink()
        shutil.copy(data / "empty.sqlite3", data / "billet.sqlite3")
        return
    with db.engine.connect().execution_options(billet_write=True) as connection, connection.begin():
        servers.empty_database(connection, [table.name for table in db.metadata.sorted_tables])


@pytest.fixture
def edition(app: Flask) -> Edition:
    """A published edition with two halls and 100 places."""
    return make_edition()


@pytest.fixture
def cast(app: Flask) -> Cast:
    """The staff; the outsider organises the series "other"."""
    return hire(make_series("other"))


@pytest.fixture
def page(app: Flask) -> Reader:
    return Reader(app)


@pytest.fixture
def outbox(app: Flask) -> Callable[[], list[Letter]]:
    """The letters that are in the outbox now, oldest first."""

    def letters() -> list[Letter]:
        db.session.rollback()
        return list(db.session.scalars(select(Letter).order_by(Letter.id)))

    return letters


@pytest.fixture(scope="session")
def smtp_server() -> Iterator[servers.Sink]:
    sink = servers.Sink()
    yield sink
    sink.stop()


@pytest.fixture
def sink(smtp_server: servers.Sink) -> Iterator[servers.Sink]:
    """A real SMTP server, empty and obliging."""
    smtp_server.clear()
    yield smtp_server
    smtp_server.clear()


@pytest.fixture
def deliver(app: Flask, sink: servers.Sink, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[EmailMessage]]:
    """Deliver what is due into the SMTP server; returns every message it has taken so far."""
    monkeypatch.setitem(app.config, "SMTP_URL", sink.url)

    def run() -> list[EmailMessage]:
        db.session.rollback()
        while delivery.deliver():
            pass
        db.session.rollback()
        return sink.letters

    return run


@pytest.fixture(scope="session")
def worker_id() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")
