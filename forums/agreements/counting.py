"""The counting rules: which edition is credited with which project, and with how much.

These are Sanming's four rules (明政办〔2006〕95号), on plain rows, without a database:

1. A project is credited to the edition of its first signing; later signings show, at 0.
2. Intentions have a column of their own. Once a firm agreement follows, the project and its amount move to the
   contracted column of its first-signing edition; the later edition shows the upgrade at 0 plus what it adds.
3. A capital increase adds only the increment, to the edition where it was signed, and is no new project.
4. When the investor changes, the project is credited to the edition of the re-signing and no longer to the first.

A framework is left out as soon as another agreement of its project counts. A document signed again at a later
ceremony shows there at 0. Amounts are fen of the basis *total investment*; None is undisclosed, which is not zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Literal

Column = Literal["contracted", "intended"]
Reason = Literal[
    "first", "again", "upgrade", "increase", "investor_change", "superseded", "framework", "apart", "orphan"
]

PROJECT_KINDS = frozenset({"investment", "intent", "framework"})
"""Kinds of agreements that are projects; the others are counted apart, as agreements."""
CHANGING_KINDS = PROJECT_KINDS | {"supplementary"}
"""Kinds that may raise an amount, make an intention firm or bring another investor."""
APPROVED = frozenset({"approved", "locked"})


@dataclass(frozen=True)
class Row:
    """One agreement signed at one edition. `project_id` is that of the project it counts for."""

    project_id: int
    agreement_id: int
    edition_id: int
    signed_on: date
    position: int
    kind: str
    binding: str
    relation: str
    review: str
    cancelled: bool
    fen: int | None
    currency: str
    segment: int | None
    channel: str
    origin: str
    confidential: bool

    @property
    def is_firm(self) -> bool:
        """A contract or an agreement: what may enter contracted totals."""
        return self.binding != "intention"


@dataclass(frozen=True)
class Credit:
    """What one signing adds to its own edition: one project or none, and fen (None: one project, undisclosed)."""

    row: Row
    column: Column
    projects: int
    fen: int | None
    currency: str
    reason: Reason
    binding: str


def credits_of(rows: Iterable[Row], *, reviews: frozenset[str] = APPROVED, cancelled: bool = False) -> list[Credit]:
    """One credit for each signing whose review state is among `reviews`, and of cancelled ones if asked for."""
    seen = [row for row in rows if row.review in reviews and (cancelled or not row.cancelled)]
    seen.sort(key=lambda row: (row.project_id, _when(row)))
    return [credit for _, group in groupby(seen, key=lambda row: row.project_id) for credit in _of_project(list(group))]


def _of_project(rows: list[Row]) -> list[Credit]:
    """The credits of one project's signings, which come in the order of signing."""
    # 1. A document counts once, at its first ceremony.
    documents: dict[int, Row] = {}
    credited = [_nothing(row, "again") for row in rows if documents.setdefault(row.agreement_id, row) is not row]
    rows = list(documents.values())
    # 2. Rule 4: what was signed before the last change of investor shows at 0.
    start = max((i for i, row in enumerate(rows) if _changes_investor(row)), default=0)
    credited += [_nothing(row, "superseded") for row in rows[:start]]
    rows = rows[start:]
    # 3. A framework gives way to the agreements that fill it.
    if any(_may_lead(row) and row.kind != "framework" for row in rows):
        credited += [_nothing(row, "framework") for row in rows if row.kind == "framework"]
        rows = [row for row in rows if row.kind != "framework"]
    # 4. The first that may stand for the project leads; without one, the rest are no project.
    lead = next((row for row in rows if _may_lead(row)), None)
    if lead is None:
        return credited + [_nothing(row, "orphan" if row.relation == "increase" else "apart") for row in rows]
    return credited + _of_led_project(lead, rows)


def _changes_investor(row: Row) -> bool:
    return row.relation == "investor_change" and row.kind in CHANGING_KINDS


def _may_lead(row: Row) -> bool:
    """Whether a project can be credited for this signing: an increase or a side agreement alone is no project."""
    if row.relation in {"upgrade", "investor_change"}:
        return row.kind in CHANGING_KINDS
    return row.kind in PROJECT_KINDS and row.relation != "increase"


def _of_led_project(lead: Row, rows: list[Row]) -> list[Credit]:
    firm = next((row for row in rows if _may_lead(row) and row.is_firm), None)
    credited = []
    for row in rows:
        if row is lead:
            credited.append(_leading(lead, firm))
        elif row is firm:
            credited.append(Credit(row, "contracted", 0, _increment(lead, firm), row.currency, "upgrade", row.binding))
        elif row.relation == "increase" and row.kind in CHANGING_KINDS:
            credited.append(_increase(row, firm))
        else:
            credited.append(_nothing(row, "again" if row.kind in PROJECT_KINDS else "apart"))
    return credited


def _leading(lead: Row, firm: Row | None) -> Credit:
    """The signing that the project is credited to, with the intention's amount or, failing that, the contract's own."""
    reason: Reason = "investor_change" if _changes_investor(lead) else "first"
    if firm is None:
        return Credit(lead, "intended", 1, lead.fen, lead.currency, reason, lead.binding)
    amount_of = lead if firm.fen is None or _increment(lead, firm) else firm
    return Credit(lead, "contracted", 1, amount_of.fen, amount_of.currency, reason, firm.binding)


def _increment(lead: Row, firm: Row) -> int:
    """What the contract adds to the intention's amount: only two known amounts of one currency have a difference."""
    if lead.fen is None or firm.fen is None or lead.currency != firm.currency:
        return 0
    return max(0, firm.fen - lead.fen)


def _increase(row: Row, firm: Row | None) -> Credit:
    """Rule 3. An intended increase from before the contract is part of what was contracted."""
    if firm is None:
        return Credit(row, "intended", 0, row.fen or 0, row.currency, "increase", row.binding)
    if not row.is_firm and _when(row) < _when(firm):
        return _nothing(row, "increase")
    column: Column = "contracted" if row.is_firm else "intended"
    return Credit(row, column, 0, row.fen or 0, row.currency, "increase", row.binding)


def _nothing(row: Row, reason: Reason) -> Credit:
    """A signing that shows at 0."""
    return Credit(row, "contracted" if row.is_firm else "intended", 0, 0, row.currency, reason, row.binding)


def _when(row: Row) -> tuple[date, int, int, int]:
    return (row.signed_on, row.position, row.agreement_id, row.edition_id)
