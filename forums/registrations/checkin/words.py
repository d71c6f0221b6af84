"""What the desk says about a scan, in the reader's language."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.registrations.checkin.models import Passage
from forums.registrations.checkin.verdicts import Verdict
from forums.web.language import clock_time, local

VERDICTS = {
    Verdict.WELCOME: _l("Welcome"),
    Verdict.REENTRY: _l("Welcome back"),
    Verdict.ALREADY: _l("Already checked in"),
    Verdict.OUT: _l("Gone out"),
    Verdict.WRONG_DAY: _l("Wrong day"),
    Verdict.NOT_SIGNED: _l("Not signed up for this session"),
    Verdict.WAITING: _l("On the waiting list"),
    Verdict.OFFERED: _l("Place offered, not accepted yet"),
    Verdict.PENDING: _l("Not approved yet"),
    Verdict.DECLINED: _l("Declined"),
    Verdict.CANCELLED: _l("Cancelled"),
    Verdict.REVOKED: _l("This ticket was replaced"),
    Verdict.ELSEWHERE: _l("A ticket of another event"),
    Verdict.UNKNOWN: _l("Not found"),
}

# What to do about it, for whoever stands at the desk.
ADVICE = {
    Verdict.WRONG_DAY: _l("Look at the day above, or send the person to the information desk."),
    Verdict.NOT_SIGNED: _l("The person may come where places are left: ask the organiser."),
    Verdict.WAITING: _l("The person has no place yet: ask the organiser."),
    Verdict.OFFERED: _l("The person accepts the place with the link in the letter."),
    Verdict.PENDING: _l("The organiser decides on this registration."),
    Verdict.DECLINED: _l("The organiser has declined this registration."),
    Verdict.CANCELLED: _l("This place was given back."),
    Verdict.REVOKED: _l("Ask for the newer ticket, or look the person up by name."),
    Verdict.ELSEWHERE: _l("Look the person up by name."),
    Verdict.UNKNOWN: _l("Try the name, the reference, or the last four digits of the phone."),
}


def verdict_word(verdict: str) -> str:
    """What the desk says about a scan; nothing for a word that is no verdict."""
    return str(VERDICTS[Verdict(verdict)]) if verdict in VERDICTS else ""


def advice(verdict: str) -> str:
    """What the desk may do about it; nothing where nothing is to be done."""
    return str(ADVICE[Verdict(verdict)]) if verdict in ADVICE else ""


def told_with(verdict: str, other: Passage | None, zone: str) -> str:
    """Since when and where somebody is in or was out, or that the ticket was used once more."""
    if other is None:
        return ""
    said = {"moment": clock_time(other.at, zone), "point": local(other.point.name)}
    if verdict == Verdict.WELCOME:
        return str(_("The same ticket was let in once more: %(moment)s, %(point)s.", **said))
    if other.direction == "out":
        return str(_("Out since %(moment)s, %(point)s.", **said))
    return str(_("In since %(moment)s, %(point)s.", **said))


def masked(phone: str) -> str:
    """Enough of a number to recognise one's own: 138****5678."""
    digits = "".join(letter for letter in phone if letter.isdecimal())
    if len(digits) < 8:
        return "****" + digits[-2:] if digits else ""
    return f"{digits[:3]}****{digits[-4:]}"
