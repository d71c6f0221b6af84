from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.accounts import views as account_pages
from forums.accounts.policy import allowed
from forums.activity.queries import history
from forums.editions import operations, queries
from forums.editions.forms import KIND_NAMES, STATE_NAMES, EditionForm, HallForm, SeriesForm, typed
from forums.editions.models import Edition, Hall, Series
from forums.errors import Refused
from forums.transaction import transaction
from forums.web import guards, navigation
from forums.web.guards import account, actor, may, row_of
from forums.web.language import language
from forums.web.paging import page_of

bp = Blueprint("editions", __name__)
# Which fields of the form a refusal is about.
AT_FIELDS: dict[type[Refused], tuple[str, ...]] = {
    operations.BeyondCalendar: ("starts_on",),
    operations.TooLong: ("ends_on",),
    operations.WrongMoments: ("registration_opens", "registration_closes"),
}
navigation.add("house", _l("Series and editions"), "editions.index", "editions.manage", icon="calendar", order=10)
navigation.add("edition", _l("Edition"), "editions.show", "editions.manage", icon="calendar", order=10)
guards.resolver("series")(queries.series_by_slug)
guards.resolver("edition")(queries.edition_by_slug)
account_pages.scope_choices.append(lambda: queries.grant_scopes(language()))


@bp.app_context_processor
def names() -> dict[str, object]:
    return {"edition_states": STATE_NAMES, "edition_kinds": dict(KIND_NAMES)}


@bp.get("/office/editions")
@may("editions.manage", anywhere=True)
def index() -> ResponseReturnValue:
    return render_template(
        "editions/index.html",
        page=page_of(queries.editions_for(account(), "editions.manage")),
        series=queries.series_for(account(), "editions.manage"),
        may_add_series=allowed(account(), "editions.manage"),
    )


@bp.route("/office/series/new", methods=["GET", "POST"])
@may("editions.manage")
def new_series() -> ResponseReturnValue:
    form = SeriesForm()
    if form.validate_on_submit():
        try:
            with transaction():
                row = operations.create_series(
                    slug=form.slug.data.strip(),
                    title=typed(form, "title"),
                    summary=typed(form, "summary"),
                    actor=actor(),
                )
        except Refused as no:
            form.slug.errors = [no.message]
        else:
            flash(_("The series is there. Add its first edition."), "success")
            return redirect(url_for("editions.new", series=row.slug), 303)
    return render_template("editions/series_form.html", form=form, row=None)


@bp.route("/office/series/<series>", methods=["GET", "POST"])
@may("editions.manage")
def show_series(series: Series) -> ResponseReturnValue:
    form = SeriesForm()
    if form.is_submitted():
        form.slug.data = series.slug
    else:
        form.fill(series)
    if form.validate_on_submit():
        with transaction():
            operations.change_series(series, title=typed(form, "title"), summary=typed(form, "summary"), actor=actor())
        flash(_("Saved."), "success")
        return redirect(url_for("editions.show_series", series=series.slug), 303)
    return render_template("editions/series.html", form=form, row=series, editions=queries.editions_of(series))


@bp.route("/office/series/<series>/editions/new", methods=["GET", "POST"])
@may("editions.manage")
def new(series: Series) -> ResponseReturnValue:
    form = EditionForm()
    if form.validate_on_submit():
        try:
            with transaction():
                row = operations.create_edition(series, slug=form.slug.data.strip(), facts=form.facts(), actor=actor())
        except Refused as no:
            _complain(form, no, otherwise="slug")
        else:
            flash(_("The edition is there, as a draft that only staff see."), "success")
            return redirect(url_for("editions.show", edition=row.slug), 303)
    return render_template("editions/form.html", form=form, series=series, row=None)


@bp.get("/office/e/<edition>/")
@may("editions.manage")
def show(edition: Edition) -> ResponseReturnValue:
    return render_template(
        "editions/show.html", edition=edition, hall_form=HallForm(formdata=None), history=history(edition)[::-1][:20]
    )


@bp.route("/office/e/<edition>/facts", methods=["GET", "POST"])
@may("editions.manage")
def change(edition: Edition) -> ResponseReturnValue:
    form = EditionForm()
    if form.is_submitted():
        form.slug.data = edition.slug
    else:
        form.fill(edition)
    if form.validate_on_submit():
        try:
            with transaction():
                operations.change_edition(edition, form.facts(), actor=actor(), seen=form.seen.data or "")
        except operations.ChangedMeanwhile as no:
            form.form_errors = [no.message]
        except Refused as no:
            _complain(form, no, otherwise="capacity")
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("editions.show", edition=edition.slug), 303)
    return render_template("editions/form.html", form=form, series=edition.series, row=edition)


@bp.post("/office/e/<edition>/state/<state>")
@may("editions.manage")
def move(edition: Edition, state: str) -> ResponseReturnValue:
    try:
        with transaction():
            operations.move(edition, state, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_("The edition is now: %(state)s.", state=STATE_NAMES[state]), "success")
    return redirect(url_for("editions.show", edition=edition.slug), 303)


@bp.post("/office/e/<edition>/halls")
@may("editions.manage")
def add_hall(edition: Edition) -> ResponseReturnValue:
    form = HallForm()
    if _saved_hall(form, edition, None):
        flash(_("The hall is added."), "success")
        return redirect(url_for("editions.show", edition=edition.slug), 303)
    return render_template("editions/hall.html", form=form, edition=edition, hall=None)


@bp.route("/office/e/<edition>/halls/<int:hall_id>", methods=["GET", "POST"])
@may("editions.manage")
def hall(edition: Edition, hall_id: int) -> ResponseReturnValue:
    row = row_of(edition, Hall, hall_id)
    form = HallForm()
    if not form.is_submitted():
        form.code.data, form.capacity.data = row.code, row.capacity
        form.name_zh.data, form.name_en.data = row.name.zh, row.name.en
    if _saved_hall(form, edition, row):
        flash(_("Saved."), "success")
        return redirect(url_for("editions.show", edition=edition.slug), 303)
    return render_template("editions/hall.html", form=form, edition=edition, hall=row)


def _saved_hall(form: HallForm, edition: Edition, row: Hall | None) -> bool:
    if not form.validate_on_submit():
        return False
    code, name = form.code.data.strip(), typed(form, "name")
    try:
        with transaction():
            if row is None:
                operations.add_hall(edition, code=code, name=name, capacity=form.capacity.data, actor=actor())
            else:
                operations.change_hall(row, code=code, name=name, capacity=form.capacity.data, actor=actor())
    except Refused as no:
        form.code.errors = [no.message]
        return False
    return True


def _complain(form: EditionForm, no: Refused, *, otherwise: str) -> None:
    """Say it at the fields that it is about."""
    for name in AT_FIELDS.get(type(no), (otherwise,)):
        form[name].errors = [no.message]
