"""What begins a transaction and what does not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import psycopg
import pytest
from flask import Flask
from psycopg.pq import TransactionStatus
from sqlalchemy import bindparam, select, update

from forums.editions.models import Edition
from forums.extensions import celery, db
from forums.transaction import Alone, nudge, transaction
from tests import servers


def postgresql(app: Flask) -> None:
    if db.engine.dialect.name != "postgresql":
        pytest.skip("of PostgreSQL only")


def raw() -> Any:
    """The driver's connection that the session reads from."""
    return db.session.connection().connection.dbapi_connection


def test_a_change_outside_the_block_is_refused(edition: Edition) -> None:
    edition.capacity = 7
    with pytest.raises(RuntimeError, match="outside"):
        db.session.scalar(select(Edition.id))
    db.session.rollback()
    assert edition.capacity == 100


def test_reads_begin_no_transaction(app: Flask, edition: Edition) -> None:
    postgresql(app)
    db.session.remove()
    db.session.scalar(select(Edition.id))
    assert raw().info.transaction_status == TransactionStatus.IDLE
    with transaction():
        assert db.session.scalar(select(Edition.id)) == 1
        assert raw().info.transaction_status == TransactionStatus.INTRANS
    db.session.scalar(select(Edition.id))
    assert raw().info.transaction_status == TransactionStatus.IDLE


def test_a_statement_alone_is_committed_and_stays_out_of_blocks(app: Flask, edition: Edition) -> None:
    assert edition.capacity == 100
    statement = update(Edition.__table__).where(Edition.id == bindparam("one")).values(capacity=bindparam("n"))  # type: ignore[arg-type]
    write_alone = Alone(statement.returning(Edition.id))
    assert write_alone(one=edition.id, n=7) == [(1,)]
    with db.engine.connect() as other:
        assert other.scalar(select(Edition.capacity)) == 7
    assert edition.capacity == 7
    with pytest.raises(RuntimeError, match="alone"), transaction():
        write_alone(one=edition.id, n=8)
    write_alone.close()


def test_a_block_that_fails_writes_nothing(app: Flask, edition: Edition) -> None:
    def fail() -> None:
        with transaction():
            edition.capacity = 7
            db.session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert edition.capacity == 100


def test_long_lists_are_read_in_parts(app: Flask, edition: Edition) -> None:
    assert list(db.session.scalars(select(Edition.slug), execution_options={"yield_per": 10})) == ["alu-2027"]


def test_a_connection_that_the_server_ended_while_it_rested_is_replaced(
    app: Flask, edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgresql(app)
    db.session.remove()
    db.engine.dispose()
    db.session.scalar(select(Edition.id))
    ended = raw().info.backend_pid
    with psycopg.connect(servers.postgres_url(str(db.engine.url.database)), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 1000)", [ended])
    db.session.remove()
    monkeypatch.setattr("forums.transaction.RESTED_SECONDS", -1.0)
    assert db.session.scalar(select(Edition.id)) == 1
    assert raw().info.backend_pid != ended


@dataclass
class Alarm:
    """A timer whose time comes when the test says so, however slow the machine is."""

    started: ClassVar[list[Alarm]] = []
    seconds: float
    call: Callable[..., object]
    args: tuple[Any, ...]

    def start(self) -> None:
        self.started.append(self)

    def ring(self) -> None:
        self.call(*self.args)


def test_a_rush_rings_the_queue_once_more_at_its_end(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[tuple[str, tuple[Any, ...]]] = []
    monkeypatch.setattr(celery, "send_task", lambda task, args, **_: rung.append((task, args)))
    monkeypatch.setitem(app.config, "RING_THE_QUEUE", True)
    monkeypatch.setattr("forums.transaction.MOMENT_SECONDS", 1000)
    monkeypatch.setattr("forums.transaction.threading.Timer", Alarm)
    deliver, compile_one = f"deliver.{db.engine.dialect.name}", "compile"
    for number in range(20):
        with transaction():
            nudge(deliver)
            nudge(compile_one, number)
    assert rung == [(deliver, ()), *[(compile_one, (number,)) for number in range(20)]]
    [alarm] = Alarm.started
    Alarm.started.clear()
    alarm.ring()
    assert rung[21:] == [(deliver, ())]


def test_a_block_that_fails_rings_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[str] = []
    monkeypatch.setattr(celery, "send_task", lambda task, **_: rung.append(task))
    monkeypatch.setitem(app.config, "RING_THE_QUEUE", True)

    def fail() -> None:
        with transaction():
            nudge("test.never")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert rung == []


def test_a_broker_that_says_nothing_holds_nobody_up(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[int] = []
    answers = threading.Event()

    def say_nothing(_task: str, args: tuple[int], **_: Any) -> None:
        rung.append(*args)
        answers.wait(10)

    monkeypatch.setattr(celery, "send_task", say_nothing)
    monkeypatch.setitem(app.config, "RING_THE_QUEUE", True)
    monkeypatch.setattr("forums.transaction.PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr("forums.transaction._bell._silent_until", 0.0)
    for number in range(3):
        with transaction():
            nudge("compile", number)
    assert rung == [0]  # the others are left to the sweep
    answers.set()
