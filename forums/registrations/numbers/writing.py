"""The numbers as a report: cards, pictures and tables, each defined in a sentence, beside the edition before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Literal

from babel.dates import format_date
from flask_babel import gettext as _

from forums.clock import now
from forums.columns import Language
from forums.directory.regions import REGIONS
from forums.documents.charts import Bar, Day, Legend, bars, over_days
from forums.documents.report import (
    Block,
    Cell,
    Chart,
    Column,
    Figure,
    Figures,
    Paragraph,
    Report,
    Section,
    Table,
    Words,
    footed,
    share,
)
from forums.editions.models import Edition
from forums.registrations.models import State
from forums.registrations.numbers.counting import BREAKDOWNS, FIRST, MEASURES, NOT_GIVEN, REST, RETURNING
from forums.registrations.numbers.queries import DayCount, Numbers
from forums.registrations.numbers.words import BREAKDOWN_WORDS, DEFINITIONS, MEASURE_WORDS, VISIT_WORDS
from forums.registrations.words import STATES

# Where the people behind a number are listed: (edition, breakdown, part, measure) → address, or nothing.
Linker = Callable[[Edition, str, str, str], str]
# The measures that a table shows of the edition before.
BEFORE = ("registered", "came")


def part_word(breakdown: str, part: str, numbers: Numbers, before: Numbers | None, language: Language) -> str:
    """The name of a part of a breakdown."""
    if part == NOT_GIVEN:
        return str(_("not given"))
    if breakdown in {"state", "visit"}:
        return str(STATES[State(part)] if breakdown == "state" else VISIT_WORDS[part])
    if breakdown == "region":
        return REGIONS[part].local(language)
    if breakdown == "category":
        known = [*numbers.categories, *(before.categories if before else [])]
        return next((row.name.local(language) for row in known if row.code == part), part)
    return _others(numbers) if part == REST else numbers.spellings.get(part, part)


def _others(numbers: Numbers) -> str:
    shown = {*numbers.tally.largest_organisations(), NOT_GIVEN}
    return str(_("All others (%(n)s)", n=len(numbers.tally.parts["organisation"].keys() - shown)))


def write(
    numbers: Numbers,
    before: Numbers | None,
    language: Language,
    *,
    link: Linker = lambda *_where: "",
    with_days: bool = False,
) -> Report:
    """The report in the language that is being spoken; `link` says where the people behind a number are listed.

    `with_days` adds the table of the days, which the page leaves to its picture.
    """
    edition = numbers.edition
    moment = now().astimezone(edition.tz)
    sections = [
        Section(_("At a glance"), tuple(_brief(numbers, before, language, link)), id="brief"),
        Section(
            _("From registration to the door"),
            (funnel(numbers), Paragraph(str(DEFINITIONS["funnel"]), "note")),
            id="funnel",
        ),
        Section(_("Day by day"), tuple(_by_day(numbers, before, language, with_days=with_days)), id="days"),
        *(
            Section(str(BREAKDOWN_WORDS[name]), (breakdown_table(name, numbers, before, language, link),), id=name)
            for name in BREAKDOWNS
        ),
    ]
    return Report(
        title=edition.title.local(language) or edition.slug,
        subtitle=_("Registrations in numbers"),
        language=language,
        issued=moment.isoformat(timespec="seconds"),
        meta={_("As of"): moment.strftime("%Y-%m-%d %H:%M")},
        mark=_("Demonstration data: synthetic rows") if edition.synthetic else "",
        footer="Billet",
        words=Words.spoken(),
        sections=tuple(sections),
    )


def _brief(numbers: Numbers, before: Numbers | None, language: Language, link: Linker) -> list[Block]:
    edition, tally, last = numbers.edition, numbers.tally, before.tally if before else None
    items = [
        _figure(name, str(MEASURE_WORDS[name]), tally.whole[name], last.whole[name] if last else None)
        for name in MEASURES
    ]
    items = [replace(item, href=link(edition, "", "", item.id)) for item in items]
    for part in (FIRST, RETURNING):
        were = last.of("visit", part, "registered") if last else None
        item = _figure(
            part, part_word("visit", part, numbers, before, language), tally.of("visit", part, "registered"), were
        )
        items.append(replace(item, href=link(edition, "visit", part, "registered")))
    items.append(
        _figure("organisations", _("Organisations"), tally.organisations, last.organisations if last else None)
    )
    note = (
        _("The last edition, for comparison: %(name)s.", name=before.edition.title.local(language))
        if before
        else _("This is the first edition of its series: there is nothing to compare with.")
    )
    return [Figures(tuple(items)), Paragraph(note, "note")]


def _figure(name: str, label: str, value: int, before: int | None) -> Figure:
    change, trend = "", _trend(value, before)
    if before is not None and trend == "same":
        change = _("%(change)s on the last edition", change=_("no change"))
    elif before is not None:
        change = _("%(change)s on the last edition", change=f"{'+' if value > before else '−'}{abs(value - before):,}")
    unit = {"person_times": _("person-times"), "organisations": ""}.get(name, _("persons"))
    return Figure(name, label, f"{value:,}", unit, str(DEFINITIONS[name]), as_of="", change=change, trend=trend)


def _trend(value: int, before: int | None) -> Literal["up", "down", "same", ""]:
    if before is None:
        return ""
    return "same" if value == before else "up" if value > before else "down"


def funnel(numbers: Numbers) -> Chart:
    """Registered, confirmed, came: each with its share of the step before."""
    counts = [numbers.tally.whole[name] for name in ("registered", "confirmed", "came")]
    shares = ["", *(share(count, last) for count, last in zip(counts[1:], counts, strict=False))]
    rows = [
        Bar(str(MEASURE_WORDS[name]), count, f"{count:,} {_('persons')}", part)
        for name, count, part in zip(("registered", "confirmed", "came"), counts, shares, strict=True)
    ]
    return bars(_("From registration to the door"), rows)


def curve(numbers: Numbers, before: Numbers | None, language: Language) -> Chart:
    """The days as a picture; the edition before stands beside it at the same distance from its first day."""
    earlier = _levels_before(numbers, before)
    days = [
        Day(_day(one.day, language), one.registered, one.cancelled, one.confirmed, level)
        for one, level in zip(numbers.days, earlier, strict=True)
    ]
    legend = Legend(
        came=_("Registrations"),
        went=_("Cancellations"),
        level=_("Confirmed at the end of the day"),
        before=_("The edition before, as many days ahead"),
    )
    words = (
        _(
            "From %(first)s to %(last)s: %(registered)s registrations, %(cancelled)s cancellations, %(confirmed)s "
            "confirmed at the end.",
            first=days[0].label,
            last=days[-1].label,
            registered=sum(day.came for day in days),
            cancelled=sum(day.went for day in days),
            confirmed=days[-1].level,
        )
        if days
        else ""
    )
    return over_days(_("Registrations day by day"), days, legend, words=words)


def _levels_before(numbers: Numbers, before: Numbers | None) -> list[int] | list[None]:
    """How many were confirmed last time, as many days from the event, for each day of the curve; or nothing to say."""
    if before is None or not before.days:
        return [None] * len(numbers.days)
    shift = numbers.edition.starts_on - before.edition.starts_on
    levels = {one.day + shift: one.confirmed for one in before.days}
    first, last = min(levels), max(levels)
    found = [0 if one.day < first else levels[min(one.day, last)] for one in numbers.days]
    return found if any(found) else [None] * len(found)


def _by_day(numbers: Numbers, before: Numbers | None, language: Language, *, with_days: bool) -> list[Block]:
    if not numbers.days:
        return [Paragraph(_("Nobody is registered yet."), "note")]
    table = [_days_table(numbers.days)] if with_days else []
    return [curve(numbers, before, language), *table, Paragraph(str(DEFINITIONS["days"]), "note")]


def _days_table(days: list[DayCount]) -> Table:
    day, *rest = _day_words()
    return Table(
        (Column(day), *(Column(word, "number") for word in rest)),
        tuple((one.day.isoformat(), one.registered, one.cancelled, one.confirmed) for one in days),
        id="days",
    )


def _day_words() -> list[str]:
    return [_("Day"), _("Registrations"), _("Cancellations"), _("Confirmed at the end of the day")]


def rows(numbers: Numbers, before: Numbers | None, language: Language) -> Iterator[list[Cell]]:
    """Every breakdown below each other, as a file holds them."""
    yield [_("Breakdown"), _("Part"), *(column.label for column in _columns(before))]
    for name in BREAKDOWNS:
        table = breakdown_table(name, numbers, before, language)
        for row in (*table.rows, table.total or ()):
            yield [str(BREAKDOWN_WORDS[name]), *row]


def rows_by_day(days: list[DayCount]) -> Iterator[list[Cell]]:
    """The days, as a file holds them."""
    yield [*_day_words()]
    for one in days:
        yield [one.day.isoformat(), one.registered, one.cancelled, one.confirmed]


def _day(value: date, language: Language) -> str:
    return format_date(value, "M月d日" if language == "zh" else "d MMM", locale=language)


def _columns(before: Numbers | None) -> tuple[Column, ...]:
    """The numbers of every table: those of this edition, then those of the one before where there was one."""
    shown = [str(MEASURE_WORDS[name]) for name in MEASURES]
    if before is not None:
        shown += [_("%(measure)s, edition before", measure=MEASURE_WORDS[name]) for name in BEFORE]
    return tuple(Column(word, "number") for word in shown)


def breakdown_table(
    name: str, numbers: Numbers, before: Numbers | None, language: Language, link: Linker = lambda *_where: ""
) -> Table:
    """A breakdown as a partition: its rows sum to everybody."""
    parts = _parts(name, numbers, before)
    shown = [(numbers, measure) for measure in MEASURES]
    if before is not None:
        shown += [(before, measure) for measure in BEFORE]
    rows: list[list[int]] = []
    links = {}
    for line, part in enumerate([*parts, None]):
        counts = [_count(one, name, part, measure, parts) for one, measure in shown]
        rows.append(counts)
        for column, (one, measure) in enumerate(shown):
            if counts[column] and (one is numbers or part != REST):
                where = (name, part, measure) if part is not None else ("", "", measure)
                links[line, column + 1] = link(one.edition, *where)
    labels = [part_word(name, part, numbers, before, language) for part in parts]
    table = Table(
        (Column(str(BREAKDOWN_WORDS[name]), weight=2), *_columns(before)),
        tuple((label, *counts) for label, counts in zip(labels, rows[:-1], strict=True)),
        (_("Total"), *rows[-1]),
        note=str(DEFINITIONS[name]),
        id=name,
        links=links,
    )
    return footed(table)


def _count(one: Numbers, name: str, part: str | None, measure: str, parts: list[str]) -> int:
    """A cell; the part None is everybody."""
    if part is None:
        return one.tally.whole[measure]
    if part == REST:
        return sum(counted[measure] for other, counted in one.tally.parts[name].items() if other not in parts)
    return one.tally.of(name, part, measure)


def _parts(name: str, numbers: Numbers, before: Numbers | None) -> list[str]:
    """The parts of a breakdown in the order in which they are shown, those of the edition before too."""
    here, last = numbers.tally.parts[name], before.tally.parts[name] if before else {}
    everything = here.keys() | last.keys()
    if name == "organisation":
        shown = numbers.tally.largest_organisations()
        more = [REST] if everything - {*shown, NOT_GIVEN} else []
        return [*shown, *more, *(everything & {NOT_GIVEN})]
    if name == "region":
        ordered = sorted(everything, key=lambda part: (-numbers.tally.of(name, part, "registered"), part))
        return [part for part in ordered if part != NOT_GIVEN] + [part for part in ordered if part == NOT_GIVEN]
    known = {
        "state": [state.value for state in State],
        "category": [row.code for row in numbers.categories],
        "visit": [FIRST, RETURNING],
    }[name]
    return [part for part in known if part in everything] + sorted(everything.difference(known))
