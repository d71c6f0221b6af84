"""How fast letters may be handed over: to the mail server, and to each domain. Counted in the database.

A limit of n a minute is a turn every 60/n seconds. The next turn is a row that all senders share: each takes it in the
transaction that claims its letter, so no minute sees more than n, whoever sends and however often they start anew.
"""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Select, bindparam, select, update

from forums.clock import now
from forums.extensions import db
from forums.mail.models import Moment
from forums.statements import InsertOnce, table_of

RELAY = "relay"
# A slice takes as many letters of a domain as have their turn within so many seconds, and stays for twice as long: so
# no sender waits long for one domain while letters to others, or to guests who just did something, are due.
AHEAD = 3.0
# No message of the queue waits longer than this; the sweep comes behind.
LONGEST_COUNTDOWN = 30.0

MOMENTS = table_of(Moment)
_TAKE = update(MOMENTS).where(MOMENTS.c.name == bindparam("bucket")).values(at=bindparam("next"))
_begin = InsertOnce(Moment, "name")


@dataclass(frozen=True)
class Limits:
    """Letters a minute: to the mail server (0: any number), to domains by name, and to each other domain ("*")."""

    relay: int
    domains: Mapping[str, int]

    @classmethod
    def current(cls) -> Limits:
        """Those that are set; letters that become files have none."""
        if not current_app.config["SMTP_URL"]:
            return cls(0, {})
        return cls(current_app.config["MAIL_PER_MINUTE"], current_app.config["MAIL_DOMAIN_PER_MINUTE"])

    def __bool__(self) -> bool:
        return bool(self.relay or self.domains)

    def waits(self, domain: str) -> dict[str, timedelta]:
        """What a letter to this domain takes a turn of, and the time between two turns."""
        rates = {RELAY: self.relay, _bucket(domain): self.domains.get(domain, self.domains.get("*", 0))}
        return {name: timedelta(minutes=1) / rate for name, rate in sorted(rates.items()) if rate}

    def share(self, waits: Mapping[str, timedelta], next_turns: Mapping[str, datetime], moment: datetime) -> int | None:
        """How many letters may be taken that need these turns; None for any number."""
        counts = []
        for name, wait in waits.items():
            ahead = AHEAD - _seconds_until(next_turns.get(name, moment), wait, moment)
            counts.append(0 if ahead < 0 else 1 + int(ahead / wait.total_seconds()))
        return min(counts, default=None)

    def seconds_until_turn(self, domain: str, next_turns: Mapping[str, datetime], moment: datetime) -> float:
        """How long a letter to this domain has to wait for its turn."""
        waits = self.waits(domain).items()
        return max((_seconds_until(next_turns.get(name, moment), wait, moment) for name, wait in waits), default=0.0)


class Line:
    """A slice in its order. Letters whose turn has not come stand aside until then, and let the others go first."""

    def __init__(self, letters: Sequence[Any]) -> None:
        self._ready = deque(letters)
        self._aside: list[tuple[float, int, Any]] = []
        self._until = time.monotonic() + 2 * AHEAD

    def __bool__(self) -> bool:
        """Whether anybody's turn comes while we stay."""
        return bool(self._ready) or bool(self._aside and self._aside[0][0] < self._until)

    @property
    def rest(self) -> float:
        """Seconds until the next letter has its turn."""
        return 0.0 if self._ready else max(0.0, self._aside[0][0] - time.monotonic())

    @property
    def has_left_over(self) -> bool:
        """Whether letters are left: their turn comes too late for us, or they gave way."""
        return bool(self._ready or self._aside)

    @property
    def coming(self) -> tuple[Any, ...]:
        """Who is ready to go, in order."""
        return tuple(self._ready)

    @property
    def first(self) -> Any | None:
        """Who goes next, if nobody's turn comes before."""
        return self._ready[0] if self._ready else None

    def next(self) -> Any:
        if self._aside and (not self._ready or self._aside[0][0] <= time.monotonic()):
            return heapq.heappop(self._aside)[2]
        return self._ready.popleft()

    def stand_aside(self, letter: Any, seconds: float) -> None:
        heapq.heappush(self._aside, (time.monotonic() + seconds, letter.id, letter))


def take_turn(waits: Mapping[str, timedelta]) -> float:
    """Take the turn that a letter needs, in the caller's transaction: 0, or the seconds until there is one."""
    if not waits:
        return 0.0
    turns = _locked(waits)
    if len(turns) < len(waits):
        for name in waits.keys() - turns.keys():
            _begin(name=name, at=now())
        turns = _locked(waits)
    moment = now()
    if (seconds := max(_seconds_until(turns[name], wait, moment) for name, wait in waits.items())) > 0:
        return seconds
    db.session.execute(_TAKE, [{"bucket": name, "next": moment + wait} for name, wait in waits.items()])
    return 0.0


def _seconds_until(turn: datetime, wait: timedelta, moment: datetime) -> float:
    """0 also for a turn that is further away than one can be: then the clock was set back."""
    return (turn - moment).total_seconds() if moment < turn <= moment + wait else 0.0


def next_turns() -> dict[str, datetime]:
    """When each turn comes."""
    return _read(select(MOMENTS.c.name, MOMENTS.c.at))


def _locked(waits: Mapping[str, timedelta]) -> dict[str, datetime]:
    rows = select(MOMENTS.c.name, MOMENTS.c.at).where(MOMENTS.c.name.in_(list(waits)))
    return _read(rows.order_by(MOMENTS.c.name).with_for_update())


def _read(rows: Select[Any]) -> dict[str, datetime]:
    return {name: at for name, at in db.session.execute(rows)}  # noqa: C416  (dict() of rows is not typed)


def _bucket(domain: str) -> str:
    return f"to {domain}"
