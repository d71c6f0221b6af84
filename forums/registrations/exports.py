"""The list as rows for CSV, and as XLSX: what is in the database is in the cell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import xlsxwriter
from flask_babel import gettext as _

from forums.registrations.models import Registration
from forums.registrations.words import state_word

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


def _moment(value: datetime | None, zone: ZoneInfo) -> str:
    return value.astimezone(zone).strftime("%Y-%m-%d %H:%M") if value else ""
