from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums import money
from forums.agreements.blueprint import sees_amounts
from forums.agreements.duplicates import operations, queries
from forums.agreements.duplicates.forms import DecisionForm, UndoForm
from forums.agreements.duplicates.models import DuplicateDecision
from forums.agreements.duplicates.queries import Proposed
from forums.agreements.duplicates.signs import SIGNS, Facts, Reason
from forums.agreements.duplicates.words import DECISIONS, EFFECTS, WEIGHTS, sign_values
from forums.agreements.duplicates.words import SIGNS as SIGN_WORDS
from forums.agreements.models import Project
from forums.agreements.tally import Cell
from forums.documents.render import csv
from forums.editions.models import Series
from forums.errors import Refused
from forums.extensions import db
from forums.transaction import settle, transaction
from forums.web import navigation
from forums.web.guards import actor, can, may
from forums.web.language import day, language, moment
from forums.web.paging import page_of, page_of_all

bp = Blueprint("duplicates", __name__)
navigation.add(
    "series",
    _l("Duplicates"),
    "duplicates.index",
    "outcomes.read",
    icon="list",
    order=21,
    under="agreements.projects",
)
FOLDER = "/office/series/<series>/duplicates"
PAIR = f"{FOLDER}/<int:first>/<int:second>"


@bp.app_template_global()
def sign_words(sign: str) -> str:
    return str(SIGN_WORDS[sign])


@bp.app_template_global()
def sign_weight_words(weight: str) -> str:
    return str(WEIGHTS[weight])


@bp.app_template_global()
def sign_pair(reason: Reason) -> tuple[str, str]:
    """What a reason rests on at the first project and at the second."""
    return sign_values(reason, language(), day)


@bp.app_template_global()
def duplicate_words(decision: str) -> str:
    return str(DECISIONS[decision])


@bp.app_template_global()
def change_words(cell: Cell) -> str:
    """By how much an amount would change: −27.2亿元, “+300 million yuan”."""
    shown = money.format_amount(abs(cell.fen or 0), "CNY", language())
    return f"{'−' if (cell.fen or 0) < 0 else '+'}{shown}"


@bp.app_template_global()
def decisions_about(project: Project) -> list[DuplicateDecision]:
    """What was decided of this project and others, for its page."""
    return queries.decisions_about(project)


@bp.get(FOLDER)
@may("outcomes.read")
def index(series: Series) -> ResponseReturnValue:
    """The pairs that wait for a decision, the strongest first; ?sign= those with one sign."""
    found = queries.undecided(series, see_confidential=can("amounts.confidential", series))
    counts = {sign: sum(_has(row, sign) for row in found) for sign in SIGNS}
    sign = request.args.get("sign", "")
    shown = [row for row in found if _has(row, sign)] if sign in SIGNS else found
    return render_template(
        "agreements/duplicates/index.html",
        series=series,
        page=page_of_all(shown),
        total=len(found),
        counts=counts,
        sign=sign if sign in SIGNS else "",
    )


@bp.get(f"{FOLDER}/decisions")
@may("outcomes.read")
def decisions(series: Series) -> ResponseReturnValue:
    return render_template(
        "agreements/duplicates/decisions.html", series=series, page=page_of(queries.decisions_of(series))
    )


@bp.get(f"{FOLDER}.csv")
@may("outcomes.read")
def pairs_file(series: Series) -> ResponseReturnValue:
    found = queries.undecided(series, see_confidential=can("amounts.confidential", series))
    return _file(_pair_rows(found), f"duplicates-{series.slug}.csv")


@bp.get(f"{FOLDER}/decisions.csv")
@may("outcomes.read")
def decisions_file(series: Series) -> ResponseReturnValue:
    found = db.session.scalars(queries.decisions_of(series)).all()
    return _file(_decision_rows(found), f"duplicate-decisions-{series.slug}.csv")


@bp.get(f"{FOLDER}/comparison")
@may("outcomes.read")
def choose(series: Series) -> ResponseReturnValue:
    """Two projects that somebody chose, to the page of the pair."""
    one, other = request.args.get("one", 0, type=int), request.args.get("other", 0, type=int)
    if one == other or len(queries.whole(series, {one, other})) != 2:
        abort(404)
    return redirect(_url(series, one, other), 303)


@bp.get(PAIR)
@may("outcomes.read")
def pair(series: Series, first: int, second: int) -> ResponseReturnValue:
    return _page(series, first, second)


@bp.post(f"{PAIR}/decision")
@may("agreements.review")
def decide(series: Series, first: int, second: int) -> ResponseReturnValue:
    form, who = _form(*_both(series, first, second)), actor()
    if not form.validate():
        return _page(series, first, second, form=form)

    def decided() -> str:
        one, other = _both(series, first, second, for_change=True)
        if form.decision.data == "increase":
            _refuse_unseeing((one, other))
        stands = other if form.stands.data == str(other.id) else one
        row = operations.decide(
            one, other, form.decision.data, stands=stands, reason=form.reason.data, seen=form.seen_id, actor=who
        )
        return row.decision

    try:
        done = settle(decided)
    except Refused as no:
        form.form_errors = [*form.form_errors, no.message]
        return _page(series, first, second, form=form)
    flash(_("Decided: %(what)s. This can be undone.", what=DECISIONS[done]), "success")
    return redirect(_url(series, first, second), 303)


