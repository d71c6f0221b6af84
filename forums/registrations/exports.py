"""The list as CSV and XLSX: what is in the database is in the cell, and nothing in a cell is run as a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from io import BytesIO, StringIO
from zoneinfo import ZoneInfo

import xlsxwriter
from flask_babel import gettext as _

from forums.registrations.models import Registration
from forums.registrations.words import state_word

# A spreadsheet runs cells that begin so. A phone number is let through: "+86 138…" must stay what it is.
FORMULA = re.compile(r"^\s*[=+\-@\t\r|]")
PHONE = re.compile(r"^\+?[0-9][0-9 ()./-]*$")
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def heading() -> list[str]:
    """The columns' names in the reader's language."""
    return [
        _("Reference"),
        _("State"),
        _("Category"),
        _("Name"),
        _("Organisation"),
        _("Position or title"),
        _("E-mail"),
        _("Phone"),
        _("Language of letters"),
        _("Registered at"),
        _("Confirmed at"),
        _("Cancelled at"),
    ]


def cells(row: Registration, language: str, zone: ZoneInfo) -> list[str]:
    """One registration under heading()."""
    return [
        row.reference,
        state_word(row.state),
        row.category.name.local(language),
        row.name,
        row.organisation,
        row.title,
        row.email or "",
        row.phone,
        row.language,
        _moment(row.created_at, zone),
        _moment(row.confirmed_at, zone),
        _moment(row.cancelled_at, zone),
    ]


def as_csv(rows: Iterable[list[str]]) -> Iterator[str]:
    """Lines for a spreadsheet program: UTF-8 with a mark, so that Excel reads Chinese; no cell starts a formula."""
    buffer = StringIO()
    writer = csv.writer(buffer)
    yield "\ufeff"
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def as_xlsx(rows: Iterable[list[str]], made_at: datetime) -> bytes:
    """A workbook whose cells are all text: "+86…" and leading zeros stay, "=1+1" is three characters."""
    made = BytesIO()
    workbook = xlsxwriter.Workbook(made, {"in_memory": True})
    workbook.set_properties({"created": made_at.replace(tzinfo=None)})
    sheet = workbook.add_worksheet()
    bold, text = workbook.add_format({"bold": True}), workbook.add_format({"num_format": "@"})
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, NOT_IN_XML.sub("�", cell), text if number else bold)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(heading()) - 1, 18)
    workbook.close()
    return made.getvalue()


def harmless(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet would run it."""
    return f"'{cell}" if FORMULA.match(cell) and not PHONE.match(cell) else cell


def _moment(value: datetime | None, zone: ZoneInfo) -> str:
    return value.astimezone(zone).strftime("%Y-%m-%d %H:%M") if value else ""
