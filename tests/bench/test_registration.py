"""The rush at noon: 1,000 people, 24 clients, 500 places, on PostgreSQL with two web processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy import create_engine, text

from forums.extensions import db
from tests import servers
from tests.bench.figures import Figure, report
from tests.bench.rush import Outcome, rush
from tests.cast import make_edition
from tests.conftest import make_app
from tests.running import process, status, wait_for

PEOPLE, CLIENTS, PLACES = 1000, 24, 500


@contextmanager
def served(target: str, log: Path, path: str, **environ: str) -> Iterator[int]:
    """An application factory behind granian with two processes; yields its port."""
    port = servers.free_port()
    options = ["--interface", "wsgi", "--factory", "--workers", "2", "--blocking-threads", "12", "--no-ws"]
    where = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "error"]
    with process("granian", *options, *where, target, log=log, PORT=str(port), **environ):
        wait_for(lambda: status(str(port), path) == 200, log)
        yield port


def bare_rush(folder: Path) -> Outcome:
    url = servers.create_database("bench_bare").replace("postgresql://", "postgresql+psycopg://")
    with create_engine(url).begin() as connection:
        connection.execute(text("CREATE TABLE places (id int primary key, taken int, capacity int)"))
        connection.execute(text("CREATE TABLE people (id serial primary key, name text, email text, confirmed bool)"))
        connection.execute(text("INSERT INTO places VALUES (1, 0, :places)"), {"places": PLACES})
    with served("tests.bench.bare:application", folder / "bare.log", "/form", BARE_DATABASE_URL=url) as port:
        return rush(
            port, "/form", lambda n: {"name": f"N{n}", "email": f"n{n}@example.org"}, people=PEOPLE, clients=CLIENTS
        )


def test_rush(tmp_path: Path) -> None:
    bare = bare_rush(tmp_path)
    environ = {
        "BILLET_DATA": str(tmp_path / "data"),
        "DATABASE_URL": servers.create_database("bench_billet"),
        "REDIS_URL": servers.redis_url(14),
        "PUBLIC_URL": "http://localhost",
        "TRUSTED_PROXIES": "1",
    }
    app = make_app(tmp_path / "data", environ["DATABASE_URL"])
    with app.app_context():
        upgrade()
        make_edition(capacity=PLACES)
    with served("forums.embedded:application", tmp_path / "billet.log", "/healthz", **environ) as port:
        ours = rush(
            port,
            "/e/alu-2027/register",
            lambda n: {"name": f"Guest {n} (synthetic)", "email": f"guest{n}@example.org", "consent": "y"},
            people=PEOPLE,
            clients=CLIENTS,
        )
    with app.app_context():
        counted = "SELECT count(*) FILTER (WHERE state = 'confirmed'), count(*) FROM registrations"
        confirmed, written = db.session.execute(text(counted)).one()
    report(
        "registration",
        [
            Figure("registrations per second", ours.rate, "1/s", bare.rate, 0.5),
            Figure("a whole flow, p50", ours.percentile(0.5), "ms", bare.percentile(0.5)),
            Figure("a whole flow, p99", ours.percentile(0.99), "ms", bare.percentile(0.99), 3, at_most=True),
            Figure("errors", len(ours.errors), "", bar=0, at_most=True),
            Figure("places sold too many", max(0, confirmed - PLACES), "", bar=0, at_most=True),
        ],
    )
    assert bare.errors == []
    assert (ours.errors, confirmed, written) == ([], PLACES, PEOPLE)
