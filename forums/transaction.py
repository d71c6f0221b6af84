"""One way to write: everything in the block commits together, then the queue is rung.

On SQLite a read that is upgraded to a write fails under load, so the block ends the read, begins IMMEDIATE and
lets rows reload. Inside one process writers also queue on a lock, which is fairer than SQLite's busy waiting.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import current_app
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from forums.extensions import celery, db

log = logging.getLogger(__name__)
_writer = threading.RLock()
_NUDGES = "nudges"
_DEPTH = "transaction_depth"


@contextmanager
def transaction() -> Iterator[Session]:
    """Commit what the block does, or roll all of it back; afterwards send the nudges it left.

    Blocks nest: the outermost one commits.
    """
    session = db.session()
    if session.info.get(_DEPTH):
        yield session
        return
    with _writer_lock():
        # What was read before may be stale, and SQLite cannot turn that read into a write safely.
        if session.new or session.dirty or session.deleted:
            raise RuntimeError("rows were changed outside transaction()")
        session.rollback()
        session.info[_DEPTH] = 1
        try:
            session.connection(execution_options={"billet_write": True})
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            session.info.pop(_NUDGES, None)
            raise
        finally:
            session.info.pop(_DEPTH, None)
    _ring(session.info.pop(_NUDGES, {}))


def nudge(task: str, *args: Any, queue: str = "default") -> None:
    """Ring a Celery task once this transaction has committed. A lost nudge costs a minute: a sweep comes behind."""
    db.session().info.setdefault(_NUDGES, {})[(task, args)] = queue


def begin_write() -> None:
    """Make the rest of this session's transaction a write from its start (for libraries that commit by themselves)."""
    session = db.session()
    session.rollback()
    session.connection(execution_options={"billet_write": True})


def end_write() -> None:
    """Commit what begin_write began, and send the nudges it left."""
    session = db.session()
    session.commit()
    _ring(session.info.pop(_NUDGES, {}))


@contextmanager
def _writer_lock() -> Iterator[None]:
    if db.engine.dialect.name != "sqlite":
        yield
        return
    with _writer:
        yield


def _ring(nudges: dict[tuple[str, tuple[Any, ...]], str]) -> None:
    if not current_app.config["RING_THE_QUEUE"]:
        return
    for (task, args), queue in nudges.items():
        try:
            celery.send_task(task, args=args, queue=queue, retry=False)
        except Exception as fault:  # noqa: BLE001  (a broker that is down must not fail what has committed)
            log.warning("the queue could not be rung for %s: %s; the sweep will pick it up", task, fault)


def prepare_engine(engine: Engine) -> None:
    """SQLite: durable, concurrent and strict, with transactions that begin as we say."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=15000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("billet_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
