"""Workbooks as people upload them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO

from openpyxl import Workbook


def workbook(*rows: Sequence[object], merged: Iterable[str] = ()) -> bytes:
    """An XLSX file of one sheet with these rows; `merged` are ranges such as "A2:A4"."""
    book, out = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    book.save(out)
    return out.getvalue()
