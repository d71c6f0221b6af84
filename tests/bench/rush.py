"""Many clients who all want a place at once: each gets the form, posts it and reads its answer."""

from __future__ import annotations

import http.client
import queue
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
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


def rush(
    port: int,
    path: str,
    fields: Callable[[int], dict[str, str]],
    *,
    people: int,
    clients: int,
    outcome: Outcome | None = None,
) -> Outcome:
    """Let `clients` threads register `people` persons; who looks at `outcome` meanwhile sees it grow."""
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(people):
        waiting.put(number)
    outcome = outcome or Outcome()
    crowd = [threading.Thread(target=_client, args=(port, path, fields, waiting, outcome)) for _ in range(clients)]
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
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while True:
        try:
            number = waiting.get_nowait()
        except queue.Empty:
            return
        started = time.perf_counter()
        try:
            _register(connection, path, fields(number), number, outcome)
        except (AssertionError, http.client.HTTPException, OSError) as fault:
            outcome.errors.append(repr(fault))
            connection.close()
        else:
            outcome.flows.append(time.perf_counter() - started)


def _register(
    connection: http.client.HTTPConnection, path: str, fields: dict[str, str], number: int, outcome: Outcome
) -> None:
    # Everybody has an address of their own, as the trusted proxy in front would say.
    headers = {
        "X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
        "Accept-Language": "en",
    }
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    form = answer.read().decode()
    assert answer.status == 200, answer.status
    if cookie := answer.getheader("Set-Cookie"):
        headers["Cookie"] = cookie.split(";")[0]
    hidden = {}
    for tag in HIDDEN.findall(form[form.rfind("<form") :]):
        name, value = NAME.search(tag), VALUE.search(tag)
        hidden[name[1] if name else ""] = value[1] if value else ""
    body = urlencode({**hidden, **fields})
    connection.request("POST", path, body, {**headers, "Content-Type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 303, answer.status
    outcome.acknowledged.append(number)
    connection.request("GET", answer.getheader("Location") or "", headers=headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200, answer.status
