from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums import links
from forums.editions.models import Edition
from forums.editions.operations import ChangedMeanwhile
from forums.errors import Refused
from forums.registrations.categories import operations
from forums.registrations.categories.forms import CategoryForm
from forums.registrations.categories.operations import CategoryFacts
from forums.registrations.categories.queries import figures, is_used
from forums.registrations.categories.words import PRESETS
from forums.registrations.models import Category
from forums.registrations.refusals import PlacesTaken
from forums.transaction import transaction
from forums.web import navigation
from forums.web.addresses import LARGEST_ID
from forums.web.guards import actor, may, row_of
from forums.web.language import language

bp = Blueprint("categories", __name__)
navigation.add(
    "edition",
    _l("Categories"),
    "registrations.places",
    "registrations.manage",
    icon="list",
    order=41,
    under="registrations.listing",
)
FOLDER = "/office/e/<edition>/registrations/categories"


@bp.route(f"{FOLDER}/new", methods=["GET", "POST"])
@may("registrations.manage")
def new(edition: Edition) -> ResponseReturnValue:
    form = CategoryForm(edition)
    if form.validate_on_submit():
        try:
            with transaction():
                row = operations.add_category(edition, form.facts(), actor=actor())
        except Refused as no:
            form.name_zh.errors = [no.message]
        else:
            flash(_("The category “%(name)s” is there.", name=row.name.local(language())), "success")
            return _to_list(edition)
    return render_template("registrations/categories/new.html", edition=edition, form=form)


@bp.post(f"{FOLDER}/presets")
@may("registrations.manage")
def add_preset(edition: Edition) -> ResponseReturnValue:
    code = request.form.get("code", "")
    if code not in PRESETS:
        flash(_("Choose one of the categories shown."), "danger")
        return _to_list(edition)
    name, by_invitation = PRESETS[code]
    facts = CategoryFacts(name, access="invitation" if by_invitation else "public")
    try:
        with transaction():
            operations.add_category(edition, facts, code=code, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_("The category “%(name)s” is there.", name=name.local(language())), "success")
    return _to_list(edition)


@bp.route(f"{FOLDER}/<int:category_id>", methods=["GET", "POST"])
@may("registrations.manage")
def edit(edition: Edition, category_id: int) -> ResponseReturnValue:
    row = row_of(edition, Category, category_id)
    form = CategoryForm(edition, row)
    if form.validate_on_submit():
        try:
            with transaction():
                promoted = operations.change_rules(row, form.facts(), seen=form.seen.data or "", actor=actor())
        except ChangedMeanwhile as no:
            form.form_errors = [no.message]
        except PlacesTaken as no:
            form.capacity.errors = [no.message]
        except Refused as no:
            form.name_zh.errors = [no.message]
        else:
            flash(_("Saved. Confirmed from the waiting list: %(n)d.", n=len(promoted)), "success")
            return _to_list(edition)
    return render_template(
        "registrations/categories/edit.html",
        edition=edition,
        form=form,
        category=row,
        figures=figures(edition).get(row.id),
        is_used=is_used(row),
        link=links.capability_link("registrations.register_invited", "category", row.id, row.token_version),
    )


@bp.post(f"{FOLDER}/<int:category_id>/move")
@may("registrations.manage")
def move(edition: Edition, category_id: int) -> ResponseReturnValue:
    row = row_of(edition, Category, category_id)
    with transaction():
        operations.move(row, 1 if request.form.get("way") == "down" else -1)
    return redirect(url_for("registrations.places", edition=edition.slug, _anchor=f"category-{category_id}"), 303)


@bp.post(f"{FOLDER}/order")
@may("registrations.manage")
def order(edition: Edition) -> ResponseReturnValue:
    typed = request.form.get("order", "")[:4000].split()
    ids = [int(one) for one in typed if one.isascii() and one.isdecimal() and len(one) < 10]
    with transaction():
        operations.put_in_order(edition, [one for one in ids if one <= LARGEST_ID])
    return _to_list(edition)


@bp.post(f"{FOLDER}/<int:category_id>/removal")
@may("registrations.manage")
def remove(edition: Edition, category_id: int) -> ResponseReturnValue:
    row = row_of(edition, Category, category_id)
    name = row.name.local(language())
    try:
        with transaction():
            is_gone = operations.remove(row, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    else:
        gone, closed = (
            _("The category “%(name)s” is removed.", name=name),
            _("“%(name)s” is closed: there are people in it, who stay as they are.", name=name),
        )
        flash(gone if is_gone else closed, "success")
    return _to_list(edition)


@bp.post(f"{FOLDER}/<int:category_id>/link")
@may("registrations.manage")
def new_link(edition: Edition, category_id: int) -> ResponseReturnValue:
    row = row_of(edition, Category, category_id)
    with transaction():
        operations.new_link(row, actor=actor())
    flash(_("There is a new link; the one before no longer works."), "success")
    return redirect(url_for("categories.edit", edition=edition.slug, category_id=category_id), 303)


def _to_list(edition: Edition) -> ResponseReturnValue:
    return redirect(url_for("registrations.places", edition=edition.slug), 303)
