"""Everybody who is invited, each once with where they stand: for the office, and for the door."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.activity.queries import history
from forums.clock import now
from forums.documents.render import csv
from forums.documents.render.sheet import as_xlsx
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.invitations import guests, queries
from forums.invitations.campaign_forms import GuestForm
from forums.invitations.forms import ANSWER_NAMES
from forums.invitations.models import Invitation
from forums.invitations.queries import Asked
from forums.mail.reasons import REASONS, STATE_NAMES
from forums.registrations.models import State
from forums.registrations.words import STATES
from forums.transaction import transaction
from forums.web.guards import actor, may
from forums.web.language import moment
from forums.web.paging import page_of

bp = Blueprint("guests", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/office/e/<edition>/guests")
@may("editions.manage")
def index(edition: Edition) -> ResponseReturnValue:
    asked = _asked()
    page = page_of(queries.invited(edition, asked))
    return render_template(
        "invitations/guests.html",
        edition=edition,
        page=page,
        asked=asked,
        standings=queries.standings(edition, page.items),
        names=STATE_NAMES,
    )


@bp.get("/office/e/<edition>/guests.<any(csv, xlsx):ending>")
@may("editions.manage")
def export(edition: Edition, ending: str) -> ResponseReturnValue:
    """Those whom the filters of the page ask for."""
    head = (
        *(_("Name"), _("E-mail"), _("Organisation"), _("Form of address or post"), _("Letters"), _("Last letter")),
        *(
            _("Campaign"),
            _("Let go by"),
            _("Sent"),
            _("Answer"),
            _("Answered"),
            _("Companions"),
            _("Substitute"),
            _("Note"),
        ),
        *(_("Registration"), _("State of the registration"), _("Came"), _("Withdrawn"), _("Why it is withdrawn")),
    )
    found = db.session.scalars(queries.invited(edition, _asked())).all()
    return table_file((head, *_rows(edition, found)), f"guests-{edition.slug}", ending)


@bp.route("/office/e/<edition>/guests/<int:invitation_id>", methods=["GET", "POST"])
@may("editions.manage")
def show(edition: Edition, invitation_id: int) -> ResponseReturnValue:
    """One guest: what we know of them, to be corrected, and each letter that any campaign wrote to them."""
    row = queries.find_invitation(invitation_id, edition) or abort(404)
    form = GuestForm()
    if not form.is_submitted():
        form.show(row)
    elif form.validate():
        try:
            with transaction():
                guests.change_guest(row, form.facts(), actor=actor())
        except Refused as no:
            form.email.errors = [no.message]
        else:
            flash(_("Saved."), "success")
            return redirect(_page_of(row), 303)
    letters, last = queries.letters_to(row), None if row.is_withdrawn else guests.last_letter(row)
    return render_template(
        "invitations/guest.html",
        edition=edition,
        row=row,
        form=form,
        letters=letters,
        last=last,
        awaits_link=last is not None and guests.awaits_link(row, last, letters),
        on_the_way=guests.ON_THE_WAY,
        standing=queries.standings(edition, [row])[row.id],
        names=STATE_NAMES,
        reasons=REASONS,
        history=history(row),
    )


@bp.post("/office/e/<edition>/guests/<int:invitation_id>/letter")
@may("editions.manage")
def send_last_again(edition: Edition, invitation_id: int) -> ResponseReturnValue:
    """The last letter once more, to the address that the guest has now."""
    row = queries.find_invitation(invitation_id, edition) or abort(404)
    try:
        with transaction():
            is_new = guests.send_last_again(row, request.form.get("last", 0, type=int), actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_("The letter goes out again.") if is_new else _("The letter is on its way already."), "success")
    return redirect(_page_of(row), 303)


def _page_of(row: Invitation) -> str:
    return url_for("invitations.guests.show", edition=row.edition.slug, invitation_id=row.id)


def table_file(rows: Sequence[Sequence[object]], name: str, ending: str) -> Response:
    """The table as CSV or XLSX, to be downloaded."""
    content: bytes | str = "".join(csv.lines(rows))
    if ending == "xlsx":
        content = as_xlsx([[str(cell) for cell in row] for row in rows], now())
    headers = {"Content-Disposition": f'attachment; filename="{name}.{ending}"'}
    return Response(content, mimetype=XLSX if ending == "xlsx" else "text/csv", headers=headers)


def substitute_of(row: Invitation) -> str:
    return f"{row.substitute_name} <{row.substitute_email}>" if row.substitute_email else ""


def _rows(edition: Edition, found: Sequence[Invitation]) -> Iterator[list[str]]:
    for start in range(0, len(found), 1000):
        part = found[start : start + 1000]
        standings = queries.standings(edition, part)
        for one in part:
            standing, registration = standings[one.id], one.registration
            letter = standing.last
            yield [
                *(one.name, one.email, one.organisation, one.title, str(standing.letters)),
                str(STATE_NAMES[letter.state]) if letter else "",
                standing.campaign.name if standing.campaign else "",
                standing.campaign.sent_by.name if standing.campaign and standing.campaign.sent_by else "",
                moment(letter.sent_at, edition.zone) if letter else "",
                str(ANSWER_NAMES[one.answer]),
                moment(one.answered_at, edition.zone),
                *(str(one.companions), substitute_of(one), one.note),
                registration.reference if registration else "",
                str(STATES[State(registration.state)]) if registration else "",
                _("yes") if standing.came else "",
                moment(one.withdrawn_at, edition.zone),
                one.withdrawn_reason,
            ]


def _asked() -> Asked:
    return Asked(*(request.args.get(name, "") for name in ("answer", "place", "letter", "missing", "q")))
