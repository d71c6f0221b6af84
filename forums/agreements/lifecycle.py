"""The state of an agreement's document: which moves there are, and what its dates make of the one recorded last.

A step on is taken at once, a step over another needs a reason, a step back a reason and a second person. Nobody has to
record that a day has come: a signed or filed document is in force from its effective date, and expired after its last
day. That is read from the dates whenever it is asked, so that it holds for any day, and never written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from forums.agreements.models import Agreement

Kind = Literal["step", "skip", "reversal"]

ORDER = ("draft", "legal_review", "approved", "signed", "filed", "in_force")
STEPS: dict[str, frozenset[str]] = {
    "draft": frozenset({"legal_review"}),
    "legal_review": frozenset({"approved"}),
    "approved": frozenset({"signed"}),
    "signed": frozenset({"filed", "terminated", "rescinded"}),
    "filed": frozenset({"in_force", "terminated", "rescinded"}),
    "in_force": frozenset({"fulfilled", "terminated", "expired", "rescinded"}),
    "fulfilled": frozenset(),
    "terminated": frozenset(),
    "expired": frozenset(),
    "rescinded": frozenset(),
}
"""State → those that follow it at once."""
SKIPS: dict[str, frozenset[str]] = {
    **{before: frozenset(ORDER[place + 2 :]) for place, before in enumerate(ORDER)},
    "signed": frozenset({"in_force", "fulfilled", "expired"}),
    "filed": frozenset({"fulfilled", "expired"}),
}
"""State → those that leave others out, with a reason."""
REVERSALS: dict[str, frozenset[str]] = {
    **{before: frozenset(ORDER[:place]) for place, before in enumerate(ORDER)},
    **dict.fromkeys(("fulfilled", "terminated", "expired", "rescinded"), frozenset({"signed", "filed", "in_force"})),
}
"""State → the earlier ones, with a reason and a second person."""
ENDED = frozenset({"fulfilled", "terminated", "expired", "rescinded"})
ENDED_EARLY = frozenset({"terminated", "rescinded"})
"""Ends that need a reason however they are reached."""


@dataclass(frozen=True)
class DocumentState:
    """A state with the day since when, and what made it so: it was `recorded`, or one of the agreement's dates."""

    state: str
    since: date | None
    by: Literal["recorded", "effective_on", "expires_on", "cancelled_on"]


def kind_of(before: str, after: str) -> Kind | None:
    """How one state follows another; None where it cannot."""
    if after in STEPS[before]:
        return "step"
    if after in SKIPS.get(before, ()):
        return "skip"
    return "reversal" if after in REVERSALS[before] else None


def needs_reason(before: str, after: str) -> bool:
    return after in ENDED_EARLY or kind_of(before, after) != "step"


def document_now(row: Agreement, today: date) -> DocumentState:
    """The state on a day, from what was recorded last and the agreement's dates."""
    state = row.document_state
    recorded = DocumentState(state, row.document_on or _signed_on(row), "recorded")
    if state in ENDED:
        return recorded
    if row.cancelled_on and row.cancelled_on <= today:
        return DocumentState("rescinded", row.cancelled_on, "cancelled_on")
    if state in {"signed", "filed", "in_force"} and row.expires_on and row.expires_on < today:
        return DocumentState("expired", row.expires_on + timedelta(days=1), "expires_on")
    if state in {"signed", "filed"} and row.effective_on and row.effective_on <= today:
        return DocumentState("in_force", row.effective_on, "effective_on")
    return recorded


def _signed_on(row: Agreement) -> date | None:
    return row.signings[0].signed_on if row.document_state == "signed" and row.signings else None
