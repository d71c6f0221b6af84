from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.activity.models import Actor
from forums.documents import tables
from forums.documents.tables import Line
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db, limiter
from forums.invitations import answers, campaign_views, intake, operations, queries
from forums.invitations.forms import ANSWER_NAMES, CAMPAIGN_STATES, AnswerForm, ListForm, PasteForm, UploadForm
from forums.invitations.intake import FIELD_NAMES, REASONS
from forums.invitations.models import Contact, ContactList, Intake, Invitation
from forums.registrations.queries import rank_of
from forums.registrations.words import STATES
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import actor, can, capability, capability_row, may
from forums.web.paging import page_of

bp = Blueprint("invitations", __name__)
bp.register_blueprint(campaign_views.bp)
navigation.add("edition", _l("Invitations"), "invitations.campaigns.index", "editions.manage", icon="mail", order=50)


@bp.app_context_processor
def names() -> dict[str, object]:
    return {"campaign_states": CAMPAIGN_STATES, "answer_names": ANSWER_NAMES, "registration_words": STATES}


@bp.route("/answer/<token>", methods=["GET", "POST"])
@limiter.limit("60/hour", key_func=lambda: request.path, methods=["POST"])
@capability("invitation")
def answer(token: str) -> ResponseReturnValue:
    """The page of one invited person: GET shows, POST decides."""
    row = capability_row("invitation", token, Invitation)
    edition = row.edition
    if edition.is_public:
        g.edition = edition
    form = AnswerForm()
    if not form.is_submitted():
        form.show(row)
    elif form.validate():
        try:
            with transaction():
                answers.answer(row, form.given(), actor=Actor.guest(row.name))
        except Refused as no:
            flash(no.message, "danger")
        else:
            flash(_("Thank you, your answer is noted."), "success")
        return redirect(url_for("invitations.answer", token=token), 303)
    return render_template(
        "invitations/answer.html",
        form=form,
        row=row,
        edition=edition,
        is_open=answers.takes_answers(edition),
        rank=rank_of(row.registration) if row.registration is not None and row.registration.is_waiting else None,
    )


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
        return redirect(_list_page(edition, row), 303)
    found = queries.lists_of(edition, with_series=can("editions.manage", edition.series))
    return render_template("invitations/lists.html", edition=edition, lists=found, form=form)


@bp.get("/office/e/<edition>/contacts/<int:list_id>")
@may("editions.manage")
def show_list(edition: Edition, list_id: int) -> ResponseReturnValue:
    row = _list(edition, list_id)
    return render_template(
        "invitations/list.html",
        edition=edition,
        row=row,
        page=page_of(queries.contacts_of(row, request.args.get("q", ""))),
        intakes=queries.intakes_of(row),
        form=ListForm(formdata=None, name=row.name),
    )


@bp.route("/office/e/<edition>/contacts/<int:list_id>/rows", methods=["GET", "POST"])
@may("editions.manage")
def paste(edition: Edition, list_id: int) -> ResponseReturnValue:
    """Put pasted rows into the list."""
    row = _list(edition, list_id)
    form = PasteForm()
    if form.validate_on_submit():
        try:
            taken = _take(row, tables.read_text(form.rows.data), source="paste")
        except Refused as no:
            form.rows.errors = [no.message]
        else:
            return redirect(_intake_page(edition, row, taken), 303)
    return render_template(
        "invitations/fill.html", edition=edition, row=row, paste=form, upload=UploadForm(formdata=None)
    )


@bp.route("/office/e/<edition>/contacts/<int:list_id>/file", methods=["GET", "POST"])
@may("editions.manage")
def upload(edition: Edition, list_id: int) -> ResponseReturnValue:
    """Put the rows of a file into the list."""
    row = _list(edition, list_id)
    form = UploadForm()
    if form.validate_on_submit():
        name = form.file.data.filename or "file"
        try:
            lines = tables.read_file(form.file.data.read(tables.MOST_BYTES + 1))
            taken = _take(row, lines, source=name)
        except Refused as no:
            form.file.errors = [no.message]
        else:
            if lines.notice:
                flash(lines.notice, "warning")
            return redirect(_intake_page(edition, row, taken), 303)
    return render_template(
        "invitations/fill.html", edition=edition, row=row, paste=PasteForm(formdata=None), upload=form
    )


@bp.get("/office/e/<edition>/contacts/<int:list_id>/intakes/<int:intake_id>")
@may("editions.manage")
def show_intake(edition: Edition, list_id: int, intake_id: int) -> ResponseReturnValue:
    """What came of a paste or upload: rows taken, and each row that was not, with the reason."""
    row = _list(edition, list_id)
    found = db.session.get(Intake, intake_id)
    if found is None or found.list_id != row.id:
        abort(404)
    return render_template(
        "invitations/intake.html", edition=edition, row=row, intake=found, reasons=REASONS, fields=FIELD_NAMES
    )


@bp.post("/office/e/<edition>/contacts/<int:list_id>/name")
@may("editions.manage")
def rename_list(edition: Edition, list_id: int) -> ResponseReturnValue:
    row = _list(edition, list_id)
    form = ListForm()
    if form.validate_on_submit():
        with transaction():
            operations.rename_list(row, form.name.data.strip(), actor=actor())
        flash(_("Saved."), "success")
    else:
        flash(_("Give the list a name of at most 200 characters."), "danger")
    return redirect(_list_page(edition, row), 303)


@bp.post("/office/e/<edition>/contacts/<int:list_id>/deletion")
@may("editions.manage")
def delete_list(edition: Edition, list_id: int) -> ResponseReturnValue:
    row = _list(edition, list_id)
    try:
        with transaction():
            operations.delete_list(row, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
        return redirect(_list_page(edition, row), 303)
    flash(_("The list is deleted."), "success")
    return redirect(url_for("invitations.lists", edition=edition.slug), 303)


@bp.post("/office/e/<edition>/contacts/<int:list_id>/people/<int:contact_id>/removal")
@may("editions.manage")
def remove_contact(edition: Edition, list_id: int, contact_id: int) -> ResponseReturnValue:
    row = _list(edition, list_id)
    contact = db.session.get(Contact, contact_id)
    if contact is None or contact.list_id != row.id:
        abort(404)
    with transaction():
        operations.remove_contact(contact, actor=actor())
    flash(_("Taken off the list."), "success")
    return redirect(_list_page(edition, row), 303)


def _take(row: ContactList, lines: list[Line], *, source: str) -> Intake:
    reading = intake.read_contacts(lines)
    with transaction():
        return operations.add_contacts(row, reading, source=source, actor=actor())


def _list(edition: Edition, list_id: int) -> ContactList:
    """The list, if the reader may manage where it belongs; 404 otherwise."""
    row = queries.find_list(list_id, edition)
    if row is None or not can("editions.manage", row):
        abort(404)
    return row


def _list_page(edition: Edition, row: ContactList) -> str:
    return url_for("invitations.show_list", edition=edition.slug, list_id=row.id)


def _intake_page(edition: Edition, row: ContactList, taken: Intake) -> str:
    return url_for("invitations.show_intake", edition=edition.slug, list_id=row.id, intake_id=taken.id)
