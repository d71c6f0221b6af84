"""The back office: one registration, places."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.activity.queries import history
from forums.editions.models import Edition
from forums.errors import Refused
from forums.registrations import operations, queries
from forums.registrations.badges.setting import colour_of
from forums.registrations.categories.queries import figures
from forums.registrations.categories.words import PRESETS
from forums.registrations.checkin.queries import passages_of
from forums.registrations.forms import (
    CancelForm,
    CorrectionForm,
    NewRegistrationForm,
    PlacesForm,
    category_choices,
    chosen_category,
)
from forums.registrations.models import Registration
from forums.registrations.questions.blueprint import keep_files
from forums.registrations.questions.forms import QuestionFields
from forums.registrations.questions.queries import sheet
from forums.registrations.refusals import ChoiceRemoved, Full
from forums.registrations.signups.queries import sessions_with_places
from forums.registrations.views import bp, picture_of_ticket
from forums.registrations.waiting import change_capacity
from forums.registrations.wishes import Wishes
from forums.registrations.words import STATES
from forums.transaction import settle, transaction
from forums.web.addresses import LARGEST_ID
from forums.web.guards import actor, may, row_of
from forums.web.language import language


@bp.route("/office/e/<edition>/registrations/new", methods=["GET", "POST"])
@may("registrations.manage")
def new(edition: Edition) -> ResponseReturnValue:
    categories = queries.categories_of(edition)
    form = NewRegistrationForm(categories=category_choices(categories))
    asked = QuestionFields(
        form,
        edition,
        category_id=form.category_id.data,
        offered=categories,
        category_field="category_id",
        insists=False,
    )
    keep_files(asked, edition)
    if form.validate_on_submit():
        try:
            row = settle(lambda: _added(edition, form, asked))
        except ChoiceRemoved:
            pass  # said beside the question
        except Refused as no:
            if not (isinstance(no, Full) and asked.complain(no)):
                form.email.errors = [no.message]
        else:
            flash(_("%(name)s is registered: %(state)s.", name=row.name, state=STATES[row.state]), "success")  # type: ignore[index]
            return redirect(url_for("registrations.show", edition=edition.slug, row_id=row.id), 303)
    return render_template("registrations/new.html", edition=edition, form=form, asked=asked)


def _added(edition: Edition, form: NewRegistrationForm, asked: QuestionFields) -> Registration:
    applicant = form.applicant(email=form.email.data or None, language=form.language.data)
    category, wishes = chosen_category(edition, form.category_id.data), Wishes(answers=asked.given())
    return operations.add_by_hand(
        edition, applicant, category=category, wishes=wishes, key=form.key.data, actor=actor()
    )


@bp.get("/office/e/<edition>/registrations/<int:row_id>")
@may("registrations.manage")
def show(edition: Edition, row_id: int) -> ResponseReturnValue:
    row = row_of(edition, Registration, row_id)
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
    return picture_of_ticket(row_of(edition, Registration, row_id))


@bp.route("/office/e/<edition>/registrations/<int:row_id>/details", methods=["GET", "POST"])
@may("registrations.manage")
def change(edition: Edition, row_id: int) -> ResponseReturnValue:
    row = row_of(edition, Registration, row_id)
    own = row.delegation_id is None and row.is_live
    form = CorrectionForm(obj=row, categories=category_choices(queries.categories_of(edition)) if own else [])
    if form.validate_on_submit():
        try:
            with transaction():
                applicant = form.applicant(email=form.email.data or None, language=form.language.data)
                category = chosen_category(edition, form.category_id.data) if "category_id" in form else None
                operations.change(row, applicant, category=category, actor=actor())
        except Full as no:
            form.category_id.errors = [no.message]
        except Refused as no:
            form.email.errors = [no.message]
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("registrations.show", edition=edition.slug, row_id=row_id), 303)
    return render_template("registrations/change.html", edition=edition, row=row, form=form)


@bp.route("/office/e/<edition>/registrations/<int:row_id>/cancellation", methods=["GET", "POST"])
@may("registrations.manage")
def cancel(edition: Edition, row_id: int) -> ResponseReturnValue:
    row = row_of(edition, Registration, row_id)
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
    if form.validate_on_submit() and _resized(edition, form):
        return redirect(url_for("registrations.places", edition=edition.slug), 303)
    return _places_page(edition, form)


def _resized(edition: Edition, form: PlacesForm) -> bool:
    try:
        with transaction():
            promoted = change_capacity(edition, form.capacity.data, actor=actor())
    except Refused as no:
        form.capacity.errors = [no.message]
        return False
    flash(_("Saved. Confirmed from the waiting list: %(n)d.", n=len(promoted)), "success")
    return True


def _places_page(edition: Edition, form: PlacesForm) -> str:
    categories = queries.categories_of(edition)
    codes = {category.code for category in categories} | {category.name for category in categories}
    return render_template(
        "registrations/places.html",
        edition=edition,
        form=form,
        categories=categories,
        figures=figures(edition),
        colours={category.id: colour_of(category) for category in categories},
        presets={code: name for code, (name, _by) in PRESETS.items() if code not in codes and name not in codes},
        sessions=sessions_with_places(edition),
        tally=queries.tally(edition),
    )


def row_number(name: str) -> int | None:
    """The row that the query names; a number that no row can have is 0."""
    number = request.args.get(name, type=int)
    return number if number is None or 0 <= number <= LARGEST_ID else 0
