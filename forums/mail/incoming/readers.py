"""What the rooms above understand of mail that comes in, and what a person may decide about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from forums.activity.models import Actor
from forums.mail.incoming.mime import Message
from forums.mail.incoming.models import IncomingMail
from forums.mail.models import Letter


@dataclass(frozen=True)
class Incoming:
    """A message with what its addresses say: `named` holds row ids by kind ("reply"), `letter` is what it is about."""

    row: IncomingMail
    message: Message
    named: dict[str, int]
    letter: Letter | None


@dataclass(frozen=True)
class Verdict:
    """What a message is and what came of it: words of models.KINDS and models.OUTCOMES."""

    kind: str
    outcome: str
    detail: str = ""
    letter_id: int | None = None
    edition_id: int | None = None


@dataclass(frozen=True)
class Decision:
    """What a person may do about a message that waits: offered for which, and carried out how."""

    name: str
    label: Any
    is_offered: Callable[[IncomingMail], bool]
    carry_out: Callable[[IncomingMail, Actor], None]
    order: int


Reader: TypeAlias = Callable[[Incoming], Verdict | None]
_readers: list[Reader] = []
_decisions: dict[str, Decision] = {}


def reads_incoming(read: Reader) -> Reader:
    """Declare who is asked about a message that is no bounce: a verdict, or None when it is none of theirs.

    Called in the transaction that files the message; what it refuses or cannot do is said in the verdict.
    """
    _readers.append(read)
    return read


def verdict_on(incoming: Incoming) -> Verdict | None:
    return next((verdict for read in _readers if (verdict := read(incoming)) is not None), None)


def decision(
    name: str, label: Any, is_offered: Callable[[IncomingMail], bool], *, order: int
) -> Callable[[Callable[[IncomingMail, Actor], None]], Callable[[IncomingMail, Actor], None]]:
    """Declare something that a person may do about a message that waits."""

    def declare(carry_out: Callable[[IncomingMail, Actor], None]) -> Callable[[IncomingMail, Actor], None]:
        if name in _decisions:
            raise ValueError(f"the decision {name!r} is declared twice")
        _decisions[name] = Decision(name, label, is_offered, carry_out, order)
        return carry_out

    return declare


def decisions_on(row: IncomingMail) -> list[Decision]:
    """What may be done about this message now, the likeliest first."""
    offered = [one for one in _decisions.values() if row.outcome == "waiting" and one.is_offered(row)]
    return sorted(offered, key=lambda one: one.order)


def labels() -> dict[str, Any]:
    return {one.name: one.label for one in _decisions.values()}
