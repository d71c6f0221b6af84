"""The words for states and verdicts, in the reader's language."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from forums.registrations.checkin import Verdict
from forums.registrations.models import State

STATES = {
    State.PENDING: _l("Pending"),
    State.CONFIRMED: _l("Confirmed"),
    State.WAITLISTED: _l("Waiting list"),
    State.OFFERED: _l("Place offered"),
    State.DECLINED: _l("Declined"),
    State.LAPSED: _l("Offer expired"),
    State.CANCELLED: _l("Cancelled"),
}

VERDICTS = {
    Verdict.WELCOME: _l("Welcome"),
    Verdict.ALREADY: _l("Already checked in"),
    Verdict.WAITING: _l("On the waiting list"),
    Verdict.CANCELLED: _l("Cancelled"),
    Verdict.NOT_CONFIRMED: _l("Not confirmed"),
    Verdict.REVOKED: _l("This ticket was replaced"),
    Verdict.ELSEWHERE: _l("A ticket of another event"),
    Verdict.UNKNOWN: _l("Not found"),
}


def state_word(state: str) -> str:
    """A state as people read it."""
    return str(STATES[State(state)])


def verdict_word(verdict: str) -> str:
    """What the desk says about a scan; nothing for a word that is no verdict."""
    return str(VERDICTS[Verdict(verdict)]) if verdict in VERDICTS else ""
