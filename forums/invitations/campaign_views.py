from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from forums.documents.render import csv
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.invitations import emails, letter_text, queries, sending
from forums.invitations.contacts.queries import Asked, contacts_of
from forums.invitations.contacts.reading import REASONS
from forums.invitations.forms import ANSWER_NAMES, CampaignForm
from forums.invitations.letter_text import Guest
from forums.invitations.models import ANSWERS, Campaign, Contact, ContactList, Recipient
from forums.jobs.models import Job
from forums.mail.compose import Parts
from forums.mail.models import STATES
from forums.mail.preview import as_document
from forums.mail.reasons import STATE_NAMES
from forums.mail.rendering import render
from forums.transaction import transaction
from forums.web.guards import account, actor, can, may
from forums.web.language import language, moment
from forums.web.paging import page_of

bp = Blueprint("campaigns", __name__)


@bp.get("/office/e/<edition>/campaigns")
@may("editions.manage")
def index(edition: Edition) -> ResponseReturnValue:
    page = page_of(queries.campaigns_of(edition), per=20)
    return render_template(
        "invitations/campaigns.html",
        edition=edition,
        page=page,
        funnels=queries.funnels(page.items),
        has_lists=bool(_lists(edition)),
    )


@bp.route("/office/e/<edition>/campaigns/new", methods=["GET", "POST"])
@may("editions.manage")
def new(edition: Edition) -> ResponseReturnValue:
    form, lists = _form(edition)
    if not lists:
        flash(_("Make a list of people to write to first."), "warning")
        return redirect(url_for("contacts.lists", edition=edition.slug), 303)
    if not form.is_submitted():
        form.start()
        form.contact_list.data = request.args.get("list", 0, type=int)
    elif form.validate():
        try:
            with transaction():
                row = sending.create_campaign(edition, form.words(lists), actor=actor())
        except Refused as no:
            form.body_zh.errors = [no.message]
        else:
            return redirect(_page(edition, row), 303)
    return _form_page(edition, form, None)


