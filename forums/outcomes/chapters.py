"""The chapters of a report and the rows behind its figures: tables out of a snapshot's content."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from forums.documents.charts import Bar, bars
from forums.documents.report import Block, Cell, Column, Paragraph, Table, footed, share
from forums.outcomes import ledger
from forums.outcomes.definitions import DEFINITIONS, UNITS
from forums.outcomes.voice import Content, Voice


def attendance(content: Content, voice: Voice) -> list[Block]:
    """The funnel from the first letter to the door, and who waits or has cancelled."""
    counts = content["attendance"]
    steps = [
        (_("Invited"), counts["invited"]),
        (_("Registered"), counts["registered"]),
        (_("Confirmed"), counts["confirmed"]),
        (_("Checked in"), counts["checked_in_persons"]),
    ]
    unit = voice.local(UNITS["persons"])
    before = [0, *(count for _label, count in steps[:-1])]
    rows = [(label, count, share(count, last)) for (label, count), last in zip(steps, before, strict=True)]
    beside = (
        (_("Person-times checked in"), counts["checked_in_person_times"]),
        (_("Waiting list"), counts["waitlisted"]),
        (_("Cancelled"), counts["cancelled"]),
        (_("Organisations of those confirmed"), counts["organisations"]),
    )
    return [
        bars(
            _("From invitation to check-in"),
            [Bar(label, count, f"{count:,} {unit}", part) for label, count, part in rows],
        ),
        Table(
            (Column(_("Step"), weight=2), Column(_("Persons"), "number"), Column(_("Of the step before"), "number")),
            tuple(rows),
            id="funnel",
        ),
        Table(
            (Column(_("Beside the funnel"), weight=3), Column(_("Count"), "number")),
            beside,
            id="attendance",
            note=_("Shares are rounded half-up. Invited counts addresses; people may register without an invitation."),
        ),
    ]


def agenda(content: Content, voice: Voice) -> list[Block]:
    days = content["agenda"]["days"]
    if not days:
        return [Paragraph(_("No agenda was recorded."), "note")]
    columns = (
        Column(_("Day"), weight=2),
        Column(_("Sessions"), "number"),
        Column(_("Halls"), "number"),
        Column(_("Speakers"), "number"),
    )
    rows = tuple((voice.day(day["date"]), day["sessions"], day["halls"], day["speakers"]) for day in days)
    total = (_("Total"), content["figures"]["sessions"]["value"], None, None)
    note = _("Sessions add up over the days; halls and speakers may return on another day and are not added.")
    return [footed(Table(columns, rows, total, id="days", note=note))]


def sessions(content: Content, voice: Voice) -> Table:
    columns = (
        Column(_("Day")),
        Column(_("Time"), weight=0.6),
        Column(_("Session"), weight=3),
        Column(_("Hall")),
        Column(_("Speakers"), "number", weight=0.6),
    )
    rows = tuple(
        (voice.day(row["date"]), row["time"], voice.local(row["title"]), voice.local(row["hall"]), row["speakers"])
        for row in content["agenda"]["sessions"]
    )
    return Table(columns, rows, id="sessions")


MOST_EXPERTS = 20
"""Experts whom the chapter itself lists; more of them fill an annex."""


def experts(content: Content, voice: Voice) -> list[Block]:
    listed = content["experts"]
    if not listed:
        return [Paragraph(_("No experts were recorded."), "note")]
    if len(listed) <= MOST_EXPERTS:
        return [_expert_table(listed, voice)]
    busiest = sorted(listed, key=lambda row: -row["sessions"])[:MOST_EXPERTS]
    words = _("%(count)s experts appeared; those with the most sessions:", count=len(listed))
    return [Paragraph(words), _expert_table(busiest, voice), Paragraph(_("The annex lists all of them."), "note")]


def all_experts(content: Content, voice: Voice) -> list[Table]:
    """The annex of experts, where the chapter does not list everybody."""
    listed = content["experts"]
    return [_expert_table(listed, voice)] if len(listed) > MOST_EXPERTS else []


def _expert_table(rows: list[dict[str, Any]], voice: Voice) -> Table:
    columns = (
        Column(_("Name")),
        Column(_("Position"), weight=1.5),
        Column(_("Organisation"), weight=2),
        Column(_("Sessions"), "number", weight=0.6),
    )
    cells = tuple(
        (voice.local(row["name"]), voice.local(row["title"]), voice.local(row["organisation"]), row["sessions"])
        for row in rows
    )
    return Table(columns, cells, id="experts")


def editions(content: Content, voice: Voice) -> list[Block]:
    """Every edition up to this one on today's rules, and each figure beside the last edition's."""
    columns = (
        Column(_("Edition"), weight=3),
        Column(_("Year"), weight=0.6),
        Column(_("Projects signed"), "number"),
        voice.amounts(_("Total investment"), weight=1.2),
        Column(_("Person-times"), "number"),
        Column(_("Sessions"), "number"),
    )
    ids = ("projects_signed", "amount_signed_total", "person_times_checked_in", "sessions")

    def cells(figures: dict[str, Any]) -> tuple[Cell, ...]:
        return tuple(_cell(figures[figure_id], figure_id, voice) for figure_id in ids)

    rows = tuple(
        (voice.local(row["title"]), row["starts_on"][:4], *cells(row["figures"]))
        for row in content["to_date"]["editions"]
    )
    total = (_("Total"), None, *cells(content["to_date"]["total"]))
    note = _("Earlier editions are recomputed on today's rules.")
    return [
        footed(Table(columns, rows, total, title=_("The series to date"), id="to_date", note=note)),
        _comparison(content, voice),
    ]


def amounts_by_edition(content: Content, voice: Voice) -> list[Block]:
    """The amounts signed over the years as a picture, where there is more than one and each may be told."""
    rows = [
        (
            row["starts_on"][:4],
            row["figures"]["amount_signed_total"]["value"],
            row["figures"]["projects_signed"]["value"],
        )
        for row in content["to_date"]["editions"]
    ]
    if len(rows) < 2 or any(fen is None for _year, fen, _projects in rows):
        return []
    definition = DEFINITIONS["projects_signed"]
    shown = [
        Bar(year, fen, voice.yuan(fen), f"{projects} {voice.unit(definition, projects)}")
        for year, fen, projects in rows
    ]
    return [bars(_("Total investment signed, by edition"), shown)]


def _comparison(content: Content, voice: Voice) -> Table:
    columns = (
        Column(_("Figure"), weight=2),
        Column(_("This edition"), "number", weight=1.3),
        Column(_("Last edition"), "number", weight=1.3),
        Column(_("Change"), weight=1.6),
    )
    rows = []
    for definition in DEFINITIONS.values():
        known = content["figures"][definition.id]
        change, _trend = voice.change(definition.id, known["value"], known["previous"])
        values = [
            f"{voice.value(definition, value, band)} {voice.unit(definition, value)}".strip()
            for value, band in ((known["value"], known["band"]), (known["previous"], known["previous_band"]))
        ]
        if content["previous"] is None:
            values[1] = "—"
        rows.append((voice.local(definition.label), *values, change or "—"))
    return Table(columns, tuple(rows), title=_("All figures, beside the last edition"), id="comparison")


def _cell(known: dict[str, Any], figure_id: str, voice: Voice) -> Cell:
    return (
        voice.cell({"fen": known["value"], "band": known["band"]})
        if DEFINITIONS[figure_id].is_amount
        else known["value"]
    )


def rows_behind(figure_id: str, content: Content, voice: Voice) -> list[Table]:
    """The tables that a figure was counted from."""
    blocks: dict[str, Callable[[], list[Block]]] = {
        "projects_signed": lambda: [ledger.annex(content, voice)],
        "amount_signed_total": lambda: [ledger.annex(content, voice)],
        "amount_undisclosed_count": lambda: [ledger.annex(content, voice)],
        "projects_intended": lambda: [ledger.annex(content, voice, only="intended")],
        "amount_intended": lambda: [ledger.annex(content, voice, only="intended")],
        "agreements_technical": lambda: [ledger.technical(content, voice)],
        "duplicates_set_aside": lambda: [ledger.set_aside(content, voice), ledger.at_nothing(content, voice)],
        "persons_checked_in": lambda: attendance(content, voice),
        "person_times_checked_in": lambda: attendance(content, voice),
        "experts": lambda: [_expert_table(content["experts"], voice)],
        "sessions": lambda: [sessions(content, voice)],
        "editions": lambda: editions(content, voice)[:1],
    }
    return [block for block in blocks[figure_id]() if isinstance(block, Table)]
