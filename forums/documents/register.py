"""Which files the house has put on record, by their SHA-256: what anybody who holds a file may ask.

Rooms register what they keep; the answer says what kind of document it is, since when, and whether it is current, and
nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Known:
    """A file on record: `kind` is "agreement", "statement" or "report"; a newer version makes it no longer current."""

    kind: str
    recorded_at: datetime
    is_current: bool

    @property
    def recorded_on(self) -> date:
        """The day, where the offices are; the hour is nobody's business."""
        return self.recorded_at.astimezone(ZoneInfo("Asia/Shanghai")).date()


Source = Callable[[str], Iterable[Known]]
_sources: list[Source] = []


def registers(source: Source) -> Source:
    """Let known_as() ask this function, too: SHA-256 (64 hexadecimal digits) → what is known."""
    _sources.append(source)
    return source


def known_as(sha256: str) -> Known | None:
    """What is on record under this hash: what is current before what is superseded, then the earliest.

    Every source is asked whatever the others say, so that the time an answer takes tells nothing.
    """
    found = [known for source in _sources for known in source(sha256)]
    return min(found, key=lambda known: (not known.is_current, known.recorded_at, known.kind), default=None)


def read_hash(text: str) -> str | None:
    """The SHA-256 in what people type or paste: in groups, in capitals, or beside a file name. None without one."""
    bare = re.sub(r"sha-?256", " ", text.strip().lower())
    together = re.sub(r"[\s:\-–]", "", bare)
    if re.fullmatch(r"[0-9a-f]{64}", together):
        return together
    beside = re.search(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", bare)
    return beside[0] if beside else None
