"""Delegations in the office: what a unit was given, who its contact is, and whom it sends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from forums.activity.models import Actor
from forums.clock import now
from forums.directory.queries import organisations
from forums.documents import tables
from forums.documents.render import csv
from forums.documents.render.sheet import as_xlsx
from forums.documents.tables import Lines
from forums.editions.models import Edition
from forums.editions.operations import ChangedMeanwhile
from forums.errors import Refused
from forums.extensions import db
from forums.links import capability_link
from forums.registrations.delegations import intake, operations, queries
from forums.registrations.delegations.forms import DelegationForm, ResizeForm, UnitsForm
from forums.registrations.delegations.intake import UnitRow
from forums.registrations.delegations.words import role_word
from forums.registrations.forms import category_choices, chosen_category
from forums.registrations.models import Delegation
from forums.registrations.operations import default_category
from forums.registrations.queries import categories_of
from forums.registrations.refusals import Full, PlacesTaken
from forums.registrations.words import state_word
from forums.transaction import settle, transaction
from forums.web import navigation
from forums.web.guards import actor, may, row_of
from forums.web.language import language
from forums.web.paging import page_of_all

bp = Blueprint("delegations", __name__)
navigation.add(
    "edition",
    _l("Delegations"),
    "delegations.index",
    "registrations.manage",
    icon="hall",
    order=42,
    under="registrations.listing",
)
bp.add_app_template_filter(role_word)
MOST_SUGGESTED = 500
MOST_UNITS = 500  # in one list
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SORT_NAMES = {
    "name": _l("unit"),
    "free": _l("most free places"),
    "places": _l("most places"),
    "newest": _l("newest first"),
    "closing": _l("closing time"),
}


@bp.get("/office/e/<edition>/delegations")
@may("registrations.manage")
def index(edition: Edition) -> ResponseReturnValue:
    """?q= searches, ?sort= orders, ?page= pages."""
    rows = _asked_for(edition)
    page = page_of_all(rows)
    return render_template(
        "registrations/delegations/index.html",
        edition=edition,
        page=page,
        given=sum(row.capacity for row in rows),
        used=sum(row.taken for row in rows),
        changed=queries.last_changes(page.items),
        sorts=SORT_NAMES,
    )


@bp.get("/office/e/<edition>/delegations.<any(csv, xlsx):ending>")
@may("registrations.manage")
def export(edition: Edition, ending: str) -> ResponseReturnValue:
    """The units of the list that the address asks for."""
    return _table_file(_unit_rows(edition), f"{edition.slug}-delegations", ending)


@bp.get("/office/e/<edition>/delegations/people.<any(csv, xlsx):ending>")
@may("registrations.manage")
def export_people(edition: Edition, ending: str) -> ResponseReturnValue:
    """Everybody whom a unit has registered, unit by unit."""
    return _table_file(_people_rows(edition), f"{edition.slug}-delegation-people", ending)


@bp.route("/office/e/<edition>/delegations/new", methods=["GET", "POST"])
@may("registrations.manage")
def new(edition: Edition) -> ResponseReturnValue:
    form = DelegationForm(edition, category_choices(categories_of(edition)))
    if form.validate_on_submit():
        try:
            row_id, is_sent = settle(lambda: _created(edition, form))
        except Full as no:
            form.places.errors = [_too_few(no)]
        else:
            flash(_("%(name)s has its places.", name=form.name.data), "success")
            _say_where_the_link_is(form, is_sent)
            return redirect(url_for("delegations.show", edition=edition.slug, row_id=row_id), 303)
    return render_template("registrations/delegations/form.html", edition=edition, form=form, row=None, known=_known())


def _created(edition: Edition, form: DelegationForm) -> tuple[int, bool]:
    category = chosen_category(edition, form.category_id.data)
    places_given, key = form.places.data or 0, form.key.data or None
    row = operations.create_delegation(
        edition, category, form.facts(), places_given=places_given, actor=actor(), key=key
    )
    return row.id, form.send.data and operations.send_link(row, actor=actor())


@bp.route("/office/e/<edition>/delegations/list", methods=["GET", "POST"])
@may("registrations.manage")
def from_list(edition: Edition) -> ResponseReturnValue:
    """Many units at once: looked at first, made with `make`; rows that cannot be made stay, and say why."""
    form = UnitsForm()
    rows: list[UnitRow] = []
    if form.validate_on_submit():
        try:
            lines = _lines_of(form)
            rows = intake.read_units(edition, lines, categories_of(edition))
        except Refused as no:
            form.rows.errors = [no.message]
        else:
            if "make" in request.form:
                rows = _made(edition, form, rows)
                if not rows:
                    return redirect(url_for("delegations.index", edition=edition.slug), 303)
            form.rows.data = "\n".join("\t".join(cells) for cells in (lines[0].cells, *(row.cells for row in rows)))
    return render_template("registrations/delegations/list.html", edition=edition, form=form, rows=rows)


def _lines_of(form: UnitsForm) -> Lines:
    if form.file.data:
        lines = tables.read_upload(form.file.data, most=MOST_UNITS)
        if lines.notice:
            flash(lines.notice, "warning")
        return lines
    return Lines(tables.read_text(form.rows.data or "", most=MOST_UNITS))


def _made(edition: Edition, form: UnitsForm, rows: list[UnitRow]) -> list[UnitRow]:
    """Make what can be made, each unit by itself; the rows that are left, and why."""
    left, made, sent, who = [], 0, 0, actor()
    closes_at = form.closes_at.utc(edition.tz)
    for row in rows:
        if row.problem:
            left.append(row)
            continue
        unit = replace(row, facts=replace(row.facts, closes_at=closes_at))
        try:
            sent += settle(partial(_make, edition, form, unit, who))
            made += 1
        except Full as no:
            left.append(replace(row, problem=_too_few(no)))
    if made:
        said = ngettext("%(num)s unit has its places.", "%(num)s units have their places.", made)
        flash(
            said + " " + ngettext("%(num)s letter is on its way.", "%(num)s letters are on their way.", sent), "success"
        )
    return left


def _make(edition: Edition, form: UnitsForm, row: UnitRow, who: Actor) -> bool:
    """One unit of the list; whether its contact gets a letter."""
    category, key = row.category or default_category(edition), intake.key_of(edition, row, form.key.data or "")
    unit = operations.create_delegation(edition, category, row.facts, places_given=row.places, actor=who, key=key)
    return form.send.data and operations.send_link(unit, actor=who)


@bp.get("/office/e/<edition>/delegations/<int:row_id>")
@may("registrations.manage")
def show(edition: Edition, row_id: int) -> ResponseReturnValue:
    return _page_of(edition, row_of(edition, Delegation, row_id), ResizeForm(formdata=None))


def _page_of(edition: Edition, row: Delegation, form: ResizeForm) -> str:
    if form.places.data is None and not form.errors:
        form.places.data = row.capacity
    members = queries.members_of(row)
    return render_template(
        "registrations/delegations/show.html",
        edition=edition,
        row=row,
        form=form,
        members=queries.in_reading_order(members),
        names={member.id: member.name for member in members},
        link=capability_link("delegations.mine", "delegation", row.id, row.token_version) if row.capacity else "",
        takes_changes=queries.takes_changes(row),
        history=queries.story_of(row),
    )


@bp.route("/office/e/<edition>/delegations/<int:row_id>/details", methods=["GET", "POST"])
@may("registrations.manage")
def change(edition: Edition, row_id: int) -> ResponseReturnValue:
    row = row_of(edition, Delegation, row_id)
    form = DelegationForm(edition, category_choices(categories_of(edition)))
    del form.places
    if not form.is_submitted():
        form.show(row)
        form.send.data = True
    elif form.validate():
        try:
            is_sent = _changed(edition, row, form)
        except ChangedMeanwhile as no:
            form.form_errors = [no.message]
        except Full as no:
            form.category_id.errors = [_too_few(no)]
        else:
            flash(_("Saved."), "success")
            if is_sent:
                flash(_("The contact has another address: the private link is new and on its way there."), "info")
            return redirect(url_for("delegations.show", edition=edition.slug, row_id=row_id), 303)
    return render_template("registrations/delegations/form.html", edition=edition, form=form, row=row, known=_known())


def _changed(edition: Edition, row: Delegation, form: DelegationForm) -> bool:
    """Save; whether a new link was sent."""
    with transaction():
        before = row.token_version
        category = chosen_category(edition, form.category_id.data)
        operations.change_delegation(row, form.facts(), category=category, actor=actor(), revision=form.seen)
        return row.token_version != before and operations.send_link(row, actor=actor())


@bp.post("/office/e/<edition>/delegations/<int:row_id>/places")
@may("registrations.manage")
def resize(edition: Edition, row_id: int) -> ResponseReturnValue:
    row = row_of(edition, Delegation, row_id)
    form = ResizeForm()
    if form.validate_on_submit():
        try:
            with transaction():
                operations.resize_delegation(row, form.places.data or 0, actor=actor())
        except Full as no:
            form.places.errors = [_too_few(no)]
        except PlacesTaken as no:
            form.places.errors = [no.message]
        else:
            flash(_("%(name)s has %(n)d places now.", name=row.name, n=row.capacity), "success")
            return redirect(url_for("delegations.show", edition=edition.slug, row_id=row_id), 303)
    return _page_of(edition, row, form)


@bp.post("/office/e/<edition>/delegations/<int:row_id>/letters")
@may("registrations.manage")
def send_link(edition: Edition, row_id: int) -> ResponseReturnValue:
    """Send the private link, the first time or again."""
    row = row_of(edition, Delegation, row_id)
    with transaction():
        is_sent = operations.send_link(row, actor=actor())
    if is_sent:
        flash(_("The private link is on its way to %(email)s.", email=row.contact_email), "success")
    else:
        flash(_("The contact has no e-mail address. Copy the link and pass it on yourself."), "warning")
    return redirect(url_for("delegations.show", edition=edition.slug, row_id=row_id), 303)


@bp.post("/office/e/<edition>/delegations/<int:row_id>/removal")
@may("registrations.manage")
def remove(edition: Edition, row_id: int) -> ResponseReturnValue:
    row = row_of(edition, Delegation, row_id)
    with transaction():
        cancelled = operations.remove_delegation(row, actor=actor())
    said = ngettext("%(num)s registration is cancelled.", "%(num)s registrations are cancelled.", cancelled)
    flash(_("The places of %(name)s are given back.", name=row.name) + " " + said, "success")
    return redirect(url_for("delegations.index", edition=edition.slug), 303)


def _asked_for(edition: Edition) -> list[Delegation]:
    return queries.delegations_of(
        edition, words=request.args.get("q", "")[:200], sort=request.args.get("sort", "")[:20]
    )


def _known() -> list[str]:
    """What the field for the unit offers: the directory's latest organisations."""
    return [row.name.local(language()) for row in db.session.scalars(organisations().limit(MOST_SUGGESTED))]


