from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from forums import money
from forums.agreements.asked_views import moment_of
from forums.agreements.definitions.queries import definitions_of
from forums.agreements.export import plain_rows
from forums.agreements.queries import edition_titles, secret_now
from forums.agreements.statements import comparison, operations, queries, writing
from forums.agreements.statements import content as contents
from forums.agreements.statements.content import Content
from forums.agreements.statements.forms import DraftForm, WithdrawalForm
from forums.agreements.statements.models import Statement
from forums.agreements.statements.writing import Writer, moment_words
from forums.columns import Language
from forums.documents.operations import PDF, XLSX
from forums.documents.render import csv
from forums.documents.render.apart import pdf_of
from forums.documents.render.xlsx import xlsx
from forums.documents.report import Report
from forums.editions.models import Series
from forums.errors import Refused
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import account, actor, can, may
from forums.web.language import LOCALES, language
from forums.web.paging import page_of, page_of_all

bp = Blueprint("statements", __name__)
navigation.add(
    "series",
    _l("Statements"),
    "statements.index",
    "outcomes.read",
    icon="report",
    order=31,
    under="agreements.series_tallies",
)
FOLDER = "/office/series/<series>/statements"
ONE = f"{FOLDER}/<name>"
CSV = "text/csv; charset=utf-8"


@bp.get(FOLDER)
@may("outcomes.read")
def index(series: Series) -> ResponseReturnValue:
    """The series' statements, the latest first."""
    page = page_of(queries.statements_of(series))
    return render_template("agreements/statements/index.html", series=series, page=page, zone=queries.zone_of(series))


@bp.route(f"{FOLDER}/new", methods=["GET", "POST"])
@may("outcomes.issue")
def new(series: Series) -> ResponseReturnValue:
    """Freeze a tally; the number is given with the draft."""
    form = DraftForm()
    form.offer(language(), list(edition_titles(series).values()), definitions_of(series), queries.zone_of(series))
    if not form.is_submitted():
        form.fill(request.args, moment_of(request.args.get("as_of", ""), form.zone))
    if form.validate_on_submit():
        try:
            with transaction():
                row = operations.draft(series, form.wanted(), key=form.typed_key(), actor=actor())
        except Refused as no:
            form.form_errors = [*form.form_errors, no.message]
        else:
            flash(_l("Statement %(number)s is drafted. Another person approves it.", number=row.name), "success")
            return _to(series, row.name)
    return render_template("agreements/statements/new.html", series=series, form=form)


@bp.get(ONE)
@may("outcomes.read")
def show(series: Series, name: str) -> ResponseReturnValue:
    return _page(series, _found(series, name))


@bp.get(f"{ONE}/rows")
@may("outcomes.read")
def rows(series: Series, name: str) -> ResponseReturnValue:
    """The rows that a statement counts, or with ?excluded=1 those that it leaves out."""
    row = _found(series, name)
    content = _shown(row)
    excluded = request.args.get("excluded") == "1"
    page = page_of_all((writing.excluded_rows if excluded else writing.counted_rows)(content))
    writer = Writer(language(), row.unit)
    listed = list(page.items)
    table = (
        writing.excluded_table(content, listed, writer)
        if excluded
        else writing.rows_table(content, listed, writer, first=page.first)
    )
    return render_template(
        "agreements/statements/rows.html",
        series=series,
        row=row,
        page=page,
        table=replace(table, links=_papers(series, listed, column=0 if excluded else 1)),
        excluded=excluded,
    )


@bp.get(f"{ONE}/verification")
@may("outcomes.read")
def verification(series: Series, name: str) -> ResponseReturnValue:
    """An auditor's check: the as-of query is run again and set against what was frozen."""
    row = _found(series, name)
    return _page(series, row, verified=queries.verify(row))


@bp.post(f"{ONE}/approval")
@may("outcomes.issue")
def approve(series: Series, name: str) -> ResponseReturnValue:
    sees = can("amounts.confidential", series)
    try:
        with transaction():
            row = _found(series, name, for_change=True)
            operations.approve(row, sees_confidential=sees, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_l("Approved. Its figures stand as they are."), "success")
    return _to(series, name)


@bp.post(f"{ONE}/withdrawal")
@may("outcomes.issue")
def withdraw(series: Series, name: str) -> ResponseReturnValue:
    form = WithdrawalForm()
    if not form.validate():
        return _page(series, _found(series, name), withdrawal_form=form)
    try:
        with transaction():
            row = _found(series, name, for_change=True)
            operations.withdraw(row, reason=form.reason.data or "", actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_l("Withdrawn. It stays here under its number."), "success")
    return _to(series, name)


@bp.get(f"{ONE}/<any(zh, en):tongue>.<any(pdf, xlsx, csv):ending>")
@may("outcomes.read")
def download(series: Series, name: str, tongue: Language, ending: str) -> ResponseReturnValue:
    """The statement in a language of choice, the same bytes each time for the same rights and state."""
    row = _found(series, name)
    with force_locale(LOCALES[tongue]):
        report = writing.write(row, _shown(row), tongue, most=writing.MOST_PRINTED if ending == "pdf" else None)
        return send_report(report, ending, f"statement-{series.slug}-{row.name}-{tongue}")


