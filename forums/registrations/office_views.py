"""The back office: the list, one registration, places, export."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, abort, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select

from forums.activity.queries import history
from forums.clock import now
from forums.documents.render import csv
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.registrations import exports, operations, queries
from forums.registrations.checkin.queries import passages_of
from forums.registrations.forms import CancelForm, CategoryPlacesForm, NewRegistrationForm, OfficeForm, PlacesForm
from forums.registrations.models import Category, Registration
from forums.registrations.questions.queries import sheet
from forums.registrations.views import bp, picture_of_ticket
from forums.registrations.words import STATES
from forums.transaction import transaction
from forums.web.addresses import LARGEST_ID
from forums.web.guards import actor, may
from forums.web.language import language
from forums.web.paging import page_of


@bp.get("/office/e/<edition>/registrations")
@may("registrations.manage")
def listing(edition: Edition) -> ResponseReturnValue:
    return render_template(
        "registrations/list.html",
        edition=edition,
        page=page_of(_asked_for(edition)),
        tally=queries.tally(edition),
        ranks=queries.ranks(edition),
        categories=queries.categories_of(edition),
        states=STATES,
    )


@bp.get("/office/e/<edition>/registrations.csv")
@may("registrations.manage")
def as_csv(edition: Edition) -> ResponseReturnValue:
    lines = csv.lines(_table(edition))
    return Response(
        stream_with_context(lines), content_type="text/csv; charset=utf-8", headers=_download(edition, "csv")
    )


@bp.get("/office/e/<edition>/registrations.xlsx")
@may("registrations.manage")
def as_xlsx(edition: Edition) -> ResponseReturnValue:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Response(exports.as_xlsx(_table(edition), now()), content_type=kind, headers=_download(edition, "xlsx"))


@bp.route("/office/e/<edition>/registrations/new", methods=["GET", "POST"])
@may("registrations.manage")
def new(edition: Edition) -> ResponseReturnValue:
    categories = queries.categories_of(edition)
    form = NewRegistrationForm(
        categories=[(row.id, row.name.local(language())) for row in categories] or [(0, _("Attendee"))]
    )
    if form.validate_on_submit():
        applicant = form.applicant(email=form.email.data or None, language=form.language.data)
        try:
            with transaction():
                category = _category(edition, form.category_id.data)
                row = operations.add_by_hand(edition, applicant, category=category, actor=actor())
        except Refused as no:
            form.email.errors = [no.message]
        else:
            flash(_("%(name)s is registered: %(state)s.", name=row.name, state=STATES[row.state]), "success")  # type: ignore[index]
            return redirect(url_for("registrations.show", edition=edition.slug, row_id=row.id), 303)
    return render_template("registrations/new.html", edition=edition, form=form)


@bp.get("/office/e/<edition>/registrations/<int:row_id>")
@may("registrations.manage")
def show(edition: Edition, row_id: int) -> ResponseReturnValue:
    row = of_edition(edition, row_id)
    return render_template(
        "registrations/show.html",
        edition=edition,
        row=row,
        rank=queries.rank_of(row),
        passages=passages_of(row),
        history=history(row)[::-1],
        answers=sheet(row, language()),
    )


@bp.get("/office/e/<edition>/registrations/<int:row_id>/ticket.png")
@may("registrations.manage")
def ticket_of(edition: Edition, row_id: int) -> ResponseReturnValue:
    return picture_of_ticket(of_edition(edition, row_id))


@bp.route("/office/e/<edition>/registrations/<int:row_id>/details", methods=["GET", "POST"])
@may("registrations.manage")
def change(edition: Edition, row_id: int) -> ResponseReturnValue:
    row = of_edition(edition, row_id)
    form = OfficeForm(obj=row)
    if form.validate_on_submit():
        applicant = form.applicant(email=form.email.data or None, language=form.language.data)
        try:
            with transaction():
                operations.change(row, applicant, actor=actor())
        except Refused as no:
            form.email.errors = [no.message]
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("registrations.show", edition=edition.slug, row_id=row_id), 303)
    return render_template("registrations/change.html", edition=edition, row=row, form=form)


@bp.route("/office/e/<edition>/registrations/<int:row_id>/cancellation", methods=["GET", "POST"])
@may("registrations.manage")
def cancel(edition: Edition, row_id: int) -> ResponseReturnValue:
    row = of_edition(edition, row_id)
    form = CancelForm()
    if form.validate_on_submit():
        with transaction():
            promoted = operations.cancel(row, reason=form.reason.data or "", actor=actor())
            names = ", ".join(one.name for one in promoted)
        flash(_("The registration of %(name)s is cancelled.", name=row.name), "success")
        if names:
            flash(_("The place went to %(names)s, next in line.", names=names), "info")
        return redirect(url_for("registrations.show", edition=edition.slug, row_id=row_id), 303)
    return render_template("registrations/cancel.html", edition=edition, row=row, form=form)


@bp.route("/office/e/<edition>/registrations/places", methods=["GET", "POST"])
@may("registrations.manage")
def places(edition: Edition) -> ResponseReturnValue:
    form = PlacesForm(obj=edition)
    if form.validate_on_submit() and _resized(edition, None, form):
        return redirect(url_for("registrations.places", edition=edition.slug), 303)
    return _places_page(edition, form)


@bp.post("/office/e/<edition>/registrations/places/<int:category_id>")
@may("registrations.manage")
def category_places(edition: Edition, category_id: int) -> ResponseReturnValue:
    category = _category(edition, category_id)
    form = CategoryPlacesForm()
    if form.validate_on_submit() and _resized(edition, category, form):
        return redirect(url_for("registrations.places", edition=edition.slug), 303)
    for problems in form.errors.values():
        flash(problems[0], "danger")
    return redirect(url_for("registrations.places", edition=edition.slug), 303)


def _resized(edition: Edition, category: Category | None, form: PlacesForm | CategoryPlacesForm) -> bool:
    try:
        with transaction():
            promoted = operations.change_capacity(edition, form.capacity.data, quota=category, actor=actor())
    except Refused as no:
        form.capacity.errors = [no.message]
        return False
    flash(_("Saved. Confirmed from the waiting list: %(n)d.", n=len(promoted)), "success")
    return True


def _places_page(edition: Edition, form: PlacesForm) -> str:
    return render_template(
        "registrations/places.html",
        edition=edition,
        form=form,
        category_form=CategoryPlacesForm(formdata=None),
        categories=queries.categories_of(edition),
        tally=queries.tally(edition),
    )


def of_edition(edition: Edition, row_id: int) -> Registration:
    """The edition's registration; 404 for another's, as if it were not there."""
    row = db.session.get(Registration, row_id)
    if row is None or row.edition_id != edition.id:
        abort(404)
    return row


def row_number(name: str) -> int | None:
    """The row that the query names; a number that no row can have is 0."""
    number = request.args.get(name, type=int)
    return number if number is None or 0 <= number <= LARGEST_ID else 0


def _category(edition: Edition, category_id: int) -> Category:
    if category_id == 0:
        return operations.default_category(edition)
    category = db.session.get(Category, category_id)
    if category is None or category.edition_id != edition.id:
        abort(404)
    return category


def _asked_for(edition: Edition) -> Select[Registration]:
    """The list that the address asks for: ?q=&state=&category=&sort=."""
    return queries.matching(
        edition,
        words=request.args.get("q", "")[:200],
        state=request.args.get("state", "")[:20],
        category_id=row_number("category"),
        sort=request.args.get("sort", ""),
    )


def _table(edition: Edition) -> Iterator[list[str]]:
    yield exports.heading()
    spoken = language()
    for row in db.session.scalars(_asked_for(edition).execution_options(yield_per=500)):
        yield exports.cells(row, spoken, edition.tz)


def _download(edition: Edition, ending: str) -> dict[str, str]:
    return {"Content-Disposition": f"attachment; filename={edition.slug}-registrations.{ending}"}
