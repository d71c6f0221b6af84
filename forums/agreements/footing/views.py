from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from forums import clock, money
from forums.agreements import known
from forums.agreements.counting import Credit, Row, credits_of
from forums.agreements.definitions.queries import chosen_definition
from forums.agreements.footing import operations, published, queries, writing
from forums.agreements.footing.checks import PART_WORDS
from forums.agreements.footing.forms import PublishedForm, ties
from forums.agreements.footing.models import PublishedTable, PublishedVersion
from forums.agreements.footing.published import FIGURES, Key, Tied
from forums.agreements.forms import typed_version
from forums.agreements.queries import agreements_by_id, edition_titles, tally
from forums.agreements.statements.queries import zone_of
from forums.agreements.statements.views import send_report
from forums.agreements.statements.writing import Writer
from forums.agreements.tally import Tally
from forums.editions.models import Series
from forums.errors import Refused
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import actor, can, may
from forums.web.language import language

bp = Blueprint("footing", __name__)
navigation.add(
    "series",
    _l("Does it foot?"),
    "footing.index",
    "outcomes.read",
    icon="check",
    order=32,
    under="agreements.series_tallies",
)
FOLDER = "/office/series/<series>/footing"
ONE = f"{FOLDER}/published/<int:table_id>"
MOST_NAMED = 10


@bp.get(FOLDER)
@may("outcomes.read")
def index(series: Series) -> ResponseReturnValue:
    """Every check of the tally as it stands, the statements, and what others published."""
    checks, _live = queries.check(series)
    wrong = {row for check in checks if not check.foots for row in check.rows}
    return render_template(
        "agreements/footing/index.html",
        series=series,
        checks=checks,
        parts=PART_WORDS,
        writer=Writer(language(), money.table_unit(language())),
        words=writing,
        sees=can("amounts.confidential", series),
        statements=queries.statements(series),
        tables=[(row, published.sums(row.columns, row.rows, row.total)) for row in queries.published_of(series)],
        zone=zone_of(series),
        removed=queries.published_of(series, removed=True),
        agreements=agreements_by_id(wrong),
    )


@bp.get(f"{FOLDER}/checks.<any(csv, xlsx):ending>")
@may("outcomes.read")
def checks_file(series: Series, ending: str) -> ResponseReturnValue:
    checks, _live = queries.check(series)
    report = writing.checks_report(
        checks,
        Writer(language(), money.table_unit(language())),
        see_confidential=can("amounts.confidential", series),
        title=series.title.local(language()),
        synthetic=series.synthetic,
        issued=clock.now().isoformat(),
    )
    return send_report(report, ending, f"footing-{series.slug}")


@bp.route(f"{FOLDER}/published/new", methods=["GET", "POST"])
@may("outcomes.issue")
def new(series: Series) -> ResponseReturnValue:
    """Enter a table that somebody published."""
    form = PublishedForm()
    if form.validate_on_submit():
        try:
            with transaction():
                table = operations.publish(series, form.facts(), key=form.typed_key(), actor=actor())
        except Refused as no:
            form.form_errors = [*form.form_errors, no.message]
        else:
            flash(_l("Saved. The page says where it does not foot."), "success")
            return _to(series, table.id)
    return render_template("agreements/footing/form.html", series=series, form=form, row=None)


@bp.get(ONE)
@may("outcomes.read")
def show(series: Series, table_id: int) -> ResponseReturnValue:
    """A published table: its rows against its total, its figures against ours, and who saved what when."""
    table = _found(series, table_id)
    row = _version(table)
    sees = can("amounts.confidential", series)
    rows = known.rows(series)
    credits_ = credits_of(rows, rules=chosen_definition(series).rules)
    figures = tally(series, see_confidential=sees)
    tied = published.tied(row.columns, row.rows, row.total, figures.total, _lines(figures))
    made = [(one, _makers(one, rows, credits_, sees=sees)) for one in tied]
    named = {key[0] for _, (groups, listed) in made for group in (*groups, tuple(listed)) for key in group}
    return render_template(
        "agreements/footing/show.html",
        series=series,
        table=table,
        row=row,
        sums=published.sums(row.columns, row.rows, row.total),
        tied=made,
        agreements=agreements_by_id(named),
        editions=edition_titles(series),
        figures=FIGURES,
        words=writing,
        tongue=language(),
        published=writing.published_table(row, language()),
    )


