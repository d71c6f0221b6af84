"""What became of a campaign's letters, as files."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations import queries
from forums.invitations.campaign_forms import SKIPPED_WORDS, WITHHELD_WORDS
from forums.invitations.campaign_views import asked_log, find
from forums.invitations.forms import ANSWER_NAMES
from forums.invitations.guest_views import substitute_of, table_file
from forums.invitations.models import Recipient
from forums.mail.reasons import REASONS as MAIL_REASONS
from forums.mail.reasons import STATE_NAMES
from forums.web.guards import may
from forums.web.language import moment

bp = Blueprint("campaign_log", __name__)


@bp.get("/office/e/<edition>/campaigns/<int:campaign_id>/recipients.<any(csv, xlsx):ending>")
@may("editions.manage")
def recipients(edition: Edition, campaign_id: int, ending: str) -> ResponseReturnValue:
    """The log of who was written to, and what they answered, as far as the filters of the page ask for it."""
    row = find(edition, campaign_id)
    head = (
        *(_("Name"), _("E-mail"), _("Organisation"), _("Form of address or post"), _("Letter"), _("Sent")),
        *(
            _("What happened"),
            _("Answer"),
            _("Answered"),
            _("Companions"),
            _("Substitute"),
            _("Note"),
            _("Registration"),
            _("Withdrawn"),
        ),
    )
    rows = (_csv_row(one, edition) for one in db.session.scalars(queries.recipients_of(row, asked_log())))
    return table_file((head, *rows), f"invitations-{edition.slug}-{row.id}", ending)


@bp.get("/office/e/<edition>/campaigns/<int:campaign_id>/skipped.csv")
@may("editions.manage")
def skipped(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    """Who gets no letter, and why."""
    row = find(edition, campaign_id)
    rows = [(one["name"], one["email"], SKIPPED_WORDS.get(one["reason"], one["reason"])) for one in row.skipped]
    rows += [(one.name, one.email, _("left out by choice")) for one in db.session.scalars(queries.left_out_of(row))]
    head = (_("Name"), _("E-mail"), _("Why there is no letter"))
    return table_file((head, *rows), f"no-letter-{edition.slug}-{row.id}", "csv")


def _csv_row(recipient: Recipient, edition: Edition) -> list[str]:
    one, letter = recipient.invitation, recipient.letter
    return [
        one.name,
        one.email,
        one.organisation,
        one.title,
        str(STATE_NAMES[letter.state]) if letter else "",
        moment(letter.sent_at, edition.zone) if letter else "",
        _trouble(recipient),
        str(ANSWER_NAMES[one.answer]),
        moment(one.answered_at, edition.zone),
        str(one.companions),
        substitute_of(one),
        one.note,
        one.registration.reference if one.registration else "",
        moment(one.withdrawn_at, edition.zone),
    ]


def _trouble(recipient: Recipient) -> str:
    """Why somebody got no letter, or what came back."""
    letter = recipient.letter
    if recipient.withheld:
        return str(WITHHELD_WORDS[recipient.withheld])
    if letter is None:
        return ""
    complained = _("Complained") if letter.complained_at else ""
    if letter.bounced_at is not None:
        return f"{_('Came back')} {letter.bounce} {complained}".strip()
    return " ".join(part for part in (str(MAIL_REASONS.get(letter.reason, "")), letter.error, complained) if part)
