"""The app on each database, a fixed cast, an edition, and a reader of pages."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import select

import config as settings_of
from forums import create_app
from forums.editions.models import Edition
from forums.extensions import db, limiter
from forums.mail import delivery
from forums.mail.models import Letter
from tests import servers
from tests.cast import Cast
from tests.client import Reader
from tests.starts import Starts

DATABASES = ("sqlite", "postgresql")
LONGEST = ("tests/journeys/", "tests/operate/test_up.py", "tests/rules/test_junk.py")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        servers.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        servers.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests first, so that none is begun when all others are done."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A process that has no tests left takes over some of another's, so that none is idle at the end."""
    from xdist.scheduler import WorkStealingScheduling  # noqa: PLC0415  where xdist runs, it is there

    return WorkStealingScheduling(config, log)


def make_app(data: Path, database_url: str = "", **environ: str) -> Flask:
    """An app as the environment would make it, quick to sign in to and silent to the queue."""
    settings = settings_of.read({"BILLET_DATA": str(data), "DATABASE_URL": database_url, **environ})
    app = create_app(
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
        SECURITY_HASHING_SCHEMES=["hex_sha256"],  # of links for new passwords
        SECURITY_DEPRECATED_HASHING_SCHEMES=[],
    )
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(os.environ["TEST_TEMPLATES"])
    gc.freeze()  # what an app is made of stays: no cycles to hunt there
    return app


@pytest.fixture(scope="session")
def apps(worker_id: str) -> Iterator[Callable[[str], Flask]]:
    """One migrated app per database and test process, made when first asked for."""
    made: dict[str, Flask] = {}

    def app_on(kind: str) -> Flask:
        if kind not in made:
            data = Path(os.environ["TEST_DATA"]) / f"{worker_id}-{kind}"
            made[kind] = make_app(data, "" if kind == "sqlite" else servers.postgres_url(f"billet_{worker_id}"))
            with made[kind].app_context():
                starts = made[kind].extensions["starts"] = Starts(data)
                starts.migrate()
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
        chosen.extensions["starts"].begin(request.fixturenames)
        limiter.reset()
        yield chosen
        db.session.remove()


@pytest.fixture(scope="session")
def lend(apps: Callable[[str], Flask]) -> Callable[..., None]:
    """`lend(folder, "demo_data")`: what an app of the test's own, on SQLite, begins with."""

    def put(folder: Path, *names: str) -> None:
        app = apps("sqlite")
        with app.app_context():
            app.extensions["starts"].lend(folder, *names)
            db.session.remove()
            db.engine.dispose()

    return put


@pytest.fixture
def edition(app: Flask) -> Edition:
    """A published edition with two halls and 100 places."""
    made: Edition = app.extensions["starts"].edition()
    return made


@pytest.fixture
def cast(app: Flask) -> Cast:
    """The staff; the outsider organises the series "other"."""
    hired: Cast = app.extensions["starts"].cast()
    return hired


@pytest.fixture
def demo_data(app: Flask) -> None:
    """The demonstration data."""
    assert app.extensions["starts"].now == ("demo_data",), "the demonstration stands alone"


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
