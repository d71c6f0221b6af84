"""Checks and published tables as reports, for files: what is on the page, under the same rights."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from flask_babel import gettext as _

from forums import money
from forums.agreements.footing.checks import PART_WORDS, Check
from forums.agreements.footing.models import PublishedVersion
from forums.agreements.footing.published import ColumnSum, Tied
from forums.agreements.statements.writing import Writer
from forums.agreements.tally import Sum, cell_of
from forums.columns import Language
from forums.documents.report import Cell, Column, Report, Section, Table, Words


def check_words(check: Check) -> str:
    """What a check compares."""
    names = {
        "editions": _("By edition"),
        "bindings": _("By binding class"),
        "segments": _("By segment"),
        "channels": _("By channel"),
        "origins": _("By origin"),
        "sizes": _("By size of the project"),
        "cancelled": _("Gross less cancelled is net"),
        "rules": _("As announced, and each rule's step, is Sanming's net"),
        "once": _("No project is credited twice"),
        "projects": _("Projects, counted by SQL alone"),
        "signings": _("Signings of the register are on record"),
        "amounts": _("Amounts in force of approved agreements are on record"),
    }
    column = {"contracted": _("contracted"), "intended": _("intended")}.get(check.column, "")
    return f"{names[check.name]} · {column}" if column else names[check.name]


def amount_of(total: Sum, check: Check, writer: Writer, *, see_confidential: bool) -> Cell:
    if not check.has_amount:
        return None
    return writer.amount(cell_of(total, see_confidential=see_confidential))


def amount_words(total: Sum, check: Check, writer: Writer, *, see_confidential: bool) -> str:
    """An amount in the unit of the table, as a page shows it."""
    shown = amount_of(total, check, writer, see_confidential=see_confidential)
    return writer.amounts("").shown(shown)


def checks_report(
    found: Iterable[Check], writer: Writer, *, see_confidential: bool, title: str, synthetic: bool, issued: str
) -> Report:
    """All checks of a series as tables."""
    checks = list(found)
    columns = (
        Column(_("Check"), weight=3),
        Column(_("Should be"), "number"),
        writer.amounts(_("Amount")),
        Column(_("Is"), "number"),
        writer.amounts(_("Amount")),
        Column(_("Gap"), "number"),
        writer.amounts(_("Gap")),
        Column(_("Foots")),
    )

    def line(check: Check) -> tuple[Cell, ...]:
        sums = (check.expected, check.found, check.gap)
        cells = [(total.projects, amount_of(total, check, writer, see_confidential=see_confidential)) for total in sums]
        return (
            check_words(check),
            *(part for pair in cells for part in pair),
            _("yes") if check.foots else _("NO"),
        )

    sections = tuple(
        Section(
            words.local(writer.language), (Table(columns, tuple(line(c) for c in checks if c.part == part)),), id=part
        )
        for part, words in PART_WORDS.items()
        if any(check.part == part for check in checks)
    )
    return _report(
        _("Does it foot?"), sections, subtitle=title, language=writer.language, synthetic=synthetic, issued=issued
    )


def published_table(row: PublishedVersion, language: Language) -> Table:
    """The table as it was published, its published total below; a workbook sums it anew."""
    columns = [Column(_("Row"), weight=2)]
    for column in row.columns:
        unit = money.unit_label(column["unit"], language) if column["unit"] else ""
        columns.append(Column(column["label"], "number", unit))
    rows = tuple((line["label"], *map(_number, line["cells"])) for line in row.rows)
    total = (row.total["label"], *map(_number, row.total["cells"])) if row.total else None
    return Table(tuple(columns), rows, total, id="published", live=True)


def gap_words(found: ColumnSum, language: Language) -> str:
    """The gap with its sign, and for amounts in words: +355亿元, “+35.5 billion yuan”."""
    if found.gap is None:
        return ""
    if found.gap_fen is None:
        return f"{found.gap:+,f}"
    return _signed(found.gap_fen, language)


def share_words(found: ColumnSum) -> str:
    return "" if found.share is None else f"{found.share:+,f}%"


def figure_words(value: Decimal | int | None, tied: Tied, language: Language, *, sign: bool = False) -> str:
    """A count, or an amount in words; “withheld” where it may not be told."""
    if value is None:
        return str(_("withheld"))
    if not tied.unit:
        return f"{value:+,f}" if sign else f"{Decimal(value):,f}"
    fen = int(value)
    return _signed(fen, language) if sign else money.format_yuan(fen, language)


def sums_table(found: Iterable[ColumnSum], language: Language) -> Table:
    """Each column's rows against its published total."""
    columns = (
        Column(_("Column"), weight=2),
        Column(_("Sum of the rows"), "number"),
        Column(_("Published total"), "number"),
        Column(_("Gap")),
        Column(_("Share of the sum")),
        Column(_("Foots")),
    )
    rows = tuple(
        (
            f"{row.label} ({money.unit_label(row.unit, language)})" if row.unit else row.label,
            row.summed,
            row.published,
            gap_words(row, language),
            share_words(row),
            "—" if row.gap is None else _("yes") if not row.gap else _("NO"),
        )
        for row in found
    )
    return Table(columns, rows, id="sums", title=_("The rows against the published total"))


def published_report(
    row: PublishedVersion, sums: list[ColumnSum], language: Language, *, series_title: str, synthetic: bool
) -> Report:
    """A published table with its sums and gaps."""
    meta = {_("Source"): row.source, _("Published on"): str(row.published_on or "—"), _("Note"): row.note or "—"}
    section = Section(_("As published"), (published_table(row, language), sums_table(sums, language)), id="published")
    report = _report(
        row.title,
        (section,),
        subtitle=series_title,
        language=language,
        synthetic=synthetic,
        issued=row.saved_at.isoformat(),
    )
    return Report(**{**vars(report), "meta": meta})


def _report(
    title: str, sections: tuple[Section, ...], *, subtitle: str, language: Language, synthetic: bool, issued: str
) -> Report:
    return Report(
        title=title,
        subtitle=subtitle,
        language=language,
        issued=issued,
        sections=sections,
        mark=_("Synthetic demonstration data") if synthetic else "",
        words=Words.spoken(),
    )


def _signed(fen: int, language: Language) -> str:
    sign = "+" if fen > 0 else "−" if fen < 0 else ""
    return f"{sign}{money.format_yuan(abs(fen), language)}"


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
