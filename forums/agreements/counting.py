"""The counting rules: which edition is credited with which project, and with how much.

These are Sanming's four rules (明政办〔2006〕95号), on plain rows, without a database:

1. A project is credited to the edition of its first signing; later signings show, at 0.
2. Intentions have a column of their own. Once a firm agreement follows, the project and its amount move to the
   contracted column of its first-signing edition; the later edition shows the upgrade at 0 plus what it adds.
3. A capital increase adds only the increment, to the edition where it was signed, and is no new project.
4. When the investor changes, the project is credited to the edition of the re-signing and no longer to the first.

A framework is left out as soon as another agreement of its project counts. A document signed again at a later
ceremony shows there at 0. Amounts are fen of one basis; None is undisclosed, which is not zero. Each rule can be
switched off (Rules), so that other ways to count can be compared on the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Literal, NamedTuple

Column = Literal["contracted", "intended"]
Reason = Literal[
    "first", "again", "upgrade", "increase", "investor_change", "superseded", "framework", "apart", "orphan"
]

PROJECT_KINDS = frozenset({"investment", "intent", "framework"})
"""Kinds of agreements that are projects; the others are counted apart, as agreements."""
CHANGING_KINDS = PROJECT_KINDS | {"supplementary"}
"""Kinds that may raise an amount, make an intention firm or bring another investor."""
APPROVED = frozenset({"approved", "locked"})
_RANK = {"first": 0, "again": 1, "upgrade": 2, "investor_change": 3, "increase": 4}


@dataclass(frozen=True)
class Rules:
    """Which rules apply, in the order in which a way from gross to net takes them. All of them: Sanming's preset."""

    once: bool = True
    """Rule 1. Without it every signing of a project is a project."""
    merge_duplicates: bool = True
    """What was decided to be a duplicate counts at the project that it stands for."""
    intentions_apart: bool = True
    """Rule 2. Without it an intention is contracted like any other."""
    increment_only: bool = True
    """Rule 3. Without it an increase is one more project."""
    follow_investor: bool = True
    """Rule 4. Without it a project stays with the edition of its first signing."""
    frameworks_give_way: bool = True
    leave_out_cancelled: bool = True


SANMING = Rules()
GROSS = replace(SANMING, leave_out_cancelled=False)
NO_RULES = Rules(*(False,) * 7)


class Row(NamedTuple):
    """One agreement signed at one edition. `project_id` is that of the project it counts for, `own_id` its own."""

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
    own_id: int = 0
    disclosed: bool = True
    """Whether the agreement names an amount on any basis."""

    @property
    def base_kind(self) -> str:
        """The built-in kind that the rules see: “investment” for “investment.2”, which a house has added."""
        return self.kind.partition(".")[0]

    @property
    def is_firm(self) -> bool:
        """A contract or an agreement: what may enter contracted totals."""
        return self.binding != "intention"


class Credit(NamedTuple):
    """What one signing adds to its own edition: one project or none, and fen (None: one project, undisclosed)."""

    row: Row
    column: Column
    projects: int
    fen: int | None
    currency: str
    reason: Reason
    binding: str


def credits_of(rows: Iterable[Row], *, rules: Rules = SANMING, reviews: frozenset[str] = APPROVED) -> list[Credit]:
    """One credit for each signing whose review state is among `reviews`, cancelled or not as the rules say."""
    seen = [row for row in rows if row.review in reviews and not (rules.leave_out_cancelled and row.cancelled)]
    if not rules.once:
        return [_by_itself(row, rules) for row in seen]
    projects: dict[int, list[Row]] = {}
    for row in seen:
        projects.setdefault(row.project_id if rules.merge_duplicates else row.own_id, []).append(row)
    return [credit for _, group in sorted(projects.items()) for credit in _of_project(group, rules)]


def doubles_among(rows: Iterable[Row]) -> set[int]:
    """The projects that another one stands for: duplicates, not those that turned out to be its increase."""
    merged = [row for row in rows if row.own_id != row.project_id]
    raised = {row.own_id for row in merged if row.relation == "increase"}
    return {row.own_id for row in merged} - (raised - {row.own_id for row in merged if row.relation == "first"})


def way_to_net(rows: Sequence[Row], *, reviews: frozenset[str] = APPROVED) -> list[tuple[str, list[Credit]]]:
    """The credits before any rule (“”), then after each of Sanming's, by its name."""
    rules = NO_RULES
    steps = [("", credits_of(rows, rules=rules, reviews=reviews))]
    for field in fields(Rules):
        rules = replace(rules, **{field.name: True})
        steps.append((field.name, credits_of(rows, rules=rules, reviews=reviews)))
    return steps


def _by_itself(row: Row, rules: Rules) -> Credit:
    """A signing without its past: what the speaker at each ceremony announces."""
    column: Column = "contracted" if row.is_firm or not rules.intentions_apart else "intended"
    if row.relation == "increase" and row.base_kind in CHANGING_KINDS:
        return Credit(row, column, 0 if rules.increment_only else 1, row.fen, row.currency, "increase", row.binding)
    if not _may_lead(row):
        return _nothing(row, "apart")
    return Credit(row, column, 1, row.fen, row.currency, "first", row.binding)


