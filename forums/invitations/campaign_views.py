from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.clock import now
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.invitations import audiences, emails, letter_text, narrowing, previews, queries, sending
from forums.invitations.campaign_forms import (
    AUDIENCE_WORDS,
    IN_DOUBT_WORDS,
    KIND_NAMES,
    KIND_WORDS,
    LANGUAGE_NAMES,
    SKIPPED_WORDS,
    WITHHELD_WORDS,
    CampaignForm,
    SendForm,
)
from forums.invitations.letter_text import PLACEHOLDERS, Guest
from forums.invitations.models import KINDS, Campaign, Contact, ContactList, Invitation
from forums.invitations.narrowing import Narrowing
from forums.invitations.queries import Log
from forums.jobs.models import Job
from forums.mail.compose import Parts
from forums.mail.preview import as_document
from forums.mail.reasons import REASONS as MAIL_REASONS
from forums.mail.reasons import STATE_NAMES
from forums.mail.rendering import render
from forums.mail.suppression.links import masked_unsubscribe_link
from forums.transaction import settle, transaction
from forums.web.guards import account, actor, can, may
from forums.web.kept import fresh_key
from forums.web.language import language
from forums.web.paging import page_of

bp = Blueprint("campaigns", __name__)
AT_ONCE = 20
MOST_NAMED = 100
NAME = 200  # as long as that of a campaign


@bp.app_context_processor
def names() -> dict[str, object]:
    return {
        "kind_names": KIND_NAMES,
        "audience_words": AUDIENCE_WORDS,
        "withheld_words": WITHHELD_WORDS,
        "fresh_key": fresh_key,
    }


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
    """A draft of the kind that ?kind= names."""
    kind = request.args.get("kind", "")
    kind = kind if kind in KINDS else "invitation"
    form, lists = _form(edition, kind)
    if kind == "invitation" and not lists:
        flash(_("Make a list of people to write to first."), "warning")
        return redirect(url_for("contacts.lists", edition=edition.slug), 303)
    if not form.is_submitted():
        form.show(sending.opening(kind, "", lists.get(request.args.get("list", 0, type=int))))
    elif form.validate():
        try:
            campaign_id = _create(edition, form.words(lists), form.key.data or "")
        except Refused as no:
            form.body_zh.errors = [no.message]
        else:
            return redirect(url_for("invitations.campaigns.show", edition=edition.slug, campaign_id=campaign_id), 303)
    return _form_page(edition, form, None)


@bp.post("/office/e/<edition>/campaigns/reminders")
@may("editions.manage")
def remind(edition: Edition) -> ResponseReturnValue:
    """A draft to those who got a letter of this campaign and have not answered; next, whom of them.

    Without a campaign of the edition, it is to all who have not answered.
    """
    asked = request.form.get("campaign", 0, type=int)
    of = queries.find_campaign(asked, edition) if 0 < asked < 2**31 else None
    words, narrowed = sending.opening("reminder", _("Reminder")), Narrowing(campaign=of.id if of else 0)
    campaign_id = _create(edition, words, request.form.get("key", ""), narrowed)
    return redirect(url_for("invitations.choosing.show", edition=edition.slug, campaign_id=campaign_id), 303)


