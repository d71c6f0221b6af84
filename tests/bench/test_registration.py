"""The rush at noon: 1,000 people, 24 clients, 500 places, on PostgreSQL with two web processes.

Beside it run its ceilings: the same flow, and its POST alone, through a bare Flask app, and single rows written by as
many connections as there are clients (what pgbench would do; PostgreSQL's wheel does not bring it).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from flask_migrate import upgrade
from sqlalchemy import create_engine, select, text

import config
from forums import create_app
from forums.editions.models import Series
from forums.extensions import db
from forums.operate.up import THREADS
from forums.transaction import MOMENT_SECONDS
from tests import servers
from tests.bench.costs import costs, cpu_seconds
from tests.bench.figures import Figure, report
from tests.bench.rush import Outcome, post_alone, rush
from tests.cast import make_edition
from tests.conftest import make_app
from tests.running import process, status, wait_for

PEOPLE, CLIENTS, PLACES = 1000, 24, 500
FORM = "/e/alu-2027/register"


@contextmanager
def served(target: str, log: Path, path: str, *, threads: int = THREADS, **environ: str) -> Iterator[int]:
    """An application factory behind granian with two processes; yields its port."""
    with serving(target, log, path, threads=threads, **environ) as (port, _):
        yield port


@contextmanager
def serving(target: str, log: Path, path: str, *, threads: int = THREADS, **environ: str) -> Iterator[tuple[int, int]]:
    """As served(), with the process above the two."""
    port = servers.free_port()
    options = ["--interface", "wsgi", "--factory", "--workers", "2", "--no-ws"]
    options += ["--blocking-threads", str(threads)]
    where = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "error"]
    with process("granian", *options, *where, target, log=log, PORT=str(port), **environ) as running:
        wait_for(lambda: status(str(port), path) == 200, log)
        yield port, running.pid


def bare_rush(folder: Path) -> tuple[Outcome, Outcome]:
    """The bare flow, and its POST alone."""
    url = servers.create_database("bench_bare").replace("postgresql://", "postgresql+psycopg://")
    with create_engine(url).begin() as connection:
        connection.execute(text("CREATE TABLE places (id int primary key, taken int, capacity int)"))
        connection.execute(text("CREATE TABLE people (id serial primary key, name text, email text, confirmed bool)"))
        connection.execute(text("INSERT INTO places VALUES (1, 0, :places)"), {"places": PLACES})

    def fields(number: int) -> dict[str, str]:
        return {"name": f"N{number}", "email": f"n{number}@example.org"}

    with served("tests.bench.bare:application", folder / "bare.log", "/form", BARE_DATABASE_URL=url) as port:
        whole = rush(port, "/form", fields, people=PEOPLE, clients=CLIENTS)
        return whole, rush(port, "/form", fields, people=PEOPLE, clients=CLIENTS, flow=post_alone)


def single_rows() -> float:
    """Rows per second that as many connections as there are clients write, each in a transaction of its own."""
    url = servers.create_database("bench_rows")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE people (id serial primary key, name text, email text)")

    def write(share: int) -> None:
        with psycopg.connect(url) as connection:
            for number in range(share):
                connection.execute("INSERT INTO people (name, email) VALUES (%s, %s)", (f"N{number}", "n@example.org"))
                connection.commit()

    share = 4 * PEOPLE // CLIENTS
    writers = [threading.Thread(target=write, args=(share,)) for _ in range(CLIENTS)]
    began = time.perf_counter()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    return share * CLIENTS / (time.perf_counter() - began)


def guest(number: int) -> dict[str, str]:
    return {"name": f"Guest {number} (synthetic)", "email": f"guest{number}@example.org", "consent": "y"}


def test_rush(tmp_path: Path) -> None:
    bare, bare_post = bare_rush(tmp_path)
    rows = single_rows()
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
    with serving("forums.embedded:application", tmp_path / "billet.log", "/healthz", **environ) as (port, above):
        before = cpu_seconds(above), time.process_time(), cpu_seconds(*servers.pids())
        ours = rush(port, FORM, guest, people=PEOPLE, clients=CLIENTS)
        after = cpu_seconds(above), time.process_time(), cpu_seconds(*servers.pids())
    web, clients, database = (1000 * (end - start) / PEOPLE for start, end in zip(before, after, strict=True))
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
            Figure("ceiling: POSTs alone of the bare app", bare_post.rate, "1/s"),
            Figure("ceiling: single rows, 24 connections", rows, "1/s"),
            Figure("CPU per flow, web processes", web, "ms"),
            Figure("CPU per flow, PostgreSQL and Redis", database, "ms"),
            Figure("CPU per flow, the clients", clients, "ms"),
        ],
    )
    with app.app_context():
        make_edition(db.session.scalars(select(Series)).one(), slug="alu-2028", capacity=PLACES)
    alone = create_app(config.read(environ | {"TRUSTED_PROXIES": "0"}))
    print(costs(alone, "/e/alu-2028/register", lambda n: guest(n + PEOPLE), people=200))
    time.sleep(2 * MOMENT_SECONDS)  # until the queue has been rung for the last of them
    assert bare.errors == bare_post.errors == []
    assert (ours.errors, confirmed, written) == ([], PLACES, PEOPLE)
