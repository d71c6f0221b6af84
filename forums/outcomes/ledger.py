"""What the agreements of an edition come to: tables out of a snapshot's content, and the projects behind them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask_babel import gettext as _

from forums.agreements.vocabulary import BINDINGS
from forums.columns import Bilingual
from forums.documents.report import Block, Cell, Column, Paragraph, Table, footed
from forums.outcomes.voice import Content, Voice


def agreements(content: Content, voice: Voice) -> list[Block]:
    """The headline by binding class, the partition by segment, and what does not count, with reasons."""
    counted = content["agreements"]
    blocks: list[Block] = [
        _binding_table(counted, voice),
        _segment_table(counted, voice),
        Paragraph(
            _(
                "%(count)s of the projects signed disclosed no amount: they are counted as projects, at no amount.",
                count=content["figures"]["amount_undisclosed_count"]["value"],
            ),
            "note",
        ),
    ]
    if counted["technical"]:
        blocks.append(technical(content, voice))
    return [*blocks, set_aside(content, voice), at_nothing(content, voice)]


def _binding_table(counted: Any, voice: Voice) -> Table:
    columns = (
        Column(_("Binding class"), weight=2),
        Column(_("Projects"), "number"),
        Column(_("With amount"), "number"),
        voice.amounts(_("Total investment"), weight=1.4),
    )
    both = [(row["label"], row[column]) for row in counted["bindings"] for column in ("contracted", "intended")]
    rows = [(label, cell) for label, cell in both if cell["projects"] or cell["fen"] != 0]
    lines = tuple((voice.local(label), cell["projects"], cell["disclosed"], voice.cell(cell)) for label, cell in rows)
    note = _("Intentions stand apart and never enter the total of contracts and agreements.")
    return Table(columns, lines, title=_("By binding class"), id="bindings", note=note)


def _segment_table(counted: Any, voice: Voice) -> Table:
    columns = (
        Column(_("Segment"), weight=2),
        Column(_("Projects"), "number"),
        Column(_("With amount"), "number"),
        voice.amounts(_("Total investment"), weight=1.4),
    )
    rows = [(row["label"], row["contracted"]) for row in counted["segments"]]
    lines = tuple(
        (voice.local(label), cell["projects"], cell["disclosed"], voice.cell(cell))
        for label, cell in rows
        if cell["projects"] or cell["fen"] != 0
    )
    total = counted["total"]["contracted"]
    foot = (_("Total signed"), total["projects"], total["disclosed"], voice.cell(total))
    return footed(Table(columns, lines, foot, title=_("Signed, by segment"), id="segments"))


def technical(content: Content, voice: Voice) -> Table:
    columns = (Column(_("Technical cooperation"), weight=3), Column(_("Parties"), weight=2), Column(_("Signed on")))
    rows = tuple(
        (_marked(row, voice), voice.local(row["enterprise"]), row["signed_on"])
        for row in content["agreements"]["technical"]
    )
    return Table(columns, rows, title=_("Technical cooperation agreements"), id="technical")


def set_aside(content: Content, voice: Voice) -> Table:
    """Project records that are another project's double."""
    columns = (
        Column(_("Record set aside"), weight=2),
        Column(_("Counts as"), weight=2),
        Column(_("Reason"), weight=2),
    )
    rows = tuple(
        (_marked(row, voice), voice.local(row["counts_as"]), row["reason"])
        for row in content["agreements"]["set_aside"]
    )
    note = "" if rows else _("No record was set aside.")
    return Table(columns, rows, title=_("Duplicates set aside"), id="set_aside", note=note)


def at_nothing(content: Content, voice: Voice) -> Table:
    """Signings of this edition's ceremony that count at 0, each with its reason."""
    columns = (Column(_("Signing"), weight=2.4), Column(_("Signed on")), Column(_("Why it counts at 0"), weight=2.4))
    rows = tuple(
        (_marked(row, voice), row["signed_on"], voice.local(row["reason"]))
        for row in content["agreements"]["at_nothing"]
    )
    note = "" if rows else _("Every signing counts.")
    return Table(columns, rows, title=_("Signings shown at 0"), id="at_nothing", note=note)


def annex(content: Content, voice: Voice, *, only: str = "contracted") -> Table:
    """签约项目一览表: each project counted in the column, once, with its enterprise and amount."""
    columns = (
        Column(_("No."), "number", weight=0.4),
        Column(_("Project"), weight=3),
        Column(_("Enterprise"), weight=2.4),
        Column(_("Segment"), weight=1.4),
        Column(_("Binding class"), weight=0.9),
        Column(_("Signed on"), weight=1.1),
        voice.amounts(_("Total investment"), fine=True, weight=1.3),
    )
    listed = [row for row in content["agreements"]["projects"] if row["column"] == only]
    rows = tuple(
        (
            number,
            _marked(row, voice),
            voice.local(row["enterprise"]),
            voice.local(row["segment"]),
            voice.local(row.get("binding_name") or BINDINGS.get(row["binding"], Bilingual(row["binding"]))),
            row["signed_on"],
            _amount(row),
        )
        for number, row in enumerate(listed, 1)
    )
    if not rows:
        return Table(columns, rows, id="annex", note=_("No project was signed at this edition."))
    headline = voice.cell(content["agreements"]["total"][only])
    whole = Table(columns, rows, (None, _("Total"), None, None, None, None, headline), id="annex")
    if not whole.faults():
        return whole
    note = _(
        "Capital increases and upgrades signed here are in the total of the edition, and no projects of their own."
    )
    return replace(whole, total=None, note=note)


def holds_synthetic(content: Content) -> bool:
    """Whether any row was invented for demonstration."""
    listed = content["agreements"]
    return content["edition"]["synthetic"] or any(
        row["synthetic"]
        for row in (*listed["projects"], *listed["set_aside"], *listed["technical"], *listed["at_nothing"])
    )


def _amount(row: dict[str, Any]) -> Cell:
    if row["is_secret"]:
        return str(_("confidential"))
    if row["fen"] is None:
        return str(_("undisclosed"))
    if row["currency"] != "CNY":
        return f"{row['fen'] / 100:,.2f} {row['currency']}"
    return int(row["fen"])


def _marked(row: dict[str, Any], voice: Voice) -> str:
    """A project's name; an invented one says so wherever it is printed."""
    name = voice.local(row["name"])
    if not row["synthetic"] or "示例" in name or "synthetic" in name.lower():
        return name
    return f"{name}（示例）" if voice.language == "zh" else f"{name} (synthetic)"
