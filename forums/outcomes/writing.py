"""From a snapshot to a report: the same content in Chinese or in English, every number taken from it by its id."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, cast

from flask_babel import force_locale
from flask_babel import gettext as _

from forums.agreements.definitions.queries import DEFAULT
from forums.agreements.definitions.words import RULES
from forums.columns import Language
from forums.documents.report import Block, Column, Figure, Figures, Paragraph, Report, Section, Table, Words
from forums.outcomes import chapters, ledger
from forums.outcomes.definitions import BRIEF, DEFINITIONS, FigureValue
from forums.outcomes.voice import Content, Linker, Voice
from forums.web.language import LOCALES

Trend = Literal["up", "down", "same", ""]


def write(
    content: Content, language: Language, *, number: int, sha256: str, link: Linker = lambda figure_id: ""
) -> Report:
    """The report number `number` of the snapshot's edition. `link` says where a figure's rows are to be seen."""
    with force_locale(LOCALES[language]):
        voice = Voice(language, link)
        edition = content["edition"]
        return Report(
            title=voice.local(edition["title"]) or edition["slug"],
            subtitle=_("Outcome report no. %(number)s", number=number),
            language=language,
            issued=content["taken_at"],
            meta=_meta(content, voice, sha256),
            mark=_("Demonstration data: synthetic rows") if ledger.holds_synthetic(content) else "",
            footer="Billet",
            words=Words.spoken(),
            sections=tuple(_sections(content, voice, sha256)),
        )


def _meta(content: Content, voice: Voice, sha256: str) -> dict[str, str]:
    edition = content["edition"]
    return {
        _("Dates"): voice.days(edition["starts_on"], edition["ends_on"]),
        _("Venue"): voice.local(edition["venue"]) or "—",
        _("As of"): _moment(content["taken_at"]),
        _("Checksum"): f"{sha256[:16]}…",
    }


def _sections(content: Content, voice: Voice, sha256: str) -> list[Section]:
    sections = [
        Section(_("Brief"), tuple(_brief(content, voice)), id="brief"),
        Section(_("The event"), (_facts(content, voice),), id="event"),
        Section(_("Attendance"), tuple(chapters.attendance(content, voice)), id="attendance"),
        Section(_("Agenda"), tuple(chapters.agenda(content, voice)), id="agenda"),
        Section(_("Experts"), tuple(chapters.experts(content, voice)), id="experts"),
        Section(_("Agreements"), tuple(ledger.agreements(content, voice)), id="agreements"),
        Section(_("Compared with earlier editions"), tuple(chapters.editions(content, voice)), id="editions"),
        Section(_("Method"), tuple(_method(content, voice, sha256)), id="method"),
        Section(_("Annex: projects signed"), (ledger.annex(content, voice),), id="annex", is_wide=True),
    ]
    everybody = tuple(chapters.all_experts(content, voice))
    return [*sections, Section(_("Annex: experts"), everybody, id="annex-experts")] if everybody else sections


def _brief(content: Content, voice: Voice) -> list[Block]:
    blocks: list[Block] = [Figures(tuple(figure(content, figure_id, voice) for figure_id in BRIEF))]
    blocks += chapters.amounts_by_edition(content, voice)
    to_date = content["to_date"]["total"]
    blocks.append(
        Paragraph(
            _(
                "At this edition %(projects)s projects were signed (%(amount)s); %(undisclosed)s of them disclosed no "
                "amount. Since the first edition the series counts %(all_projects)s projects and %(all_amount)s.",
                projects=_value(content["figures"], "projects_signed", voice),
                amount=_value(content["figures"], "amount_signed_total", voice),
                undisclosed=_value(content["figures"], "amount_undisclosed_count", voice),
                all_projects=_value(to_date, "projects_signed", voice),
                all_amount=_value(to_date, "amount_signed_total", voice),
            )
        )
    )
    if content["figures"]["amount_signed_total"]["value"] is None:
        blocks.append(
            Paragraph(_("Totals are rounded up to a band where they would give a confidential amount away."), "warning")
        )
    if content["previous"]:
        name = voice.local(content["previous"]["title"])
        blocks.append(Paragraph(_("The last edition, for comparison: %(name)s.", name=name), "note"))
    else:
        blocks.append(
            Paragraph(_("This is the first edition of its series: there is nothing to compare with."), "note")
        )
    return blocks


def figure(content: Content, figure_id: str, voice: Voice) -> Figure:
    """One figure of the snapshot with its basis, its date and its change on the last edition."""
    definition = DEFINITIONS[figure_id]
    known = content["figures"][figure_id]
    change, trend = voice.change(figure_id, known["value"], known["previous"])
    return Figure(
        id=figure_id,
        label=voice.local(definition.label),
        value=_value(content["figures"], figure_id, voice),
        unit=voice.unit(definition, known["value"]),
        basis=voice.local(definition.basis),
        as_of=content["taken_at"][:10],
        change=_("%(change)s on the last edition", change=change) if change else "",
        trend=cast(Trend, trend),
        href=voice.link(figure_id),
    )


def live_figure(known: FigureValue, voice: Voice) -> Figure:
    """A figure as it stands now."""
    definition = known.definition
    return Figure(
        id=known.id,
        label=voice.local(definition.label),
        value=voice.value(definition, known.value, known.band),
        unit=voice.unit(definition, known.value),
        basis=voice.local(definition.basis),
        as_of="",
    )


def _value(figures: dict[str, Any], figure_id: str, voice: Voice) -> str:
    return voice.value(DEFINITIONS[figure_id], figures[figure_id]["value"], figures[figure_id]["band"])


def _facts(content: Content, voice: Voice) -> Table:
    edition = content["edition"]
    kinds = {
        "forum": _("Forum"),
        "seminar": _("Seminar"),
        "promotion": _("Promotion meeting"),
        "visit": _("Visit"),
    }
    rows = (
        (_("Official name"), voice.local(edition["title"])),
        (_("Series"), voice.local(content["series"]["title"])),
        (_("Kind"), kinds.get(edition["kind"], edition["kind"])),
        (_("Theme"), voice.local(edition["theme"])),
        (_("Dates"), voice.days(edition["starts_on"], edition["ends_on"])),
        (_("Venue"), voice.local(edition["venue"])),
        (_("Hosts"), voice.local(edition["hosts"])),
    )
    columns = (Column(_("Fact"), weight=0.3), Column(_("Entry")))
    return Table(columns, tuple(row for row in rows if row[1]), id="event")


def _method(content: Content, voice: Voice, sha256: str) -> list[Block]:
    columns = (Column(_("Figure"), weight=0.9), Column(_("Basis"), weight=2), Column(_("Id"), weight=1.1))
    rows = tuple((voice.local(known.label), voice.local(known.basis), known.id) for known in DEFINITIONS.values())
    return [
        Paragraph(_rules(content, voice)),
        Table(columns, rows, id="method", title=_("Definitions, version %(version)s", version=content["definitions"])),
        Paragraph(_("Compiled from the snapshot of %(moment)s.", moment=_moment(content["taken_at"])), "note"),
        Paragraph(_("SHA-256 of the snapshot: %(sha256)s", sha256=sha256), "note"),
    ]


def _rules(content: Content, voice: Voice) -> str:
    """The counting rules in words. Reports from before there were definitions count by Sanming's."""
    counting = content.get("counting", {"key": DEFAULT.key})
    if counting["key"] == DEFAULT.key:
        return str(
            _(
                "A project is credited only to the edition of its first signing. An intention moves once to the "
                "contracted column when a contract or agreement follows; a capital increase adds only its increment; "
                "after a change of investor the edition of the re-signing is credited. Sums come from unrounded "
                "amounts and are rounded half-up only when shown."
            )
        )
    return str(
        _(
            "Counted by “%(name)s”, version %(version)s. Rules that apply: %(rules)s. Sums come from unrounded amounts "
            "and are rounded half-up only when shown.",
            name=voice.local(counting["name"]),
            version=counting["version"],
            rules=_(", ").join(str(RULES[name][0]) for name in counting["rules"]) or _("none"),
        )
    )


def _moment(iso: str) -> str:
    return datetime.fromisoformat(iso).strftime("%Y-%m-%d %H:%M")
