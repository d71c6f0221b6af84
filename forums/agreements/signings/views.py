from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from forums.agreements import queries
from forums.agreements.blueprint import found, refuse_unseeing
from forums.agreements.forms import typed_version
from forums.agreements.models import Agreement, Signing
from forums.agreements.signings import operations
from forums.agreements.signings.forms import CeremonyForm, FurtherForm
from forums.documents.sending import send
from forums.documents.shelf import FileMissing
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.transaction import transaction
from forums.web.guards import actor, may
from forums.web.language import language

bp = Blueprint("signings", __name__)
FOLDER = "/office/e/<edition>/agreements/<int:agreement_id>/signings"


@bp.get(FOLDER)
@may("outcomes.read")
def index(edition: Edition, agreement_id: int) -> ResponseReturnValue:
    """Every ceremony of the agreement. Its photos may show amounts, so they are as confidential as these."""
    row = found(edition, agreement_id, whole=True)
    refuse_unseeing(row)
    return _page(edition, row)


@bp.post(FOLDER)
@may("agreements.draft")
def add(edition: Edition, agreement_id: int) -> ResponseReturnValue:
    row = found(edition, agreement_id, whole=True)
    refuse_unseeing(row)
    form = _further(row)
    if form.validate_on_submit():
        try:
            with transaction():
                row = found(edition, agreement_id, for_change=True)
                operations.sign_again(
                    row,
                    db.session.scalars(select(Edition).where(Edition.slug == form.edition.data)).one(),
                    on=form.signed_on.data,
                    position=form.position.data,
                    ceremony=form.ceremony,
                    version=typed_version(form.version.data),
                    actor=actor(),
                )
        except Refused as no:
            form.form_errors = [*form.form_errors, no.message]
        else:
            flash(_("The further ceremony is on record; it counts 0."), "success")
            return _to(edition, agreement_id)
    return _page(edition, found(edition, agreement_id, whole=True), further=form)


@bp.post(f"{FOLDER}/<int:signing_id>")
@may("agreements.draft")
def change(edition: Edition, agreement_id: int, signing_id: int) -> ResponseReturnValue:
    row = found(edition, agreement_id, whole=True)
    refuse_unseeing(row)
    _of(row, signing_id)
    form = CeremonyForm()
    if form.validate_on_submit():
        try:
            with transaction():
                row = found(edition, agreement_id, for_change=True)
                version = typed_version(form.version.data)
                operations.describe(_of(row, signing_id), form.ceremony, version=version, actor=actor())
        except Refused as no:
            form.form_errors = [*form.form_errors, no.message]
        else:
            flash(_("Saved."), "success")
            return _to(edition, agreement_id)
    return _page(edition, found(edition, agreement_id, whole=True), changing=(signing_id, form))


@bp.post(f"{FOLDER}/<int:signing_id>/removal")
@may("agreements.draft")
def remove(edition: Edition, agreement_id: int, signing_id: int) -> ResponseReturnValue:
    row = found(edition, agreement_id, whole=True)
    refuse_unseeing(row)
    _of(row, signing_id)
    try:
        with transaction():
            row = found(edition, agreement_id, for_change=True)
            home = row.signings[0].edition.slug
            operations.take_back(
                _of(row, signing_id),
                reason=request.form.get("reason", ""),
                version=typed_version(request.form.get("version")),
                actor=actor(),
            )
    except Refused as no:
        flash(no.message, "danger")
        return _to(edition, agreement_id)
    flash(_("The ceremony was taken off the agreement."), "success")
    return redirect(url_for("signings.index", edition=home, agreement_id=agreement_id), 303)


@bp.get(f"{FOLDER}/<int:signing_id>/photo")
@may("outcomes.read")
def photo(edition: Edition, agreement_id: int, signing_id: int) -> ResponseReturnValue:
    row = found(edition, agreement_id, whole=True)
    refuse_unseeing(row)
    kept = _of(row, signing_id).photo
    if kept is None:
        abort(404)
    try:
        return send(kept)
    except FileMissing:
        abort(404)


def _of(row: Agreement, signing_id: int) -> Signing:
    signing = next((one for one in row.signings if one.id == signing_id), None)
    if signing is None:
        abort(404)
    return signing


def _free(row: Agreement) -> list[Edition]:
    """The editions of the series at which it could be signed again."""
    taken = {signing.edition_id for signing in row.signings}
    return [one for one in queries.edition_titles(row.project.series).values() if one.id not in taken]


def _further(row: Agreement) -> FurtherForm:
    return FurtherForm(editions=_free(row), language=language())


def _page(
    edition: Edition,
    row: Agreement,
    *,
    further: FurtherForm | None = None,
    changing: tuple[int, CeremonyForm] | None = None,
) -> ResponseReturnValue:
    """`changing` is the form that came back with errors, and of which signing it is."""
    forms: dict[int, CeremonyForm] = {}
    for signing in row.signings:
        form = CeremonyForm(formdata=None, prefix="")
        form.fill(signing)
        forms[signing.id] = form
    if changing is not None:
        forms[changing[0]] = changing[1]
    free = _free(row)
    further = further or FurtherForm(formdata=None, editions=free, language=language())
    further.version.data = row.version
    return render_template(
        "agreements/signings/index.html",
        edition=edition,
        row=row,
        forms=forms,
        further=further,
        free=free,
        open_id=changing[0] if changing else None,
    )


def _to(edition: Edition, agreement_id: int) -> ResponseReturnValue:
    db.session.rollback()
    return redirect(url_for("signings.index", edition=edition.slug, agreement_id=agreement_id), 303)