@bp.route("/office/e/<edition>/campaigns/<int:campaign_id>/words", methods=["GET", "POST"])
@may("editions.manage")
def change(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    row = find(edition, campaign_id)
    form, lists = _form(edition, row.kind)
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
    return _show(edition, find(edition, campaign_id), SendForm(formdata=None))


@bp.post("/office/e/<edition>/campaigns/<int:campaign_id>/sending")
@may("editions.manage")
def send(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    """Let a frozen campaign go, once whoever does it has said how many letters that is."""
    row, form = find(edition, campaign_id), SendForm()
    if row.state == "frozen" and not form.validate():
        return _show(edition, row, form)
    try:
        with transaction():
            sending.send(row, actor=actor(), number=form.count)
    except (sending.WrongNumber, sending.WrongTimes) as no:
        form.number.errors = [no.message]
        return _show(edition, row, form)
    except Refused as no:
        flash(no.message, "danger")
    return redirect(_page(edition, row), 303)


@bp.get("/office/e/<edition>/campaigns/<int:campaign_id>/progress.json")
@may("editions.manage")
def progress(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    """How many letters have come to an end, for the bar of the page."""
    row = find(edition, campaign_id)
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
    """The letter as one person would see it, for the frame of the campaign's page."""
    row = find(edition, campaign_id)
    return as_document(_sample(row, _person(row)))


@bp.post("/office/e/<edition>/campaigns/<int:campaign_id>/tests")
@may("editions.manage")
def test(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    """A test letter to whoever asks for it."""
    row = find(edition, campaign_id)
    person, somebody = _person(row), account()
    if somebody is None:
        abort(403)
    with transaction():
        key = request.form.get("key", "")
        sending.send_test(row, _guest(person), _shown_language(row, person), somebody, key=key)
    flash(_("A test letter is on its way to %(email)s.", email=somebody.email), "success")
    return redirect(_page(edition, row), 303)


@bp.post("/office/e/<edition>/campaigns/<int:campaign_id>/<any(freezing,thawing,pause,resumption,cancellation):step>")
@may("editions.manage")
def step(edition: Edition, campaign_id: int, step: str) -> ResponseReturnValue:
    """Move the campaign one step: the address names it."""
    row = find(edition, campaign_id)
    try:
        with transaction():
            sending.STEPS[step](row, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    return redirect(_page(edition, row), 303)


@bp.post("/office/e/<edition>/campaigns/<int:campaign_id>/copies")
@may("editions.manage")
def copy(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    """A new draft with the words of this campaign, which is over."""
    row, key = find(edition, campaign_id), request.form.get("key", "")
    name = _("%(name)s, again", name=row.name)[:NAME]
    try:
        copy_id = settle(lambda: sending.copy_campaign(find(edition, campaign_id), name, key=key, actor=actor()).id)
    except Refused as no:
        flash(no.message, "danger")
        copy_id = row.id
    else:
        flash(_("Nothing is sent yet. Look at whom it goes to, and when."), "success")
    return redirect(url_for("invitations.campaigns.show", edition=edition.slug, campaign_id=copy_id), 303)


@bp.post("/office/e/<edition>/campaigns/<int:campaign_id>/deletion")
@may("editions.manage")
def delete(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    row = find(edition, campaign_id)
    try:
        with transaction():
            sending.delete_campaign(row, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
        return redirect(_page(edition, row), 303)
    flash(_("The draft is deleted."), "success")
    return redirect(url_for("invitations.campaigns.index", edition=edition.slug), 303)


def find(edition: Edition, campaign_id: int) -> Campaign:
    """The edition's campaign; 404 if it has none of this id."""
    return queries.find_campaign(campaign_id, edition) or abort(404)


def asked_log() -> Log:
    """What the address asks of the log."""
    return Log(*(request.args.get(name, "") for name in ("state", "answer", "place", "q")))


def _show(edition: Edition, row: Campaign, form: SendForm) -> ResponseReturnValue:
    log = asked_log()
    return render_template(
        "invitations/campaign.html",
        edition=edition,
        row=row,
        form=form,
        is_late=row.is_expired(now()),
        is_ahead=row.starts_at is not None and row.starts_at > now(),
        funnel=queries.funnel(row),
        job=db.session.get(Job, row.job_id) if row.job_id and row.state == "running" else None,
        left_out=len(queries.left_out(row)) if row.audience != "list" else 0,
        narrowed=narrowing.words(row),
        goes_to=list(db.session.scalars(previews.people_of(row).limit(MOST_NAMED))) if not row.started_at else [],
        size=previews.size(row) if row.state == "draft" else row.to_send,
        page=page_of(queries.recipients_of(row, log)) if row.started_at else None,
        log=log,
        letter_states=STATE_NAMES,
        skipped_words=SKIPPED_WORDS,
        mail_reasons=MAIL_REASONS,
        languages=LANGUAGE_NAMES,
        in_doubt_words=IN_DOUBT_WORDS,
        **_preview(row),
    )


def _preview(row: Campaign) -> dict[str, Any]:
    """The letter to the chosen person, whom else it can be shown for, and what is missing in it."""
    person = _person(row)
    shown = _shown_language(row, person)
    search = previews.people_of(row, request.args.get("person", ""))
    return {
        "person": person,
        "people": list(db.session.scalars(search.limit(AT_ONCE))),
        "longest": previews.longest_name(row),
        "holes": previews.holes(row) if not row.started_at else [],
        "placeholders": PLACEHOLDERS,
        "shown": shown,
        "subject": _sample(row, person).subject,
        "written": [code for code in ("zh", "en") if getattr(row.body, code) and row.language in {"", code}],
    }


def _create(edition: Edition, words: sending.Words, key: str, narrowed: Narrowing = sending.EVERYBODY) -> int:
    """The id of the draft that this form makes, or has made."""
    return settle(lambda: sending.create_campaign(edition, words, narrowed=narrowed, key=key, actor=actor()).id)


def _lists(edition: Edition) -> dict[int, ContactList]:
    lines = queries.lists_of(edition, with_series=can("editions.manage", edition.series))
    return {line.row.id: line.row for line in lines}


def _form(edition: Edition, kind: str) -> tuple[CampaignForm, dict[int, ContactList]]:
    form, lists = CampaignForm(kind, edition), _lists(edition)
    if kind == "invitation":
        form.contact_list.choices = [(list_id, row.name) for list_id, row in lists.items()]
    return form, lists


def _form_page(edition: Edition, form: CampaignForm, row: Campaign | None) -> ResponseReturnValue:
    return render_template(
        "invitations/campaign_form.html",
        edition=edition,
        form=form,
        row=row,
        kind_words=KIND_WORDS,
        placeholders=letter_text.PLACEHOLDERS,
        offered=audiences.OFFERED[form.kind],
    )


def _person(row: Campaign) -> Contact | Invitation | None:
    """The person that ?contact= names, else the first whom the campaign writes to."""
    return previews.person(row, request.values.get("contact", 0, type=int))


def _guest(person: Contact | Invitation | None) -> Guest:
    return Guest(person.name, person.organisation, person.title) if person else Guest(_("Guest"))


def _sample(row: Campaign, person: Contact | Invitation | None) -> Parts:
    """The letter to this person in the chosen language, with its link hidden."""
    guest, shown = _guest(person), _shown_language(row, person)
    foot = masked_unsubscribe_link(shown)
    return render(
        "invitation", emails.preview(row, guest, shown), shown, name=guest.name, masked=True, unsubscribe=foot
    )


def _shown_language(row: Campaign, person: Contact | Invitation | None) -> str:
    wished = request.values.get("letter", "")
    theirs = person.language if person else language()
    return emails.language_of(row, wished if wished in {"zh", "en"} else theirs)


def _page(edition: Edition, row: Campaign) -> str:
    return url_for("invitations.campaigns.show", edition=edition.slug, campaign_id=row.id)
