"""The steps of review: each is a POST to what it makes."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from forums import clock
from forums.agreements import proposals, review
from forums.agreements.blueprint import agreement_page, bp, found, refuse_unseeing
from forums.agreements.forms import UPLOAD, CancellationForm, CorrectionForm, ReturnForm, printable, typed_version
from forums.agreements.models import Agreement, AgreementProposal
from forums.documents.models import Document
from forums.documents.operations import PDF, store
from forums.documents.sending import send
from forums.documents.shelf import FileMissing
from forums.editions.models import Edition
from forums.errors import Refused
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
    said = {name: text for name, text in form.comments.data.items() if text}

    def step(row: Agreement, version: int) -> None:
        review.give_back(row, comment=form.comment.data or "", comments=said, version=version, actor=actor())

    return _taken(edition, agreement_id, step, _("Returned with your comment."), return_form=form)


@bp.post("/office/e/<edition>/agreements/<int:agreement_id>/lock")
@may("agreements.review")
def lock(edition: Edition, agreement_id: int) -> ResponseReturnValue:
    def step(row: Agreement, version: int) -> None:
        refuse_unseeing(row)
        review.lock(row, reason=_("Locked by a reviewer"), version=version, actor=actor())

    return _taken(edition, agreement_id, step, _("Locked: from now on only a correction changes it."))


@bp.post("/office/e/<edition>/agreements/<int:agreement_id>/correction")
@may("agreements.draft")
def correct(edition: Edition, agreement_id: int) -> ResponseReturnValue:
    row = found(edition, agreement_id)
    refuse_unseeing(row)  # who corrects becomes the drafter, and drafters see what they wrote
    form = CorrectionForm(language=language(), scans=row.scans)

    def step(row: Agreement, version: int) -> None:
        refuse_unseeing(row)
        review.correct_amount(
            row,
            amount=form.amount.data or "",
            undisclosed=form.undisclosed.data,
            basis=form.basis.data,
            reason=form.reason.data,
            evidence=_evidence(row, form, edition),
            source_page=form.source_page.data or "",
            version=version,
            actor=actor(),
        )

    done = _("Corrected by a reversing entry; it is reviewed again before it counts.")
    return _taken(edition, agreement_id, step, done, correction_form=form)


def _evidence(row: Agreement, form: CorrectionForm, edition: Edition) -> Document | None:
    """The scan that was chosen, or the document attached."""
    if form.proof.data != UPLOAD:
        return next((scan.document for scan in row.scans if str(scan.id) == form.proof.data), None)
    upload = form.evidence.data
    name = upload.filename or "evidence.pdf"
    return store(upload.stream, display_name=name, kind="evidence", actor=actor(), allowed=(PDF,), edition=edition)


@bp.get("/office/e/<edition>/agreements/<int:agreement_id>/evidence/<int:entry_id>")
@may("outcomes.read")
def evidence(edition: Edition, agreement_id: int, entry_id: int) -> ResponseReturnValue:
    """What a correction rests on, as a download; as confidential as the amount."""
    row = found(edition, agreement_id)
    entry = next((entry for entry in row.entries if entry.id == entry_id), None)
    if entry is None or entry.evidence is None:
        abort(404)
    refuse_unseeing(row)
    try:
        return send(entry.evidence)
    except FileMissing:
        abort(404)


@bp.post("/office/e/<edition>/agreements/<int:agreement_id>/cancellation")
@may("agreements.draft")
def cancel(edition: Edition, agreement_id: int) -> ResponseReturnValue:
    """Propose that the agreement is cancelled: another person decides."""
    form = CancellationForm()

    def step(row: Agreement, version: int) -> None:
        proposals.propose(row, "cancellation", day=form.on.data, reason=form.cause.data, version=version, actor=actor())

    return _taken(edition, agreement_id, step, _("Proposed; a second person confirms it."), cancellation_form=form)


@bp.post("/office/e/<edition>/agreements/<int:agreement_id>/reinstatement")
@may("agreements.draft")
def reinstate(edition: Edition, agreement_id: int) -> ResponseReturnValue:
    """Propose that the cancellation is taken back."""
    reason = printable(request.form.get("reason")) or ""

    def step(row: Agreement, version: int) -> None:
        day = clock.now().date()
        proposals.propose(row, "reinstatement", day=day, reason=reason, version=version, actor=actor())

    return _taken(edition, agreement_id, step, _("Proposed; a second person confirms it."))


@bp.post("/office/e/<edition>/agreements/<int:agreement_id>/proposal/confirmation")
@may("agreements.review")
def confirm(edition: Edition, agreement_id: int) -> ResponseReturnValue:
    def step(row: Agreement, version: int) -> None:
        proposals.confirm(_open(row), version=version, actor=actor())

    return _taken(edition, agreement_id, step, _("Confirmed."))


@bp.post("/office/e/<edition>/agreements/<int:agreement_id>/proposal/rejection")
@may("agreements.review")
def reject(edition: Edition, agreement_id: int) -> ResponseReturnValue:
    comment = printable(request.form.get("comment")) or ""

    def step(row: Agreement, version: int) -> None:
        proposals.reject(_open(row), comment=comment, version=version, actor=actor())

    return _taken(edition, agreement_id, step, _("Rejected; it stays as it is."))


@bp.post("/office/e/<edition>/agreements/<int:agreement_id>/proposal/withdrawal")
@may("agreements.draft")
def withdraw(edition: Edition, agreement_id: int) -> ResponseReturnValue:
    def step(row: Agreement, version: int) -> None:
        proposals.withdraw(_open(row), version=version, actor=actor())

    return _taken(edition, agreement_id, step, _("Withdrawn; it stays as it is."))


def _open(row: Agreement) -> AgreementProposal:
    proposal = row.open_proposal
    if proposal is None:
        raise review.NotNow(_("Nothing is proposed for this agreement any more."))
    return proposal


def _taken(edition: Edition, agreement_id: int, step: Step, done: str, **forms: FlaskForm) -> ResponseReturnValue:
    """Take one step with the row locked; a form with errors comes back with everything typed."""
    found(edition, agreement_id)
    if not all(form.validate() for form in forms.values()):
        return agreement_page(edition, agreement_id, **forms)
    try:
        with transaction():
            step(found(edition, agreement_id, for_change=True), typed_version(request.form.get("version")))
    except Refused as no:
        flash(no.message, "danger")
        if forms:
            return agreement_page(edition, agreement_id, **forms)
    else:
        flash(done, "success")
    return redirect(url_for("agreements.show", edition=edition.slug, agreement_id=agreement_id), 303)