@bp.get(f"{ONE}/content.json")
@may("outcomes.read")
def as_json(series: Series, name: str) -> ResponseReturnValue:
    """The frozen content; its canonical form has the printed checksum, where nothing is withheld."""
    row = _found(series, name)
    body = {
        "statement": row.name,
        "state": row.state,
        "sha256": row.sha256,
        "content": {key: value for key, value in _shown(row).items() if key != "withheld"},
        "withheld": _shown(row)["withheld"],
    }
    text = json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True)
    return _download(text.encode(), "application/json", f"statement-{series.slug}-{row.name}.json")


@bp.get(f"{ONE}/comparison")
@may("outcomes.read")
def compare(series: Series, name: str) -> ResponseReturnValue:
    """What came, went and changed since the statement before, or since the one chosen in ?with=."""
    after = _found(series, name)
    others = queries.comparable(after)
    before = _before(series, after, others)
    report = _comparison(before, after, language()) if before else None
    return render_template(
        "agreements/statements/comparison.html",
        series=series,
        row=after,
        before=before,
        others=others,
        report=report,
    )


@bp.get(f"{ONE}/comparison.<any(xlsx, csv):ending>")
@may("outcomes.read")
def comparison_file(series: Series, name: str, ending: str) -> ResponseReturnValue:
    after = _found(series, name)
    before = _before(series, after, queries.comparable(after)) or abort(404)
    report = _comparison(before, after, language())
    return send_report(report, ending, f"statements-{series.slug}-{before.name}-{after.name}")


def _papers(series: Series, rows: list[Content], *, column: int) -> dict[tuple[int, int], str]:
    """Where the agreement behind each row is shown, with its scans."""
    slugs = {key: edition.slug for key, edition in edition_titles(series).items()}
    return {
        (number, column): url_for("agreements.show", edition=slugs[row["edition"]], agreement_id=row["agreement"])
        for number, row in enumerate(rows)
        if row["edition"] in slugs
    }


def _page(series: Series, row: Statement, **more: Any) -> ResponseReturnValue:
    content = _summary(row)
    somebody = account()
    return render_template(
        "agreements/statements/show.html",
        **{
            "series": series,
            "row": row,
            "content": content,
            "report": writing.write(row, content, language(), unit=_unit(row), annexes=False),
            "counted": content["counted"],
            "excluded": content["left_out"],
            "is_drafter": somebody is not None and somebody.id == row.drafted_by_id,
            "sees_all": not content["withheld"],
            "units": [(key, money.unit_label(key, language())) for key in money.TABLE_UNITS],
            "unit": _unit(row),
            "verified": None,
            "withdrawal_form": WithdrawalForm(formdata=None),
            **more,
        },
    )


def _comparison(before: Statement, after: Statement, tongue: Language) -> Report:
    sees = can("amounts.confidential", after)
    secret = secret_now(after.series)
    found = comparison.compare(*(contents.read_entries(row.content, secret) for row in (before, after)))
    moved = {move.row.agreement_id for move in found.moves}
    first, last = sorted((before.as_of, after.as_of))
    return comparison.report(
        found,
        (
            contents.shown(before.content, see_confidential=sees, secret=secret),
            contents.shown(after.content, see_confidential=sees, secret=secret),
        ),
        (moment_words(before.as_of, before.content["zone"]), moment_words(after.as_of, after.content["zone"])),
        queries.corrections(moved, first, last),
        Writer(tongue, after.unit),
        see_confidential=sees,
        issued=after.drafted_at.isoformat(),
    )


def _before(series: Series, after: Statement, others: list[Statement]) -> Statement | None:
    """The statement to compare with: the chosen one, else the one before of the same scope."""
    asked = request.args.get("with", "")
    chosen = next((row for row in others if row.name == asked), None) if asked else queries.before(after, others)
    if asked and chosen is None:
        abort(404)
    return _found(series, chosen.name) if chosen else None


def _shown(row: Statement) -> Content:
    """The content as this reader may see it."""
    sees = can("amounts.confidential", row)
    secret = frozenset() if sees else secret_now(row.series)
    return contents.shown(row.content, see_confidential=sees, secret=secret)


def _summary(row: Statement) -> Content:
    """The same without rows, which are read only where it takes them."""
    sees = can("amounts.confidential", row)
    secret = frozenset() if sees else secret_now(row.series)
    known = row.summary or contents.summary(row.content)
    found = contents.summary_shown(known, see_confidential=sees, secret=secret)
    return found or {**_shown(row), "counted": known["counted"], "left_out": known["left_out"]}


def _unit(row: Statement) -> str:
    asked = request.args.get("unit", "")
    return asked if asked in money.TABLE_UNITS else row.unit


def _found(series: Series, name: str, *, for_change: bool = False) -> Statement:
    return queries.statement_in(series, name, for_change=for_change) or abort(404)


def _to(series: Series, name: str) -> ResponseReturnValue:
    return redirect(url_for("statements.show", series=series.slug, name=name), 303)


def send_report(report: Report, ending: str, name: str) -> Response:
    if ending == "pdf":
        return _download(pdf_of(report), PDF, f"{name}.pdf")
    if ending == "xlsx":
        return _download(xlsx(report), XLSX, f"{name}.xlsx")
    text = "".join(csv.lines(plain_rows(report)))
    return _download(text.encode(), CSV, f"{name}.csv")


def _download(body: bytes, media_type: str, name: str) -> Response:
    return Response(body, content_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
