"""A statement as a report in one language: its figures, the rows behind them, what is left out and why, and the method.

It is written from the content as a reader may see it (content.shown), so no file can hold more than its page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums import money
from forums.agreements.definitions.words import RULES
from forums.agreements.statements.content import Content, cell_of, words_then
from forums.agreements.statements.models import Statement
from forums.agreements.tally import Cell
from forums.agreements.vocabulary import BASES, BINDINGS, KINDS, REVIEW_STATES
from forums.columns import Bilingual, Language
from forums.documents.report import Block, Column, Paragraph, Report, Section, Table, Words
from forums.documents.report import Cell as TableCell

MOST_PRINTED = 2_000
"""Rows that a PDF lists; beyond, it names the files that hold them all."""
_REASONS = {
    "first": _l("first signing"),
    "again": _l("signed before"),
    "upgrade": _l("intention made firm"),
    "increase": _l("increase"),
    "investor_change": _l("another investor"),
    "superseded": _l("another investor has signed since"),
    "framework": _l("framework, filled by its contracts"),
    "apart": _l("no project investment"),
    "orphan": _l("increase of nothing that counts"),
}


@dataclass(frozen=True)
class Writer:
    """One language and one unit of amounts."""

    language: Language
    unit: str

    def local(self, words: Mapping[str, str] | Bilingual | None) -> str:
        if not words:
            return ""
        return (words if isinstance(words, Bilingual) else Bilingual(**words)).local(self.language)

    def amounts(self, label: str, weight: float = 1.2) -> Column:
        unit = money.unit_label(self.unit, self.language)
        return Column(label, "amount", unit, per_unit=money.TABLE_UNITS[self.unit], weight=weight)

    def amount(self, cell: Cell) -> TableCell:
        """The cell's fen, or the words that stand in its place."""
        if cell.fen is not None:
            return cell.fen
        return f"≤ {money.in_unit(cell.band, self.unit)}" if cell.band else str(_("withheld"))

    def headline(self, cell: Cell, currency: str = "CNY") -> str:
        if cell.fen is not None:
            return money.format_amount(cell.fen, currency, self.language)
        return f"≤ {money.format_amount(cell.band, currency, self.language)}" if cell.band else str(_("withheld"))

    def word(self, words: Mapping[str, Bilingual], code: str) -> str:
        return words[code].local(self.language) if code in words else code


def write(
    statement: Statement,
    content: Content,
    language: Language,
    *,
    unit: str = "",
    annexes: bool = True,
    most: int | None = None,
) -> Report:
    """The whole report; without `annexes` only its figures and the method, for the page, which shows the rows in parts.

    With more rows than `most` it says where they are instead.

    The language must be spoken (force_locale) by the caller.
    """
    writer = Writer(language, unit or content["unit"])
    sections = [
        Section(_("Figures"), tuple(_figures(content, writer)), id="figures"),
        Section(_("Tables"), tuple(tables_of(content, writer)), id="tables"),
    ]
    if annexes and most is not None and len(content["rows"]) > most:
        said = _(
            "%(n)s rows are too many for paper: the workbook, the CSV and the JSON file list them all.",
            n=len(content["rows"]),
        )
        sections.append(Section(_("Rows"), (Paragraph(said),), id="rows"))
    elif annexes:
        counted, excluded = counted_rows(content), excluded_rows(content)
        sections += [
            Section(_("Rows counted"), (rows_table(content, counted, writer, whole=True),), id="rows", is_wide=True),
            Section(_("Rows left out"), (excluded_table(content, excluded, writer),), id="excluded", is_wide=True),
        ]
    sections.append(Section(_("Method"), tuple(_method(statement, content, writer)), id="method"))
    series, edition = content["series"], content["edition"]
    return Report(
        title=_("Statement %(number)s", number=content["number"]),
        subtitle=writer.local((edition or series)["title"]),
        language=language,
        issued=(statement.withdrawn_at or statement.approved_at or statement.drafted_at).isoformat(),
        sections=tuple(sections),
        meta=_meta(statement, content, writer),
        mark=mark_of(statement, content),
        footer="Billet",
        words=Words.spoken(),
    )