@bp.route("/office/e/<edition>/campaigns/<int:campaign_id>/words", methods=["GET", "POST"])
@may("editions.manage")
def change(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    row = _campaign(edition, campaign_id)
    form, lists = _form(edition)
    if not form.is_submitted():
        form.show(row)
    elif form.validate():
        try:
            with transaction():
                sending.change_campaign(row, form.words(lists), actor=actor())
        except Refused as no:
            form.body_zh.errors = [no.message]
        else:
            flash(_("Saved."), "success")
            return redirect(_page(edition, row), 303)
    return _form_page(edition, form, row)


@bp.get("/office/e/<edition>/campaigns/<int:campaign_id>")
@may("editions.manage")
def show(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    """Where the campaign is, what can be done next, and the log of its recipients."""
    row = _campaign(edition, campaign_id)
    chosen = {name: request.args.get(name, "") for name in ("answer", "state", "q")}
    found = Asked(q=request.args.get("person", ""))
    contacts = db.session.scalars(contacts_of(row.contact_list, found).limit(20)) if row.contact_list else ()
    return render_template(
        "invitations/campaign.html",
        edition=edition,
        row=row,
        funnel=queries.funnel(row),
        job=db.session.get(Job, row.job_id) if row.job_id and row.state == "running" else None,
        contact=_contact(row),
        contacts=list(contacts),
        shown=_shown_language(row),
        subject=_sample(row).subject,
        written=[code for code in ("zh", "en") if getattr(row.body, code)],
        page=page_of(queries.recipients_of(row, **_filters(chosen))),
        chosen=chosen,
        letter_states=STATE_NAMES,
        reasons=REASONS,
    )


@bp.get("/office/e/<edition>/campaigns/<int:campaign_id>/progress.json")
@may("editions.manage")
def progress(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    """How many letters have come to an end, for the bar of the page."""
    row = _campaign(edition, campaign_id)
    funnel = queries.funnel(row)
    over = row.state != "running" or (funnel.invited > 0 and funnel.waiting == 0)
    return {
        "state": "done" if over else "running",
        "done": funnel.over,
        "total": funnel.invited,
        "message": "",
        "over": over,
    }


@bp.get("/office/e/<edition>/campaigns/<int:campaign_id>/letter")
@may("editions.manage")
def preview(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    """The letter as one person of the list would see it, for the frame of the campaign's page."""
    return as_document(_sample(_campaign(edition, campaign_id)))


@bp.post("/office/e/<edition>/campaigns/<int:campaign_id>/tests")
@may("editions.manage")
def test(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    """A test letter to whoever asks for it."""
    row = _campaign(edition, campaign_id)
    contact, somebody = _contact(row), account()
    if contact is None or somebody is None:
        flash(_("The list is empty: put people into it first."), "warning")
        return redirect(_page(edition, row), 303)
    with transaction():
        sending.send_test(row, contact, _shown_language(row), somebody)
    flash(_("A test letter is on its way to %(email)s.", email=somebody.email), "success")
    return redirect(_page(edition, row), 303)


@bp.post(
    "/office/e/<edition>/campaigns/<int:campaign_id>/<any(freezing,thawing,sending,pause,resumption,cancellation):step>"
)
@may("editions.manage")
def step(edition: Edition, campaign_id: int, step: str) -> ResponseReturnValue:
    """Move the campaign one step: the address names it."""
    row = _campaign(edition, campaign_id)
    try:
        with transaction():
            sending.STEPS[step](row, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    return redirect(_page(edition, row), 303)


@bp.post("/office/e/<edition>/campaigns/<int:campaign_id>/deletion")
@may("editions.manage")
def delete(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    row = _campaign(edition, campaign_id)
    try:
        with transaction():
            sending.delete_campaign(row, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
        return redirect(_page(edition, row), 303)
    flash(_("The draft is deleted."), "success")
    return redirect(url_for("invitations.campaigns.index", edition=edition.slug), 303)


@bp.get("/office/e/<edition>/campaigns/<int:campaign_id>/recipients.csv")
@may("editions.manage")
def recipients(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    """The log of who was written to, and what they answered."""
    row = _campaign(edition, campaign_id)
    head = (
        *(_("Name"), _("E-mail"), _("Organisation"), _("Form of address or post"), _("Letter"), _("Sent")),
        *(_("Answer"), _("Answered"), _("Companions"), _("Substitute"), _("Note"), _("Registration")),
    )
    rows = (_csv_row(one, edition) for one in db.session.scalars(queries.recipients_of(row)))
    return Response(
        "".join(csv.lines((head, *rows))),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="invitations-{edition.slug}-{row.id}.csv"'},
    )


def _csv_row(recipient: Recipient, edition: Edition) -> list[str]:
    one, letter = recipient.invitation, recipient.letter
    substitute = f"{one.substitute_name} <{one.substitute_email}>" if one.substitute_email else ""
    return [
        one.name,
        one.email,
        one.organisation,
        one.title,
        str(STATE_NAMES[letter.state]) if letter else "",
        moment(letter.sent_at, edition.zone) if letter else "",
        str(ANSWER_NAMES[one.answer]),
        moment(one.answered_at, edition.zone),
        str(one.companions),
        substitute,
        one.note,
        one.registration.reference if one.registration else "",
    ]


def _lists(edition: Edition) -> dict[int, ContactList]:
    lines = queries.lists_of(edition, with_series=can("editions.manage", edition.series))
    return {line.row.id: line.row for line in lines}


def _form(edition: Edition) -> tuple[CampaignForm, dict[int, ContactList]]:
    form, lists = CampaignForm(), _lists(edition)
    form.contact_list.choices = [(list_id, row.name) for list_id, row in lists.items()]
    return form, lists


def _form_page(edition: Edition, form: CampaignForm, row: Campaign | None) -> ResponseReturnValue:
    return render_template(
        "invitations/campaign_form.html",
        edition=edition,
        form=form,
        row=row,
        placeholders=letter_text.PLACEHOLDERS,
    )


def _campaign(edition: Edition, campaign_id: int) -> Campaign:
    return queries.find_campaign(campaign_id, edition) or abort(404)


def _contact(row: Campaign) -> Contact | None:
    """The person that ?contact= names, else the first of the list."""
    wished = request.values.get("contact", 0, type=int)
    wished = wished if 0 < wished < 2**31 else 0
    people = select(Contact).where(Contact.list_id == row.list_id).order_by(Contact.id != wished, Contact.id)
    return db.session.scalar(people.limit(1))


def _sample(row: Campaign) -> Parts:
    """The letter to the chosen person in the chosen language, with its link hidden."""
    contact = _contact(row) or Contact(name=_("Guest"), organisation="", title="")
    guest, shown = Guest(contact.name, contact.organisation, contact.title), _shown_language(row)
    return render("invitation", emails.preview(row, guest, shown), shown, name=contact.name, masked=True)


def _shown_language(row: Campaign) -> str:
    wished = request.values.get("letter", "")
    return emails.language_of(row, wished if wished in {"zh", "en"} else language())


def _filters(chosen: dict[str, str]) -> dict[str, Any]:
    return {
        "answer": chosen["answer"] if chosen["answer"] in ANSWERS else "",
        "state": chosen["state"] if chosen["state"] in STATES else "",
        "search": chosen["q"],
    }


def _page(edition: Edition, row: Campaign) -> str:
    return url_for("invitations.campaigns.show", edition=edition.slug, campaign_id=row.id)