def _of_project(rows: list[Row], rules: Rules) -> list[Credit]:
    """The credits of one project's signings."""
    if len(rows) == 1:
        return [_alone(rows[0], rules)]
    rows = sorted(rows, key=_when)
    # 1. A document counts once, at its first ceremony.
    documents: dict[int, Row] = {}
    credited = [_nothing(row, "again") for row in rows if documents.setdefault(row.agreement_id, row) is not row]
    rows = list(documents.values())
    # 2. Rule 4: what was signed before the last change of investor shows at 0.
    if rules.follow_investor:
        start = max((i for i, row in enumerate(rows) if _changes_investor(row)), default=0)
        credited += [_nothing(row, "superseded") for row in rows[:start]]
        rows = rows[start:]
    # 3. A framework gives way to the agreements that fill it.
    if rules.frameworks_give_way and any(_may_lead(row) and row.kind != "framework" for row in rows):
        credited += [_nothing(row, "framework") for row in rows if row.base_kind == "framework"]
        rows = [row for row in rows if row.kind != "framework"]
    # 4. The first that may stand for the project leads; without one, the rest are no project.
    lead = next((row for row in rows if _may_lead(row)), None)
    if lead is None:
        return credited + [_nothing(row, "orphan" if row.relation == "increase" else "apart") for row in rows]
    return credited + _of_led_project(lead, rows, rules)


def _alone(row: Row, rules: Rules) -> Credit:
    """The only signing of a project, which most are."""
    if _may_lead(row):
        return _leading(row, row if row.is_firm else None, rules)
    return _nothing(row, "orphan" if row.relation == "increase" else "apart")


def _changes_investor(row: Row) -> bool:
    return row.relation == "investor_change" and row.base_kind in CHANGING_KINDS


def _may_lead(row: Row) -> bool:
    """Whether a project can be credited for this signing: an increase or a side agreement alone is no project."""
    if row.relation in {"upgrade", "investor_change"}:
        return row.base_kind in CHANGING_KINDS
    return row.base_kind in PROJECT_KINDS and row.relation != "increase"


def _of_led_project(lead: Row, rows: list[Row], rules: Rules) -> list[Credit]:
    firm = next((row for row in rows if _may_lead(row) and row.is_firm), None)
    credited = []
    for row in rows:
        if row is lead:
            credited.append(_leading(lead, firm, rules))
        elif row is firm:
            credited.append(Credit(row, "contracted", 0, _increment(lead, firm), row.currency, "upgrade", row.binding))
        elif row.relation == "increase" and row.base_kind in CHANGING_KINDS:
            credited.append(_increase(row, firm, rules))
        else:
            credited.append(_nothing(row, "again" if row.base_kind in PROJECT_KINDS else "apart"))
    return credited


def _leading(lead: Row, firm: Row | None, rules: Rules) -> Credit:
    """The signing that the project is credited to, with the intention's amount or, failing that, the contract's own."""
    reason: Reason = "investor_change" if _changes_investor(lead) and rules.follow_investor else "first"
    if firm is None:
        column: Column = "intended" if rules.intentions_apart else "contracted"
        return Credit(lead, column, 1, lead.fen, lead.currency, reason, lead.binding)
    amount_of = lead if firm.fen is None or _increment(lead, firm) else firm
    return Credit(lead, "contracted", 1, amount_of.fen, amount_of.currency, reason, firm.binding)


def _increment(lead: Row, firm: Row) -> int:
    """What the contract adds to the intention's amount: only two known amounts of one currency have a difference."""
    if lead.fen is None or firm.fen is None or lead.currency != firm.currency:
        return 0
    return max(0, firm.fen - lead.fen)


def _increase(row: Row, firm: Row | None, rules: Rules) -> Credit:
    """Rule 3. An intended increase from before the contract is part of what was contracted."""
    projects = 0 if rules.increment_only else 1
    if firm is not None and not row.is_firm and _when(row) < _when(firm):
        return _nothing(row, "increase")
    apart = rules.intentions_apart and (firm is None or not row.is_firm)
    return Credit(
        row, "intended" if apart else "contracted", projects, row.fen or 0, row.currency, "increase", row.binding
    )


def _nothing(row: Row, reason: Reason) -> Credit:
    """A signing that shows at 0."""
    return Credit(row, "contracted" if row.is_firm else "intended", 0, 0, row.currency, reason, row.binding)


def _when(row: Row) -> tuple[Any, ...]:
    """The order of signing. What has the same place in it is told apart by its facts, not by when it was entered."""
    facts = (_RANK[row.relation], row.kind, row.binding, row.currency)
    return (row.signed_on, row.position, row.edition_id, *facts, -(row.fen or 0), row.agreement_id)
