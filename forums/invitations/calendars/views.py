from __future__ import annotations

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.editions.models import Edition
from forums.invitations.calendars import offering, queries
from forums.transaction import settle
from forums.web.guards import actor, may

bp = Blueprint("calendars", __name__)
bp.add_app_template_global(queries.offered, "offered_to_calendars")


@bp.post("/office/e/<edition>/calendars/<any(update,cancellation):kind>")
@may("editions.manage")
def write(edition: Edition, kind: str) -> ResponseReturnValue:
    """A draft to all who have the event in their calendar, with words to begin with; or the one there is already."""
    names = {"update": _("Change of arrangements"), "cancellation": _("Called off")}
    campaign_id = settle(lambda: offering.draft(edition, kind, names[kind], actor=actor()).id)
    flash(_("Nothing is sent yet. Read the letter, change what you like, then freeze and send it."), "success")
    return redirect(url_for("invitations.campaigns.show", edition=edition.slug, campaign_id=campaign_id), 303)
