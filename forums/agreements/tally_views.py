"""Tallies on the page and as files, and the rows behind each of their figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from forums import clock, money
from forums.agreements import export, queries
from forums.agreements.blueprint import bp
from forums.agreements.counting import APPROVED, Credit
from forums.agreements.tally import Tally
from forums.documents.operations import XLSX
from forums.documents.render import csv
from forums.documents.render.xlsx import xlsx
from forums.editions.models import Edition, Series
from forums.web import navigation
from forums.web.guards import can, may
from forums.web.language import language
from forums.web.paging import Page

navigation.add("series", _l("Tallies"), "agreements.series_tallies", "outcomes.read", icon="chart", order=30)
navigation.add("edition", _l("Tallies"), "agreements.edition_tallies", "outcomes.read", icon="chart", order=65)

ROWS_PER_PAGE = 50
# What a figure's link may ask for, and how a credit answers it.
FILTERS: dict[str, Callable[[Credit], Any]] = {
    "edition": lambda credit: credit.row.edition_id,
    "column": lambda credit: credit.column,
    "binding": lambda credit: credit.binding,
    "segment": lambda credit: credit.row.segment or "",
    "channel": lambda credit: credit.row.channel,
    "origin": lambda credit: credit.row.origin,
    "kind": lambda credit: credit.row.kind,
}


@bp.get("/office/series/<series>/tallies")
@may("outcomes.read")
def series_tallies(series: Series) -> ResponseReturnValue:
    return _page(series, None)


@bp.get("/office/e/<edition>/tallies")
@may("outcomes.read")
def edition_tallies(edition: Edition) -> ResponseReturnValue:
    return _page(edition.series, edition)


@bp.get("/office/series/<series>/tallies.<any(csv, xlsx):ending>")
@may("outcomes.read")
def series_file(series: Series, ending: str) -> ResponseReturnValue:
    return _file(series, None, ending)


@bp.get("/office/e/<edition>/tallies.<any(csv, xlsx):ending>")
@may("outcomes.read")
def edition_file(edition: Edition, ending: str) -> ResponseReturnValue:
    return _file(edition.series, edition, ending)


@bp.get("/office/series/<series>/tallies/rows")
@may("outcomes.read")
def series_rows(series: Series) -> ResponseReturnValue:
    return _rows(series, None)


@bp.get("/office/e/<edition>/tallies/rows")
@may("outcomes.read")
def edition_rows(edition: Edition) -> ResponseReturnValue:
    return _rows(edition.series, edition)


def _page(series: Series, edition: Edition | None) -> ResponseReturnValue:
    unit = _unit()
    scope: dict[str, Any] = {"edition": edition.slug} if edition else {"series": series.slug}
    name = "edition" if edition else "series"
    return render_template(
        "agreements/tallies.html",
        series=series,
        edition=edition,
        tally=_tally(series, edition),
        unit=unit,
        unit_label=money.unit_label(unit, language()),
        units=[(key, money.unit_label(key, language())) for key in money.TABLE_UNITS],
        rows_url=lambda **wanted: url_for(f"agreements.{name}_rows", **scope, **wanted),
        file_url=lambda ending: url_for(f"agreements.{name}_file", **scope, ending=ending, unit=unit),
    )


def _file(series: Series, edition: Edition | None, ending: str) -> ResponseReturnValue:
    """The same tables as on the page, under the same rights."""
    report = export.tally_report(
        series, edition, _tally(series, edition), unit=_unit(), language=language(), issued=clock.now()
    )
    name = f"tallies-{edition.slug if edition else series.slug}.{ending}"
    if ending == "xlsx":
        return _download(xlsx(report), XLSX, name)
    text = "".join(csv.lines(export.plain_rows(report)))
    return _download(text.encode(), "text/csv; charset=utf-8", name)


def _download(content: bytes, media_type: str, name: str) -> Response:
    disposition = f'attachment; filename="{name}"'
    return Response(content, content_type=media_type, headers={"Content-Disposition": disposition})


def _rows(series: Series, edition: Edition | None) -> ResponseReturnValue:
    """The signings behind a figure; ?pending=1 shows what is not approved yet."""
    wanted = {name: request.args[name] for name in FILTERS if name in request.args}
    pending = request.args.get("pending") == "1"
    reviews = queries.EVERY_STATE if pending else APPROVED
    credited = [
        credit
        for credit in queries.credited(series, reviews=reviews)
        if (edition is None or credit.row.edition_id == edition.id)
        and all(str(FILTERS[name](credit)) == value for name, value in wanted.items())
        and (not pending or credit.row.review not in APPROVED)
    ]
    page = _slice(credited)
    return render_template(
        "agreements/tally_rows.html",
        series=series,
        edition=edition,
        page=page,
        agreements=queries.agreements_by_id({credit.row.agreement_id for credit in page.items}),
        editions=queries.edition_titles(series),
        pending=pending,
    )


def _slice(credited: list[Credit]) -> Page[Credit]:
    pages = max(1, -(-len(credited) // ROWS_PER_PAGE))
    number = min(max(request.args.get("page", 1, type=int), 1), pages)
    items = credited[(number - 1) * ROWS_PER_PAGE : number * ROWS_PER_PAGE]
    return Page(items, number, pages, len(credited), ROWS_PER_PAGE)


def _tally(series: Series, edition: Edition | None) -> Tally:
    see = can("amounts.confidential", edition or series)
    return queries.tally(series, edition, see_confidential=see)


def _unit() -> str:
    asked = request.args.get("unit", "")
    return asked if asked in money.TABLE_UNITS else money.table_unit(language())
