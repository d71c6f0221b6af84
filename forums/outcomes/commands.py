from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from forums import money
from forums.editions.models import Edition, Series
from forums.extensions import db
from forums.outcomes.definitions import FigureValue
from forums.outcomes.queries import figures


@click.command("figures")
@click.argument("series")
@click.option("--edition", help="The slug of one edition; without it, all editions of the series.")
@click.option("--json", "as_json", is_flag=True, help="A list of {id, value, unit, basis}; amounts in yuan.")
@with_appcontext
def show_figures(series: str, edition: str | None, as_json: bool) -> None:
    """Print each outcome figure of a series (by its slug) with its id, value, unit and basis."""
    found = figures(*_named(series, edition))
    if as_json:
        click.echo(json.dumps([_plain(figure) for figure in found], ensure_ascii=False, indent=2))
        return
    width = max(len(figure.id) for figure in found)
    for figure in found:
        click.echo(f"{figure.id:<{width}}  {_written(figure)}")
        click.echo(f"{'':<{width}}  {figure.definition.basis.zh}. {figure.definition.basis.en}.")


def _named(series_slug: str, edition_slug: str | None) -> tuple[Series, Edition | None]:
    series = db.session.scalar(select(Series).where(Series.slug == series_slug))
    if series is None:
        known = ", ".join(db.session.scalars(select(Series.slug).order_by(Series.slug))) or "none yet"
        raise click.ClickException(f"There is no series {series_slug!r}. Series: {known}.")
    if edition_slug is None:
        return series, None
    edition = db.session.scalar(select(Edition).where(Edition.slug == edition_slug, Edition.series_id == series.id))
    if edition is None:
        known = ", ".join(row.slug for row in series.editions) or "none yet"
        raise click.ClickException(f"The series {series_slug!r} has no edition {edition_slug!r}. Editions: {known}.")
    return series, edition


def _plain(figure: FigureValue) -> dict[str, Any]:
    definition = figure.definition
    basis = definition.basis.en
    if figure.value is None:
        basis += "; withheld, since it would give a confidential amount away"
    value = _yuan(figure.value) if definition.is_amount else figure.value
    return {"id": figure.id, "value": value, "unit": definition.unit, "basis": basis}


def _yuan(fen: int | None) -> int | str | None:
    """Whole yuan as a number; with fen, as a decimal text, so that no reader makes a float of it."""
    if fen is None:
        return None
    return fen // money.FEN if fen % money.FEN == 0 else str(Decimal(fen) / money.FEN)


def _written(figure: FigureValue) -> str:
    definition = figure.definition
    if not definition.is_amount:
        return f"{figure.value:,} {definition.unit} ({definition.label.en}, {definition.label.zh})"
    if figure.value is None:
        written = f"at most {_both(figure.band)}" if figure.band else "withheld"
    else:
        written = _both(figure.value)
    return f"{written} ({definition.label.en}, {definition.label.zh})"


def _both(fen: int) -> str:
    return f"{money.format_yuan(fen, 'zh')} = {money.format_yuan(fen, 'en')}"
