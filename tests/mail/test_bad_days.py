"""Mail servers that fall silent, and a database that goes away: each letter once, and none in doubt without need."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import InternalError, OperationalError

from forums import clock
from forums.extensions import db
from forums.mail import delivery, tasks, transport
from forums.mail.transport import SmtpTransport, open_transport
from forums.transaction import Alone
from tests.mail.hanging import hanging
from tests.mail.notes import Deliver, Letters, later, states, write
from tests.servers import Received, Sink

pytestmark = pytest.mark.usefixtures("note")


@pytest.mark.parametrize(
    "at, letter, after",
    [
        ("RCPT", 0, ["deferred"] * 3),
        ("DATA", 0, ["deferred"] * 3),
        ("RCPT", 1, ["sent", "deferred", "deferred"]),
        ("dot", 0, ["unknown", "deferred", "deferred"]),
        ("dot", 1, ["sent", "unknown", "sent"]),
        ("next", 0, ["sent", "deferred", "sent"]),
    ],
)
def test_a_server_that_falls_silent(
    app: Flask, letters: Letters, monkeypatch: pytest.MonkeyPatch, at: str, letter: int, after: list[str]
) -> None:
    """Before the final dot nothing was taken, and it waits at no cost; after it, it may have been."""
    monkeypatch.setattr(transport, "COMMAND_SECONDS", 0.2)
    monkeypatch.setattr(transport, "ANSWER_SECONDS", 0.2)
    write(3)
    with hanging(at, letter) as server:
        monkeypatch.setitem(app.config, "SMTP_URL", server.url)
        delivery.deliver()
        assert states(letters) == after
        assert {one.attempts for one in letters() if one.state == "deferred"} <= {0}
        server.at = ""
        with clock.frozen(later(minutes=2)):
            delivery.deliver()
    assert len(server.taken) == len(set(server.taken)) == 3
    assert states(letters) == [state if state == "unknown" else "sent" for state in after]


def test_a_slow_campaign_gives_way_and_holds_one_thread(
    app: Flask, letters: Letters, deliver: Deliver, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of it somebody registers: another thread is rung, and neither waits nor sends."""
    monkeypatch.setattr(delivery, "GIVES_WAY_AFTER", 0.0)
    monkeypatch.setattr(tasks.celery, "send_task", lambda name, **_: rung.append(name))
    write(6, batch="campaign:1")
    rung: list[str] = []

    def register(_letter: Received) -> None:
        if len(sink.received) == 2:
            with app.app_context():
                write(1, start=9)
                tasks.deliver()
                db.session.remove()
            assert rung == []

    sink.on_letter = register
    monkeypatch.setitem(app.config, "SMTP_URL", sink.url)
    tasks.deliver()
    assert len(sink.received) == 2
    assert rung == ["mail.deliver"]
    deliver()
    assert sink.recipients[2] == "guest9@example.org"
    assert states(letters) == ["sent"] * 7
    assert len(set(sink.recipients)) == len(sink.recipients) == 7


def test_a_machine_that_vanished_is_noticed(sink: Sink) -> None:
    with open_transport(sink.url, Path("unused")) as way:
        assert isinstance(way, SmtpTransport)
        sock = way._smtp.sock
        assert sock is not None
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        for name, value in transport.GONE_AFTER.items():
            assert sock.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) == value


def test_a_database_that_is_started_anew_in_mid_slice_loses_nothing(
    app: Flask, letters: Letters, deliver: Deliver, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(5)
    with ExitStack() as resting:  # more in the pool than there are tries
        for _ in range(5):
            resting.enter_context(db.engine.connect()).execute(text("SELECT 1"))
    away: list[str] = []
    original = Alone.__call__

    def fail(alone: Alone, **values: Any) -> Any:
        if len(sink.received) == 4 and len(away) < 2:
            away.append("away")
            fault = OperationalError if len(away) == 1 else InternalError
            raise fault("UPDATE letters", {}, Exception("it is starting up, and then read-only"))
        return original(alone, **values)

    def end_connections(_letter: Received) -> None:
        if len(sink.received) == 2 and db.engine.dialect.name == "postgresql":
            with db.engine.begin() as connection:
                others = "datname = current_database() AND pid <> pg_backend_pid()"
                connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))

    def in_app(letter: Received) -> None:
        with app.app_context():
            end_connections(letter)

    monkeypatch.setattr(Alone, "__call__", fail)
    monkeypatch.setattr(delivery, "DATABASE_AWAY", (0.01,) * 3)
    sink.on_letter = in_app
    deliver()
    assert states(letters) == ["sent"] * 5
    assert len(set(sink.recipients)) == len(sink.recipients) == 5
    assert away == ["away"] * 2
