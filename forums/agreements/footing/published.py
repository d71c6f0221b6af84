"""Published figures against their own rows, and against ours. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from forums.agreements.footing.pasting import UNITS
from forums.agreements.tally import Cell, Line
from forums.columns import Bilingual

FIGURES: dict[str, tuple[Bilingual, bool]] = {
    "projects_signed": (Bilingual("签约项目", "Projects signed"), False),
    "amount_signed_total": (Bilingual("签约金额", "Amount signed"), True),
    "projects_intended": (Bilingual("意向项目", "Projects intended"), False),
    "amount_intended": (Bilingual("意向金额", "Amount intended"), True),
    "projects_with_amount": (Bilingual("有金额的签约项目", "Projects signed with an amount"), False),
    "signings": (Bilingual("签约场次", "Signings"), False),
}
"""The figures of a tally that a column may be tied to, and which of them are amounts."""
SERIES = "series"
Key = tuple[int, int]  # agreement, edition


@dataclass(frozen=True)
class ColumnSum:
    """A column of a published table: what its rows add up to, and what was published; None where nothing was."""

    label: str
    unit: str
    summed: Decimal
    published: Decimal | None

    @property
    def gap(self) -> Decimal | None:
        """Published less summed."""
        return None if self.published is None else self.published - self.summed

    @property
    def share(self) -> Decimal | None:
        """The gap in per cent of what the rows add up to, with two decimals, half-up."""
        if self.gap is None or not self.summed:
            return None
        return (100 * self.gap / abs(self.summed)).quantize(Decimal("0.01"), ROUND_HALF_UP)

    @property
    def gap_fen(self) -> int | None:
        """The gap of amounts in fen."""
        return None if self.gap is None or not self.unit else _fen(self.gap, self.unit)


def sums(columns: list[dict[str, Any]], rows: list[dict[str, Any]], total: dict[str, Any] | None) -> list[ColumnSum]:
    """Each column's rows against its published total."""
    return [
        ColumnSum(
            column["label"],
            column["unit"],
            sum((Decimal(row["cells"][index]) for row in rows if row["cells"][index] is not None), Decimal(0)),
            _decimal(total["cells"][index]) if total else None,
        )
        for index, column in enumerate(columns)
    ]


@dataclass(frozen=True)
class Tied:
    """A published figure beside ours. `ours` is None where this reader may not be told, exactly or by guessing."""

    row: str
    column: str
    unit: str
    figure: str
    edition_id: int | None
    published: Decimal
    ours: int | None
    """A count, or fen."""

    @property
    def published_value(self) -> Decimal:
        """The published figure as ours is given: a count, or fen."""
        return self.published * UNITS[self.unit] if self.unit else self.published

    @property
    def gap(self) -> Decimal | None:
        """Published less ours."""
        return None if self.ours is None else self.published_value - self.ours


def tied(
    columns: list[dict[str, Any]],
    rows: list[dict[str, Any]],
    total: dict[str, Any] | None,
    series: Line,
    editions: Mapping[int, Line],
) -> list[Tied]:
    """Every cell whose column is tied to a figure and whose row is tied to an edition or to the whole series."""
    found = []
    for row in [*rows, *([total] if total else [])]:
        line = series if row["edition"] == SERIES else editions.get(row["edition"])
        if row["edition"] is None:
            continue
        for column, cell in zip(columns, row["cells"], strict=True):
            if column["figure"] in FIGURES and cell is not None:
                edition_id = None if row["edition"] == SERIES else row["edition"]
                ours = figure(line, column["figure"]) if line is not None else 0
                found.append(
                    Tied(
                        row["label"],
                        column["label"],
                        column["unit"],
                        column["figure"],
                        edition_id,
                        Decimal(cell),
                        ours,
                    )
                )
    return found


def figure(line: Line, name: str) -> int | None:
    """A figure of a tally's line; None is an amount that may not be told."""
    cells: dict[str, Cell] = {"projects_signed": line.contracted, "projects_intended": line.intended}
    if name in cells:
        return cells[name].projects
    if name == "projects_with_amount":
        return line.contracted.disclosed
    if name == "signings":
        return line.signings
    return (line.contracted if name == "amount_signed_total" else line.intended).fen


def makers(gap: int, amounts: Mapping[Key, int], *, most: int = 5) -> list[tuple[Key, ...]]:
    """Single rows and pairs of rows whose positive amounts are exactly the gap: what it may be made of."""
    wanted = abs(gap)
    found: list[tuple[Key, ...]] = []
    found += [(key,) for key, fen in amounts.items() if fen == wanted][:most]
    by_amount: dict[int, list[Key]] = {}
    for key, fen in amounts.items():
        found += [(other, key) for other in by_amount.get(wanted - fen, [])][: max(0, most - len(found))]
        by_amount.setdefault(fen, []).append(key)
    return found


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _fen(value: Decimal, unit: str) -> int:
    return int((value * UNITS[unit]).to_integral_value(ROUND_HALF_UP))
