"""The steps of review: each is a POST to what it makes."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from forums import clock
from forums.activity.models import Actor
from forums.agreements import proposals, queries, review
from forums.agreements.blueprint import agreement_page, bp, concern_words, found, refuse_unseeing
from forums.agreements.concerns import concerns_of
from forums.agreements.forms import (
    UPLOAD,
    CancellationForm,
    CorrectionForm,
    DocumentForm,
    ReturnForm,
    printable,
    typed_version,
)
from forums.agreements.models import Agreement, AgreementProposal
from forums.columns import Bilingual
from forums.documents.models import Document
from forums.documents.operations import keep
from forums.documents.sending import send
from forums.documents.shelf import FileMissing
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.transaction import transaction
from forums.web.guards import account, actor, may
from forums.web.language import language
from forums.web.paging import page_of

Step = Callable[[Agreement, int], None]
MOST_AT_ONCE = 50


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
    arrival = form.evidence.arrival
    return keep(arrival, kind="evidence", actor=actor(), edition=edition) if arrival is not None else None


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


@bp.post("/office/e/<edition>/agreements/<int:agreement_id>/document")
@may("agreements.draft")
def document(edition: Edition, agreement_id: int) -> ResponseReturnValue:
    """Record another state of the document, or propose an earlier one."""
    form = DocumentForm(language=language(), state=found(edition, agreement_id).document_state)

    def step(row: Agreement, version: int) -> None:
        proposals.move_document(
            row, form.to_state.data, day=form.since.data, reason=form.because.data or "", version=version, actor=actor()
        )

    return _taken(edition, agreement_id, step, _("Saved."), document_form=form)


@bp.get("/office/e/<edition>/agreements/queue")
@may("agreements.review")
def queue(edition: Edition) -> ResponseReturnValue:
    """What waits for review, with what to look at; those without any concern can be approved together."""
    return _queue_page(edition)


@bp.post("/office/e/<edition>/agreements/approvals")
@may("agreements.review")
def approve_several(edition: Edition) -> ResponseReturnValue:
    """Approve the ticked rows, each by itself with the version that was seen; the page says what became of each."""
    pairs = [pair.partition(":") for pair in request.form.getlist("row")[:MOST_AT_ONCE]]
    wanted = {typed_version(number): typed_version(version) for number, _colon, version in pairs}
    rows = list(db.session.scalars(queries.waiting(edition, wanted)))
    concerns = concerns_of(edition, rows)
    who, titles = actor(), {row.id: row.project.name for row in rows}
    told = {row.id: [concern_words(one) for one in concerns[row.id]] for row in rows}
    outcomes = [
        (number, titles[number], _approved(edition, number, version, told[number], who))
        for number, version in wanted.items()
        if number in titles
    ]
    if not outcomes:
        flash(_("Tick the agreements to approve first."), "danger")
    return _queue_page(edition, outcomes)


def _approved(edition: Edition, agreement_id: int, version: int, concerns: list[str], who: Actor) -> str:
    """Approve one of several; why not, or "" if it is approved."""
    if concerns:
        return " ".join(concerns)
    try:
        with transaction():
            row = found(edition, agreement_id, for_change=True)
            refuse_unseeing(row)
            review.approve(row, version=version, actor=who)
    except Refused as no:
        return no.message
    return ""


def _queue_page(edition: Edition, outcomes: list[tuple[int, Bilingual, str]] | None = None) -> ResponseReturnValue:
    page = page_of(queries.waiting(edition))
    concerns = concerns_of(edition, page.items)
    somebody = account()
    own = somebody.id if somebody else None
    why_not = {row.id: _why_not(row, own) for row in page.items}
    return render_template(
        "agreements/queue.html",
        edition=edition,
        page=page,
        outcomes=outcomes or [],
        concerns=concerns,
        why_not=why_not,
        free={row.id for row in page.items if not concerns[row.id] and not why_not[row.id]},
    )


def _why_not(row: Agreement, own: int | None) -> str:
    """Why this reader cannot approve the row now, whatever it says; "" if they can."""
    if row.review != "verified":
        return str(_("Not verified yet."))
    if review.had_a_hand(row, own):
        return str(_("You had a hand in this draft."))
    return str(_("You verified it; a third person approves it.")) if row.verified_by_id == own else ""


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
