"""What of a tally must equal what, worked out anew: lines and totals, rows and figures, gross and net. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from forums.agreements.counting import Credit, Row, Rules, credits_of, way_to_net
from forums.agreements.tally import Line, Sum, Tally
from forums.columns import Bilingual

COLUMNS = ("contracted", "intended")


@dataclass(frozen=True)
class Check:
    """Two sums that must be equal: projects (or what `counts` says) and fen. `rows` are agreements that make the gap.

    Without `has_amount` only the count is compared.
    """

    part: str
    name: str
    column: str
    expected: Sum
    found: Sum
    rows: tuple[int, ...] = ()
    has_amount: bool = True

    @property
    def gap(self) -> Sum:
        """Found less expected."""
        return self.found - self.expected

    @property
    def foots(self) -> bool:
        return self.gap.projects == 0 and (not self.has_amount or self.gap.fen + self.gap.secret_fen == 0)


PARTITIONS: dict[str, tuple[Callable[[Tally], list[Line]], Callable[[Credit], Any] | None]] = {
    "editions": (lambda tally: tally.editions, lambda credit: credit.row.edition_id),
    "bindings": (lambda tally: tally.bindings, lambda credit: credit.binding),
    "segments": (lambda tally: tally.segments, lambda credit: credit.row.segment or ""),
    "channels": (lambda tally: tally.channels, lambda credit: credit.row.channel),
    "origins": (lambda tally: tally.origins, lambda credit: credit.row.origin),
    "sizes": (lambda tally: tally.sizes, None),
}


def partitions(tally: Tally, live: Sequence[Credit]) -> list[Check]:
    """The lines of each table against the headline, and the rows behind each line against the line.

    `tally` holds exact figures; what may be told of them is the page's business.
    """
    checks = []
    for name, (lines_of, key_of) in PARTITIONS.items():
        lines = lines_of(tally)
        for column in COLUMNS:
            secrets = added(live, column)
            total = _exact(tally.total, column, secrets)
            checks.append(Check("lines", name, column, total, _lines(lines, column, secrets)))
            if key_of is not None:
                found, wrong = _behind(lines, live, column, key_of)
                checks.append(Check("rows", name, column, _lines(lines, column, secrets), found, wrong))
    return checks


def _behind(
    lines: list[Line], live: Sequence[Credit], column: str, key_of: Callable[[Credit], Any]
) -> tuple[Sum, tuple[int, ...]]:
    """What the rows behind a table's links add up to, and the rows of each line that they do not add up to."""
    named = {line.key for line in lines}
    groups: dict[Any, list[Credit]] = {}
    for credit in live:
        key = key_of(credit)
        groups.setdefault(key if key in named else "", []).append(credit)
    wrong: list[int] = []
    for line in lines:
        behind = added(groups.get(line.key, []), column)
        cell = getattr(line, column)
        if (behind.projects, behind.fen + behind.secret_fen) != (cell.projects, cell.fen):
            wrong += [credit.row.agreement_id for credit in groups.get(line.key, [])]
    unseen = [row for key, rows in groups.items() if key not in named for row in rows]
    wrong += [credit.row.agreement_id for credit in unseen if credit.projects or credit.fen]
    return added((row for rows in groups.values() for row in rows), column), tuple(sorted(set(wrong)))


def net(tally: Tally, rows: Sequence[Row], rules: Rules) -> list[Check]:
    """From gross to net: less what is cancelled, and each rule's step by the rows that it moves."""
    live = credits_of(rows, rules=rules)
    gross = added(credits_of(rows, rules=replace(rules, leave_out_cancelled=False)), "contracted")
    secrets = added(live, "contracted")
    total = _exact(tally.total, "contracted", secrets)
    cancelled = Sum(tally.cancelled.projects, tally.cancelled.disclosed, tally.cancelled.fen or 0)
    checks = [Check("net", "cancelled", "contracted", total, _merged(gross) - _merged(cancelled, gross))]
    steps = way_to_net(rows)
    moved = _sum(_moves(before, after) for (_, before), (_, after) in pairwise(steps))
    checks.append(
        Check(
            "net",
            "rules",
            "contracted",
            added(steps[-1][1], "contracted"),
            added(steps[0][1], "contracted") + moved,
        )
    )
    return checks


def once(live: Sequence[Credit]) -> Check:
    """No project is credited twice: as many projects credited as there are different ones."""
    leading = [credit for credit in live if credit.projects]
    times = Counter(credit.row.project_id for credit in leading)
    twice = {project for project, count in times.items() if count > 1}
    rows = tuple(sorted({credit.row.agreement_id for credit in leading if credit.row.project_id in twice}))
    found = Sum(sum(credit.projects for credit in leading))
    return Check("ledger", "once", "", Sum(len(times)), found, rows, has_amount=False)


def added(credits_: Iterable[Credit], column: str) -> Sum:
    """The credits of a column added up one by one; other currencies than the yuan count their project alone."""
    total = Sum()
    for credit in credits_:
        if credit.column == column:
            total += _one(credit)
    return total


def _one(credit: Credit) -> Sum:
    fen = credit.fen or 0 if credit.currency == "CNY" else 0
    disclosed = credit.projects if credit.fen is not None else 0
    if credit.row.confidential:
        return Sum(credit.projects, disclosed, 0, fen, int(fen != 0))
    return Sum(credit.projects, disclosed, fen)


def _moves(before: Sequence[Credit], after: Sequence[Credit]) -> Sum:
    """What a rule moves, signing by signing."""
    then, now = ({(c.row.agreement_id, c.row.edition_id): c for c in credits_} for credits_ in (before, after))
    total = Sum()
    for key in then.keys() | now.keys():
        for credits_, sign in ((now, 1), (then, -1)):
            credit = credits_.get(key)
            if credit is not None and credit.column == "contracted":
                total = total + _one(credit) if sign > 0 else total - _one(credit)
    return total


def _exact(line: Line, column: str, secrets: Sum) -> Sum:
    cell = getattr(line, column)
    return _like(Sum(cell.projects, cell.disclosed, cell.fen or 0), secrets)


def _lines(lines: list[Line], column: str, secrets: Sum) -> Sum:
    cells = [getattr(line, column) for line in lines]
    total = Sum(
        sum(cell.projects for cell in cells),
        sum(cell.disclosed for cell in cells),
        sum(cell.fen or 0 for cell in cells),
    )
    return _like(total, secrets)


def _like(total: Sum, secrets: Sum) -> Sum:
    """A total out of exact figures, kept apart as secret where a row behind it is."""
    if not secrets.secrets:
        return total
    return Sum(total.projects, total.disclosed, 0, total.fen, 1)


def _merged(total: Sum, like: Sum | None = None) -> Sum:
    """All of it secret where some of it is."""
    like = like or total
    return _like(Sum(total.projects, total.disclosed, total.fen + total.secret_fen), like)


def _sum(parts: Iterable[Sum]) -> Sum:
    total = Sum()
    for part in parts:
        total += part
    return total


PART_WORDS = {
    "lines": Bilingual("分表各行之和与总数", "The lines of each table against the total"),
    "rows": Bilingual("各数字背后的行与数字", "The rows behind each figure against the figure"),
    "net": Bilingual("毛数与净数", "Gross against net"),
    "ledger": Bilingual("统计与台账（直接查询数据库）", "The tally against the ledger, asked directly"),
    "statements": Bilingual("统计表与台账", "Statements against what is on record"),
}
"""The groups of checks in the order of the page."""
