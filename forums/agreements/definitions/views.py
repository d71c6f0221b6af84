from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums import money
from forums.agreements import queries
from forums.agreements.asked_views import Asked, asked, slice_of
from forums.agreements.definitions import operations
from forums.agreements.definitions.forms import ChoiceForm, DefinitionForm
from forums.agreements.definitions.queries import (
    DEFAULT,
    RULE_NAMES,
    Definition,
    choices_made,
    chosen_definition,
    definition,
    definitions_of,
)
from forums.agreements.definitions.words import RULES
from forums.editions.models import Series
from forums.errors import Refused
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import actor, can, may
from forums.web.language import language

bp = Blueprint("definitions", __name__)
navigation.add(
    "series",
    _l("Ways to count"),
    "definitions.index",
    "outcomes.read",
    icon="list",
    order=31,
    under="agreements.series_tallies",
)
FOLDER = "/office/series/<series>/counting"


@bp.app_template_global()
def rule_words(name: str) -> str:
    """What a counting rule is called; before any of them, what was announced."""
    return str(RULES[name][0]) if name else str(_("As announced, every signing counted"))


@bp.app_template_global()
def rule_effect(name: str) -> str:
    """What applying a counting rule does."""
    return str(RULES[name][1])


@bp.get(FOLDER)
@may("outcomes.read")
def index(series: Series) -> ResponseReturnValue:
    return _index(series, ChoiceForm(formdata=None))


@bp.route(f"{FOLDER}/new", methods=["GET", "POST"])
@may("outcomes.issue")
def new(series: Series) -> ResponseReturnValue:
    return _form(series, DEFAULT)


@bp.route(f"{FOLDER}/<key>", methods=["GET", "POST"])
@may("outcomes.issue")
def change(series: Series, key: str) -> ResponseReturnValue:
    """The next version of one of the series' own definitions."""
    of = definition(series, key)
    if of is None or of.own is None:
        abort(404)
    return _form(series, of)


@bp.post(f"{FOLDER}/<key>/choice")
@may("outcomes.issue")
def choose(series: Series, key: str) -> ResponseReturnValue:
    form = ChoiceForm()
    if not form.validate_on_submit():
        return _index(series, form, key)
    try:
        with transaction():
            operations.choose(series, key, reason=form.reason.data or "", actor=actor())
    except Refused as no:
        form.reason.errors = [no.message]
        return _index(series, form, key)
    flash(_("From now on the tallies of the series count by this definition."), "success")
    return redirect(url_for("definitions.index", series=series.slug), 303)


@bp.get(f"{FOLDER}/comparison")
@may("outcomes.read")
def compare(series: Series) -> ResponseReturnValue:
    """Two definitions on the same rows: the totals by edition, and every signing that they count differently."""
    view = asked(series)
    one = definition(series, request.args.get("a", "")) or view.definition
    other = definition(series, request.args.get("b", "")) or _another(series, one)
    see = can("amounts.confidential", series)
    page = slice_of(queries.counted_differently(series, one.rules, other.rules, as_of=view.as_of, basis=view.basis))
    return render_template(
        "agreements/definitions/compare.html",
        series=series,
        view=view,
        one=one,
        other=other,
        definitions=definitions_of(series),
        tallies=[_tally(series, view, which, see=see) for which in (one, other)],
        unit_label=money.unit_label(view.unit, language()),
        page=page,
        agreements=queries.agreements_by_id({differing.row.agreement_id for differing in page.items}),
        editions=queries.edition_titles(series),
    )


def _tally(series: Series, view: Asked, of: Definition, *, see: bool) -> Any:
    return queries.tally(series, see_confidential=see, as_of=view.as_of, basis=view.basis, rules=of.rules)


def _another(series: Series, one: Definition) -> Definition:
    return next(other for other in definitions_of(series) if other.key != one.key)


def _index(series: Series, form: ChoiceForm, key: str = "") -> ResponseReturnValue:
    return render_template(
        "agreements/definitions/index.html",
        series=series,
        definitions=definitions_of(series),
        chosen=chosen_definition(series),
        choices=choices_made(series),
        names=RULE_NAMES,
        form=form,
        asked_key=key,
    )


def _form(series: Series, of: Definition) -> ResponseReturnValue:
    form = DefinitionForm(of)
    if form.validate_on_submit():
        try:
            with transaction():
                row = operations.make(series, form.name, form.rules, note=form.note.data or "", of=of, actor=actor())
                version = row.version
        except Refused as no:
            form.name_zh.errors = [*form.name_zh.errors, no.message]
        else:
            flash(_("Version %(n)d is there. Choose it, or compare it first.", n=version), "success")
            return redirect(url_for("definitions.index", series=series.slug), 303)
    return render_template("agreements/definitions/form.html", series=series, form=form, of=of)
