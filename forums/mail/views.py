from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.activity.queries import history
from forums.errors import Refused
from forums.mail import outbox, queries
from forums.mail.compose import Parts
from forums.mail.incoming.queries import about
from forums.mail.incoming.words import KIND_NAMES, OUTCOME_NAMES
from forums.mail.models import STATES, Letter
from forums.mail.preview import as_document
from forums.mail.reasons import LETTER_NAMES, REASONS, STATE_NAMES
from forums.mail.rendering import render
from forums.mail.suppression.links import masked_unsubscribe_link
from forums.mail.suppression.queries import is_of_campaign, scopes_of, standing
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import actor, may
from forums.web.paging import page_of

bp = Blueprint("mail", __name__)
navigation.add("house", _l("Outbox"), "mail.index", "registrations.manage", icon="inbox", order=60)
navigation.add("edition", _l("Outbox"), "mail.of_edition", "registrations.manage", icon="inbox", order=60)


@bp.get("/office/outbox")
@may("registrations.manage")
def index() -> ResponseReturnValue:
    """Every letter of the house."""
    return _list(None)


@bp.get("/office/e/<edition>/outbox")
@may("registrations.manage")
def of_edition(edition: Any) -> ResponseReturnValue:
    """The letters of one edition."""
    return _list(edition)


@bp.get("/office/outbox/<int:letter_id>")
@may("registrations.manage")
def show(letter_id: int) -> ResponseReturnValue:
    return _show(letter_id, None)


@bp.get("/office/e/<edition>/outbox/<int:letter_id>")
@may("registrations.manage")
def show_of_edition(edition: Any, letter_id: int) -> ResponseReturnValue:
    return _show(letter_id, edition)


@bp.get("/office/outbox/<int:letter_id>/html")
@may("registrations.manage")
def html(letter_id: int) -> ResponseReturnValue:
    """The HTML of a letter, for the frame of its page; private links are masked."""
    return _html(letter_id, None)


@bp.get("/office/e/<edition>/outbox/<int:letter_id>/html")
@may("registrations.manage")
def html_of_edition(edition: Any, letter_id: int) -> ResponseReturnValue:
    return _html(letter_id, edition)


@bp.post("/office/outbox/<int:letter_id>/resending")
@may("registrations.manage")
def resend(letter_id: int) -> ResponseReturnValue:
    return _resend(letter_id, None)


@bp.post("/office/e/<edition>/outbox/<int:letter_id>/resending")
@may("registrations.manage")
def resend_of_edition(edition: Any, letter_id: int) -> ResponseReturnValue:
    return _resend(letter_id, edition)


def _list(edition: Any) -> ResponseReturnValue:
    state, search = request.args.get("state", ""), request.args.get("q", "")
    edition_id = edition.id if edition else None
    counts = queries.counts(edition_id)
    return render_template(
        "mail/index.html",
        edition=edition,
        page=page_of(queries.outbox(edition_id=edition_id, state=state, search=search)),
        counts=counts,
        total=sum(counts.values()),
        unwelcome=queries.unwelcome(edition_id) if counts["deferred"] or counts["held"] else "",
        states=STATES,
        names=STATE_NAMES,
        letter_names=LETTER_NAMES,
        reasons=REASONS,
        state=state if state in STATES else "",
        search=search,
    )


def _show(letter_id: int, edition: Any) -> ResponseReturnValue:
    letter = _letter(letter_id, edition)
    parts, fault = _masked(letter)
    return render_template(
        "mail/letter.html",
        edition=edition,
        letter=letter,
        parts=parts,
        fault=fault,
        names=STATE_NAMES,
        letter_names=LETTER_NAMES,
        reasons=REASONS,
        resendable=letter.state in outbox.RESENDABLE,
        steps=history(letter),
        came_back=about(letter),
        kinds=KIND_NAMES,
        outcomes=OUTCOME_NAMES,
        standing=standing(letter.recipient, scopes_of(letter)),
    )


def _html(letter_id: int, edition: Any) -> ResponseReturnValue:
    parts, _fault = _masked(_letter(letter_id, edition))
    if parts is None:
        abort(404)
    return as_document(parts)


def _resend(letter_id: int, edition: Any) -> ResponseReturnValue:
    letter = _letter(letter_id, edition)
    try:
        with transaction():
            outbox.resend(letter, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(
            _("The letter goes out again, under the same number.")
            if letter.state != "held"
            else _("It goes out, under the same number, once its campaign goes on."),
            "success",
        )
    return redirect(address("mail.show", letter, edition), 303)


def _letter(letter_id: int, edition: Any) -> Letter:
    return queries.find(letter_id, edition.id if edition else None) or abort(404)


def _masked(letter: Letter) -> tuple[Parts | None, str]:
    """What the letter says, or why it cannot be written."""
    try:
        parts = render(
            letter.letter,
            letter.params,
            letter.language,
            name=letter.recipient_name,
            masked=True,
            unsubscribe=masked_unsubscribe_link(letter.language) if is_of_campaign(letter) else "",
        )
    except Exception as error:  # noqa: BLE001  (a letter that cannot be written has a page all the same)
        return None, f"{type(error).__name__}: {error}"
    return parts, ""


bp.add_app_template_global(queries.worker_silence, "worker_silence")


@bp.app_template_global("letter_address")
def address(endpoint: str, letter: Letter, edition: Any) -> str:
    """The page of a letter: inside the edition whose outbox one came from, else in the house's."""
    if edition:
        return url_for(f"{endpoint}_of_edition", letter_id=letter.id, edition=edition.slug)
    return url_for(endpoint, letter_id=letter.id)
