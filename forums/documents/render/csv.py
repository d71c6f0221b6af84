"""Tables as CSV: what is in the database is in the cell, and no cell is run as a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from io import StringIO

# A spreadsheet runs cells that begin so; those of East Asia also where the sign is full-width.
_FORMULA = re.compile(r"^\s*[=+\-@\t\r|＝＋－＠｜]")
# These are let through, since "+86 138…" and "-5.20" must stay what they are.
_PHONE_OR_NUMBER = re.compile(r"^(\+?[0-9][0-9 ()./-]*|-[0-9]+(\.[0-9]+)?)$")


def lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The file line by line, with a byte order mark first, so that Excel reads the Chinese. None is an empty cell."""
    buffer = StringIO(newline="")
    writer = csv.writer(buffer)
    yield "\ufeff"
    for row in rows:
        writer.writerow([harmless("" if cell is None else str(cell)) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def harmless(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet would run it."""
    return f"'{cell}" if _FORMULA.match(cell) and not _PHONE_OR_NUMBER.match(cell) else cell
