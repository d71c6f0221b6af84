"""Credits added up: cells, lines and the tables of a tally. Pure: no database, no language.

A cell whose total would give a confidential amount away by subtraction carries no exact figure at all for readers
who may not see it: it is rounded up to a band here, before anything can print it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from forums.agreements.counting import Credit
from forums.columns import Bilingual

NOT_STATED = Bilingual("未填写", "Not stated")
_REST = object()
KeyOf = Callable[[Credit], Any]

_YI = 10**10  # fen
SIZES = {
    "under": Bilingual("1亿元以下", "Under 100 million yuan"),
    "1": Bilingual("1亿—10亿元", "100 million to 1 billion yuan"),
    "10": Bilingual("10亿—50亿元", "1 to 5 billion yuan"),
    "50": Bilingual("50亿—100亿元", "5 to 10 billion yuan"),
    "100": Bilingual("100亿元及以上", "10 billion yuan and more"),
    "undisclosed": Bilingual("无人民币金额", "No amount in yuan"),
    "confidential": Bilingual("保密", "Confidential"),
}
"""The bands of a project's amount, the lower end included."""
THRESHOLDS = {
    "100": SIZES["100"],
    "50": Bilingual("50亿元及以上", "5 billion yuan and more"),
    "10": Bilingual("10亿元及以上", "1 billion yuan and more"),
    "1": Bilingual("1亿元及以上", "100 million yuan and more"),
}
_LEAST = (("100", 100 * _YI), ("50", 50 * _YI), ("10", 10 * _YI), ("1", _YI), ("under", 1))


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


@dataclass(frozen=True)
class Columns:
    """The two columns of some credits, and how many signings these are."""

    contracted: Sum = Sum()
    intended: Sum = Sum()
    signings: int = 0

    def __add__(self, other: Columns) -> Columns:
        return Columns(
            self.contracted + other.contracted, self.intended + other.intended, self.signings + other.signings
        )


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
class KindLine:
    """The agreements of a kind, each document once; no `cell` where their amounts count with the projects."""

    kind: str
    agreements: int
    cell: Cell | None


@dataclass(frozen=True)
class Tables:
    """The three counts that every table compares: approved and live, with cancelled ones, and with unapproved ones.

    `settled` are the credits of projects that are the same in all three; the other projects' stand in each of them.
    """

    live: list[Credit]
    gross: list[Credit]
    all: list[Credit]
    settled: list[Credit] = field(default_factory=list)
    see_confidential: bool = False

    def total(self) -> Line:
        """The row that every partition must foot to."""
        settled, live, everything = (added(credits_) for credits_ in (self.settled, self.live, self.all))
        return self._line(None, Bilingual("合计", "Total"), settled + live, settled + everything)

    def lines(self, labels: Mapping[Any, Bilingual], key_of: KeyOf) -> list[Line]:
        """A partition: one row for each key that has a credit, and one for what states none or another."""
        return self._lines(labels, key_of, key_of)

    def sizes(self) -> list[Line]:
        """A partition by what a project adds up to here. Who may not see confidential ones finds them together."""
        return self._lines(SIZES, *self._size_of())

    def thresholds(self) -> list[Line]:
        """Projects of at least so much, the largest first. The rows overlap: they are never summed."""
        bands = self._columns(SIZES, *self._size_of())
        now = then = Columns()
        rows = []
        for size, label in THRESHOLDS.items():
            if size in bands:
                now, then = now + bands[size][0], then + bands[size][1]
            rows.append(self._line(size, label, now, then))
        return rows

    def cancelled(self) -> tuple[Cell, Cell]:
        """Gross and cancelled of the contracted column; net is its total."""
        settled = added(self.settled).contracted
        gross, net = added(self.gross).contracted, added(self.live).contracted
        return self.cell(settled + gross), self.cell(gross - net)

    def foreign(self) -> list[tuple[str, int, Cell]]:
        """Contracted amounts in other currencies than the yuan: (currency, projects, cell), never converted."""
        apart: dict[str, list[Credit]] = {}
        for credit in (*self.settled, *self.live):
            if credit.currency != "CNY" and credit.fen and credit.column == "contracted":
                apart.setdefault(credit.currency, []).append(credit)
        sums = {currency: added(credits_, currency).contracted for currency, credits_ in sorted(apart.items())}
        return [(currency, total.projects, self.cell(total)) for currency, total in sums.items()]

    def cell(self, total: Sum) -> Cell:
        """What this reader may see of a sum."""
        return cell_of(total, see_confidential=self.see_confidential)

    def _lines(self, labels: Mapping[Any, Bilingual], key_now: KeyOf, key_then: KeyOf) -> list[Line]:
        columns = self._columns(labels, key_now, key_then)
        named = [self._line(key, label, *columns[key]) for key, label in labels.items() if key in columns]
        return named + [self._line("", NOT_STATED, *pair) for key, pair in columns.items() if key is _REST]

    def _columns(
        self, labels: Mapping[Any, Bilingual], key_now: KeyOf, key_then: KeyOf
    ) -> dict[Any, tuple[Columns, Columns]]:
        """Key → what counts now, and what would count once all is approved."""
        settled, live = (_by_key(credits_, key_now, labels) for credits_ in (self.settled, self.live))
        everything, none = _by_key(self.all, key_then, labels), Columns()
        return {
            key: (settled.get(key, none) + live.get(key, none), settled.get(key, none) + everything.get(key, none))
            for key in settled | live | everything
        }

    def _size_of(self) -> tuple[KeyOf, KeyOf]:
        settled, live, everything = (
            sizes_of(credits_, see_confidential=self.see_confidential)
            for credits_ in (self.settled, self.live, self.all)
        )
        now, then = settled | live, settled | everything
        return lambda credit: now[credit.row.project_id], lambda credit: then[credit.row.project_id]

    def _line(self, key: Hashable, label: Bilingual, now: Columns, then: Columns) -> Line:
        return Line(
            key,
            label,
            self.cell(now.contracted),
            self.cell(now.intended),
            self.cell(then.contracted - now.contracted),
            self.cell(then.intended - now.intended),
            now.signings,
        )


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
    sizes: list[Line]
    thresholds: list[Line]
    kinds: list[KindLine]
    technical: int
    undisclosed: int
    set_aside: int
    foreign: list[tuple[str, int, Cell]] = field(default_factory=list)

    @property
    def withholds(self) -> bool:
        """Whether any figure of the headline is rounded up because of a confidential amount."""
        return self.total.contracted.fen is None or self.total.intended.fen is None


