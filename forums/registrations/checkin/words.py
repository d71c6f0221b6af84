"""What the desk says about a scan, in the reader's language."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.registrations.checkin.models import Passage, Point
from forums.registrations.checkin.verdicts import Verdict
from forums.registrations.words import STATES
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


def of_the_page(point: Point | None) -> dict[str, Any]:
    """What the page's script says by itself."""
    return {
        "verdicts": {verdict.value: str(word) for verdict, word in VERDICTS.items()},
        "advice": {verdict.value: str(word) for verdict, word in ADVICE.items()},
        "states": {state.value: str(word) for state, word in STATES.items()},
        "here": local(point.name) if point else _("Entrance"),
        "in": _("In"),
        "out": _("Out"),
        "check_in": _("Check in"),
        "checked_in": _("checked in"),
        "undo": _("Undo"),
        "badge": _("Badge"),
        "undo_needs_network": _("This needs the network. Try again when it is back."),
        "somebody": _("Ticket not on the list"),
        "nobody": _("Nobody found for “%(words)s”"),
        "not_listed": _(
            "Not on the list that this device has. The scan is noted and checked when the network is back."
        ),
        "no_list": _("This device has no list yet. The scan is noted and checked when the network is back."),
        "provisional": _("Provisional: from the list on this device. The server has not answered yet."),
        "waits": _("waits"),
        "instead_of": _("instead of “%(word)s”"),
        "waiting": _("Waiting to be sent: %(n)s"),
        "online": _("Connected"),
        "cut": _("No connection. Check-in goes on with the list of %(moment)s."),
        "cut_without_list": _("No connection, and no list on this device. Scans are kept and sent later."),
        "signed_out": _("You are signed out. Scans are kept on this device."),
        "in_since": _("In since %(moment)s, %(point)s."),
        "out_since": _("Out since %(moment)s, %(point)s."),
        "camera_refused": _("The browser does not let this page use the camera. Allow it in the address bar."),
        "camera_away": _("The camera cannot be used now. Type the reference, or use a scanner."),
    }
