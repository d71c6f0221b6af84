"""import-schedule, as people type it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from flask.cli import with_appcontext

from forums.activity.models import Actor
from forums.agenda.exchange import reading
from forums.agenda.exchange.programme import Facts, Programme
from forums.agenda.importing import ImportOutcome, import_programme, keep_record
from forums.columns import Bilingual
from forums.editions.models import Edition, Series
from forums.editions.operations import EditionFacts, create_edition, create_series
from forums.editions.queries import edition_by_slug, series_by_slug
from forums.errors import Refused
from forums.transaction import transaction

ACTOR = Actor.system("import-schedule")
IMPORTED = "imported"
USUAL_ZONE = "Asia/Shanghai"


@click.command("import-schedule")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--edition", required=True, help="The edition's short name; it is made when it is new.")
@click.option("--series", help="The series of a new edition, made when it is new.  [default: imported]")
@click.option("--cancel-vanished", is_flag=True, help="Cancel sessions that came from a file and are not in this one.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@with_appcontext
def import_schedule(file: Path, edition: str, series: str | None, cancel_vanished: bool, as_json: bool) -> None:
    """Bring the programme in FILE into an edition: Billet or COSCUP JSON, or a c3voc schedule as JSON or XML.

    Importing the same file again changes nothing. What was edited in Billet since stays, and is listed as kept.
    """
    try:
        known = edition_by_slug(edition)
        programme = reading.read(read_bytes(file), known.zone if known else USUAL_ZONE)
        with transaction():
            row = edition_by_slug(edition) or new_edition(edition, series or IMPORTED, programme)
            refuse_other_series(row, series)
            outcome = import_programme(row, programme, actor=ACTOR, cancel_vanished=cancel_vanished)
            keep_record(row, outcome, file_name=file.name, actor=ACTOR)
            summary = {"edition": row.slug, "series": row.series.slug, "created_edition": known is None}
    except Refused as no:
        raise click.ClickException(no.message) from no
    if as_json:
        click.echo(json.dumps(summary | outcome.as_json(), ensure_ascii=False, indent=2))
    else:
        report(outcome, row.slug, is_new=known is None)


def read_bytes(file: Path) -> bytes:
    """No more than the reader would look at."""
    try:
        with file.open("rb") as stream:
            return stream.read(reading.LARGEST + 1)
    except OSError as fault:
        raise Refused(f"{file} cannot be read: {fault.strerror}.") from fault


def refuse_other_series(edition: Edition, series: str | None) -> None:
    if series and edition.series.slug != series:
        raise Refused(f"The edition {edition.slug!r} belongs to the series {edition.series.slug!r}, not {series!r}.")


def new_edition(slug: str, series_slug: str, programme: Programme) -> Edition:
    """A draft edition with the title, zone and dates of the file. Raises Refused when the file dates nothing."""
    facts = with_dates(programme)
    if facts.starts_on is None or facts.ends_on is None:
        raise Refused(f"The file names no date, so the edition {slug!r} cannot be made from it. Make it in the office.")
    wanted = EditionFacts(
        title=facts.title or Bilingual(en=slug),
        starts_on=facts.starts_on,
        ends_on=max(facts.starts_on, facts.ends_on),
        zone=facts.zone,
    )
    return create_edition(series_for(series_slug), slug=slug, facts=wanted, actor=ACTOR)


def series_for(slug: str) -> Series:
    title = Bilingual("导入的活动", "Imported events") if slug == IMPORTED else Bilingual(en=slug)
    return series_by_slug(slug) or create_series(slug=slug, title=title, actor=ACTOR)


def with_dates(programme: Programme) -> Facts:
    """The file's own facts, with what it leaves out taken from its sessions."""
    starts = [session.starts_at for session in programme.sessions if session.starts_at]
    zone = programme.facts.zone or USUAL_ZONE
    days = local_days(starts, zone)
    return replace(
        programme.facts,
        zone=zone,
        starts_on=programme.facts.starts_on or min(days, default=None),
        ends_on=programme.facts.ends_on or max(days, default=None),
    )


def local_days(moments: Iterable[datetime], zone: str) -> list[date]:
    return [moment.astimezone(ZoneInfo(zone)).date() for moment in moments]


def report(outcome: ImportOutcome, slug: str, *, is_new: bool) -> None:
    click.echo(f"{'Made the draft edition' if is_new else 'Edition'} {slug} ({outcome.format}).")
    for name in ("read", "created", "updated", "unchanged", "refused"):
        click.echo(f"{name:<10}{getattr(outcome, name):>6}")
    for row in outcome.kept:
        click.echo(f"kept      {row['title']}: {', '.join(row['fields'])} edited in Billet since")
    verb = "cancelled" if outcome.cancelled else "vanished"
    for row in outcome.vanished:
        click.echo(f"{verb:<10}{row['title']} is no longer in the file")
    for problem in outcome.problems:
        place = f"line {problem.line}: {problem.field}" if problem.line else "file"
        click.echo(f"problem   {place}: {problem.reason}" + (f" [{problem.value}]" if problem.value else ""))
