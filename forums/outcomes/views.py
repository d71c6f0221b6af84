from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from forums.documents.report import Figure
from forums.documents.sending import send
from forums.editions.models import Edition, Series
from forums.errors import Refused
from forums.outcomes import chapters, operations, queries
from forums.outcomes.definitions import DEFINITIONS
from forums.outcomes.models import Snapshot
from forums.outcomes.voice import Voice
from forums.outcomes.writing import figure as written_figure
from forums.outcomes.writing import live_figure, write
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import actor, may
from forums.web.language import language
from forums.web.paging import page_of

bp = Blueprint("outcomes", __name__)
navigation.add("edition", _l("Outcomes"), "outcomes.index", "outcomes.read", icon="report", order=90)
navigation.add("series", _l("Outcomes"), "outcomes.series", "outcomes.read", icon="chart", order=90)


@bp.get("/office/e/<edition>/outcomes")
@may("outcomes.read")
def index(edition: Edition) -> ResponseReturnValue:
    """The edition's compiled reports, and how far the next one is."""
    return render_template(
        "outcomes/index.html",
        edition=edition,
        page=page_of(queries.reports_of(edition)),
        job=queries.last_job(edition),
        figures=_live(edition.series, edition),
    )


@bp.post("/office/e/<edition>/outcomes")
@may("outcomes.issue")
def compile_report(edition: Edition) -> ResponseReturnValue:
    try:
        with transaction():
            operations.ask_for_report(edition, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_l("The report is being compiled. This page shows how far it is."), "success")
    return redirect(url_for("outcomes.index", edition=edition.slug), 303)


@bp.get("/office/e/<edition>/outcomes/<int:number>")
@may("outcomes.read")
def show(edition: Edition, number: int) -> ResponseReturnValue:
    """A compiled report, written again from its snapshot in the reader's language."""
    snapshot = _snapshot(edition, number)

    def rows_of(figure_id: str) -> str:
        return url_for("outcomes.rows", edition=edition.slug, number=number, figure=figure_id)

    report = write(snapshot.content, language(), number=number, sha256=snapshot.sha256, link=rows_of)
    return render_template("outcomes/report.html", edition=edition, snapshot=snapshot, report=report)


@bp.get("/office/e/<edition>/outcomes/<int:number>/figures/<figure>")
@may("outcomes.read")
def rows(edition: Edition, number: int, figure: str) -> ResponseReturnValue:
    """The rows behind one figure, as the snapshot holds them."""
    snapshot = _snapshot(edition, number)
    if figure not in DEFINITIONS:
        abort(404)
    voice = Voice(language())
    return render_template(
        "outcomes/rows.html",
        edition=edition,
        snapshot=snapshot,
        figure=written_figure(snapshot.content, figure, voice),
        tables=chapters.rows_behind(figure, snapshot.content, voice),
    )


@bp.get("/office/e/<edition>/outcomes/<int:number>/<any(pdf_zh, pdf_en, xlsx):file>")
@may("outcomes.read")
def download(edition: Edition, number: int, file: str) -> ResponseReturnValue:
    return send(getattr(_snapshot(edition, number).report, file))


@bp.get("/office/series/<series>/outcomes")
@may("outcomes.read")
def series(series: Series) -> ResponseReturnValue:
    """Every figure of the whole series, as it stands now."""
    return render_template("outcomes/series.html", series=series, figures=_live(series))


def _live(series: Series, edition: Edition | None = None) -> list[Figure]:
    voice = Voice(language())
    return [live_figure(known, voice) for known in queries.figures(series, edition)]


def _snapshot(edition: Edition, number: int) -> Snapshot:
    return queries.report_at(edition, number) or abort(404)
