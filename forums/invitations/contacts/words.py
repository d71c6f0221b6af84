"""What the codes of lists mean to people."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

WARNINGS: dict[str, Any] = {
    "no_title": _l("no form of address: the letter begins without one"),
    "twin": _l("somebody of the same name and organisation has another address"),
    "suppressed": _l("campaigns do not write to this address"),
    "mistyped": _l("hardly anybody has a mailbox at this domain"),
}
ORIGINS: dict[str, Any] = {
    "paste": _l("pasted rows"),
    "file": _l("a file"),
    "directory": _l("the directory"),
    "invitations": _l("invitations"),
    "experts": _l("experts"),
    "registrations": _l("registrations"),
    "list": _l("another list"),
}
SOURCE_NAMES: dict[str, Any] = {
    "invitations": _l("Earlier invitations"),
    "registrations": _l("Registrations"),
    "experts": _l("Experts"),
    "directory": _l("Directory"),
    "list": _l("Another list"),
}
