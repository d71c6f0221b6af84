"""The board of projects by colour, its files, and the rules that give the colours."""

from __future__ import annotations

from io import BytesIO

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.agreements import queries as agreements
from forums.agreements.blueprint import word_of
from forums.agreements.drafting import ChangedMeanwhile
from forums.agreements.followup import alarms, board, queries
from forums.agreements.followup.blueprint import begun, bp
from forums.agreements.followup.forms import RulesForm
from forums.agreements.followup.ladder import ORDER, PAUSED
from forums.agreements.followup.models import RuleBook
from forums.agreements.followup.rules import NAMES
from forums.agreements.followup.words import RULES
from forums.clock import now
from forums.documents.operations import XLSX
from forums.documents.render import csv
from forums.documents.render.sheet import write_xlsx
from forums.editions.models import Edition, Series
from forums.editions.queries import editions_of
from forums.errors import Refused
from forums.extensions import db
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import account, actor, may
from forums.web.language import language
from forums.web.paging import page_of

navigation.add("series", _l("Follow-up"), "followup.stalled", "outcomes.read", icon="bell", order=25)
navigation.add(
    "series", _l("Rules"), "followup.rules", "agreements.draft", icon="settings", order=27, under="followup.stalled"
)

BLANK_LINES = 2


@bp.get("/office/series/<series>/followup")
@may("outcomes.read")
def stalled(series: Series) -> ResponseReturnValue:
    """Projects by colour: why each waits, since when, who leads it, what comes next."""
    editions = editions_of(series)
    asked = _asked(editions)
    page = page_of(board.projects(series, asked))
    return render_template(
        "agreements/followup/board.html",
        series=series,
        page=page,
        board=board.lines(page.items),
        counts=board.counts(series, asked),
        editions=editions,
        segments=agreements.segments_of(series),
        leaders=board.leaders(series),
        asked=asked,
        colours=board.COLOURS,
        checks=board.to_check(somebody, [series]) if (somebody := account()) else [],
    )


@bp.get("/office/series/<series>/followup.<any(csv, xlsx):ending>")
@may("outcomes.read")
def file(series: Series, ending: str) -> ResponseReturnValue:
    """The same rows as on the board, all of them."""
    rows = board.file_rows(series, _asked(editions_of(series)), language())
    name = f"followup-{series.slug}.{ending}"
    if ending == "xlsx":
        made = BytesIO()
        write_xlsx(rows, made, now())
        return _download(made.getvalue(), XLSX, name)
    return _download("".join(csv.lines(rows)).encode(), "text/csv; charset=utf-8", name)


@bp.route("/office/series/<series>/followup/rules", methods=["GET", "POST"])
@may("agreements.draft")
def rules(series: Series) -> ResponseReturnValue:
    """After how many days a project turns yellow and red."""

    def fresh() -> RulesForm:
        now, book = RulesForm(formdata=None), db.session.get(RuleBook, series.id)
        now.fill(queries.rules_of(series.id), BLANK_LINES)
        now.version.data = str(book.version if book else 0)
        return offered(now)

    def offered(form: RulesForm) -> RulesForm:
        stages = [(code, word_of("stages", code)) for code in (*ORDER, *PAUSED)]
        form.offer([(name, str(RULES[name])) for name in NAMES], stages)
        return form

    form = offered(begun(fresh))
    slug, who = series.slug, actor()
    if form.validate_on_submit():
        try:
            with transaction():
                alarms.keep_rules(series, form.rules_typed, seen=form.seen, actor=who)
        except Refused as no:
            form.form_errors = [*form.form_errors, no.message]
            if isinstance(no, ChangedMeanwhile):
                form.merge(fresh())
        else:
            flash(_("The rules are kept and hold from now on."), "success")
            return redirect(url_for("followup.stalled", series=slug), 303)
    return render_template("agreements/followup/rules.html", series=series, form=form)


def _asked(editions: list[Edition]) -> board.Asked:
    args = request.args
    somebody = account()
    segment = args.get("segment", "")
    return board.Asked(
        edition=next((row for row in editions if row.slug == args.get("edition")), None),
        segment_id=int(segment) if segment.isascii() and segment.isdigit() and len(segment) < 10 else None,
        leader=args.get("leader", "") if args.get("leader") != "mine" else "",
        colour=args.get("colour", ""),
        mine=somebody.id if somebody is not None and args.get("leader") == "mine" else None,
    )


def _download(content: bytes, media_type: str, name: str) -> Response:
    disposition = f'attachment; filename="{name}"'
    return Response(content, content_type=media_type, headers={"Content-Disposition": disposition})
