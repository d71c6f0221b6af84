"""What became of a campaign's letters, as files."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.documents.render import csv
from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations import queries
from forums.invitations.campaign_forms import SKIPPED_WORDS
from forums.invitations.campaign_views import find
from forums.invitations.forms import ANSWER_NAMES
from forums.invitations.models import Recipient
from forums.mail.reasons import STATE_NAMES
from forums.web.guards import may
from forums.web.language import moment

bp = Blueprint("campaign_log", __name__)


@bp.get("/office/e/<edition>/campaigns/<int:campaign_id>/recipients.csv")
@may("editions.manage")
def recipients(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    """The log of who was written to, and what they answered."""
    row = find(edition, campaign_id)
    head = (
        *(_("Name"), _("E-mail"), _("Organisation"), _("Form of address or post"), _("Letter"), _("Sent")),
        *(_("Answer"), _("Answered"), _("Companions"), _("Substitute"), _("Note"), _("Registration")),
    )
    rows = (_csv_row(one, edition) for one in db.session.scalars(queries.recipients_of(row)))
    return _file((head, *rows), f"invitations-{edition.slug}-{row.id}.csv")


@bp.get("/office/e/<edition>/campaigns/<int:campaign_id>/skipped.csv")
@may("editions.manage")
def skipped(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    """Who gets no letter, and why."""
    row = find(edition, campaign_id)
    rows = [(one["name"], one["email"], SKIPPED_WORDS.get(one["reason"], one["reason"])) for one in row.skipped]
    rows += [(one.name, one.email, _("left out by choice")) for one in db.session.scalars(queries.left_out_of(row))]
    return _file(
        ((_("Name"), _("E-mail"), _("Why there is no letter")), *rows), f"no-letter-{edition.slug}-{row.id}.csv"
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


def _file(rows: object, name: str) -> Response:
    return Response(
        "".join(csv.lines(rows)),  # type: ignore[arg-type]
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
