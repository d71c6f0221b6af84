from __future__ import annotations

from collections.abc import Callable
from typing import Any

Work = Callable[[int, dict[str, Any]], dict[str, Any] | None]
_work: dict[str, Work] = {}


def job(kind: str) -> Callable[[Work], Work]:
    """Declare what a kind of job does: (job id, params) → result. It must be safe to run again from the start."""

    def declare(work: Work) -> Work:
        if kind in _work:
            raise ValueError(f"job {kind!r} is declared twice")
        _work[kind] = work
        return work

    return declare


def work_of(kind: str) -> Work | None:
    return _work.get(kind)
