"""Where the time of a registration goes: CPU and statements of each request, measured alone in this process."""

from __future__ import annotations

import gc
import io
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import Engine, event

from forums.extensions import db
from tests.bench.rush import hidden_fields
from tests.bench.where import Ticks, table, watched

TICKS = 100  # of /proc, per second


@dataclass
class Cost:
    """Milliseconds of CPU, and how many statements, of each request of one kind."""

    cpu: list[float] = field(default_factory=list)
    statements: list[int] = field(default_factory=list)


@dataclass
class Costs:
    """Of the three requests, and the milliseconds from the claim to the end of the commit."""

    form: Cost = field(default_factory=Cost)
    post: Cost = field(default_factory=Cost)
    page: Cost = field(default_factory=Cost)
    gate: list[float] = field(default_factory=list)
    parts: Ticks = field(default_factory=Counter)

    def __str__(self) -> str:
        kinds = (("GET the form", self.form), ("POST it", self.post), ("GET the page", self.page))
        lines = [
            f"  {name:<14}{median(cost.cpu):7.2f} ms of CPU  {median(cost.statements):3.0f} statements"
            for name, cost in kinds
        ]
        whole = sum(median(cost.cpu) for _, cost in kinds)
        parts = table(self.parts, {name: median(cost.cpu) for name, cost in kinds})
        return "\n".join(
            ["", "One visitor alone", *lines, f"  {'together':<14}{whole:7.2f} ms of CPU", self._gate(), "", parts, ""]
        )

    def _gate(self) -> str:
        return f"  the edition's gate is held for {median(self.gate):.2f} ms"


def costs(app: Flask, path: str, fields: Callable[[int], dict[str, str]], *, people: int, warm: int = 30) -> Costs:
    """Let `people` register one after the other, without a server and without any other client."""
    found = Costs()
    gc.collect()
    with app.app_context():
        engine = db.engine
    now = [""]
    with _watched(engine, found.gate) as statements, watched(lambda: now[0]) as found.parts:
        for number in range(people + warm):
            if number == warm:
                found.form, found.post, found.page = Cost(), Cost(), Cost()
                found.gate.clear()
                found.parts.clear()
            now[0] = "GET the form"
            cookie, page = _ask(app, found.form, statements, "GET", path)
            body = urlencode({**hidden_fields(page), **fields(number)})
            now[0] = "POST it"
            cookie, there = _ask(app, found.post, statements, "POST", path, body, cookie)
            now[0] = "GET the page"
            _ask(app, found.page, statements, "GET", there, cookie=cookie)
            now[0] = ""
    return found


def _ask(
    app: Flask, cost: Cost, statements: list[str], method: str, path: str, body: str = "", cookie: str = ""
) -> tuple[str, str]:
    """One request; the cookie to come back with, and the page, or where it leads."""
    answer: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], _fault: object = None) -> object:
        answer.update(status=status, headers=dict(headers))
        return lambda _: None

    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_ACCEPT_LANGUAGE": "en",
        "HTTP_COOKIE": cookie,
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body.encode()),
        "wsgi.errors": sys.stderr,
    }
    statements.clear()
    began = time.process_time()
    parts = app(environ, start)
    text = b"".join(parts).decode()
    parts.close()  # type: ignore[attr-defined]
    cost.cpu.append(1000 * (time.process_time() - began))
    cost.statements.append(len(statements))
    assert answer["status"][:3] in {"200", "303"}, f"{method} {path}: {answer['status']}\n{text[:2000]}"
    kept = answer["headers"].get("Set-Cookie", cookie).split(";")[0]
    return kept, re.sub(r"^https?://[^/]*", "", answer["headers"].get("Location", "")) or text


@contextmanager
def _watched(engine: Engine, gate: list[float]) -> Iterator[list[str]]:
    """The statements as they run; `gate` gets the time from each claim of the edition's place to the commit's end."""
    statements: list[str] = []
    claimed: list[float] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)
        if statement.startswith("UPDATE editions"):
            claimed[:] = [time.perf_counter()]

    def end(*_: object) -> None:
        if claimed:
            gate.append(1000 * (time.perf_counter() - claimed.pop()))

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "checkin", end)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
        event.remove(engine, "checkin", end)


def cpu_seconds(*roots: int) -> float:
    """What these processes and all below them have used so far; 0 where there is no /proc."""
    used, below = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            facts = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:  # it has ended meanwhile
            continue
        pid = int(stat.parent.name)
        below.setdefault(int(facts[1]), []).append(pid)
        used[pid] = (int(facts[11]) + int(facts[12])) / TICKS
    total, waiting = 0.0, list(roots)
    while waiting:
        pid = waiting.pop()
        total += used.get(pid, 0.0)
        waiting += below.get(pid, [])
    return total
