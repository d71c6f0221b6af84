from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.agreements.blueprint import found, refuse_unseeing, sees_amounts
from forums.agreements.models import Agreement, Scan
from forums.agreements.scans import operations, queries
from forums.agreements.scans.forms import ScanForm
from forums.documents.sending import send
from forums.documents.shelf import FileMissing
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.transaction import transaction
from forums.web.guards import actor, can, may

bp = Blueprint("scans", __name__)


@bp.get("/office/e/<edition>/agreements/<int:agreement_id>/scans")
@may("outcomes.read")
def index(edition: Edition, agreement_id: int) -> ResponseReturnValue:
    """Every version of every scan with its hash. They name amounts, so they are as confidential as these."""
    row = found(edition, agreement_id, whole=True)
    refuse_unseeing(row)
    return _page(edition, row, ScanForm(formdata=None, row=row))


@bp.post("/office/e/<edition>/agreements/<int:agreement_id>/scans")
@may("agreements.draft")
def add(edition: Edition, agreement_id: int) -> ResponseReturnValue:
    row = found(edition, agreement_id, whole=True)
    refuse_unseeing(row)
    form = ScanForm(row=row)
    if form.validate_on_submit() and form.scan.arrival is not None:
        try:
            with transaction():
                row = found(edition, agreement_id, for_change=True)
                refuse_unseeing(row)
                replaced = form.superseded
                scan = operations.attach(
                    row,
                    form.scan.arrival,
                    edition=edition,
                    supersedes=db.session.get_one(Scan, replaced.id) if replaced is not None else None,
                    reason=form.reason.data or "",
                    actor=actor(),
                )
                said = _("“%(name)s” is kept.", name=scan.label)
        except Refused as no:
            form.form_errors = [*form.form_errors, no.message]
        else:
            flash(said, "success")
            return redirect(url_for("scans.index", edition=edition.slug, agreement_id=agreement_id), 303)
    return _page(edition, found(edition, agreement_id, whole=True), form)


@bp.get("/office/e/<edition>/agreements/<int:agreement_id>/scans/<int:scan_id>")
@may("outcomes.read")
def download(edition: Edition, agreement_id: int, scan_id: int) -> ResponseReturnValue:
    row, kept = found(edition, agreement_id), db.session.get(Scan, scan_id)
    if kept is None or kept.agreement_id != row.id:
        abort(404)
    refuse_unseeing(row)
    try:
        return send(kept.document)
    except FileMissing:
        abort(404)


def _page(edition: Edition, row: Agreement, form: ScanForm) -> ResponseReturnValue:
    elsewhere = {
        file_id: [other for other in rows if can("outcomes.read", other) and sees_amounts(other.project)]
        for file_id, rows in queries.kept_elsewhere(row).items()
    }
    return render_template(
        "agreements/scans/index.html",
        edition=edition,
        row=row,
        form=form,
        scans=queries.lines_of(row),
        proofs=queries.proofs_of(row),
        elsewhere=elsewhere,
    )
