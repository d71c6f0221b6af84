"""Reports as XLSX: one sheet per section, text written as text, numbers as numbers.

Nothing in a cell is read as a formula or a link: "=1+1" in a name and a leading zero in a code stay as they are. The
only formulas are the sums of a live table, which are made of cell addresses alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from unicodedata import east_asian_width

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from forums.documents.report import Block, Cell, Chart, Column, Figures, Paragraph, Report, Section, Table

AS_TEXT = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
LONGEST_CELL = 32_767  # characters, a limit of the format
WIDEST_COLUMN = 60
NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\']")
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def xlsx(report: Report) -> bytes:
    """The report as a workbook: a summary sheet, then one sheet per section with its tables below each other."""
    made = BytesIO()
    workbook = xlsxwriter.Workbook(made, {"in_memory": True, **AS_TEXT})
    issued = datetime.fromisoformat(report.issued).astimezone(UTC).replace(tzinfo=None)
    workbook.set_properties({"title": report.title, "subject": report.subtitle, "created": issued})
    formats = _formats(workbook)
    _cover(workbook, formats, report)
    taken = {report.words.about.casefold(), "history"}  # Excel keeps "History" for itself
    for section in report.sections:
        _section(workbook, formats, section, report, taken)
    workbook.close()
    return made.getvalue()


def _formats(workbook: Any) -> dict[str, Any]:
    base = {"font_name": "Noto Sans SC", "font_size": 10, "valign": "top"}
    head = {"bold": True, "bg_color": "#102A40", "font_color": "#FFFFFF", "text_wrap": True, "valign": "vcenter"}
    total = {"bold": True, "top": 1, "bg_color": "#EEF2F5"}
    return {
        "title": workbook.add_format({**base, "bold": True, "font_size": 15, "font_color": "#102A40"}),
        "subtitle": workbook.add_format({**base, "font_color": "#5B6B78"}),
        "caption": workbook.add_format({**base, "bold": True, "font_size": 11}),
        "text": workbook.add_format({**base, "text_wrap": True, "num_format": "@"}),
        "note": workbook.add_format({**base, "italic": True, "font_color": "#5B6B78"}),
        "head": workbook.add_format({**base, **head}),
        "head_number": workbook.add_format({**base, **head, "align": "right"}),
        "whole": workbook.add_format({**base, "num_format": "#,##0", "align": "right"}),
        "decimal": workbook.add_format({**base, "num_format": "#,##0.00", "align": "right"}),
        "right": workbook.add_format({**base, "align": "right", "num_format": "@"}),
        "total_text": workbook.add_format({**base, **total, "num_format": "@"}),
        "total_whole": workbook.add_format({**base, **total, "num_format": "#,##0", "align": "right"}),
        "total_decimal": workbook.add_format({**base, **total, "num_format": "#,##0.00", "align": "right"}),
        "total_right": workbook.add_format({**base, **total, "num_format": "@", "align": "right"}),
    }


@dataclass
class _Sheet:
    """A worksheet being written from the top down, which remembers how wide its columns must be."""

    sheet: Any
    formats: dict[str, Any]
    line: int = 0
    widths: dict[int, int] = field(default_factory=dict)

    def write(self, column: int, text: str, look: str, *, sizes: bool = True) -> None:
        clean = NOT_IN_XML.sub("\ufffd", text)[:LONGEST_CELL]
        self.sheet.write_string(self.line, column, clean, self.formats[look])
        if sizes:
            self.widths[column] = max(self.widths.get(column, 0), _width(clean))

    def write_cell(self, index: int, column: Column, cell: Cell, prefix: str = "") -> None:
        number = column.number(cell)
        if number is None:
            self.write(index, column.shown(cell), f"{prefix}right" if column.is_numeric else f"{prefix}text")
            return
        is_whole = column.kind == "number" and number == number.to_integral_value()
        self.sheet.write_number(
            self.line, index, _exact(number), self.formats[prefix + ("whole" if is_whole else "decimal")]
        )
        self.widths[index] = max(self.widths.get(index, 0), len(column.shown(cell)) + 2)

    def finish(self) -> None:
        for column, width in self.widths.items():
            self.sheet.set_column(column, column, min(max(width + 2, 8), WIDEST_COLUMN))


def _exact(number: Decimal) -> int | float:
    """A number as the format holds it: whole where it is whole, else a double, which keeps 15 digits."""
    return int(number) if number == number.to_integral_value() else float(number)


def _width(text: str) -> int:
    """The widest line of a text in Latin characters: a Chinese character is two of them."""
    return max((sum(2 if east_asian_width(c) in "WF" else 1 for c in line) for line in text.splitlines()), default=0)


def _cover(workbook: Any, formats: dict[str, Any], report: Report) -> None:
    sheet = _Sheet(workbook.add_worksheet(report.words.about), formats)
    for text, look in ((report.title, "title"), (report.subtitle, "subtitle"), (report.mark, "note")):
        if text:
            sheet.write(0, text, look, sizes=False)
            sheet.line += 1
    sheet.line += 1
    for name, text in report.meta.items():
        sheet.write(0, name, "caption")
        sheet.write(1, text, "text")
        sheet.line += 1
    sheet.finish()


def _section(workbook: Any, formats: dict[str, Any], section: Section, report: Report, taken: set[str]) -> None:
    sheet = _Sheet(workbook.add_worksheet(_sheet_name(section.title, taken)), formats)
    tables = [block for block in section.blocks if isinstance(block, Table)]
    if (
        len(tables) == 1 and section.is_wide
    ):  # an annex is data: its header is the first line, so that it sorts and filters
        _table(sheet, tables[0], report)
        sheet.sheet.freeze_panes(1, 0)
        sheet.sheet.autofilter(0, 0, max(len(tables[0].rows), 1), len(tables[0].columns) - 1)
    else:
        sheet.write(0, section.title, "title", sizes=False)
        sheet.sheet.freeze_panes(1, 0)
        sheet.line = 2
        for block in section.blocks:
            _block(sheet, block, report)
    sheet.finish()


def _sheet_name(title: str, taken: set[str]) -> str:
    """A name the format allows: 31 characters, none of []:*?/\\', and no other sheet's."""
    clean = NOT_IN_XML.sub("", NOT_IN_SHEET_NAMES.sub(" ", title)).strip()[:28] or "Sheet"
    name, number = clean, 2
    while name.casefold() in taken:
        name, number = f"{clean[:26]} {number}", number + 1
    taken.add(name.casefold())
    return name


def _block(sheet: _Sheet, block: Block, report: Report) -> None:
    if isinstance(block, Table):
        if block.title:
            sheet.write(0, block.title, "caption", sizes=False)
            sheet.line += 1
        _table(sheet, block, report)
    elif isinstance(block, Figures):
        _figures(sheet, block, report)
    elif isinstance(block, Chart):
        return  # its numbers stand in the table beside it
    elif isinstance(block, Paragraph):
        sheet.write(0, block.text, "note", sizes=False)
        sheet.line += 1
    sheet.line += 1


def _table(sheet: _Sheet, table: Table, report: Report) -> None:
    for index, column in enumerate(table.columns):
        sheet.write(index, column.heading, "head_number" if column.is_numeric else "head")
    sheet.line += 1
    top = sheet.line
    for row in table.rows:
        for index, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            sheet.write_cell(index, column, cell)
        sheet.line += 1
    if table.total:
        for index, (column, cell) in enumerate(zip(table.columns, table.total, strict=True)):
            sheet.write_cell(index, column, "" if cell is None else cell, prefix="total_")
        sheet.line += 1
        if table.live and table.rows:
            _live_sums(sheet, table, top, report)
    if table.note:
        sheet.write(0, table.note, "note", sizes=False)
        sheet.line += 1


def _live_sums(sheet: _Sheet, table: Table, top: int, report: Report) -> None:
    """Below the stored total: what the workbook itself sums, and whether both agree. Nothing where a total is words."""
    stored, words = sheet.line - 1, report.words
    texts = [index for index, column in enumerate(table.columns) if not column.is_numeric]
    for text, line in ((words.summed, sheet.line), (words.agrees, sheet.line + 1)):
        sheet.sheet.write_string(line, texts[0], text, sheet.formats["note"])
    for index, column in enumerate(table.columns):
        total = column.number((table.total or ())[index]) if table.total else None
        if total is None:
            continue
        summed = sum((column.number(row[index]) or Decimal(0) for row in table.rows), Decimal(0))
        whole = column.kind == "number"
        cells = f"{xl_rowcol_to_cell(top, index)}:{xl_rowcol_to_cell(stored - 1, index)}"
        here, there = xl_rowcol_to_cell(sheet.line, index), xl_rowcol_to_cell(stored, index)
        look = sheet.formats["whole" if whole else "decimal"]
        sheet.sheet.write_formula(sheet.line, index, f"=SUM({cells})", look, _exact(summed))
        check = f'=IF(ABS({here}-{there})<0.0000005,"{words.yes}","{words.no}")'
        agrees = words.yes if summed == total else words.no
        sheet.sheet.write_formula(sheet.line + 1, index, check, sheet.formats["right"], agrees)
    sheet.line += 2


def _figures(sheet: _Sheet, figures: Figures, report: Report) -> None:
    words = report.words
    for index, label in enumerate(("", "", words.basis, words.as_of, words.change)):
        sheet.write(index, label, "head")
    sheet.line += 1
    for item in figures.items:
        value = f"{item.value} {item.unit}".strip()
        for index, text in enumerate((item.label, value, item.basis, item.as_of, item.change)):
            sheet.write(index, text, "right" if index == 1 else "text")
        sheet.line += 1
