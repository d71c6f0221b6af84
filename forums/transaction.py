"""One way to write: everything in the block commits together, then the queue is rung.

On SQLite a read that is upgraded to a write fails under load, so the block ends the read, begins IMMEDIATE and
lets rows reload. Inside one process writers also queue on a lock, which is fairer than SQLite's busy waiting.

On PostgreSQL only writers begin a transaction. What is read outside the block commits with each statement: under READ
COMMITTED it sees the same rows, without the round trips of BEGIN and ROLLBACK, and its prepared statements live on.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias, TypeVar

from flask import current_app
from psycopg import ServerCursor
from sqlalchemy import Engine, UpdateBase, event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from forums.extensions import celery, db

T = TypeVar("T")
log = logging.getLogger(__name__)
Nudge: TypeAlias = tuple[str, tuple[Any, ...]]  # the task and its arguments
_writer = threading.RLock()
_NUDGES = "nudges"
_DEPTH = "transaction_depth"
_WRITES = "writes"
# A connection that rested longer than this is asked whether the database is still there.
RESTED_SECONDS = 5.0
# Nudges for the same work within this time ring once.
MOMENT_SECONDS = 0.25
# A broker that is silent for so long is left alone for a while: nobody's click waits for it.
PATIENCE_SECONDS = 1.0
LEFT_ALONE_SECONDS = 30.0
# Durable, patient, and with 16 MB of pages at hand, where SQLite keeps 2.
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=15000", "foreign_keys=ON", "cache_size=-16000")


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
        session.info[_DEPTH] = session.info[_WRITES] = True
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
            session.info.pop(_WRITES, None)
    _ring(session.info.pop(_NUDGES, {}))


class Alone:
    """One statement that is written thousands of times, each time a transaction of its own, durable when it returns.

    It makes one trip to the database, where transaction() makes four, over one connection that is kept until close(),
    or until the statement fails. What it is for the driver is worked out once, and the driver runs it.
    """

    def __init__(self, statement: UpdateBase) -> None:
        self._engine = db.engine
        self._connection: Connection | None = None
        self._cursor: Any = None
        dialect = self._engine.dialect
        compiled = statement.compile(dialect=dialect)
        self._text, self._order = str(compiled), compiled.positiontup
        processors = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()
        }
        self._convert = {name: convert for name, convert in processors.items() if convert is not None}
        self._constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}

    def __call__(self, **values: Any) -> Sequence[tuple[Any, ...]]:
        """The rows that the statement returns, in the driver's own values: SQLite gives moments as text.

        Raises sqlalchemy.exc.DBAPIError, as statements of a session do.
        """
        session = db.session()
        if session.info.get(_DEPTH):
            raise RuntimeError("a statement cannot be committed alone inside transaction()")
        session.rollback()  # what was read before may be stale
        given = self._constants | values
        for name, convert in self._convert.items():
            given[name] = convert(given[name])
        parameters = given if self._order is None else tuple([given[name] for name in self._order])
        try:
            with _writer_lock():
                cursor = self._cursor or self._open()
                cursor.execute(self._text, parameters)
                rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
        except BaseException as fault:
            errors = self._engine.dialect.loaded_dbapi.Error
            if not isinstance(fault, errors):
                self._let_go()
                raise
            self._let_go(fault)
            raise DBAPIError.instance(self._text, parameters, fault, errors) from fault
        return rows

    def _open(self) -> Any:
        self._connection = self._engine.connect().execution_options(billet_alone=True)
        self._connection.begin()  # each statement commits by itself from here on
        self._cursor = self._connection.connection.cursor()
        return self._cursor

    def _let_go(self, fault: Any = None) -> None:
        """Nobody shall have this connection again; if the database has ended it, none of those that rest either."""
        if self._connection is not None:
            raw = self._connection.connection.dbapi_connection
            if fault is not None and self._engine.dialect.is_disconnect(fault, raw, self._cursor):
                self._engine.dispose(close=False)
            self._connection.invalidate()
        self.close()

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._cursor = None


def settle(work: Callable[[], T]) -> T:
    """Commit what `work` does. If a constraint stops it, somebody else wrote the same at this very moment: do it
    once more, and it finds what they wrote.
    """
    try:
        with transaction():
            return work()
    except IntegrityError:
        with transaction():
            return work()


def nudge(task: str, *args: Any, queue: str = "default") -> None:
    """Ring a Celery task once this transaction has committed. A lost nudge costs a minute: a sweep comes behind."""
    db.session().info.setdefault(_NUDGES, {})[(task, args)] = queue


def begin_write() -> None:
    """Make the rest of this session's transaction a write from its start (for libraries that commit by themselves)."""
    session = db.session()
    session.rollback()
    session.info[_WRITES] = True
    session.connection(execution_options={"billet_write": True})