def cell_of(total: Sum, *, see_confidential: bool) -> Cell:
    """What a reader may see of a sum."""
    exact = total.fen + total.secret_fen
    if see_confidential or not (total.secrets or total.secret_fen):
        return Cell(total.projects, total.disclosed, exact)
    return Cell(total.projects, total.disclosed, None, band_above(exact) if exact > 0 else None)


def band_above(fen: int) -> int:
    """The next of 1, 2, 5, 10, 20, 50 … yuan at or above an amount."""
    step = 100
    while True:
        for factor in (1, 2, 5):
            if factor * step >= fen:
                return factor * step
        step *= 10


def sizes_of(credits_: Iterable[Credit], *, see_confidential: bool) -> dict[int, str]:
    """Project → the band (SIZES) of its credits in yuan, or why it is in none."""
    fen: dict[int, int] = {}
    hidden = set()
    for credit in credits_:
        project = credit.row.project_id
        fen[project] = fen.get(project, 0) + (credit.fen or 0 if credit.currency == "CNY" else 0)
        if credit.row.confidential and not see_confidential:
            hidden.add(project)
    return {project: "confidential" if project in hidden else size_of(total) for project, total in fen.items()}


def reaches(size: str, threshold: str) -> bool:
    """Whether a band lies at or above one of THRESHOLDS."""
    order = tuple(THRESHOLDS)
    return size in order and threshold in order and order.index(size) <= order.index(threshold)


def size_of(fen: int) -> str:
    """The band that an amount in yuan lies in; nothing is undisclosed."""
    if fen <= 0:
        return "undisclosed"
    return next(size for size, least in _LEAST if fen >= least)


def added(credits_: Iterable[Credit], currency: str = "CNY") -> Columns:
    """The credits summed. What is in another currency counts its project and no amount."""
    return _by_key(credits_, lambda _: None, {None: NOT_STATED}, currency).get(None, Columns())


def _by_key(
    credits_: Iterable[Credit], key_of: KeyOf, labels: Mapping[Any, Bilingual], currency: str = "CNY"
) -> dict[Any, Columns]:
    """Key → the columns of its credits, in one pass; what has no label stands under _REST."""
    sums: dict[Any, tuple[list[int], list[int]]] = {}
    signings: Counter[Any] = Counter()
    for credit in credits_:
        row, column, projects, fen, its_currency, _reason, _binding = credit
        key = key_of(credit)
        if key not in sums:
            key = key if key in labels else _REST
            sums.setdefault(key, ([0] * 5, [0] * 5))
        into = sums[key][column != "contracted"]
        signings[key] += 1
        into[0] += projects
        if fen is not None:
            into[1] += projects
            if fen and its_currency == currency:
                if row.confidential:
                    into[3] += fen
                    into[4] += 1
                else:
                    into[2] += fen
    return {
        key: Columns(Sum(*contracted), Sum(*intended), signings[key]) for key, (contracted, intended) in sums.items()
    }
