"""In which part of Billet the CPU of a registration is spent, by looking at the stack whenever the clock has ticked."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeAlias

SECONDS = 0.001
# What owns all that it calls, and what is left below it; the first that stands in a file's path.
OWNERS = {
    "/flask_limiter/_extension.py": "rate limits",
    "/flask_wtf/csrf.py": "CSRF",
    "/flask/sessions.py": "session cookie",
    "/forums/web/kept.py": "kept pages",
    "/jinja2/": "templates",
    "/wtforms/": "form",
    "/flask_login/": "sign-in library",
    "/flask_security/": "sign-in library",
    "/flask_principal": "sign-in library",
}
REST = {
    "/sqlalchemy/": "rows as objects",
    "/flask_sqlalchemy/": "rows as objects",
    "/werkzeug/": "request, routing, answer",
    "/flask/": "request, routing, answer",
    "/forums/web/": "hooks and guards",
    "/forums/": "our own code",
}
SQL = {"execute", "scalar", "scalars", "get", "commit", "rollback", "connection", "flush"}
Ticks: TypeAlias = Counter[tuple[str, str]]  # (the request, the part)


@contextmanager
def watched(request: Callable[[], str]) -> Iterator[Ticks]:
    """Counts, while the block runs, in which part of which request the process was; "" is no request."""
    ticks: Ticks = Counter()

    def tick(_signal: int, frame: FrameType | None) -> None:
        if name := request():
            ticks[name, _part(frame)] += 1

    before = signal.signal(signal.SIGPROF, tick)
    signal.setitimer(signal.ITIMER_PROF, SECONDS, SECONDS)
    try:
        yield ticks
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def table(ticks: Ticks, spent: dict[str, float], least: float = 0.05) -> str:
    """One line per part, in milliseconds of each request; `spent` has the whole of each."""
    whole = Counter({name: sum(n for (of, _), n in ticks.items() if of == name) for name in spent})
    parts: dict[str, dict[str, float]] = {}
    for (name, part), n in ticks.items():
        parts.setdefault(part, {})[name] = spent[name] * n / whole[name]
    lines = [f"  {'ms of CPU by part':<40}" + "".join(f"{name:>14}" for name in spent) + f"{'together':>10}"]
    for part, of in sorted(parts.items(), key=lambda line: -sum(line[1].values())):
        if sum(of.values()) >= least:
            lines.append(
                f"  {part:<40}" + "".join(f"{of.get(name, 0):14.2f}" for name in spent) + f"{sum(of.values()):10.2f}"
            )
    return "\n".join(lines)


def _part(frame: FrameType | None) -> str:
    """The part that a stack belongs to: a statement by the function that asks, else its outermost owner."""
    stack: list[tuple[str, str]] = []  # innermost first
    while frame is not None:
        stack.append((frame.f_code.co_filename, frame.f_code.co_name))
        frame = frame.f_back
    asked = max(
        (at for at, (file, name) in enumerate(stack) if file.endswith("/orm/session.py") and name in SQL), default=None
    )
    if asked is not None:
        return f"SQL: {next((name for file, name in stack[asked:] if _is_asking(file)), '?')}"
    for file, _ in reversed(stack):
        if owner := next((part for path, part in OWNERS.items() if path in file), None):
            return owner
    return next((part for file, _ in stack for path, part in REST.items() if path in file), "the rest")


def _is_asking(file: str) -> bool:
    return "/forums/" in file and not file.endswith("/forums/statements.py")
