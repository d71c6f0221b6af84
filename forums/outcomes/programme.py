"""What the agenda comes to. No agenda is kept yet: its counts are nothing."""

from __future__ import annotations

from typing import Any

from forums.editions.models import Edition, Series


def count_experts(series: Series, edition: Edition | None = None) -> int:
    return 0


def count_sessions(series: Series, edition: Edition | None = None) -> int:
    return 0


def outline(edition: Edition) -> dict[str, Any]:
    return {"days": [], "sessions": []}


def expert_list(edition: Edition) -> list[dict[str, Any]]:
    return []


def count_invited(edition: Edition) -> int:
    return 0
