"""The register of what was signed (签约项目一览表) as a table for spreadsheets, which the import reads back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from flask_babel import gettext as _

from forums import money
from forums.agreements.export import plain
from forums.agreements.imports.words import FIELD_WORDS
from forums.agreements.models import Agreement, AmountEntry, Signing
from forums.agreements.queries import with_year
from forums.agreements.vocabulary import (
    BASES,
    BINDINGS,
    CHANNELS,
    HEADLINE_BASIS,
    KINDS,
    REGIONS,
    RELATIONS,
    REVIEW_STATES,
    Words,
)
from forums.columns import Bilingual, Language
from forums.documents import report as parts
from forums.documents.report import Cell, Column, Report, Section, Table

UNITS = ("wan", "yi", "million")
Row = tuple[Agreement, Signing]


def register(
    title: str,
    subtitle: str,
    rows: Sequence[Row],
    *,
    unit: str,
    language: Language,
    sees: Callable[[Agreement], bool],
    synthetic: bool,
    issued: datetime,
) -> Report:
    """One line for each signing. Amounts that this reader may not see are a word, and are in no sum.

    Only total investment is added up, row by row: what counts once, and where, is what tallies say.
    """
    columns = _columns(unit, language)
    lines = tuple(_line(agreement, signing, language, sees(agreement)) for agreement, signing in rows)
    at = [column.kind for column in columns].index("amount")
    total: list[Cell] = [None] * len(columns)
    total[1], total[at] = _("Sum of rows"), sum(cell for line in lines if isinstance(cell := line[at], int))
    table = Table(columns, lines, tuple(total) if lines else None, title=title, live=True)
    mark = _("Synthetic demonstration data") if synthetic else ""
    return Report(
        title=title,
        subtitle=subtitle,
        language=language,
        issued=issued.isoformat(),
        sections=(Section(title, (table,), is_wide=True),),
        meta={
            _("Unit"): money.unit_label(unit, language),
            _("Sum"): _("Rows are added as they stand; a project that was signed twice stands here twice."),
        },
        mark=mark,
        words=parts.Words.spoken(),
    )


def plain_rows(report: Report) -> Iterator[list[str]]:
    """The heads, the rows and their sum for CSV: exact numbers in the table's unit."""
    table = next(block for block in report.sections[0].blocks if isinstance(block, Table))
    yield [column.heading for column in table.columns]
    for row in (*table.rows, *([table.total] if table.total else [])):
        yield [plain(column, cell) for column, cell in zip(table.columns, row, strict=True)]


def _columns(unit: str, language: Language) -> tuple[Column, ...]:
    label, per_unit = money.unit_label(unit, language), money.TABLE_UNITS[unit]

    def text(name: str, weight: float = 1) -> Column:
        return Column(str(FIELD_WORDS[name]), weight=weight)

    def amount(name: str) -> Column:
        return Column(str(FIELD_WORDS[name]), "amount", label, per_unit=per_unit, weight=1.2)

    return (
        Column(str(FIELD_WORDS["position"]), "number", weight=0.5),
        *(text(name, 2) for name in ("name", "investor")),
        *(text(name) for name in ("credit_code", "host", "company", "content", "segment")),
        amount("amount"),
        amount("other_amount"),
        *(
            text(name)
            for name in ("original", "basis", "kind", "binding", "relation", "signed_on", "channel", "origin")
        ),
        *(text(name) for name in ("confidential", "synthetic", "note")),
        Column(_("Edition")),
        Column(_("State")),
    )


def _line(row: Agreement, signing: Signing, language: Language, visible: bool) -> tuple[Cell, ...]:
    project = row.project
    firms = {party.role: party.organisation for party in reversed(row.parties)}
    investor = firms.get("investor") or project.organisation
    entry = _entry(row)
    amount, other, original = _amounts(entry, visible)

    def name(firm: object) -> str:
        words = getattr(firm, "name", None)
        return words.local(language) if isinstance(words, Bilingual) else ""

    def word(words: Words, code: str) -> str:
        return words[code].local(language) if code in words else ""

    return (
        signing.position,
        project.name.local(language),
        name(investor),
        (investor.credit_code or "") if investor else "",
        name(firms.get("host")),
        name(firms.get("project_company")),
        project.content,
        name(project.segment),
        amount,
        other,
        original,
        word(BASES, entry.basis) if entry else "",
        word(KINDS, row.kind),
        word(BINDINGS, row.binding),
        word(RELATIONS, row.relation),
        signing.signed_on.isoformat(),
        word(CHANNELS, project.channel),
        word(REGIONS, project.origin),
        _("yes") if project.confidential else "",
        "示例" if row.synthetic or project.synthetic else "",
        next((step.comment for step in row.steps if step.step == "drafted"), ""),
        with_year(signing.edition).local(language),
        word(REVIEW_STATES, row.review),
    )


def _entry(row: Agreement) -> AmountEntry | None:
    """The amount that a line shows: total investment before other bases."""
    entries = sorted(row.amounts, key=lambda entry: entry.basis != HEADLINE_BASIS)
    return entries[0] if entries else None


def _amounts(entry: AmountEntry | None, visible: bool) -> tuple[Cell, Cell, Cell]:
    """The total investment, the amount on another basis, and the original text; only yuan are numbers."""
    if not visible:
        hidden = _("confidential")
        return hidden, None, hidden
    if entry is None or entry.fen is None:
        return _("undisclosed"), None, ""
    shown: Cell = entry.fen if entry.currency == "CNY" else entry.source_text
    original = entry.source_text or money.echo(entry.fen, "zh", entry.currency)
    return (shown, None, original) if entry.basis == HEADLINE_BASIS else (None, shown, original)
