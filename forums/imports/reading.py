from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from typing import Any, Self

from forums.imports.models import BatchRow

SAMPLES = 3  # rows that show what a column holds


@dataclass(frozen=True)
class Mapping:
    """How a table is read: a field, or nothing, for each column; the row that holds the titles (0: none)."""

    columns: tuple[str, ...]
    titles: tuple[str, ...] = ()
    title_row: int = 0

    def as_json(self) -> dict[str, Any]:
        return vars(self) | {"columns": list(self.columns), "titles": list(self.titles)}

    @classmethod
    def from_json(cls, kept: Dict[str, Any]) -> Self:
        return cls(**{**kept, "columns": tuple(kept["columns"]), "titles": tuple(kept["titles"])})

    def column_of(self, name: str) -> int:
        """The column of a field from 1; 0 where none holds it."""
        return self.columns.index(name) + 1 if name in self.columns else 0

    def cell(self, row: BatchRow, name: str) -> str:
        """What a row says of a field."""
        at = self.column_of(name) - 1
        return row.cells[at] if 0 <= at < len(row.cells) else ""

    @property
    def heads(self) -> list[str]:
        """The title of each column, nothing where it has none."""
        return [*self.titles, *[""] * len(self.columns)][: len(self.columns)]

    def named(self, words: Dict[str, Any]) -> list[str]:
        """The title of each column, or else the name of the field that it holds."""
        return [head or str(words.get(name, "")) for head, name in zip(self.heads, self.columns, strict=True)]

    def samples(self, first: Iterable[BatchRow]) -> list[list[str]]:
        """What stands in each column of the first rows below the titles."""
        below = [row.cells for row in first if row.number > self.title_row][:SAMPLES]
        return [[cells[at] for cells in below if at < len(cells) and cells[at]] for at in range(len(self.columns))]
