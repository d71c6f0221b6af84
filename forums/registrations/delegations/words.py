"""The words of this room, in the reader's language."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

ROLE_NAMES: dict[str, Any] = {
    "attendee": _l("Participant"),
    "companion": _l("Companion"),
    "driver": _l("Driver"),
}


def role_word(role: str) -> str:
    """What somebody comes as."""
    return str(ROLE_NAMES.get(role, role))
