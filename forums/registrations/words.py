"""The words for states, in the reader's language."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

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


def state_word(state: str) -> str:
    """A state as people read it."""
    return str(STATES[State(state)])
