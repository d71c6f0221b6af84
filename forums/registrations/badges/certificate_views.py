"""Certificates of attendance: issued, handed out, listed and withdrawn; and anybody checks one by its code."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.activity.models import Actor
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db, limiter
from forums.registrations.badges import operations, queries, setting
from forums.registrations.badges.blueprint import bp, csv_file, moment_there, pdf_file, xlsx_file
from forums.registrations.badges.forms import CodeForm, WithdrawForm
from forums.registrations.badges.models import Certificate
from forums.registrations.models import Registration, clean_reference
from forums.transaction import transaction
from forums.web.guards import actor, capability, capability_row, may, public, row_of
from forums.web.paging import page_of


@bp.post("/office/e/<edition>/registrations/<int:row_id>/certificate")
@may("registrations.manage")
def issue(edition: Edition, row_id: int) -> ResponseReturnValue:
    row = row_of(edition, Registration, row_id)
    try:
        with transaction():
            number = operations.issue_one(row, actor=actor()).full_number
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_("Certificate %(number)s is issued.", number=number), "success")
    return redirect(url_for("registrations.show", edition=edition.slug, row_id=row_id), 303)


@bp.get("/office/e/<edition>/registrations/<int:row_id>/certificate.pdf")
@may("registrations.manage")
def certificate(edition: Edition, row_id: int) -> ResponseReturnValue:
    return _certificate(row_of(edition, Registration, row_id), "both")


@bp.post("/my/registration/<token>/certificate")
@capability("registration")
def issue_mine(token: str) -> ResponseReturnValue:
    """Issue the certificate of who came, once the event is over, and hand it out."""
    row = capability_row("registration", token, Registration)
    if not operations.is_over(row.edition):
        abort(404)
    try:
        with transaction():
            operations.issue_one(row, actor=Actor.guest(row.name))
    except Refused as no:
        flash(no.message, "danger")
        return redirect(url_for("registrations.mine", token=token), 303)
    return redirect(url_for("badges.my_certificate", token=token), 303)


@bp.get("/my/registration/<token>/certificate.pdf")
@capability("registration")
def my_certificate(token: str) -> ResponseReturnValue:
    row = capability_row("registration", token, Registration)
    return _certificate(row, "both")


@bp.get("/office/e/<edition>/certificates")
@may("registrations.manage")
def certificates(edition: Edition) -> ResponseReturnValue:
    """The register of certificates, withdrawn ones too."""
    return render_template(
        "registrations/badges/certificates.html", edition=edition, page=page_of(queries.certificates(edition))
    )


@bp.get("/office/e/<edition>/certificates.csv")
@may("registrations.manage")
def certificates_csv(edition: Edition) -> ResponseReturnValue:
    return csv_file(_certificate_rows(edition), f"{edition.slug}-certificates")


@bp.get("/office/e/<edition>/certificates.xlsx")
@may("registrations.manage")
def certificates_xlsx(edition: Edition) -> ResponseReturnValue:
    return xlsx_file(_certificate_rows(edition), f"{edition.slug}-certificates")


@bp.route("/office/e/<edition>/certificates/<int:certificate_id>/withdrawal", methods=["GET", "POST"])
@may("registrations.manage")
def withdraw(edition: Edition, certificate_id: int) -> ResponseReturnValue:
    row = row_of(edition, Certificate, certificate_id)
    form = WithdrawForm()
    if form.validate_on_submit():
        with transaction():
            operations.withdraw(row, reason=form.reason.data or "", actor=actor())
        flash(_("Certificate %(number)s is withdrawn.", number=row.full_number), "success")
        return redirect(url_for("badges.certificates", edition=edition.slug), 303)
    return render_template("registrations/badges/withdraw.html", edition=edition, row=row, form=form)


@bp.get("/certificates")
@limiter.limit("60/minute")
@public
def verify() -> ResponseReturnValue:
    """?code= : whether a certificate is genuine. It tells what stands on the paper, with the name masked."""
    form = CodeForm(request.args)
    typed = (form.code.data or "").strip()
    code = clean_reference(typed[:40]) if typed else None
    found = queries.certificate_by_code(code) if code else None
    page = render_template(
        "registrations/badges/verify.html",
        form=form,
        typed=typed[:40],
        certificate=found,
        name=setting.masked(found.name) if found else "",
    )
    return page, 404 if typed and found is None else 200


def _certificate(row: Registration, spoken: str) -> Response:
    made = queries.certificate_of(row) or abort(404)
    return pdf_file(setting.certificate_pdf(made, spoken), f"certificate-{made.full_number}.pdf")


def _certificate_rows(edition: Edition) -> Iterator[list[str]]:
    yield [
        _("Number"),
        _("Code"),
        _("Name"),
        _("Organisation"),
        _("Days attended"),
        _("Issued at"),
        _("Issued by"),
        _("Withdrawn at"),
        _("Withdrawn by"),
        _("Reason"),
    ]
    for row in db.session.scalars(queries.certificates(edition).execution_options(yield_per=500)):
        yield [
            row.full_number,
            row.code,
            row.name,
            row.organisation,
            " ".join(row.days),
            moment_there(row.issued_at, edition),
            row.issued_by,
            moment_there(row.withdrawn_at, edition),
            row.withdrawn_by,
            row.reason,
        ]
