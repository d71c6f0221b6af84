"""The papers that can be printed: what stands on them, their size, and how many fit on a sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True)
class Paper:
    """One piece is `width` × `height` millimetres, `columns` × `rows` of them on a page. `kind` is what it is."""

    code: str
    kind: str
    label: Any
    width: int
    height: int
    columns: int = 1
    rows: int = 1

    @property
    def template(self) -> str:
        return f"{self.kind}.typ"

    @property
    def size(self) -> dict[str, int]:
        """What the templates are told of it."""
        return {"width": self.width, "height": self.height, "columns": self.columns, "rows": self.rows}


PAPERS = {
    paper.code: paper
    for paper in (
        Paper("card", "badge", _l("Badge 90 × 54 mm, one on a page"), 90, 54),
        Paper("card-a4", "badge", _l("Badge 90 × 54 mm, ten on A4 with crop marks"), 90, 54, 2, 5),
        Paper("plastic", "badge", _l("Badge 86 × 54 mm, one on a page (plastic card)"), 86, 54),
        Paper("lanyard", "badge", _l("Badge A6, 105 × 148 mm, one on a page"), 105, 148),
        Paper("pocket", "badge", _l("Badge 95 × 134 mm, one on a page"), 95, 134),
        Paper("pocket-a4", "badge", _l("Badge 95 × 134 mm, four on A4 with crop marks"), 95, 134, 2, 2),
        Paper("ticket", "ticket", _l("Ticket A6, one on a page"), 105, 148),
        Paper("ticket-a4", "ticket", _l("Ticket 95 × 134 mm, four on A4 with crop marks"), 95, 134, 2, 2),
        Paper("certificate", "certificate", _l("Attendance certificate A4"), 210, 297),
    )
}
BADGES = {code: paper for code, paper in PAPERS.items() if paper.kind == "badge"}
LANGUAGES = {"both": _l("Chinese and English"), "zh": _l("Chinese"), "en": _l("English")}
FIRST = "card"  # the paper, where nothing was printed yet


def alone(code: str) -> str:
    """The paper of the same badge that holds one piece on a page."""
    size = (BADGES[code].width, BADGES[code].height)
    singles = (one for one in BADGES.values() if one.columns * one.rows == 1 and (one.width, one.height) == size)
    return next(singles).code