def end_write() -> None:
    """Commit what begin_write began, and send the nudges it left."""
    session = db.session()
    session.commit()
    session.info.pop(_WRITES, None)
    _ring(session.info.pop(_NUDGES, {}))


@contextmanager
def _writer_lock() -> Iterator[None]:
    if db.engine.dialect.name != "sqlite":
        yield
        return
    with _writer:
        yield


def _ring(nudges: dict[Nudge, str]) -> None:
    if current_app.config["RING_THE_QUEUE"]:
        for nudged, queue in nudges.items():
            _bell.ring(nudged, queue)


class _Bell:
    """Rings the queue at once; in a rush, once for all that came within a moment.

    A task without arguments looks for whatever is due, so one ring after the last commit serves all before it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rang: dict[Nudge, float] = {}
        self._waiting: set[Nudge] = set()
        self._silent_until = 0.0

    def ring(self, nudged: Nudge, queue: str) -> None:
        _task, args = nudged
        if (args or self._is_first(nudged, queue)) and time.monotonic() >= self._silent_until:
            self._send_in_time(nudged, queue)

    def _send_in_time(self, nudged: Nudge, queue: str) -> None:
        """A broker that takes the connection and says nothing would hold up whoever waits for an answer."""
        sending = threading.Thread(target=_send, args=(nudged, queue), daemon=True)
        sending.start()
        sending.join(PATIENCE_SECONDS)
        if sending.is_alive():
            self._silent_until = time.monotonic() + LEFT_ALONE_SECONDS
            log.warning("the broker does not answer; what is due waits for the sweep")

    def _is_first(self, nudged: Nudge, queue: str) -> bool:
        """Whether it is quiet. If not, a ring for all who come meanwhile follows at the end of the moment."""
        with self._lock:
            at = time.monotonic()
            if at - self._rang.get(nudged, -MOMENT_SECONDS) >= MOMENT_SECONDS and nudged not in self._waiting:
                self._rang[nudged] = at
                return True
            if nudged not in self._waiting:
                self._waiting.add(nudged)
                threading.Timer(MOMENT_SECONDS, self._ring_late, (nudged, queue)).start()
            return False

    def _ring_late(self, nudged: Nudge, queue: str) -> None:
        with self._lock:
            self._waiting.discard(nudged)
            self._rang[nudged] = time.monotonic()
        _send(nudged, queue)


_bell = _Bell()


def _send(nudged: Nudge, queue: str) -> None:
    task, args = nudged
    try:
        celery.send_task(task, args=args, queue=queue, retry=False)
    except Exception as fault:  # noqa: BLE001  (a broker that is down must not fail what has committed)
        log.warning("the queue could not be rung for %s: %s; the sweep will pick it up", task, fault)


@event.listens_for(db.session, "before_flush")
def _refuse_stray_changes(session: Session, *_: object) -> None:
    """Nothing is written unless somebody said so: outside a block each statement would commit by itself."""
    if not session.info.get(_WRITES):
        raise RuntimeError("rows were changed outside transaction()")


def prepare_engine(engine: Engine) -> None:
    """Connections that begin transactions as we say."""
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    else:
        _prepare_postgresql(engine)


def _prepare_sqlite(engine: Engine) -> None:
    """Durable, concurrent and strict."""

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = None
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("billet_alone"):  # such a statement begins and commits by itself
            connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("billet_write") else "BEGIN")


def _prepare_postgresql(engine: Engine) -> None:
    """Few round trips: no transaction around reads, no question before each use of a connection that just worked."""

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        reads = not (options.get("billet_write") or "isolation_level" in options)
        raw: Any = connection.connection.dbapi_connection
        if raw.autocommit != reads:
            raw.autocommit = reads

    @event.listens_for(engine, "before_cursor_execute")
    def stream(connection: Connection, cursor: Any, *_: object) -> None:
        # A long list that is read in parts lives in a transaction, its own or one that has begun.
        if isinstance(cursor, ServerCursor) and cursor.connection.autocommit:
            cursor.connection.autocommit = False

    @event.listens_for(engine, "checkin")
    def rest(raw: Any, record: ConnectionPoolEntry) -> None:
        record.info["resting_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def wake(raw: Any, record: ConnectionPoolEntry, _: object) -> None:
        since = record.info.pop("resting_since", None)
        if since is not None and time.monotonic() - since > RESTED_SECONDS:
            try:
                engine.dialect.do_ping(raw)
            except engine.dialect.loaded_dbapi.Error as fault:
                raise DisconnectionError from fault  # the pool connects anew
