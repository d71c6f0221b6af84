"""What the person at the desk is told, one word for each case."""

from __future__ import annotations

from enum import StrEnum

from forums.registrations.models import State


class Verdict(StrEnum):
    """The answers. WELCOME, REENTRY, ALREADY and OUT are for people who are entitled; the rest let nobody in."""

    WELCOME = "welcome"
    REENTRY = "reentry"
    ALREADY = "already"
    OUT = "out"
    WRONG_DAY = "wrong_day"
    NOT_SIGNED = "not_signed"
    WAITING = "waiting"
    OFFERED = "offered"
    PENDING = "pending"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    REVOKED = "revoked"
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"


_BARRED = {
    State.WAITLISTED: Verdict.WAITING,
    State.OFFERED: Verdict.OFFERED,
    State.PENDING: Verdict.PENDING,
    State.DECLINED: Verdict.DECLINED,
    State.CANCELLED: Verdict.CANCELLED,
    State.LAPSED: Verdict.CANCELLED,
}


def barred(state: State) -> Verdict | None:
    """Why a registration in this state lets nobody in; None where it does."""
    return _BARRED.get(state)
