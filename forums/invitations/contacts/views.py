"""The lists' pages: making a list, filling it by paste or file, looking at it, correcting people and rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.clock import now
from forums.documents.render import csv, sheet
from forums.documents.tables import Lines
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.imports.views import taken_in
from forums.invitations.contacts import operations, queries, reading, search_views
from forums.invitations.contacts.addresses import meant, readable
from forums.invitations.contacts.forms import ListForm, PasteForm, PersonForm, UploadForm
from forums.invitations.contacts.models import RejectedRow, TakenOff
from forums.invitations.contacts.operations import Origin
from forums.invitations.contacts.pages import intake_page, list_of, list_page
from forums.invitations.contacts.queries import Asked
from forums.invitations.contacts.reading import FIELD_NAMES, FIELDS, REASONS, read_contacts
from forums.invitations.contacts.words import ORIGINS, WARNINGS
from forums.invitations.models import TITLE, Contact, ContactList, Intake
from forums.invitations.queries import lists_of
from forums.mail.suppression.queries import suppressed_among
from forums.transaction import transaction
from forums.web.guards import actor, can, may
from forums.web.paging import page_of

bp = Blueprint("contacts", __name__)
bp.register_blueprint(search_views.bp)
bp.add_app_template_filter(meant, "meant")
bp.add_app_template_filter(readable, "readable_address")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.app_context_processor
def words() -> dict[str, object]:
    return {
        "contact_fields": FIELD_NAMES,
        "contact_reasons": REASONS,
        "contact_warnings": WARNINGS,
        "contact_origins": ORIGINS,
    }


@bp.route("/office/e/<edition>/contacts", methods=["GET", "POST"])
@may("editions.manage")
def lists(edition: Edition) -> ResponseReturnValue:
    """The lists of the edition and its series, and a form for a new one."""
    form = ListForm()
    if form.validate_on_submit():
        for_series = bool(form.for_series.data) and can("editions.manage", edition.series)
        with transaction():
            row = operations.create_list(edition, form.name.data.strip(), for_series=for_series, actor=actor())
        flash(_("The list is there. Put people into it."), "success")
        return redirect(list_page(edition, row), 303)
    found = lists_of(edition, with_series=can("editions.manage", edition.series))
    return render_template("invitations/contacts/lists.html", edition=edition, lists=found, form=form)


@bp.get("/office/e/<edition>/contacts/<int:list_id>")
@may("editions.manage")
def show(edition: Edition, list_id: int) -> ResponseReturnValue:
    """?q=&language=&warning=&intake=&sort=&page="""
    row = list_of(edition, list_id)
    asked = Asked.read(request.args)
    counts = queries.counts_of(row, asked)
    page = page_of(queries.contacts_of(row, asked), total=counts.asked)
    return render_template(
        "invitations/contacts/list.html",
        edition=edition,
        row=row,
        asked=asked,
        page=page,
        counts=counts,
        warnings=queries.warnings_of(row, page.items),
        suppressed=suppressed_among((contact.email for contact in page.items), edition.scopes),
        intakes=queries.intakes_of(row),
        form=ListForm(formdata=None, name=row.name),
    )


@bp.get("/office/e/<edition>/contacts/<int:list_id>/people.<any(csv, xlsx):kind>")
@may("editions.manage")
def export(edition: Edition, list_id: int, kind: str) -> ResponseReturnValue:
    """The people that the page shows, all pages of them, as a file that can be uploaded again."""
    row = list_of(edition, list_id)
    name = f"contacts-{edition.slug}-{row.id}.{kind}"
    lines = _exported(row, Asked.read(request.args))
    if kind == "csv":
        return _csv(lines, name)
    made = sheet.as_xlsx(lines, now())
    return send_file(BytesIO(made), mimetype=XLSX, as_attachment=True, download_name=name)


# ---- Paste and upload


@bp.route("/office/e/<edition>/contacts/<int:list_id>/rows", methods=["GET", "POST"])
@may("editions.manage")
def paste(edition: Edition, list_id: int) -> ResponseReturnValue:
    """Put pasted rows into the list."""
    row = list_of(edition, list_id)
    form = PasteForm()
    if taken := taken_in(form, lambda lines, _name: _take(row, lines, Origin("paste"))):
        return redirect(intake_page(edition, taken), 303)
    return _fill_page(edition, row, form, UploadForm(formdata=None))


@bp.route("/office/e/<edition>/contacts/<int:list_id>/file", methods=["GET", "POST"])
@may("editions.manage")
def upload(edition: Edition, list_id: int) -> ResponseReturnValue:
    """Put the rows of a file into the list."""
    row = list_of(edition, list_id)
    form = UploadForm()
    taken = taken_in(form, lambda lines, name: _take(row, lines, Origin("file", name)), is_head=reading.is_head)
    if taken:
        return redirect(intake_page(edition, taken), 303)
    return _fill_page(edition, row, PasteForm(formdata=None), form)


@bp.get("/office/e/<edition>/contacts/<int:list_id>/intakes/<int:intake_id>")
@may("editions.manage")
def show_intake(edition: Edition, list_id: int, intake_id: int) -> ResponseReturnValue:
    """What came of a paste, upload or search: people taken, and each row that was not, with the reason."""
    row = list_of(edition, list_id)
    intake = _intake(row, intake_id)
    return render_template(
        "invitations/contacts/intake.html",
        edition=edition,
        row=row,
        intake=intake,
        page=page_of(queries.rejected_of(intake)),
        edited=operations.kept_after_undoing(intake),
        sentence=search_views.sentence_of(edition, intake),
        warned=queries.counts_of(row, Asked(intake=intake.id, warning="any")).asked,
    )


@bp.get("/office/e/<edition>/contacts/<int:list_id>/intakes/<int:intake_id>/rows.csv")
@may("editions.manage")
def rejected(edition: Edition, list_id: int, intake_id: int) -> ResponseReturnValue:
    """The rows that could not come in, each with its reasons: to be corrected and uploaded again."""
    intake = _intake(list_of(edition, list_id), intake_id)
    return _csv(_rejected(intake), f"contacts-{edition.slug}-{intake.id}-to-correct.csv")


@bp.route(
    "/office/e/<edition>/contacts/<int:list_id>/intakes/<int:intake_id>/rows/<int:row_id>", methods=["GET", "POST"]
)
@may("editions.manage")
def mend(edition: Edition, list_id: int, intake_id: int, row_id: int) -> ResponseReturnValue:
    """Correct one row that could not come in, and take it in."""
    row = list_of(edition, list_id)
    intake = _intake(row, intake_id)
    wrong = db.session.get(RejectedRow, row_id)
    if wrong is None or wrong.intake_id != intake.id:
        abort(404)
    form = PersonForm()
    if not form.is_submitted():
        form.show(wrong.typed)
        form.complain(reading.Rejected(0, wrong.typed, tuple((one["field"], one["reason"]) for one in wrong.faults)))
    elif form.validate() and _kept(
        form, lambda: operations.mend(wrong, form.typed, as_it_is=form.as_it_is.data, actor=actor())
    ):
        flash(_("%(name)s is on the list now.", name=form.name.data), "success")
        return redirect(intake_page(edition, intake), 303)
    return _person_page(edition, row, form, back=intake_page(edition, intake), intake=intake, wrong=wrong)


@bp.post("/office/e/<edition>/contacts/<int:list_id>/intakes/<int:intake_id>/undo")
@may("editions.manage")
def undo(edition: Edition, list_id: int, intake_id: int) -> ResponseReturnValue:
    """Take an intake back."""
    intake = _intake(list_of(edition, list_id), intake_id)
    try:
        with transaction():
            operations.undo(intake, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_("Taken back. Nobody else of the list was touched."), "success")
    return redirect(intake_page(edition, intake), 303)


# ---- The list and its people


@bp.post("/office/e/<edition>/contacts/<int:list_id>/name")
@may("editions.manage")
def rename(edition: Edition, list_id: int) -> ResponseReturnValue:
    row = list_of(edition, list_id)
    form = ListForm()
    if form.validate_on_submit():
        with transaction():
            operations.rename_list(row, form.name.data.strip(), actor=actor())
        flash(_("Saved."), "success")
    else:
        flash(_("Give the list a name of at most 200 characters."), "danger")
    return redirect(list_page(edition, row), 303)


@bp.post("/office/e/<edition>/contacts/<int:list_id>/deletion")
@may("editions.manage")
def delete(edition: Edition, list_id: int) -> ResponseReturnValue:
    row = list_of(edition, list_id)
    try:
        with transaction():
            operations.delete_list(row, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
        return redirect(list_page(edition, row), 303)
    flash(_("The list is deleted."), "success")
    return redirect(url_for("contacts.lists", edition=edition.slug), 303)


@bp.route("/office/e/<edition>/contacts/<int:list_id>/people/<int:contact_id>", methods=["GET", "POST"])
@may("editions.manage")
def person(edition: Edition, list_id: int, contact_id: int) -> ResponseReturnValue:
    """Correct somebody on the list."""
    row = list_of(edition, list_id)
    contact = _contact(row, contact_id)
    form = PersonForm()
    if not form.is_submitted():
        form.show(contact)
    elif form.validate() and _kept(
        form, lambda: operations.change_contact(contact, form.typed, as_it_is=form.as_it_is.data, actor=actor())
    ):
        flash(_("Saved."), "success")
        return redirect(list_page(edition, row), 303)
    return _person_page(edition, row, form, back=list_page(edition, row), contact=contact)


@bp.post("/office/e/<edition>/contacts/<int:list_id>/people/<int:contact_id>/removal")
@may("editions.manage")
def remove(edition: Edition, list_id: int, contact_id: int) -> ResponseReturnValue:
    row = list_of(edition, list_id)
    contact = _contact(row, contact_id)
    with transaction():
        operations.remove_contacts(row, [contact.id], actor=actor())
    flash(_("Taken off the list."), "success")
    return redirect(list_page(edition, row), 303)


@bp.get("/office/e/<edition>/contacts/<int:list_id>/taken-off")
@may("editions.manage")
def taken_off(edition: Edition, list_id: int) -> ResponseReturnValue:
    """Who was taken off the list by hand, and can be put back."""
    row = list_of(edition, list_id)
    page = page_of(queries.taken_off(row))
    return render_template("invitations/contacts/taken_off.html", edition=edition, row=row, page=page)


@bp.post("/office/e/<edition>/contacts/<int:list_id>/taken-off/<int:away_id>/return")
@may("editions.manage")
def put_back(edition: Edition, list_id: int, away_id: int) -> ResponseReturnValue:
    row = list_of(edition, list_id)
    away = db.session.get(TakenOff, away_id)
    if away is None or away.list_id != row.id:
        abort(404)
    name = away.name
    try:
        with transaction():
            operations.put_back(away, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_("%(name)s is on the list now.", name=name), "success")
    return redirect(url_for("contacts.taken_off", edition=edition.slug, list_id=row.id), 303)


@bp.route("/office/e/<edition>/contacts/<int:list_id>/titles", methods=["GET", "POST"])
@may("editions.manage")
def titles(edition: Edition, list_id: int) -> ResponseReturnValue:
    """Give those a form of address who have none, many at a time."""
    row = list_of(edition, list_id)
    typed = {
        int(name.removeprefix("title-")): " ".join(value.split())
        for name, value in request.form.items()
        if name.startswith("title-") and name.removeprefix("title-").isdecimal() and len(name) < 16
    }
    wrong = {contact_id: why for contact_id, value in typed.items() if (why := reading.wrong_with("title", value))}
    if request.method == "POST" and not wrong:
        with transaction():
            given = operations.set_titles(row, typed, actor=actor())
        flash(_("Saved: %(count)s people have a form of address now.", count=given), "success")
        return redirect(url_for("contacts.titles", edition=edition.slug, list_id=row.id), 303)
    people = db.session.scalars(queries.without_title(row)).all()
    return render_template(
        "invitations/contacts/titles.html",
        edition=edition,
        row=row,
        people=people,
        typed=typed,
        wrong=wrong,
        longest=TITLE,
        left=queries.counts_of(row).no_title,
    )


def _take(row: ContactList, lines: Lines, origin: Origin) -> Intake:
    found = read_contacts(lines, lines.formulas if lines.sheet else frozenset())
    with transaction():
        return operations.fill(row, found, origin, actor=actor())


def _kept(form: PersonForm, keep: Callable[[], reading.Rejected | None]) -> bool:
    """Whether what the form holds was kept; if not, the form says why."""
    try:
        with transaction():
            rejected = keep()
    except Refused as no:
        form.email.errors = [no.message]
        return False
    if rejected is not None:
        form.complain(rejected)
    return rejected is None


def _exported(row: ContactList, asked: Asked) -> Iterator[list[str]]:
    yield [*(str(FIELD_NAMES[name]) for name in FIELDS), _("To be looked at")]
    for one in queries.exported(row, asked):
        told = [str(WARNINGS[code]) for code in queries.warnings(one, is_twin=one.twin, is_suppressed=one.suppressed)]
        yield [*(getattr(one, name) for name in FIELDS), _("; ").join(told)]


def _rejected(intake: Intake) -> Iterator[list[str]]:
    yield [*(str(FIELD_NAMES[name]) for name in FIELDS), _("Row no."), _("What is wrong"), _("Did you mean")]
    for row in db.session.scalars(queries.rejected_of(intake)):
        told = [f"{FIELD_NAMES[one['field']]}: {REASONS[one['reason']]}" for one in row.faults]
        yield [*row.typed.values(), str(row.number or ""), " ".join(told), meant(row.email)]


def _csv(lines: Iterator[list[str]], name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response("".join(csv.lines(lines)), content_type="text/csv; charset=utf-8", headers=headers)


def _fill_page(edition: Edition, row: ContactList, paste_form: PasteForm, upload_form: UploadForm) -> str:
    return render_template(
        "invitations/contacts/fill.html", edition=edition, row=row, paste=paste_form, upload=upload_form
    )


def _person_page(edition: Edition, row: ContactList, form: PersonForm, **more: object) -> str:
    return render_template("invitations/contacts/person.html", edition=edition, row=row, form=form, **more)


def _intake(row: ContactList, intake_id: int) -> Intake:
    intake = db.session.get(Intake, intake_id)
    if intake is None or intake.list_id != row.id:
        abort(404)
    return intake


def _contact(row: ContactList, contact_id: int) -> Contact:
    contact = db.session.get(Contact, contact_id)
    if contact is None or contact.list_id != row.id:
        abort(404)
    return contact
