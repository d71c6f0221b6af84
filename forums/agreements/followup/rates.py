"""How far signed projects have come: 履约率, 开工率 and 到位率, each with what it divides and how it is rounded. Pure.

    fulfilment = (in approvals + building + operating) / signed
    start      = (building + operating) / signed
    paid-in    = paid-in capital / contracted inbound capital

Signed are the firm projects that the counting rules credit, each once. One that is stalled, suspended, withdrawn or
terminated stays signed and is in no numerator. The paid-in rate divides sums over the projects whose contracted
inbound capital is stated; what other projects have paid in stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Literal

Rounding = Literal["half_up", "truncated"]
ROUNDINGS: tuple[Rounding, ...] = ("half_up", "truncated")
MOST_DECIMALS = 4

GROUPS: dict[str, frozenset[str]] = {
    "approvals": frozenset({"approvals"}),
    "building": frozenset({"started", "completed"}),
    "operating": frozenset({"operating", "full"}),
}
"""Which stages make up each term of the rates."""


@dataclass(frozen=True)
class Rate:
    """A share, exactly."""

    numerator: int
    denominator: int

    def shown(self, decimals: int = 2, rounding: Rounding = "half_up") -> str:
        """In per cent, rounded only here; a dash where there is nothing to divide by."""
        if self.denominator == 0:
            return "—"
        exact = Fraction(self.numerator * 100, self.denominator)
        # Two digits more than are shown, cut off and marked if anything follows, so that rounding is exact.
        scale = 10 ** (decimals + 2)
        whole, rest = divmod(abs(exact.numerator) * scale, exact.denominator)
        value = Decimal(whole * 10 + (1 if rest else 0)).scaleb(-decimals - 3)
        how = ROUND_HALF_UP if rounding == "half_up" else ROUND_DOWN
        return f"{value.quantize(Decimal(1).scaleb(-decimals), how):f}%"


@dataclass(frozen=True)
class Signed:
    """One credited project at a moment: its edition, its stage, and in fen what was promised and what came."""

    project_id: int
    edition_id: int
    stage: str
    inbound: int | None = None
    paid: int | None = None
    confidential: bool = False

    @property
    def group(self) -> str:
        """ "approvals", "building", "operating", or empty where the project is before or beside them."""
        return next((name for name, stages in GROUPS.items() if self.stage in stages), "")


@dataclass(frozen=True)
class Rates:
    """The rates of some signed projects, with their terms. Amounts leave `hidden` confidential projects out."""

    signed: int
    approvals: int
    building: int
    operating: int
    inbound: int
    paid: int
    paid_elsewhere: int
    with_inbound: int
    with_paid: int
    hidden: int

    @property
    def fulfilment(self) -> Rate:
        return Rate(self.approvals + self.building + self.operating, self.signed)

    @property
    def start(self) -> Rate:
        return Rate(self.building + self.operating, self.signed)

    @property
    def paid_in(self) -> Rate:
        return Rate(self.paid, self.inbound)


def rates_of(rows: Iterable[Signed], *, see_confidential: bool) -> Rates:
    """The rates of these projects as this reader may see them."""
    signed = list(rows)
    groups = [row.group for row in signed]
    shown = [row for row in signed if see_confidential or not row.confidential]
    stated = [row for row in shown if row.inbound is not None]
    return Rates(
        signed=len(signed),
        approvals=groups.count("approvals"),
        building=groups.count("building"),
        operating=groups.count("operating"),
        inbound=sum(row.inbound or 0 for row in stated),
        paid=sum(row.paid or 0 for row in stated),
        paid_elsewhere=sum(row.paid or 0 for row in shown if row.inbound is None),
        with_inbound=len(stated),
        with_paid=sum(row.paid is not None for row in stated),
        hidden=len(signed) - len(shown),
    )