def mark_of(statement: Statement, content: Content) -> str:
    """What a reader must know at once: no draft passes for approved, nothing invented for real."""
    said = {"draft": _("Draft, not approved"), "withdrawn": _("Withdrawn")}.get(statement.state, "")
    synthetic = _("Synthetic demonstration data") if content["series"]["synthetic"] else ""
    return " · ".join(word for word in (said, synthetic) if word)


def moment_words(moment: datetime, zone: str) -> str:
    """A moment to the second with its zone: two tallies of one minute may differ."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S} ({zone})"


def _meta(statement: Statement, content: Content, writer: Writer) -> dict[str, str]:
    zone = content["zone"]

    def step(name: str, at: datetime | None) -> str:
        return f"{name}, {moment_words(at, zone)}" if at else ""

    approved = step(statement.approved_by.name, statement.approved_at) if statement.approved_by else ""
    withdrawn = step(statement.withdrawn_by.name, statement.withdrawn_at) if statement.withdrawn_by else ""
    return {
        _("As of"): moment_words(statement.as_of, zone),
        _("Scope"): writer.local((content["edition"] or content["series"])["title"]),
        _("Basis"): writer.word(words_then(content, BASES), content["basis"]),
        _("Counting definition"): _definition(content, writer),
        _("Unit of the tables"): money.unit_label(writer.unit, writer.language),
        _("Drafted by"): step(statement.drafted_by.name, statement.drafted_at),
        _("Approved by"): approved or _("nobody yet"),
        **({_("Withdrawn by"): withdrawn, _("Reason"): statement.withdrawn_reason} if withdrawn else {}),
        "SHA-256": statement.sha256,
    }


def _definition(content: Content, writer: Writer) -> str:
    chosen = content["definition"]
    return f"{writer.local(chosen['name'])} · {chosen['version']}"


def _figures(content: Content, writer: Writer) -> list[Block]:
    head = content["headline"]
    contracted, intended = cell_of(head["contracted"]), cell_of(head["intended"])
    columns = (Column(_("Figure"), weight=2.4), Column(_("Projects"), "number"), Column(_("Amount"), weight=1.6))
    rows: list[tuple[TableCell, ...]] = [
        (_("Contracted, gross"), head["gross"]["projects"], writer.headline(cell_of(head["gross"]))),
        (_("of these cancelled"), head["cancelled"]["projects"], writer.headline(cell_of(head["cancelled"]))),
        (_("Contracted, net"), contracted.projects, writer.headline(contracted)),
        (_("Intended, never added"), intended.projects, writer.headline(intended)),
    ]
    rows += [
        (
            _("Contracted in %(currency)s, not converted", currency=row["currency"]),
            row["projects"],
            writer.headline(cell_of(row["cell"]), row["currency"]),
        )
        for row in head["foreign"]
    ]
    blocks: list[Block] = [Table(columns, tuple(rows), id="headline")]
    said = [
        _("%(n)s of %(all)s contracted projects have an amount.", n=contracted.disclosed, all=contracted.projects),
        _("Technical cooperation agreements, counted apart: %(n)s.", n=head["technical"]),
        _("Duplicates set aside: %(n)s.", n=head["set_aside"]),
    ]
    blocks.append(Paragraph(" ".join(said), "note"))
    if content["withheld"]:
        blocks.append(Paragraph(withheld_words(), "warning"))
    return blocks


def withheld_words() -> str:
    return str(
        _(
            "This copy withholds confidential amounts: they are left out of the rows, and totals marked ≤ that hold "
            "one are rounded up to a band, so that nobody can work it out by subtraction."
        )
    )


def tables_of(content: Content, writer: Writer) -> Iterable[Table]:
    """The partitions: the rows of each sum to the headline."""
    titles = {
        "editions": _("By edition"),
        "bindings": _("By binding class"),
        "segments": _("By segment"),
        "channels": _("By channel"),
        "origins": _("By origin"),
        "sizes": _("By size of the project"),
    }
    total = _line(content["headline"] | {"label": {"zh": "合计", "en": "Total"}}, writer)
    for name, title in titles.items():
        lines = content["tables"][name]
        if lines and not (name == "editions" and content["edition"]):
            columns = (
                Column(title, weight=2.4),
                Column(_("Signings"), "number", weight=0.8),
                Column(_("Contracted projects"), "number"),
                Column(_("with amount"), "number"),
                writer.amounts(_("Contracted amount")),
                Column(_("Intended projects"), "number"),
                writer.amounts(_("Intended amount")),
            )
            rows = tuple(_line(line, writer) for line in lines)
            yield Table(columns, rows, total, title=title, id=name, live=True)


def _line(line: Mapping[str, Any], writer: Writer) -> tuple[TableCell, ...]:
    contracted, intended = cell_of(line["contracted"]), cell_of(line["intended"])
    return (
        writer.local(line["label"]),
        line["signings"],
        contracted.projects,
        contracted.disclosed,
        writer.amount(contracted),
        intended.projects,
        writer.amount(intended),
    )


def counted_rows(content: Content) -> list[Content]:
    return [row for row in content["rows"] if not row["excluded"]]


def excluded_rows(content: Content) -> list[Content]:
    return [row for row in content["rows"] if row["excluded"]]


def rows_table(content: Content, rows: list[Content], writer: Writer, *, whole: bool = False, first: int = 1) -> Table:
    """The signings that count, with what each adds; the `whole` list sums to the headline."""
    columns = (
        Column(_("No."), "number", weight=0.5),
        Column(_("Project"), weight=2.6),
        Column(_("Enterprise"), weight=2.2),
        Column(_("Edition"), weight=0.8),
        Column(_("Signed on"), weight=1.1),
        Column(_("Binding class"), weight=0.9),
        Column(_("Contracted projects"), "number", weight=0.9),
        writer.amounts(_("Contracted amount")),
        Column(_("Intended projects"), "number", weight=0.9),
        writer.amounts(_("Intended amount")),
        Column(_("Why"), weight=1.4),
    )
    editions, bindings = edition_names(content, writer), words_then(content, BINDINGS)
    cells = tuple(_counted(number, row, editions, bindings, writer) for number, row in enumerate(rows, first))
    head = content["headline"]
    contracted, intended = cell_of(head["contracted"]), cell_of(head["intended"])
    total = (
        None, _("Total"), None, None, None, None,
        contracted.projects, writer.amount(contracted), intended.projects, writer.amount(intended), None,
    )  # fmt: skip
    return Table(columns, cells, total if whole and rows else None, id="rows", live=True, note=_note_of(content))


def edition_names(content: Content, writer: Writer) -> dict[int, str]:
    """What a row calls its edition: the year, which is short, or its whole title where a year has two."""
    years = dict(content["years"])
    times = Counter(years.values())
    return {
        key: str(years[key]) if times[years[key]] == 1 else writer.local(words)
        for key, words in content["labels"]["editions"]
    }


def _note_of(content: Content) -> str:
    return withheld_words() if content["withheld"] else ""


def _counted(
    number: int, row: Content, editions: Mapping[int, str], bindings: Mapping[str, Bilingual], writer: Writer
) -> tuple[TableCell, ...]:
    counts = row["counts"]
    contracted = counts["column"] == "contracted"
    projects, amount = counts["projects"], amount_cell(row, counts, writer)
    return (
        number,
        row_name(row, writer),
        writer.local(row["names"]["enterprise"]),
        editions.get(row["edition"], ""),
        row["signed_on"],
        writer.word(bindings, counts["binding"]),
        projects if contracted else 0,
        amount if contracted else 0,
        0 if contracted else projects,
        0 if contracted else amount,
        reason_words(counts["reason"]),
    )


def amount_cell(row: Content, counts: Content, writer: Writer) -> TableCell:
    """Fen, or words where there are none to sum: undisclosed, confidential, another currency."""
    if not counts["projects"] and not counts["fen"] and counts["fen"] is not None:
        return 0
    if row.get("withheld"):
        return str(_("confidential"))
    if counts["fen"] is None:
        return str(_("undisclosed"))
    if counts["currency"] != "CNY":
        return money.format_amount(counts["fen"], counts["currency"], writer.language)
    return int(counts["fen"])


def row_name(row: Content, writer: Writer) -> str:
    """The project's name; an invented one says so wherever it is printed."""
    names = row["names"]
    name = writer.local(names["project"]) or writer.local(names["agreement"])
    if not names["synthetic"] or "示例" in name or "synthetic" in name.lower():
        return name
    return f"{name}（示例）" if writer.language == "zh" else f"{name} (synthetic)"


