from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.activity.queries import history
from forums.columns import Bilingual
from forums.directory import operations, queries
from forums.directory.forms import OrganisationForm, PersonForm
from forums.directory.models import Organisation, Person
from forums.directory.regions import name_of_region
from forums.errors import Refused
from forums.extensions import db
from forums.mail.suppression.queries import standing
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import actor, may
from forums.web.language import local
from forums.web.paging import page_of

bp = Blueprint("directory", __name__)
bp.add_app_template_filter(lambda code: local(name_of_region(code)), "region")
# The directory holds contact data, of guests of every edition: only staff of the whole house see it.
navigation.add("house", _l("Directory"), "directory.people", "directory.manage", icon="user", order=30)


@bp.get("/office/people")
@may("directory.manage")
def people() -> ResponseReturnValue:
    search = request.args.get("q", "")
    return render_template("directory/people.html", page=page_of(queries.people(search)), search=search)


@bp.route("/office/people/<int:person_id>", methods=["GET", "POST"])
@may("directory.manage")
def person(person_id: int) -> ResponseReturnValue:
    row = db.session.get(Person, person_id) or abort(404)
    form = PersonForm(data=_pairs(row.name, row.title) | {"phone": row.phone or ""})
    if form.validate_on_submit():
        name, title = _typed(form, "name"), _typed(form, "title")
        with transaction():
            operations.correct_person(row, name=name, title=title, phone=(form.phone.data or "").strip(), actor=actor())
        flash(_("Saved."), "success")
        return redirect(url_for("directory.person", person_id=person_id), 303)
    suppressed = standing(row.email) if row.email else []
    return render_template("directory/person.html", row=row, form=form, history=history(row), standing=suppressed)


@bp.get("/office/organisations")
@may("directory.manage")
def organisations() -> ResponseReturnValue:
    search = request.args.get("q", "")
    return render_template("directory/organisations.html", page=page_of(queries.organisations(search)), search=search)


@bp.route("/office/organisations/<int:organisation_id>", methods=["GET", "POST"])
@may("directory.manage")
def organisation(organisation_id: int) -> ResponseReturnValue:
    row = db.session.get(Organisation, organisation_id) or abort(404)
    form = OrganisationForm(data=_pairs(row.name) | {"credit_code": row.credit_code or ""})
    if form.validate_on_submit():
        try:
            with transaction():
                operations.correct_organisation(
                    row, name=_typed(form, "name"), credit_code=form.credit_code.data, actor=actor()
                )
        except Refused as no:
            form.credit_code.errors = [no.message]
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("directory.organisation", organisation_id=organisation_id), 303)
    page = page_of(queries.people_of(row))
    return render_template("directory/organisation.html", row=row, form=form, page=page, history=history(row))


def _pairs(name: Bilingual, title: Bilingual | None = None) -> dict[str, str]:
    pairs = {"name_zh": name.zh, "name_en": name.en}
    return pairs if title is None else pairs | {"title_zh": title.zh, "title_en": title.en}


def _typed(form: PersonForm | OrganisationForm, name: str) -> Bilingual:
    return Bilingual((form[f"{name}_zh"].data or "").strip(), (form[f"{name}_en"].data or "").strip())
