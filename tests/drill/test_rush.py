"""The last places, in full length: a thousand clients at once, round after round, and a server that is killed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from forums.editions.models import Edition, Series
from forums.extensions import db
from forums.mail.models import Letter
from forums.registrations import places
from forums.registrations.models import Registration, State
from tests import servers
from tests.bench.rush import Outcome, rush
from tests.bench.test_registration import served
from tests.cast import make_edition, make_series
from tests.conftest import make_app

CLIENTS, PLACES = 1000, 100
ROUNDS = {"postgresql": int(os.environ.get("ROUNDS", "50")), "sqlite": int(os.environ.get("ROUNDS", "20"))}
KILLS = 10
THREADS = 12  # of each process: more than Billet starts, so that more are at the gate at the same moment


@dataclass
class Place:
    """Where Billet runs: its settings, and an app of our own on the same database."""

    app: Flask
    environ: dict[str, str]
    folder: Path

    @contextmanager
    def serves(self, slug: str, target: str = "forums.embedded:application") -> Iterator[int]:
        with served(target, self.folder / "billet.log", f"/e/{slug}", threads=THREADS, **self.environ) as port:
            yield port


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    data = tmp_path / "data"
    url = servers.create_database("drill") if request.param == "postgresql" else ""
    app = make_app(data, url)
    with app.app_context():
        upgrade()
        make_series()
        db.session.remove()
        environ = {
            "BILLET_DATA": str(data),
            "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
            "REDIS_URL": servers.redis_url(13),
            "PUBLIC_URL": "http://localhost",
            "TRUSTED_PROXIES": "1",
        }
        yield Place(app, environ, tmp_path)
        db.session.remove()
        db.engine.dispose()


def new_edition(number: int) -> str:
    db.session.rollback()
    return make_edition(db.session.scalars(select(Series)).one(), slug=f"round-{number}", capacity=PLACES).slug


def crowd(port: int, slug: str, number: int, *, clients: int = CLIENTS, outcome: Outcome | None = None) -> Outcome:
    """Everybody registers once; addresses differ from round to round."""
    return rush(
        port,
        f"/e/{slug}/register",
        lambda n: {
            "name": f"Guest {n} (synthetic)",
            "email": f"guest{n}@round{number}.example.org",
            "consent": "y",
        },
        people=clients,
        clients=clients,
        outcome=outcome,
    )


def confirmed(edition: Edition) -> int:
    mine = (Registration.edition_id == edition.id) & (Registration.state == State.CONFIRMED)
    return db.session.scalar(select(func.count()).select_from(Registration).where(mine)) or 0


def edition_of(slug: str) -> Edition:
    db.session.rollback()
    return db.session.scalars(select(Edition).where(Edition.slug == slug)).one()


@pytest.mark.timeout(7200)
def test_the_last_places_go_to_exactly_as_many(place: Place) -> None:
    database = db.engine.dialect.name
    first = new_edition(0)
    began = time.monotonic()
    with place.serves(first) as port:
        for number in range(ROUNDS[database]):
            slug = first if number == 0 else new_edition(number)
            outcome = crowd(port, slug, number)
            edition = edition_of(slug)
            assert outcome.errors == []
            assert (confirmed(edition), edition.taken) == (PLACES, PLACES)
            waiting = db.session.scalars(
                select(Registration.wait_sequence)
                .where(Registration.edition_id == edition.id, Registration.state == State.WAITLISTED)
                .order_by(Registration.created_at, Registration.id)
            ).all()
            assert list(waiting) == list(range(1, CLIENTS - PLACES + 1))
            letters = select(func.count()).select_from(Letter).where(Letter.edition_id == edition.id)
            assert db.session.scalar(letters) == CLIENTS
    assert places.reconcile() == []
    seconds = time.monotonic() - began
    print(f"\n{database}: {ROUNDS[database]} rounds of {CLIENTS} for {PLACES} places, 0 oversold, {seconds:.0f} s")


@pytest.mark.timeout(600)
def test_without_the_guard_it_oversells(place: Place) -> None:
    """On SQLite one writer at a time takes turns, so there is nothing to show."""
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    slug = new_edition(0)
    with place.serves(slug, "tests.drill.oversells:application") as port:
        crowd(port, slug, 0, clients=300)
    too_many = confirmed(edition_of(slug)) - PLACES
    print(f"\nguard off: {too_many} oversold")
    assert too_many > 0


@pytest.mark.timeout(1200)
def test_what_was_acknowledged_survives_kill_9(place: Place) -> None:
    slug = new_edition(0)
    acknowledged: list[str] = []
    for number in range(KILLS):
        outcome = Outcome()
        with place.serves(slug) as port:
            people = threading.Thread(
                target=crowd, args=(port, slug, number), kwargs={"clients": 150, "outcome": outcome}
            )
            people.start()
            while len(outcome.acknowledged) < 12 * number + 1 and people.is_alive():
                time.sleep(0.005)
            _kill_all(str(port))
            people.join()
        acknowledged += [f"guest{n}@round{number}.example.org" for n in outcome.acknowledged]
    edition = edition_of(slug)
    there = db.session.scalars(
        select(Registration.email).where(Registration.edition_id == edition.id, Registration.email.is_not(None))
    ).all()
    letters = db.session.scalars(select(Letter.recipient).where(Letter.edition_id == edition.id)).all()
    assert len(set(there)) == len(there)
    assert sorted(letters) == sorted(address for address in there if address)
    assert set(acknowledged) <= set(there)
    assert places.reconcile() == []
    print(f"\n{db.engine.dialect.name}: {KILLS} kills, {len(acknowledged)} acknowledged, 0 lost, 0 twice")


def _kill_all(port: str) -> None:
    """kill -9 to the server that listens there, and to its workers."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                environ = (entry / "environ").read_bytes()
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if b"granian" in command and f"PORT={port}".encode() in environ:
                os.kill(int(entry.name), signal.SIGKILL)
