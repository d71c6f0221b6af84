"""Import by upload: the form, what came of it, and the problems as a table to work through."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.agenda import importing, queries
from forums.agenda.exchange import reading
from forums.agenda.forms import ImportForm
from forums.agenda.models import ProgrammeImport
from forums.agenda.views import bp
from forums.documents.render import csv
from forums.editions.models import Edition
from forums.errors import Refused
from forums.transaction import transaction
from forums.web.guards import actor, may


@bp.route("/office/e/<edition>/agenda/imports", methods=["GET", "POST"])
@may("editions.manage")
def imports(edition: Edition) -> ResponseReturnValue:
    form = ImportForm()
    if form.validate_on_submit():
        try:
            row = bring_in(edition, form)
        except Refused as no:
            form.file.errors = [no.message]
        else:
            return redirect(url_for("agenda.imported", edition=edition.slug, import_id=row), 303)
    return render_template("agenda/imports.html", edition=edition, form=form, imports=queries.imports_of(edition))


def bring_in(edition: Edition, form: ImportForm) -> int:
    """Read the upload before the transaction begins; the id of the record. Raises Refused."""
    upload = form.file.data
    programme = reading.read(upload.stream.read(reading.LARGEST + 1), edition.zone)
    with transaction():
        outcome = importing.import_programme(
            edition, programme, actor=actor(), cancel_vanished=form.cancel_vanished.data
        )
        return importing.keep_record(edition, outcome, file_name=upload.filename or "", actor=actor()).id


@bp.get("/office/e/<edition>/agenda/imports/<int:import_id>")
@may("editions.manage")
def imported(edition: Edition, import_id: int) -> ResponseReturnValue:
    row = import_or_404(edition, import_id)
    return render_template("agenda/imported.html", edition=edition, row=row, outcome=row.outcome)


@bp.get("/office/e/<edition>/agenda/imports/<int:import_id>/problems.csv")
@may("editions.manage")
def problems(edition: Edition, import_id: int) -> ResponseReturnValue:
    row = import_or_404(edition, import_id)
    head = (_("Line"), _("Field"), _("Value"), _("Problem"))
    rows = ((each["line"], each["field"], each["value"], _(each["reason"])) for each in row.outcome["problems"])
    headers = {"Content-Disposition": f'attachment; filename="{edition.slug}-problems-{row.id}.csv"'}
    return Response("".join(csv.lines((head, *rows))), content_type="text/csv; charset=utf-8", headers=headers)


@bp.post("/office/e/<edition>/agenda/imports/<int:import_id>/cancellation")
@may("editions.manage")
def cancel_vanished(edition: Edition, import_id: int) -> ResponseReturnValue:
    row = import_or_404(edition, import_id)
    with transaction():
        count = importing.cancel_vanished(row, actor=actor())
    flash(_("Sessions cancelled: %(count)s.", count=count), "success")
    return redirect(url_for("agenda.imported", edition=edition.slug, import_id=row.id), 303)


def import_or_404(edition: Edition, import_id: int) -> ProgrammeImport:
    row = queries.import_of(edition, import_id)
    if row is None:
        abort(404)
    return row
