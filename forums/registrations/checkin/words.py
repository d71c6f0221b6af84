"""What the desk says about a scan, in the reader's language."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from forums.registrations.checkin.operations import Verdict

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


def verdict_word(verdict: str) -> str:
    """What the desk says about a scan; nothing for a word that is no verdict."""
    return str(VERDICTS[Verdict(verdict)]) if verdict in VERDICTS else ""
