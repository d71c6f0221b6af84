"""Lists as files: what the view shows, in its columns and order, written line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path

from sqlalchemy import Select

from forums.columns import Language
from forums.documents.render import csv, sheet
from forums.editions.models import Edition
from forums.registrations.lists import queries
from forums.registrations.lists.columns import Column
from forums.registrations.models import Registration

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def lines(
    edition: Edition,
    rows: Select[Registration],
    columns: Sequence[Column],
    *,
    language: Language,
    at: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[list[str]]:
    """The columns' names, then each registration in its columns. `at(done, total)` hears how far it is.

    The ids are read first and the rest by a thousand at a time, so that 100,000 rows need no more room than those,
    and no transaction stays open meanwhile. The column names are in the language that is being spoken.
    """
    yield [str(column.label) for column in columns]
    around = queries.outline(edition)
    every = queries.ids(rows)
    for start in range(0, len(every), queries.CHUNK):
        at(start, len(every))
        some = queries.lines_of(every[start : start + queries.CHUNK])
        beside = queries.beside(edition, some, columns, around, language)
        for line in some:
            yield [column.text(line, beside) for column in columns]
    at(len(every), len(every))


def write(rows: Iterable[list[str]], kind: str, target: BytesIO | Path, made_at: datetime) -> None:
    """The lines as a file of this kind: "csv" or "xlsx"."""
    if kind == "xlsx":
        sheet.write_xlsx(rows, target, made_at)
    elif isinstance(target, Path):
        with target.open("w", encoding="utf-8", newline="") as file:
            file.writelines(csv.lines(rows))
    else:
        target.writelines(line.encode("utf-8", "replace") for line in csv.lines(rows))
