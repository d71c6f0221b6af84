"""Letters of a campaign that went wrong: correct the address in place and send again, or leave it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import joinedload

from forums.editions.models import Edition
from forums.errors import Refused
from forums.invitations import guests, queries
from forums.invitations.campaign_views import find
from forums.invitations.models import Campaign, Invitation, Recipient
from forums.invitations.once import once
from forums.mail.reasons import REASONS, STATE_NAMES
from forums.transaction import transaction
from forums.web.guards import actor, may
from forums.web.paging import page_of

bp = Blueprint("mending", __name__)
MOST_TICKED = 1_000


@bp.get("/office/e/<edition>/campaigns/<int:campaign_id>/trouble")
@may("editions.manage")
def show(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    """What failed, came back or is in doubt, with the address of each."""
    return _page(edition, find(edition, campaign_id))


@bp.post("/office/e/<edition>/campaigns/<int:campaign_id>/trouble")
@may("editions.manage")
def mend(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    """Send the letters that are ticked again, or leave those of them that are in doubt."""
    row = find(edition, campaign_id)
    chosen = sorted(set(_ticked()))
    if not chosen:
        flash(_("Tick the letters that you mean."), "warning")
        return _page(edition, row)
    typed = {one: request.form.get(f"email-{one}", "")[:320] for one in chosen}
    key = request.form.get("key", "")
    try:
        with transaction():
            if "leave" in request.form:
                left = once(key, "leave", row.id, chosen, work=lambda: guests.leave(row, chosen, actor=actor()))
                said = ngettext("%(num)s letter is left as it is.", "%(num)s letters are left as they are.", left)
            else:
                sent = once(key, "again", row.id, typed, work=lambda: guests.send_again(row, typed, actor=actor()))
                said = ngettext("%(num)s letter goes out again.", "%(num)s letters go out again.", sent)
    except Refused as no:
        flash(no.message, "danger")
        return _page(edition, row)
    flash(said, "success")
    return redirect(url_for("invitations.mending.show", edition=edition.slug, campaign_id=row.id), 303)


def _page(edition: Edition, row: Campaign) -> ResponseReturnValue:
    people = queries.troubled(row).options(joinedload(Recipient.invitation).joinedload(Invitation.registration))
    return render_template(
        "invitations/trouble.html",
        edition=edition,
        row=row,
        page=page_of(people, per=100),
        names=STATE_NAMES,
        reasons=REASONS,
        ticked=_ticked(),
    )


def _ticked() -> list[int]:
    """Ids of recipients, as far as any database could hold them."""
    return [one for one in request.form.getlist("chosen", type=int) if 0 < one < 2**31][:MOST_TICKED]
