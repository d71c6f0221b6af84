"""The stages of a project in their order, those beside it, and what kind of step leads from one to another. Pure."""

from __future__ import annotations

from typing import Literal

Kind = Literal["step", "skip", "aside", "return", "reversal"]

ORDER = (
    "lead", "talks", "intention", "agreement", "contract", "registered", "approvals", "started", "completed",
    "operating", "full",
)  # fmt: skip
PAUSED = ("stalled", "suspended")
ENDED = ("withdrawn", "terminated")
ASIDE = (*PAUSED, *ENDED)
STAGES = (*ORDER, *ASIDE)
NEEDS_REASON = frozenset({"skip", "aside", "reversal"})


def kind_of(stage: str, resumes_at: str, to: str) -> Kind:
    """What it is to go from `stage` to `to`; `resumes_at` is where a project that stands aside would go on.

    "step": the next stage; "return": back from a pause to where it was, or to the next stage from there; "skip":
    further on; "aside": out of the order, or from a pause to another or to its end; "reversal": back in the order,
    or out of an end.
    """
    if stage in ENDED:
        return "reversal"
    if to in ASIDE:
        return "aside"
    distance = ORDER.index(to) - ORDER.index(resumes_at)
    if distance < 0:
        return "reversal"
    if distance > 1:
        return "skip"
    return "return" if stage in PAUSED else "step"


def passed_over(resumes_at: str, to: str) -> tuple[str, ...]:
    """The stages between two, which a skip leaves out."""
    return ORDER[ORDER.index(resumes_at) + 1 : ORDER.index(to)] if to in ORDER else ()


def is_before(stage: str, other: str) -> bool:
    """Whether `stage` comes before `other` in the order; a stage aside comes before nothing."""
    return stage in ORDER and other in ORDER and ORDER.index(stage) < ORDER.index(other)
