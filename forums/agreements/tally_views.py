"""Tallies on the page and as files, and the rows behind each of their figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums import clock, money
from forums.agreements import export, picture, queries
from forums.agreements.asked_views import Asked, asked, slice_of
from forums.agreements.blueprint import bp
from forums.agreements.counting import APPROVED, Credit
from forums.agreements.definitions.queries import definitions_of
from forums.agreements.tally import Tally, reaches, sizes_of
from forums.agreements.vocabulary import BASES
from forums.documents.operations import XLSX
from forums.documents.render import csv
from forums.documents.render.xlsx import xlsx
from forums.editions.models import Edition, Series
from forums.web import navigation
from forums.web.guards import can, may
from forums.web.language import language, moment

navigation.add("series", _l("Tallies"), "agreements.series_tallies", "outcomes.read", icon="chart", order=30)
navigation.add("edition", _l("Tallies"), "agreements.edition_tallies", "outcomes.read", icon="chart", order=65)

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


@bp.get("/office/series/<series>/tallies/way")
@may("outcomes.read")
def series_way(series: Series) -> ResponseReturnValue:
    return _way(series, None)


@bp.get("/office/e/<edition>/tallies/way")
@may("outcomes.read")
def edition_way(edition: Edition) -> ResponseReturnValue:
    return _way(edition.series, edition)


def _page(series: Series, edition: Edition | None) -> ResponseReturnValue:
    view = asked(series, edition)
    return render_template(
        "agreements/tallies.html",
        tally=_tally(series, edition, view),
        unit=view.unit,
        unit_label=money.unit_label(view.unit, language()),
        **_frame(series, edition, view),
    )


def _way(series: Series, edition: Edition | None) -> ResponseReturnValue:
    """From what was announced to what counts, rule by rule, as a picture and as a table."""
    view = asked(series, edition)
    see = can("amounts.confidential", edition or series)
    steps = queries.way(series, edition, see_confidential=see, as_of=view.as_of, basis=view.basis)
    return render_template(
        "agreements/way.html",
        steps=steps,
        chart=picture.way_chart(steps, view.unit, language()),
        unit=view.unit,
        unit_label=money.unit_label(view.unit, language()),
        **_frame(series, edition, view),
    )


def _frame(series: Series, edition: Edition | None, view: Asked) -> dict[str, Any]:
    """What the pages of a tally share: what was asked for, and where its links lead."""
    scope: dict[str, Any] = {"edition": edition.slug} if edition else {"series": series.slug}
    name = "edition" if edition else "series"

    def link(page: str, **wanted: Any) -> str:
        return url_for(f"agreements.{name}_{page}", **scope, **(view.args | wanted))

    return {
        "series": series,
        "edition": edition,
        "view": view,
        "units": [(key, money.unit_label(key, language())) for key in money.TABLE_UNITS],
        "terms": _terms(view),
        "bases": BASES,
        "definitions": definitions_of(series),
        "page_url": link("tallies"),
        "way_url": link("way"),
        "rows_url": lambda **wanted: link("rows", **wanted),
        "file_url": lambda ending: link("file", ending=ending, unit=view.unit),
    }


def _file(series: Series, edition: Edition | None, ending: str) -> ResponseReturnValue:
    """The same tables as on the page, under the same rights."""
    view = asked(series, edition)
    report = export.tally_report(
        series,
        edition,
        _tally(series, edition, view),
        unit=view.unit,
        terms=_terms(view),
        language=language(),
        issued=clock.now(),
    )
    name = f"tallies-{edition.slug if edition else series.slug}.{ending}"
    if ending == "xlsx":
        return _download(xlsx(report), XLSX, name)
    text = "".join(csv.lines(export.plain_rows(report)))
    return _download(text.encode(), "text/csv; charset=utf-8", name)


def _terms(view: Asked) -> dict[str, str]:
    """What the figures rest on, in words."""
    at, counted_by = view.as_of or clock.now(), view.definition
    return {
        _("Basis"): BASES[view.basis].local(language()),
        _("Counted by"): _("%(name)s, version %(n)d", name=counted_by.name.local(language()), n=counted_by.version),
        _("As of"): moment(at, view.zone),
        _("Counted are"): _("approved agreements, each project as the definition says"),
    }


def _download(content: bytes, media_type: str, name: str) -> Response:
    disposition = f'attachment; filename="{name}"'
    return Response(content, content_type=media_type, headers={"Content-Disposition": disposition})


def _rows(series: Series, edition: Edition | None) -> ResponseReturnValue:
    """The signings behind a figure; ?pending=1 shows what is not approved yet."""
    view = asked(series, edition)
    wanted = {name: request.args[name] for name in FILTERS if name in request.args}
    pending = request.args.get("pending") == "1"
    reviews = queries.EVERY_STATE if pending else APPROVED
    every = queries.credited(series, reviews=reviews, as_of=view.as_of, basis=view.basis, rules=view.definition.rules)
    here = [credit for credit in every if edition is None or credit.row.edition_id == edition.id]
    sizes = sizes_of(here, see_confidential=can("amounts.confidential", edition or series))
    credited = [
        credit
        for credit in here
        if all(str(FILTERS[name](credit)) == value for name, value in wanted.items())
        and _has_size(sizes[credit.row.project_id])
        and (not pending or credit.row.review not in APPROVED)
    ]
    page = slice_of(credited)
    return render_template(
        "agreements/tally_rows.html",
        page=page,
        agreements=queries.agreements_by_id({credit.row.agreement_id for credit in page.items}),
        editions=queries.edition_titles(series),
        pending=pending,
        **_frame(series, edition, view),
    )


def _has_size(size: str) -> bool:
    """Whether a project's band is the one asked for, or reaches the threshold asked for."""
    wanted, least = request.args.get("size"), request.args.get("least")
    return wanted in {None, size} and (least is None or reaches(size, least))


def _tally(series: Series, edition: Edition | None, view: Asked) -> Tally:
    see = can("amounts.confidential", edition or series)
    return queries.tally(
        series, edition, see_confidential=see, as_of=view.as_of, basis=view.basis, rules=view.definition.rules
    )