def excluded_table(content: Content, rows: list[Content], writer: Writer) -> Table:
    """The signings that add nothing, each with its reason."""
    columns = (
        Column(_("Project"), weight=2.6),
        Column(_("Enterprise"), weight=2.2),
        Column(_("Edition"), weight=0.8),
        Column(_("Signed on"), weight=1.1),
        Column(_("Kind"), weight=1.2),
        Column(_("As signed"), weight=1.4),
        Column(_("Why it is left out"), weight=2.4),
    )
    editions, kinds = edition_names(content, writer), words_then(content, KINDS)
    cells = tuple(
        (
            row_name(row, writer),
            writer.local(row["names"]["enterprise"]),
            editions.get(row["edition"], ""),
            row["signed_on"],
            writer.word(kinds, row["kind"]),
            as_signed(row, writer),
            exclusion_words(row, writer),
        )
        for row in rows
    )
    note = "" if rows else _("Every signing counts.")
    return Table(columns, cells, id="excluded", note=note)


def as_signed(row: Content, writer: Writer) -> str:
    if row.get("withheld"):
        return str(_("confidential"))
    if row["fen"] is None:
        return str(_("undisclosed")) if not row["disclosed"] else "—"
    return money.format_amount(row["fen"], row["currency"], writer.language)


def exclusion_words(row: Content, writer: Writer) -> str:
    """Why a signing adds nothing; a duplicate names the project that it stands for."""
    code = row["excluded"]
    if code == "not_approved":
        state = writer.word(REVIEW_STATES, row["review"])
        return str(_("not approved at that moment: %(state)s", state=state))
    said = str(_("cancelled")) if code == "cancelled" else reason_words(code)
    if row["record"] != row["project"]:
        name = writer.local(row["names"]["project"])
        double = _("set aside as a duplicate of %(project)s", project=name)
        return f"{said}; {double}"
    return said


def reason_words(reason: str) -> str:
    """Why a signing counts as it does, by the name of the rule."""
    return str(_REASONS.get(reason, reason))


def _method(statement: Statement, content: Content, writer: Writer) -> list[Block]:
    rows = tuple(
        (str(RULES[name][1]) if name in RULES else name, _("applied") if applied else _("not applied"))
        for name, applied in content["rules"].items()
    )
    blocks: list[Block] = [
        Paragraph(
            _(
                "The statement counts what was on record at its moment and approved by then. Bases are never added "
                "together, undisclosed is not zero, and other currencies are not converted. Sums come from unrounded "
                "amounts and are rounded half-up only when shown."
            )
        ),
        Table((Column(_("Counting rule"), weight=4), Column(_("In this statement"))), rows, id="rules"),
        Paragraph(_("SHA-256 of the frozen content: %(sha256)s", sha256=statement.sha256), "note"),
    ]
    return blocks
