"""What a report holds, before anyone decides how it looks.

A report is plain data in one language: sections of blocks. The renderers (PDF, XLSX, the page) read nothing else, so
the same report gives the same bytes each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from flask_babel import gettext as _
from markupsafe import Markup

Kind = Literal["text", "number", "amount"]
Cell = str | int | Decimal | None

NOTHING = "—"


@dataclass(frozen=True)
class Paragraph:
    """A paragraph. A `note` is set small, a `warning` stands out."""

    text: str
    tone: Literal["plain", "note", "warning"] = "plain"


@dataclass(frozen=True)
class Figure:
    """One number with everything a reader needs to trust it; `value` is already written out ("304亿元")."""

    id: str
    label: str
    value: str
    unit: str
    basis: str
    as_of: str
    change: str = ""
    trend: Literal["up", "down", "same", ""] = ""
    href: str = ""


@dataclass(frozen=True)
class Figures:
    """The figures of a one-page brief, shown as cards."""

    items: tuple[Figure, ...]


@dataclass(frozen=True)
class Column:
    """A column of a table.

    A `number` cell is an int or Decimal and shown whole or with its own decimals. An `amount` cell is whole fen, shown
    in the column's one unit: `per_unit` fen make one (1,000,000 for 万元). Text in either is shown as it is
    ("undisclosed"). `weight` is the share of the page's width.
    """

    label: str
    kind: Kind = "text"
    unit: str = ""
    per_unit: int = 1
    places: int = 2
    weight: float = 1

    def __post_init__(self) -> None:
        if self.kind == "amount" and not self.unit:
            raise ValueError(f"the amount column {self.label!r} names no unit")

    @property
    def heading(self) -> str:
        return f"{self.label} ({self.unit})" if self.unit and self.label else self.label

    @property
    def is_numeric(self) -> bool:
        return self.kind != "text"

    def number(self, cell: Cell) -> Decimal | None:
        """The cell in the column's unit, unrounded; None for text and for nothing."""
        if not self.is_numeric or cell is None or isinstance(cell, str):
            return None
        return Decimal(cell) / self.per_unit

    def shown(self, cell: Cell) -> str:
        """The cell as a reader sees it: grouped thousands, rounded half-up only here."""
        if cell is None:
            return NOTHING
        number = self.number(cell)
        if number is None:
            return str(cell)
        if self.kind == "amount":
            number = number.quantize(Decimal(1).scaleb(-self.places), ROUND_HALF_UP)
        return f"{number:,f}"


@dataclass(frozen=True)
class Table:
    """Rows under columns. With a `total` the table is a partition: its rows sum to it, which `faults()` checks.

    `links` may give cells an address, by row and column (the total is the row after the last); pages follow them.
    A `live` table sums itself in a workbook, beside the total that is stored here.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None
    title: str = ""
    note: str = ""
    id: str = ""
    links: Mapping[tuple[int, int], str] = field(default_factory=dict)
    live: bool = False

    def __post_init__(self) -> None:
        for row in (*self.rows, self.total or self.columns):
            if len(row) != len(self.columns):
                raise ValueError(f"the table {self.title!r} has {len(self.columns)} columns and a row of {len(row)}")

    @property
    def foot(self) -> tuple[str, ...]:
        """The total as it is shown, with nothing where nothing is summed; empty without a total."""
        cells = zip(self.columns, self.total or (), strict=False)
        return tuple("" if cell is None else column.shown(cell) for column, cell in cells)

    def faults(self) -> list[str]:
        """The labels of the columns whose rows do not sum to the total."""
        if self.total is None:
            return []
        return [
            column.label
            for index, column in enumerate(self.columns)
            if column.number(self.total[index]) is not None
            and sum(column.number(row[index]) or 0 for row in self.rows) != column.number(self.total[index])
        ]


def footed(table: Table) -> Table:
    """The table with a word on whether its rows sum to its total."""
    wrong = table.faults()
    word = (
        _("The rows do not sum to the total: %(columns)s.", columns=", ".join(wrong))
        if wrong
        else _("The rows sum to the total.")
    )
    return replace(table, note=f"{table.note} {word}".strip())


def share(count: int, whole: int) -> str:
    """A share in per cent with one decimal, half-up; a dash where there is nothing to divide by."""
    if whole <= 0:
        return NOTHING
    thousandths = (count * 2000 + whole) // (2 * whole)
    return f"{thousandths // 10}.{thousandths % 10}%"


@dataclass(frozen=True)
class Chart:
    """A picture as SVG, and in words for who cannot see it."""

    title: str
    svg: bytes
    words: str

    @property
    def markup(self) -> Markup:
        """The picture as part of a page, which gives its classes the colours of the hour; its texts are escaped."""
        return Markup(self.svg.decode())  # noqa: S704 - made by an XML writer, out of nobody's markup


Block = Paragraph | Figures | Table | Chart


@dataclass(frozen=True)
class Section:
    """A numbered part. A wide one (an annex with a long table) lies across the page."""

    title: str
    blocks: tuple[Block, ...]
    id: str = ""
    is_wide: bool = False


def _no_entries() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Words:
    """The renderers' own few words, in the report's language."""

    basis: str = "Basis"
    as_of: str = "As of"
    change: str = "Change on last edition"
    total: str = "Total"
    page: str = "Page {number} of {count}"
    about: str = "About"
    summed: str = "Summed here"
    agrees: str = "Do both agree?"
    yes: str = "yes"
    no: str = "NO"

    @classmethod
    def spoken(cls) -> Words:
        """In the language that is being spoken, which `force_locale` may have set."""
        return cls(
            basis=_("Basis"),
            as_of=_("As of"),
            change=_("Change on last edition"),
            total=_("Total"),
            page=_("Page {number} of {count}"),
            about=_("About"),
            summed=_("Summed here"),
            agrees=_("Do both agree?"),
            yes=_("yes"),
            no=_("NO"),
        )


@dataclass(frozen=True)
class Report:
    """A whole report. `meta` is the small print under the title; `issued` is an ISO date-time with its offset."""

    title: str
    subtitle: str
    language: Literal["zh", "en"]
    issued: str
    sections: tuple[Section, ...]
    meta: Mapping[str, str] = field(default_factory=_no_entries)
    mark: str = ""
    footer: str = ""
    words: Words = field(default_factory=Words)
