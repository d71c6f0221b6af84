"""Credits added up: cells, lines and the tables of a tally. Pure: no database, no language.

A cell whose total would give a confidential amount away by subtraction carries no exact figure at all for readers
who may not see it: it is rounded up to a band here, before anything can print it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field

from forums.agreements.counting import Credit
from forums.columns import Bilingual

NOT_STATED = Bilingual("未填写", "Not stated")


@dataclass(frozen=True)
class Sum:
    """Exact totals of some credits, in fen of one currency; what is confidential is kept apart."""

    projects: int = 0
    disclosed: int = 0
    fen: int = 0
    secret_fen: int = 0
    secrets: int = 0

    def __add__(self, other: Sum) -> Sum:
        return Sum(*(a + b for a, b in zip(self._parts(), other._parts(), strict=True)))

    def __sub__(self, other: Sum) -> Sum:
        return Sum(*(a - b for a, b in zip(self._parts(), other._parts(), strict=True)))

    def _parts(self) -> tuple[int, int, int, int, int]:
        return (self.projects, self.disclosed, self.fen, self.secret_fen, self.secrets)

    @classmethod
    def of(cls, credit: Credit, currency: str = "CNY") -> Sum:
        """What is in another currency counts its project and no amount: nothing is converted."""
        fen = credit.fen or 0 if credit.currency == currency else 0
        disclosed = credit.projects if credit.fen is not None else 0
        if credit.row.confidential and fen:
            return cls(credit.projects, disclosed, 0, fen, 1)
        return cls(credit.projects, disclosed, fen)


@dataclass(frozen=True)
class Cell:
    """What a reader may see of a sum: `fen` is exact; where it is None, only `band` (“at most”) or nothing shows."""

    projects: int
    disclosed: int
    fen: int | None
    band: int | None = None

    def __bool__(self) -> bool:
        return bool(self.projects or self.fen or self.fen is None)


@dataclass(frozen=True)
class Line:
    """A row of a tally table: approved and live in the two columns, and how these would change once all is approved."""

    key: Hashable
    label: Bilingual
    contracted: Cell
    intended: Cell
    contracted_pending: Cell
    intended_pending: Cell
    signings: int


@dataclass(frozen=True)
class Tables:
    """The three counts that every table compares: approved and live, with cancelled ones, and with unapproved ones."""

    live: list[Credit]
    gross: list[Credit]
    all: list[Credit]
    see_confidential: bool = False

    def line(self, key: Hashable, label: Bilingual, belongs: Callable[[Credit], bool]) -> Line:
        """One row: the credits that belong to it, summed."""
        live, everything = [[c for c in credited if belongs(c)] for credited in (self.live, self.all)]
        now, then = _by_column(live), _by_column(everything)
        return Line(
            key,
            label,
            self._cell(now["contracted"]),
            self._cell(now["intended"]),
            self._cell(then["contracted"] - now["contracted"]),
            self._cell(then["intended"] - now["intended"]),
            len({(c.row.agreement_id, c.row.edition_id) for c in live}),
        )

    def total(self) -> Line:
        """The row that every partition must foot to."""
        return self.line(None, Bilingual("合计", "Total"), lambda _: True)

    def lines(self, keys: Iterable[tuple[Hashable, Bilingual]], key_of: Callable[[Credit], Hashable]) -> list[Line]:
        """A partition: one row for each key that has a credit, and one for what states none or another."""
        return list(self._lines(dict(keys), key_of))

    def _lines(self, labels: dict[Hashable, Bilingual], key_of: Callable[[Credit], Hashable]) -> Iterator[Line]:
        present = {key_of(credit) for credit in self.all}
        for key, label in labels.items():
            if key in present:
                yield self.line(key, label, lambda credit, key=key: key_of(credit) == key)  # type: ignore[misc]
        if present - labels.keys():
            yield self.line("", NOT_STATED, lambda credit: key_of(credit) not in labels)

    def cancelled(self) -> tuple[Cell, Cell]:
        """Gross and cancelled of the contracted column; net is its total."""
        gross, net = _by_column(self.gross)["contracted"], _by_column(self.live)["contracted"]
        return self._cell(gross), self._cell(gross - net)

    def foreign(self) -> list[tuple[str, int, Cell]]:
        """Contracted amounts in other currencies than the yuan: (currency, projects, cell), never converted."""
        sums: dict[str, Sum] = {}
        for credit in self.live:
            if credit.currency != "CNY" and credit.fen and credit.column == "contracted":
                sums[credit.currency] = sums.get(credit.currency, Sum()) + Sum.of(credit, credit.currency)
        return [(currency, total.projects, self._cell(total)) for currency, total in sorted(sums.items())]

    def _cell(self, total: Sum) -> Cell:
        if self.see_confidential or not (total.secrets or total.secret_fen):
            return Cell(total.projects, total.disclosed, total.fen + total.secret_fen)
        exact = total.fen + total.secret_fen
        return Cell(total.projects, total.disclosed, None, band_above(exact) if exact > 0 else None)


@dataclass(frozen=True)
class Tally:
    """The tables of one series, or of one of its editions (`edition_id`)."""

    total: Line
    gross: Cell
    cancelled: Cell
    editions: list[Line]
    bindings: list[Line]
    segments: list[Line]
    channels: list[Line]
    origins: list[Line]
    kinds: list[tuple[str, int]]
    technical: int
    undisclosed: int
    set_aside: int
    foreign: list[tuple[str, int, Cell]] = field(default_factory=list)

    @property
    def withholds(self) -> bool:
        """Whether any figure of the headline is rounded up because of a confidential amount."""
        return self.total.contracted.fen is None or self.total.intended.fen is None


def band_above(fen: int) -> int:
    """The next of 1, 2, 5, 10, 20, 50 … yuan at or above an amount."""
    step = 100
    while True:
        for factor in (1, 2, 5):
            if factor * step >= fen:
                return factor * step
        step *= 10


def _by_column(credited: Iterable[Credit]) -> dict[str, Sum]:
    sums = {"contracted": Sum(), "intended": Sum()}
    for credit in credited:
        sums[credit.column] += Sum.of(credit)
    return sums
