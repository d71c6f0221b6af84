"""Senders as processes of their own, forked from the tests, that can be killed at any moment; and two bad ones."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from forums import clock
from forums.extensions import db
from forums.mail import delivery, sweeping
from forums.mail.models import Letter
from forums.mail.transport import Written, open_transport
from forums.transaction import transaction
from tests import servers
from tests.running import process, wait_for


class Sender:
    """A process that does this work, for ever or until it returns."""

    def __init__(self, work: Callable[[], None]) -> None:
        db.session.remove()
        db.engine.dispose()  # no connection is inherited
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                work()
                code = 0
            finally:
                os._exit(code)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def wait(self) -> int:
        """Its exit code: 0 when the work was done."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def deliver_for_ever() -> None:
    """What beat and worker do, without their minutes."""
    while True:
        try:
            sweeping.sweep()
            while delivery.deliver():
                pass
        except OperationalError:  # a task that fails fails alone; its worker takes the next
            db.engine.dispose()
        db.session.remove()
        time.sleep(0.05)


def deliver_once() -> None:
    """One worker that takes slice after slice until none is left."""
    while delivery.deliver():
        pass


def marks_before_it_sends() -> None:
    """Not ours: what was marked and then not sent is lost."""
    with open_transport(current_app.config["SMTP_URL"], Path("unused")) as line:
        waiting = _plain_letters()
        while ten := waiting[:10]:
            del waiting[:10]
            _mark_sent([letter_id for letter_id, _, _ in ten])
            for _, recipient, message in ten:
                line.send(Written("a@billet.example", recipient, message))


def commits_each_fiftieth() -> None:
    """Not ours: what was sent and then not committed is sent again."""
    sent: list[int] = []
    with open_transport(current_app.config["SMTP_URL"], Path("unused")) as line:
        for letter_id, recipient, message in _plain_letters():
            line.send(Written("a@billet.example", recipient, message))
            sent.append(letter_id)
            if len(sent) == 50:
                _mark_sent(sent)
                sent.clear()
    _mark_sent(sent)


def _plain_letters() -> list[tuple[int, str, bytes]]:
    """(id, recipient, message) of what waits."""
    columns = (Letter.id, Letter.recipient, Letter.message_id)
    rows = db.session.execute(select(*columns).where(Letter.state == "queued").order_by(Letter.id))
    return [
        (row.id, row.recipient, f"Subject: x\r\nMessage-ID: {row.message_id}\r\n\r\nx\r\n".encode()) for row in rows
    ]


def _mark_sent(letter_ids: list[int]) -> None:
    with transaction() as session:
        session.execute(update(Letter).where(Letter.id.in_(letter_ids)).values(state="sent"))


def with_clock_off_by(hours: float, work: Callable[[], None]) -> Callable[[], None]:
    """The same work by a clock that goes wrong."""

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(hours=hours)

    def shifted() -> None:
        clock.datetime = Shifted  # type: ignore[misc]
        work()

    return shifted


# ---- The mail server


@dataclass
class Sink:
    """What the server has taken."""

    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def taken(self) -> list[tuple[str, str]]:
        """(recipient, Message-ID) of each letter, as often as it came."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [(line.split(" ")[0], line.split(" ")[1]) for line in lines if " " in line]

    @property
    def count(self) -> int:
        return self.log.read_bytes().count(b"\n") if self.log.exists() else 0

    @property
    def twice(self) -> int:
        """How many times a letter came again."""
        return sum(times - 1 for times in Counter(identity for _, identity in self.taken).values())


@contextmanager
def sink(folder: Path, **rules: Any) -> Iterator[Sink]:
    """A server on a port of its own, as a process; `rules` are those of tests/drill/sink.py."""
    port, log = servers.free_port(), folder / f"taken-{random.getrandbits(32):08x}"
    with process("tests.drill.sink", str(port), str(log), json.dumps(rules), log=folder / "sink.log"):
        wait_for(lambda: _listens(port), folder / "sink.log")
        yield Sink(port, log)


def _listens(port: int) -> bool:
    """Without a connection, which the rules would count."""
    listening = Path("/proc/net/tcp")
    if not listening.exists():
        time.sleep(2)
        return True
    return f":{port:04X} 00000000:0000 0A" in listening.read_text(encoding="ascii")
