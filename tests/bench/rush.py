"""Many clients who all want a place at once: each gets the form, posts it and reads its answer."""

from __future__ import annotations

import http.client
import queue
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import urlencode

HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
NAME = re.compile(r'name="([^"]*)"')
VALUE = re.compile(r'value="([^"]*)"')


@dataclass
class Outcome:
    """Seconds of each whole flow, whose form was answered (by number), and what went wrong."""

    flows: list[float] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Registrations per second."""
        return len(self.flows) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the flows was over."""
        ordered = sorted(self.flows)
        return 1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)]


Flow: TypeAlias = Callable[[http.client.HTTPConnection, str, dict[str, str], int, Outcome], None]


def rush(
    port: int,
    path: str,
    fields: Callable[[int], dict[str, str]],
    *,
    people: int,
    clients: int,
    outcome: Outcome | None = None,
    flow: Flow | None = None,
) -> Outcome:
    """Let `clients` threads register `people` persons; who looks at `outcome` meanwhile sees it grow.

    `flow` is what one person does: the whole of it unless said otherwise.
    """
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(people):
        waiting.put(number)
    outcome = outcome or Outcome()
    given = (port, path, fields, waiting, outcome, flow or register)
    crowd = [threading.Thread(target=_client, args=given) for _ in range(clients)]
    started = time.perf_counter()
    for client in crowd:
        client.start()
    for client in crowd:
        client.join()
    outcome.seconds = time.perf_counter() - started
    return outcome


def _client(
    port: int,
    path: str,
    fields: Callable[[int], dict[str, str]],
    waiting: queue.SimpleQueue[int],
    outcome: Outcome,
    flow: Flow,
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while True:
        try:
            number = waiting.get_nowait()
        except queue.Empty:
            return
        started = time.perf_counter()
        try:
            flow(connection, path, fields(number), number, outcome)
        except (AssertionError, http.client.HTTPException, OSError) as fault:
            outcome.errors.append(repr(fault))
            connection.close()
        else:
            outcome.flows.append(time.perf_counter() - started)


def register(
    connection: http.client.HTTPConnection, path: str, fields: dict[str, str], number: int, outcome: Outcome
) -> None:
    """GET the form, POST it, GET what it leads to, with the cookies of one browser."""
    headers = headers_of(number)
    form = _ask(connection, "GET", path, headers)
    _ask(connection, "POST", path, headers, urlencode({**hidden_fields(form), **fields}), expected=303)
    outcome.acknowledged.append(number)
    _ask(connection, "GET", headers.pop("Location"), headers)


def post_alone(
    connection: http.client.HTTPConnection, path: str, fields: dict[str, str], number: int, outcome: Outcome
) -> None:
    """POST a form that nobody has asked for."""
    _ask(connection, "POST", path, headers_of(number), urlencode(fields), expected=303)
    outcome.acknowledged.append(number)


def headers_of(number: int) -> dict[str, str]:
    """Everybody has an address of their own, as the trusted proxy in front would say."""
    return {
        "X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
        "Accept-Language": "en",
    }


def hidden_fields(page: str) -> dict[str, str]:
    """The hidden fields of the last form of a page."""
    hidden = {}
    for tag in HIDDEN.findall(page[page.rfind("<form") :]):
        name, value = NAME.search(tag), VALUE.search(tag)
        hidden[name[1] if name else ""] = value[1] if value else ""
    return hidden


def _ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    headers: dict[str, str],
    body: str = "",
    expected: int = 200,
) -> str:
    """One request. `headers` gets the cookie to come back with, and where the answer leads."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    connection.request(method, path, body or None, {**headers, **kind})
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.status == expected, f"{method} {path}: {answer.status}"
    if cookie := answer.getheader("Set-Cookie"):
        headers["Cookie"] = cookie.split(";")[0]
    if there := answer.getheader("Location"):
        headers["Location"] = there
    return text
