"""What begins a transaction and what does not."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from psycopg.pq import TransactionStatus
from sqlalchemy import select, text

from forums.editions.models import Edition
from forums.extensions import db
from forums.transaction import transaction


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
    db.session.scalar(select(Edition.id))
    ended = raw().info.backend_pid
    db.session.remove()
    with db.engine.connect() as one, db.engine.connect() as other:
        killer = one if one.connection.dbapi_connection.info.backend_pid != ended else other
        killer.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": ended})
    monkeypatch.setattr("forums.transaction.RESTED_SECONDS", -1.0)
    assert db.session.scalar(select(Edition.id)) == 1
    assert raw().info.backend_pid != ended
