"""The steps of review: each is a POST to what it makes."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from forums.agreements import review
from forums.agreements.blueprint import agreement_page, bp, found, refuse_unseeing
from forums.agreements.forms import CancellationForm, CorrectionForm, ReturnForm, typed_version
from forums.agreements.models import Agreement
from forums.editions.models import Edition
from forums.errors import Refused
from forums.money import BadAmount
from forums.transaction import transaction
from forums.web.guards import actor, may
from forums.web.language import language

Step = Callable[[Agreement, int], None]


@bp.post("/office/e/<edition>/agreements/<int:agreement_id>/submission")
@may("agreements.draft")
def submit(edition: Edition, agreement_id: int) -> ResponseReturnValue:
    def step(row: Agreement, version: int) -> None:
        review.submit(row, version=version, actor=actor())

    return _taken(edition, agreement_id, step, _("Submitted. Another person verifies it."))


@bp.post("/office/e/<edition>/agreements/<int:agreement_id>/verification")
@may("agreements.review")
def verify(edition: Edition, agreement_id: int) -> ResponseReturnValue:
    def step(row: Agreement, version: int) -> None:
        refuse_unseeing(row)
        review.verify(row, version=version, actor=actor())

    return _taken(edition, agreement_id, step, _("Verified. A third person approves it."))


@bp.post("/office/e/<edition>/agreements/<int:agreement_id>/approval")
@may("agreements.review")
def approve(edition: Edition, agreement_id: int) -> ResponseReturnValue:
    def step(row: Agreement, version: int) -> None:
        refuse_unseeing(row)
        review.approve(row, version=version, actor=actor())

    return _taken(edition, agreement_id, step, _("Approved. It counts in the tallies now."))


@bp.post("/office/e/<edition>/agreements/<int:agreement_id>/return")
@may("agreements.review")
def give_back(edition: Edition, agreement_id: int) -> ResponseReturnValue:
    form = ReturnForm()

    def step(row: Agreement, version: int) -> None:
        review.give_back(row, comment=form.comment.data, version=version, actor=actor())

    return _taken(edition, agreement_id, step, _("Returned with your comment."), return_form=form)


@bp.post("/office/e/<edition>/agreements/<int:agreement_id>/correction")
@may("agreements.draft")
def correct(edition: Edition, agreement_id: int) -> ResponseReturnValue:
    form = CorrectionForm(language=language())

    def step(row: Agreement, version: int) -> None:
        refuse_unseeing(row)  # who corrects becomes the drafter, and drafters see what they wrote
        review.correct_amount(
            row,
            amount=form.amount.data or "",
            undisclosed=form.undisclosed.data,
            basis=form.basis.data,
            reason=form.reason.data,
            version=version,
            actor=actor(),
        )

    done = _("Corrected by a reversing entry; it is reviewed again before it counts.")
    return _taken(edition, agreement_id, step, done, correction_form=form)


@bp.post("/office/e/<edition>/agreements/<int:agreement_id>/cancellation")
@may("agreements.review")
def cancel(edition: Edition, agreement_id: int) -> ResponseReturnValue:
    form = CancellationForm()

    def step(row: Agreement, version: int) -> None:
        review.cancel(row, on=form.on.data, reason=form.cause.data, version=version, actor=actor())

    return _taken(edition, agreement_id, step, _("Cancelled; tallies show it apart."), cancellation_form=form)


def _taken(edition: Edition, agreement_id: int, step: Step, done: str, **forms: FlaskForm) -> ResponseReturnValue:
    """Take one step with the row locked; a form with errors comes back with everything typed."""
    found(edition, agreement_id)
    if not all(form.validate() for form in forms.values()):
        return agreement_page(edition, agreement_id, **forms)
    try:
        with transaction():
            step(found(edition, agreement_id, for_change=True), typed_version(request.form.get("version")))
    except BadAmount as no:
        flash(no.message, "danger")
        return agreement_page(edition, agreement_id, **forms)
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(done, "success")
    return redirect(url_for("agreements.show", edition=edition.slug, agreement_id=agreement_id), 303)