@bp.route(f"{ONE}/facts", methods=["GET", "POST"])
@may("outcomes.issue")
def change(series: Series, table_id: int) -> ResponseReturnValue:
    table = _found(series, table_id)
    form = PublishedForm()
    if not form.is_submitted():
        form.fill(table.versions[0])
    if form.validate_on_submit():
        try:
            with transaction():
                table = _found(series, table_id, for_change=True)
                operations.revise(table, form.facts(), version=typed_version(form.version.data), actor=actor())
        except Refused as no:
            form.form_errors = [*form.form_errors, no.message]
        else:
            flash(_l("Saved. The page says where it does not foot."), "success")
            return _to(series, table_id)
    return render_template("agreements/footing/form.html", series=series, form=form, row=_found(series, table_id))


@bp.post(f"{ONE}/ties")
@may("outcomes.issue")
def tie(series: Series, table_id: int) -> ResponseReturnValue:
    """Say which of our figures the table's columns and rows are."""
    try:
        with transaction():
            table = _found(series, table_id, for_change=True)
            wanted = ties(request.form, table.versions[0])
            operations.tie(table, wanted, version=typed_version(request.form.get("version")), actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_l("Saved. Published figures stand beside ours."), "success")
    return _to(series, table_id)


@bp.post(f"{ONE}/removal")
@may("outcomes.issue")
def remove(series: Series, table_id: int) -> ResponseReturnValue:
    return _move(series, table_id, operations.remove, _l("Out of use. It stays readable below the others."))


@bp.post(f"{ONE}/restoration")
@may("outcomes.issue")
def restore(series: Series, table_id: int) -> ResponseReturnValue:
    return _move(series, table_id, operations.restore, _l("In use again."))


@bp.get(f"{ONE}/table.<any(csv, xlsx):ending>")
@may("outcomes.read")
def table_file(series: Series, table_id: int, ending: str) -> ResponseReturnValue:
    row = _version(_found(series, table_id))
    sums = published.sums(row.columns, row.rows, row.total)
    title = series.title.local(language())
    report = writing.published_report(row, sums, language(), series_title=title, synthetic=False)
    return send_report(report, ending, f"published-{series.slug}-{table_id}-{row.version}")


def _makers(
    tied: Tied, rows: list[Row], credits_: list[Credit], *, sees: bool
) -> tuple[list[tuple[Key, ...]], list[Key]]:
    """What a gap may be made of: rows whose amounts are exactly the gap, and signings that count at 0 there.

    No confidential amount takes part for who may not see it.
    """
    if not tied.gap:
        return [], []
    column = "intended" if "intended" in tied.figure else "contracted"
    adding = {
        (credit.row.agreement_id, credit.row.edition_id): credit.fen or 0
        for credit in credits_
        if credit.column == column and (credit.projects or credit.fen)
    }
    here = {
        (row.agreement_id, row.edition_id): row
        for row in rows
        if (tied.edition_id is None or row.edition_id == tied.edition_id) and (sees or not row.confidential)
    }
    if not tied.unit:
        return [], [key for key in here if key not in adding][:MOST_NAMED] if tied.gap > 0 else []
    if tied.gap > 0:
        amounts = {key: row.fen for key, row in here.items() if key not in adding and row.fen and row.currency == "CNY"}
    else:
        amounts = {key: fen for key, fen in adding.items() if key in here and fen}
    return published.makers(int(tied.gap), amounts), []


def _lines(figures: Tally) -> dict[int, Any]:
    return {int(str(line.key)): line for line in figures.editions if line.key}


def _version(table: PublishedTable) -> PublishedVersion:
    """The latest version, or an earlier one that ?version= asks for."""
    asked = typed_version(request.args.get("version"))
    return next((row for row in table.versions if row.version == asked), table.versions[0])


def _move(series: Series, table_id: int, verb: Any, said: Any) -> ResponseReturnValue:
    try:
        with transaction():
            verb(_found(series, table_id, for_change=True), actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(said, "success")
    return _to(series, table_id)


def _found(series: Series, table_id: int, *, for_change: bool = False) -> PublishedTable:
    return queries.published_in(series, table_id, for_change=for_change) or abort(404)


def _to(series: Series, table_id: int) -> ResponseReturnValue:
    return redirect(url_for("footing.show", series=series.slug, table_id=table_id), 303)