@bp.post(f"{FOLDER}/decisions/<int:decision_id>/reversal")
@may("agreements.review")
def undo(series: Series, decision_id: int) -> ResponseReturnValue:
    row = queries.decision_in(series, decision_id)
    if row is None:
        abort(404)
    one, other, form = row.first_id, row.second_id, UndoForm()
    if not form.validate():
        return _page(series, one, other, undo_form=form)
    try:
        with transaction():
            pair = _both(series, one, other, for_change=True)
            row = queries.decision_in(series, decision_id) or abort(404)
            if row.decision == "increase":
                _refuse_unseeing(pair)
            operations.undo(row, reason=form.because.data, actor=actor())
    except Refused as no:
        form.form_errors = [*form.form_errors, no.message]
        return _page(series, one, other, undo_form=form)
    flash(_("Undone. Both projects are as they were before."), "success")
    return redirect(_url(series, one, other), 303)


def _both(series: Series, one: int, other: int, *, for_change: bool = False) -> tuple[Project, Project]:
    """The two projects of the series, the smaller id first, or 404."""
    found = queries.whole(series, {one, other}, for_change=for_change)
    if len(found) != 2:
        abort(404)
    return found[min(one, other)], found[max(one, other)]


def _refuse_unseeing(pair: tuple[Project, Project]) -> None:
    """Nobody changes agreements that they cannot read. Raises Refused."""
    if not all(sees_amounts(row) for row in pair):
        raise Refused(_l("An increase changes what agreements count for: somebody who may see their amounts decides."))


def _form(first: Project, second: Project) -> DecisionForm:
    return DecisionForm(language=language(), pair=(first, second), first=queries.earlier_signed(first, second))


def _page(
    series: Series, one: int, other: int, *, form: DecisionForm | None = None, undo_form: UndoForm | None = None
) -> ResponseReturnValue:
    first, second = _both(series, one, other)
    see = can("amounts.confidential", series)
    facts = queries.facts_of(series, see_confidential=see, ids=(first.id, second.id), live=False)
    reasons = queries.pair_of(facts[first.id], facts[second.id]).reasons
    decision = queries.decision_on(first.id, second.id)
    is_open = first.merged_into_id is None and second.merged_into_id is None
    form = form or _form(first, second)
    form.seen.data = str(decision.id if decision else 0)
    stands = queries.earlier_signed(first, second)
    return render_template(
        "agreements/duplicates/pair.html",
        series=series,
        pair=(first, second),
        facts=(facts[first.id], facts[second.id]),
        reasons=reasons,
        decision=decision,
        is_open=is_open,
        is_news=decision is not None and queries.has_news(decision.signs, reasons),
        outlooks=queries.outlooks(series, stands, second if stands is first else first, see_confidential=see)
        if is_open
        else [],
        effects=EFFECTS,
        stands=stands,
        sees=(sees_amounts(first), sees_amounts(second)),
        form=form,
        undo_form=undo_form or UndoForm(formdata=None),
    )


def _url(series: Series, one: int, other: int) -> str:
    return url_for("duplicates.pair", series=series.slug, first=min(one, other), second=max(one, other))


def _has(row: Proposed, sign: str) -> bool:
    return any(reason.sign == sign for reason in row.pair.reasons)


def _pair_rows(found: list[Proposed]) -> Iterator[list[Any]]:
    """A line for each reason, the strongest pair first."""
    sides = (_("Project"), _("Name"), _("Enterprise"), _("Credit code"), _("Site"), _("First signed"))
    yield [
        *(f"{label} 1" for label in sides), *(f"{label} 2" for label in sides),
        _("Sign"), _("Weight"), _("Value 1"), _("Value 2"),
    ]  # fmt: skip
    for row in found:
        for reason in row.pair.reasons:
            told = (SIGN_WORDS[reason.sign], WEIGHTS[reason.weight], *sign_pair(reason))
            yield [*_side(row.first), *_side(row.second), *told]


def _side(facts: Facts) -> list[Any]:
    first = facts.days[0] if facts.days else ""
    firm, codes = facts.enterprise.local(language()), " ".join(sorted(facts.codes))
    return [facts.id, facts.name.local(language()), firm, codes, facts.site, first]


def _decision_rows(found: Sequence[DuplicateDecision]) -> Iterator[list[Any]]:
    yield [
        _("Project 1"), _("Name 1"), _("Project 2"), _("Name 2"), _("Decided as"), _("Which one stands"), _("Why"),
        _("Decided by"), _("Decided at"), _("Undone by"), _("Undone at"), _("Undone because"),
    ]  # fmt: skip
    for row in found:
        yield [
            row.first_id, row.first.name.local(language()), row.second_id, row.second.name.local(language()),
            DECISIONS[row.decision], row.stands_id, row.reason, row.decided_by.name, moment(row.decided_at),
            row.undone_by.name if row.undone_by else "", moment(row.undone_at) if row.undone_at else "",
            row.undone_reason,
        ]  # fmt: skip


def _file(rows: Iterator[list[Any]], name: str) -> Response:
    content = "".join(csv.lines(rows)).encode()
    return Response(
        content,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
