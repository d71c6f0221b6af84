from __future__ import annotations

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums import money
from forums.activity.models import Actor
from forums.agreements import concerns, drafting, project_views, queries, review_views, tally_views
from forums.agreements.blueprint import (
    agreement_page,
    amount_words,
    bp,
    concern_words,
    found,
    late_words,
    refuse_unseeing,
    sees_amounts,
)
from forums.agreements.forms import NEW, AgreementForm, NewAgreementForm, printable, typed_version
from forums.agreements.models import Agreement, Project
from forums.agreements.scans.operations import AlreadyHere, attach
from forums.agreements.vocabulary import HEADLINE_BASIS, REVIEW_STATES
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import actor, may
from forums.web.language import language
from forums.web.paging import page_of

__all__ = ["bp", "project_views", "review_views", "tally_views"]

navigation.add("edition", _l("Agreements"), "agreements.index", "outcomes.read", icon="agreement", order=59)


@bp.get("/office/e/<edition>/agreements")
@may("outcomes.read")
def index(edition: Edition) -> ResponseReturnValue:
    """What was signed at the edition, in the ceremony's order; ?state=queue is the review queue, the oldest first."""
    state, search = request.args.get("state", ""), printable(request.args.get("q", "")) or ""
    known = state if state in REVIEW_STATES or state == "queue" else ""
    return render_template(
        "agreements/index.html",
        edition=edition,
        page=page_of(queries.agreements_of(edition, review=known, words=search)),
        counts=queries.review_counts(edition),
        state=known,
        search=search,
    )


@bp.route("/office/e/<edition>/agreements/new", methods=["GET", "POST"])
@may("agreements.draft")
def new(edition: Edition) -> ResponseReturnValue:
    form = NewAgreementForm()
    form.offer(language(), queries.earlier_agreements(edition.series, None))
    form.offer_words(language(), queries.segments_of(edition.series))
    form.offer_projects(language(), queries.choosable_projects(edition.series))
    if not form.is_submitted():
        form.signed_on.data, form.position.data = queries.ceremony_day(edition), queries.next_position(edition)
        form.project.data = request.args.get("project", NEW)
        form.relation.data = "first" if form.project.data == NEW else "again"
    if form.validate_on_submit():
        who, slug = actor(), edition.slug
        try:
            with transaction():
                row = drafting.draft(edition, _project(edition, form, who), form.facts(), actor=who)
                if form.scan.arrival:
                    attach(row, form.scan.arrival, edition=edition, actor=who)
                agreement_id, said = row.id, _what_was_understood(row)
        except Refused as no:
            _complain(form, no)
        else:
            flash(said, "success")
            return redirect(url_for("agreements.show", edition=slug, agreement_id=agreement_id), 303)
    return render_template("agreements/form.html", form=form, edition=edition, row=None)


@bp.get("/office/e/<edition>/agreements/<int:agreement_id>")
@may("outcomes.read")
def show(edition: Edition, agreement_id: int) -> ResponseReturnValue:
    return agreement_page(edition, agreement_id)


@bp.route("/office/e/<edition>/agreements/<int:agreement_id>/facts", methods=["GET", "POST"])
@may("agreements.draft")
def change(edition: Edition, agreement_id: int) -> ResponseReturnValue:
    row = found(edition, agreement_id)
    refuse_unseeing(row)
    form = AgreementForm()
    form.offer(language(), queries.earlier_agreements(edition.series, row), row)
    form.show_comments(row.comments)
    if not form.is_submitted():
        form.fill_agreement(row)
    if form.validate_on_submit():
        who = actor()
        try:
            with transaction():
                row = found(edition, agreement_id, for_change=True)
                drafting.revise(row, form.facts(), version=typed_version(form.version.data), actor=who)
                if form.scan.arrival:
                    attach(row, form.scan.arrival, edition=edition, actor=who)
                said = _what_was_understood(row)
        except drafting.ChangedMeanwhile:
            row = found(edition, agreement_id)
            now = AgreementForm(formdata=None)
            now.offer(language(), queries.earlier_agreements(edition.series, row), row)
            now.fill_agreement(row)
            form.merge(now)
            form.form_errors = [*form.form_errors, late_words(row.steps[-1].account.name)]
        except Refused as no:
            _complain(form, no)
        else:
            flash(said, "success")
            return redirect(url_for("agreements.show", edition=edition.slug, agreement_id=agreement_id), 303)
    return render_template("agreements/form.html", form=form, edition=edition, row=found(edition, agreement_id))


@bp.get("/office/e/<edition>/agreements/amount.json")
@may("agreements.draft")
def amount(edition: Edition) -> ResponseReturnValue:
    """What would be understood of ?text=, in digits and in words, and whether it is far from what is usual.

    ?kind= and ?project= are what the form says beside it; ?agreement= is the one being changed.
    """
    text = request.args.get("text", "")
    if not text.strip():
        return jsonify(echo="", error="", words="", warning="")
    try:
        understood = money.parse(text)
    except money.BadAmount as no:
        return jsonify(echo="", error=no.message, words="", warning="")
    spoken = language()
    return jsonify(
        echo=f"{understood.text} = {money.echo(understood.fen, spoken, understood.currency)}",
        error="",
        words=money.in_words(understood.fen, spoken, understood.currency),
        warning=_warning(edition, understood),
    )


def _warning(edition: Edition, amount: money.Amount) -> str:
    """Whether the amount is far from what is usual; only by amounts that the reader may see."""
    asked = request.args
    if amount.currency != "CNY" or asked.get("basis", HEADLINE_BASIS) != HEADLINE_BASIS:
        return ""
    project = queries.project_in(edition.series, typed_version(asked.get("project")))
    seen = project is not None and asked.get("relation") != "increase" and sees_amounts(project)
    but = typed_version(asked.get("agreement"))
    earlier = concerns.earlier_amounts(project, but=but) if project is not None and seen else ()
    medians = concerns.medians_of(edition.series)
    return " ".join(
        concern_words(one) for one in concerns.outliers(asked.get("kind", ""), amount.fen, medians, earlier)
    )


def _project(edition: Edition, form: NewAgreementForm, who: Actor) -> Project:
    if form.project.data == NEW:
        return drafting.create_project(edition.series, form.project_facts(), actor=who)
    return db.session.get_one(Project, int(form.project.data))


def _complain(form: AgreementForm, no: Refused) -> None:
    """Put the refusal where it belongs; what was typed stays."""
    if isinstance(no, money.BadAmount):
        form.amount.errors = [no.message]
    elif isinstance(no, AlreadyHere):
        form.scan.errors = [no.message]
    else:
        form.form_errors = [*form.form_errors, no.message]


def _what_was_understood(row: Agreement) -> str:
    for entry in row.amounts:
        if entry.fen is not None:
            return f"{_('Saved.')} {entry.source_text} = {amount_words(entry, row, exact=True)}"
    return str(_("Saved, with an undisclosed amount."))
