"""Long tables as XLSX: one sheet, every cell text, written line by line so that length costs no memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from unicodedata import east_asian_width

import xlsxwriter

LONGEST_CELL = 32_767  # characters, a limit of the format
MOST_LINES = 1_048_576  # likewise
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def as_xlsx(rows: Iterable[Sequence[str]], made_at: datetime) -> bytes:
    """The table as a workbook; the first row is its head."""
    made = BytesIO()
    write_xlsx(rows, made, made_at)
    return made.getvalue()


def write_xlsx(rows: Iterable[Sequence[str]], target: BytesIO | Path, made_at: datetime) -> None:
    """The same into a file: "+86…" and leading zeros stay, "=1+1" is three characters, what XML cannot hold is "�"."""
    workbook = xlsxwriter.Workbook(target, {"constant_memory": True})
    workbook.set_properties({"created": made_at.replace(tzinfo=None)})
    sheet = workbook.add_worksheet()
    bold, text = workbook.add_format({"bold": True}), workbook.add_format({"num_format": "@"})
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows):
        if number == MOST_LINES:
            break
        if number == 0:
            for column, cell in enumerate(row):
                sheet.set_column(column, column, max(12, min(40, 2 + 2 * _width(cell))), text)
        for column, cell in enumerate(row):
            if cell:
                clean = _NOT_IN_XML.sub("�", cell)[:LONGEST_CELL]
                sheet.write_string(number, column, clean, text if number else bold)
    workbook.close()


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
