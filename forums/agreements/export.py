"""Tallies as tables of a report, for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flask_babel import gettext as _

from forums import money
from forums.agreements.tally import Cell, Line, Tally
from forums.columns import Language
from forums.documents import report as parts
from forums.editions.models import Edition, Series


def tally_report(
    series: Series,
    edition: Edition | None,
    tally: Tally,
    *,
    unit: str,
    terms: dict[str, str],
    language: Language,
    issued: datetime,
) -> parts.Report:
    """The tally's tables in one unit, under the `terms` that it was counted by.

    Amounts that this reader may not know are words, never numbers.
    """
    named = [
        (_("By edition"), tally.editions if edition is None else []),
        (_("By binding class"), tally.bindings),
        (_("By segment"), tally.segments),
        (_("By channel"), tally.channels),
        (_("By origin"), tally.origins),
        (_("By size"), tally.sizes),
    ]
    sections = [
        parts.Section(title, (_table(title, lines, tally.total, unit, language),)) for title, lines in named if lines
    ]
    if tally.thresholds:
        title = _("By threshold (rows overlap, never add them)")
        sections.append(parts.Section(title, (_table(title, tally.thresholds, None, unit, language),)))
    return parts.Report(
        title=_("Tallies"),
        subtitle=(edition or series).title.local(language),
        language=language,
        issued=issued.isoformat(),
        sections=tuple(sections),
        meta=terms,
        mark=_("Synthetic demonstration data") if series.synthetic else "",
        words=parts.Words.spoken(),
    )


def plain_rows(report: parts.Report) -> Iterator[list[str]]:
    """The report's tables below each other, for CSV."""
    yield [report.title, report.subtitle]
    for name, words in report.meta.items():
        yield [name, words]
    if report.mark:
        yield [report.mark]
    for section in report.sections:
        for block in section.blocks:
            if isinstance(block, parts.Table):
                yield []
                yield [column.heading for column in block.columns]
                for row in (*block.rows, *([block.total] if block.total else [])):
                    yield [plain(column, cell) for column, cell in zip(block.columns, row, strict=True)]


def _table(title: str, lines: list[Line], total: Line | None, unit: str, language: Language) -> parts.Table:
    def amount(label: str) -> parts.Column:
        return parts.Column(
            label, "amount", money.unit_label(unit, language), per_unit=money.TABLE_UNITS[unit], weight=1.2
        )

    columns = (
        parts.Column(title, weight=2),
        parts.Column(_("Signings"), "number"),
        parts.Column(_("Contracted projects"), "number"),
        parts.Column(_("of these with an amount"), "number"),
        amount(_("Contracted amount")),
        parts.Column(_("Intended projects"), "number"),
        amount(_("Intended amount")),
        parts.Column(_("Not yet verified: projects"), "number"),
        amount(_("Not yet verified: amount")),
    )
    rows = tuple(_row(line, unit, language) for line in lines)
    return parts.Table(columns, rows, _row(total, unit, language) if total else None, title=title)


def _row(line: Line, unit: str, language: Language) -> tuple[parts.Cell, ...]:
    contracted, intended, pending = line.contracted, line.intended, line.contracted_pending
    return (
        line.label.local(language),
        line.signings,
        contracted.projects,
        contracted.disclosed,
        _shown(contracted, unit),
        intended.projects,
        _shown(intended, unit),
        pending.projects,
        _shown(pending, unit),
    )


def _shown(cell: Cell, unit: str) -> parts.Cell:
    if cell.fen is not None:
        return cell.fen
    return f"≤ {money.in_unit(cell.band, unit)}" if cell.band else _("withheld")


def plain(column: parts.Column, cell: parts.Cell) -> str:
    """A cell as CSV has it: numbers exact, in the column's unit."""
    number = column.number(cell)
    if number is not None:
        return f"{number:f}"
    return "" if cell is None else str(cell)
