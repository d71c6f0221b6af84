"""The counting rules in words: what each is called, and what applying it does."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

RULES: dict[str, tuple[Any, Any]] = {
    "once": (
        _l("Each project once"),
        _l("A project is credited to the edition of its first signing; later signings show, at 0."),
    ),
    "merge_duplicates": (
        _l("Duplicates set aside"),
        _l("What was decided to be the same project counts at the one that it stands for."),
    ),
    "intentions_apart": (
        _l("Intentions apart"),
        _l("Intentions have a column of their own, until a contract makes them firm."),
    ),
    "increment_only": (
        _l("Increases add the increment"),
        _l("A capital increase adds its amount where it was signed, and is no new project."),
    ),
    "follow_investor": (
        _l("A new investor moves the project"),
        _l("When the investor changes, the project is credited to the edition of the re-signing."),
    ),
    "frameworks_give_way": (
        _l("Frameworks give way"),
        _l("A framework is left out once a contract of its project counts."),
    ),
    "leave_out_cancelled": (
        _l("Cancelled left out"),
        _l("A cancelled agreement stays on record and counts no more."),
    ),
}
