"""What the import says about columns and rows, in the reader's language."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

FIELD_WORDS: dict[str, Any] = {
    "name": _l("Name"),
    "email": _l("E-mail"),
    "phone": _l("Phone"),
    "organisation": _l("Organisation"),
    "title": _l("Position or title"),
    "region": _l("Province or region"),
    "category": _l("Category"),
    "language": _l("Language of letters"),
}
PLANNED: dict[str, Any] = {
    "new": _l("Will be confirmed"),
    "waits": _l("Will be on the waiting list"),
    "known": _l("Is registered already"),
    "repeat": _l("Stands twice in the list"),
    "refused": _l("Cannot be used"),
}
DONE: dict[str, Any] = {
    "new": _l("Confirmed"),
    "waits": _l("On the waiting list"),
    "known": _l("Was registered already"),
    "repeat": _l("Stands twice in the list"),
    "refused": _l("Could not be used"),
}
# The badge of a verdict: a state that components.css knows.
TONES = {"new": "confirmed", "waits": "waitlisted", "known": "neutral", "repeat": "neutral", "refused": "declined"}
REASONS: dict[str, Any] = {
    "no_name": _l("The name is missing."),
    "not_name": _l("The name has no letters."),
    "not_email": _l("This is no e-mail address."),
    "not_phone": _l("This is no phone number: digits, spaces, +, - and brackets."),
    "not_region": _l("This is no province of China; write its name or its two digits, or “abroad”."),
    "not_category": _l("The event has no such category."),
    "not_language": _l("This is no language Billet knows: write zh or en, or leave it out."),
    "too_long": _l("This is too long."),
    "row": _l("The same person stands in this row already."),
    "registered": _l("Nothing is changed; the registration stays as it is."),
    "said_no": _l("Registration said no."),
}
UNDONE_WORDS: dict[str, Any] = {
    "cancelled": _l("Taken back"),
    "changed": _l("Left alone: somebody changed it since"),
    "came": _l("Left alone: checked in"),
    "gone": _l("Left alone: it was cancelled before"),
}
