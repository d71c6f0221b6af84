"""Pages on which capital that came in is reported and checked."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.activity.models import Actor
from forums.agreements.blueprint import sees_amounts, word_of
from forums.agreements.followup import amounts, queries
from forums.agreements.followup.amounts import BASES, ReportFacts
from forums.agreements.followup.blueprint import begun, bp, form_page, found, kept, page_of_project
from forums.agreements.followup.forms import AmountForm, AnswerForm
from forums.agreements.followup.models import AmountReport
from forums.agreements.forms import typed_version
from forums.agreements.models import Agreement, Project
from forums.documents.sending import send
from forums.documents.shelf import FileMissing
from forums.editions.models import Series
from forums.errors import Refused
from forums.extensions import db
from forums.transaction import transaction
from forums.web.guards import actor, may
from forums.web.language import language

Step = Callable[..., None]


@bp.route("/office/series/<series>/projects/<int:project_id>/amounts/new", methods=["GET", "POST"])
@may("agreements.draft")
def report_amount(series: Series, project_id: int) -> ResponseReturnValue:
    """Report what was paid in or invested; two more people check it before it is in the ledger."""
    row = found(series, project_id)
    if not sees_amounts(row):
        abort(404)
    form = AmountForm()
    form.agreement.choices = [
        (str(one.id), f"{one.number} {one.title.local(language())}".strip()) for one in queries.counting_agreements(row)
    ]
    form.basis.choices = [(code, word_of("bases", code)) for code in BASES]
    if not form.is_submitted():
        form.on.data = queries.today_of(row)

    def save(locked: Project, who: Actor) -> str:
        facts = ReportFacts(
            agreement=db.session.get_one(Agreement, int(form.agreement.data)),
            basis=form.basis.data,
            amount=form.amount.data,
            on=form.on.data,
            note=form.note.data or "",
            document=kept(form.evidence.arrival, series, who),
        )
        amounts.report(locked, facts, key=form.key.data, actor=who)
        return str(_("Reported. Another person verifies it, a third approves it."))

    note = "" if form.agreement.choices else _("Amounts belong to an approved agreement, and there is none yet.")
    return form_page(series, row, form, title=_("Report an amount"), save=save, anchor="amounts", note=note)


@bp.route("/office/series/<series>/projects/<int:project_id>/amounts/<int:row_id>/reversal", methods=["GET", "POST"])
@may("agreements.draft")
def take_back_amount(series: Series, project_id: int, row_id: int) -> ResponseReturnValue:
    row = found(series, project_id)
    _seen_report(row, row_id)
    form = AnswerForm()

    def save(locked: Project, who: Actor) -> str:
        amounts.take_back(locked, _seen_report(locked, row_id), reason=form.why.data, key=form.key.data, actor=who)
        return str(_("Reported. Another person verifies it, a third approves it."))

    return form_page(series, row, form, title=_("Take the amount back"), save=save, anchor="amounts")


@bp.route("/office/series/<series>/projects/<int:project_id>/amounts/<int:row_id>/return", methods=["GET", "POST"])
@may("agreements.review")
def return_amount(series: Series, project_id: int, row_id: int) -> ResponseReturnValue:
    row = found(series, project_id)

    def fresh() -> AnswerForm:
        now = AnswerForm(formdata=None)
        now.version.data = str(_seen_report(found(series, project_id), row_id).version)
        return now

    form = begun(fresh)

    def save(locked: Project, who: Actor) -> str:
        amounts.give_back(locked, _seen_report(locked, row_id), reason=form.why.data, seen=form.seen, actor=who)
        return str(_("Returned with your comment."))

    return form_page(series, row, form, title=_("Return the amount"), save=save, fresh=fresh, anchor="amounts")


@bp.post("/office/series/<series>/projects/<int:project_id>/amounts/<int:row_id>/verification")
@may("agreements.review")
def verify_amount(series: Series, project_id: int, row_id: int) -> ResponseReturnValue:
    return _taken(series, project_id, row_id, amounts.verify, _("Verified. A third person approves it."))


@bp.post("/office/series/<series>/projects/<int:project_id>/amounts/<int:row_id>/approval")
@may("agreements.review")
def approve_amount(series: Series, project_id: int, row_id: int) -> ResponseReturnValue:
    return _taken(series, project_id, row_id, amounts.approve, _("Approved. It is in the ledger now."))


@bp.post("/office/series/<series>/projects/<int:project_id>/amounts/<int:row_id>/withdrawal")
@may("agreements.draft")
def withdraw_amount(series: Series, project_id: int, row_id: int) -> ResponseReturnValue:
    return _taken(series, project_id, row_id, amounts.withdraw, _("Withdrawn. It was never in the ledger."))


@bp.get("/office/series/<series>/projects/<int:project_id>/amounts/<int:row_id>/evidence")
@may("outcomes.read")
def amount_evidence(series: Series, project_id: int, row_id: int) -> ResponseReturnValue:
    shown = _seen_report(found(series, project_id), row_id)
    if shown.document is None:
        abort(404)
    try:
        return send(shown.document)
    except FileMissing:
        abort(404)


def _seen_report(project: Project, row_id: int) -> AmountReport:
    """404 for whoever may not see the amount: nobody passes what they cannot read."""
    row = queries.entered_in(AmountReport, project, row_id)
    if row is None or not sees_amounts(project, row.recorded_by_id):
        abort(404)
    return row


def _taken(series: Series, project_id: int, row_id: int, step: Step, done: str) -> ResponseReturnValue:
    who, slug = actor(), series.slug
    _seen_report(found(series, project_id), row_id)
    try:
        with transaction():
            locked = found(series, project_id, for_change=True)
            step(locked, _seen_report(locked, row_id), seen=typed_version(request.form.get("version")), actor=who)
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(done, "success")
    return page_of_project(slug, project_id, "amounts")
