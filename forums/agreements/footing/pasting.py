"""A table as it is pasted out of a spreadsheet, and as it is shown again to be changed. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l

from forums import money
from forums.errors import Refused

MOST_ROWS = 500
MOST_COLUMNS = 20
LONGEST_LABEL = 200
MOST_DIGITS = 15
MOST_PLACES = 6
UNITS = {"yuan": money.FEN, **money.TABLE_UNITS}
"""The units of published amounts, in fen."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_NOTHING = {"", "-", "–", "—", "…", "/", "n/a", "无"}
_TOTALS = {"合计", "总计", "总数", "总和", "共计", "总合计", "total", "totals", "sum", "grand total", "in all"}
_UNIT = re.compile(r"^(?P<label>.*?)\s*[\[(](?P<unit>[^()\[\]]+)[\])]\s*$")
_UNIT_WORDS = {
    "元": "yuan", "yuan": "yuan", "rmb": "yuan", "cny": "yuan",
    "万元": "wan", "万": "wan", "10,000 yuan": "wan", "10000 yuan": "wan",
    "亿元": "yi", "亿": "yi", "100 million yuan": "yi",
    "百万元": "million", "million yuan": "million", "million": "million", "mn": "million", "m yuan": "million",
    "十亿元": "billion", "billion yuan": "billion", "billion": "billion", "bn": "billion", "bn yuan": "billion",
}  # fmt: skip
_UNIT_TYPED = {"yuan": "元", "wan": "万元", "yi": "亿元", "million": "百万元", "billion": "十亿元"}


class NoTable(Refused):
    """The text is no table of numbers; the message names the line and what to write instead."""


Table = tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any] | None]


def read(text: str) -> Table:
    """Columns, rows and total of a pasted table: a head, a label before the numbers of each row. Raises NoTable.

    A line that is called “Total” or 合计 is the published total; a head like “金额（亿元）” names an amount's unit.
    """
    lines = [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]
    if len(lines) < 2:
        raise NoTable(_l("Paste a table: one line with the heads of the columns, then one line for each row."))
    split = _splitter(lines)
    head, *body = [[unicodedata.normalize("NFKC", cell).strip() for cell in split(line)] for line in lines]
    columns = [_column(cell) for cell in head[1:]]
    if not columns:
        raise NoTable(_l("The first line holds one column only: separate the columns by tabs, as a spreadsheet does."))
    if len(columns) > MOST_COLUMNS or len(body) > MOST_ROWS:
        raise NoTable(
            _l(
                "A published table has at most %(columns)d columns and %(rows)d rows.",
                columns=MOST_COLUMNS,
                rows=MOST_ROWS,
            )
        )
    rows, total = [], None
    for number, cells in enumerate(body, 2):
        row = _row(cells, columns, number)
        if row["label"].casefold().rstrip(":") in _TOTALS:
            if total is not None:
                raise NoTable(_l("Line %(n)d is a second total: give the rows one total.", n=number))
            total = row
        else:
            rows.append(row)
    if not rows:
        raise NoTable(_l("There is no row beside the total: paste the rows that it should be the sum of."))
    return columns, rows, total


def typed(columns: Iterable[dict[str, Any]], rows: Iterable[dict[str, Any]], total: dict[str, Any] | None) -> str:
    """The table as it would be pasted: separated by tabs, the total last."""
    head = [
        f"{column['label']}（{_UNIT_TYPED[column['unit']]}）" if column["unit"] else column["label"]
        for column in columns
    ]
    lines = [["", *head]]
    lines += [[row["label"], *(cell or "" for cell in row["cells"])] for row in [*rows, *([total] if total else [])]]
    return "\n".join("\t".join(line) for line in lines)


def _splitter(lines: list[str]) -> Any:
    if any("\t" in line for line in lines):
        return lambda line: line.split("\t")
    if any("|" in line for line in lines):
        return lambda line: line.strip().strip("|").split("|")
    return lambda line: re.split(r"\s{2,}|[,，;；]\s*", line.strip())


def _column(cell: str) -> dict[str, Any]:
    found = _UNIT.match(cell)
    unit = _UNIT_WORDS.get(found["unit"].strip().casefold(), "") if found else ""
    return {"label": (found["label"] if found and unit else cell)[:LONGEST_LABEL], "unit": unit, "figure": ""}


def _row(cells: list[str], columns: list[dict[str, Any]], number: int) -> dict[str, Any]:
    label, *values = cells
    if any(value for value in values[len(columns) :]):
        raise NoTable(_l("Line %(n)d has more cells than the head has columns.", n=number))
    values = [*values, *[""] * len(columns)][: len(columns)]
    found = [_cell(value, column["label"], number) for value, column in zip(values, columns, strict=True)]
    return {"label": label[:LONGEST_LABEL], "cells": found, "edition": None}


def _cell(text: str, column: str, number: int) -> str | None:
    """An exact decimal as text; None for nothing."""
    plain = text.replace("−", "-").replace(",", "").replace(" ", "")
    if plain.casefold() in _NOTHING:
        return None
    if not _NUMBER.fullmatch(plain):
        raise NoTable(
            _l(
                "Line %(n)d, column “%(column)s”: “%(text)s” is no number. Put the unit into the head: 金额（亿元）.",
                n=number,
                column=column,
                text=text[:40],
            )
        )
    value = Decimal(plain)
    if value.adjusted() >= MOST_DIGITS or -int(value.as_tuple().exponent) > MOST_PLACES:
        raise NoTable(
            _l(
                "Line %(n)d, column “%(column)s”: “%(text)s” has too many digits.",
                n=number,
                column=column,
                text=text[:40],
            )
        )
    return f"{value:f}"