def _too_few(no: Full) -> str:
    """How many places the quota still has, in a sentence."""
    quota = no.quota
    free = (quota.capacity or 0) - quota.taken
    said: str
    if isinstance(quota, Edition):
        said = ngettext(
            "The event has %(num)s free place. Give fewer, or make the event larger.",
            "The event has %(num)s free places. Give fewer, or make the event larger.",
            free,
        )
    else:
        said = ngettext(
            "The category has %(num)s free place. Give fewer, or make the category larger.",
            "The category has %(num)s free places. Give fewer, or make the category larger.",
            free,
        )
    return said


def _say_where_the_link_is(form: DelegationForm, is_sent: bool) -> None:
    if is_sent:
        flash(_("The private link is on its way to %(email)s.", email=form.contact_email.data), "info")
    else:
        flash(_("No letter was written. Copy the private link below, or send it from here."), "info")


def _unit_rows(edition: Edition) -> Iterator[list[str]]:
    rows = _asked_for(edition)
    changed = queries.last_changes(rows)
    yield [
        *(_("Unit"), _("Category"), _("Places"), _("Used"), _("Free"), _("Contact person"), _("E-mail"), _("Phone")),
        *(_("Language of letters"), _("Changes until"), _("Last change"), _("Note")),
    ]
    for row in rows:
        yield [
            row.name,
            row.category.name.local(language()),
            *(str(number) for number in (row.capacity, row.taken, row.capacity - row.taken)),
            row.contact_name,
            row.contact_email or "",
            row.contact_phone,
            row.language,
            _moment(row.closes_at, edition.tz),
            _moment(changed[row.id], edition.tz),
            row.note,
        ]


def _people_rows(edition: Edition) -> Iterator[list[str]]:
    yield [
        *(_("Unit"), _("Name"), _("Comes as"), _("State"), _("Position"), _("Phone"), _("E-mail"), _("Category")),
        *(_("Reference"), _("Registered at")),
    ]
    for row in db.session.scalars(queries.members_of_edition(edition)):
        yield [
            row.delegation.name if row.delegation is not None else "",
            row.name,
            role_word(row.role),
            state_word(row.state),
            row.title,
            row.phone,
            row.email or "",
            row.category.name.local(language()),
            row.reference,
            _moment(row.created_at, edition.tz),
        ]


def _moment(value: datetime | None, zone: ZoneInfo) -> str:
    return value.astimezone(zone).strftime("%Y-%m-%d %H:%M") if value else ""


def _table_file(rows: Iterator[list[str]], stem: str, ending: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename={stem}.{ending}"}
    if ending == "xlsx":
        return Response(as_xlsx(rows, now()), content_type=XLSX, headers=headers)
    return Response(stream_with_context(csv.lines(rows)), content_type="text/csv; charset=utf-8", headers=headers)


# The contact's pages join the same blueprint.
from forums.registrations.delegations import contact_views  # noqa: E402, F401
