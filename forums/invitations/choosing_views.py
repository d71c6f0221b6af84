"""Whom of its audience a draft writes to: a list of people with ticks."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from forums.editions.models import Edition
from forums.errors import Refused
from forums.invitations import freezing, narrowing, previews, queries
from forums.invitations.campaign_forms import NarrowForm
from forums.invitations.campaign_views import find
from forums.invitations.models import Campaign
from forums.invitations.narrowing import Narrowing
from forums.transaction import transaction
from forums.web.guards import actor, can, may
from forums.web.paging import page_of

bp = Blueprint("choosing", __name__)


@bp.get("/office/e/<edition>/campaigns/<int:campaign_id>/people")
@may("editions.manage")
def show(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    """Everybody of the audience; whoever is ticked gets the letter."""
    row = find(edition, campaign_id)
    form = _form(edition, row)
    form.show(Narrowing.of(row))
    return _page(edition, row, form)


@bp.post("/office/e/<edition>/campaigns/<int:campaign_id>/people/narrowing")
@may("editions.manage")
def narrow(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    """Keep to those of the audience who fit; next, the ticks of these."""
    row = find(edition, campaign_id)
    form = _form(edition, row)
    if not form.validate():
        return _page(edition, row, form)
    try:
        with transaction():
            freezing.narrow(row, form.asked(), actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    return redirect(url_for("invitations.choosing.show", edition=edition.slug, campaign_id=row.id), 303)


@bp.post("/office/e/<edition>/campaigns/<int:campaign_id>/people")
@may("editions.manage")
def choose(edition: Edition, campaign_id: int) -> ResponseReturnValue:
    """Keep the ticks of the people who were shown; then on, or to those whom the search looks for."""
    row = find(edition, campaign_id)
    shown, chosen = (set(request.form.getlist(name, type=int)) for name in ("shown", "chosen"))
    try:
        with transaction():
            out = freezing.leave_out(row, shown, chosen, actor=actor())
    except Refused as no:
        flash(no.message, "danger")
        out = 0
    if "search" in request.form:
        wanted = request.form.get("q", "") or None
        here = url_for("invitations.choosing.show", edition=edition.slug, campaign_id=row.id, q=wanted)
        return redirect(here, 303)
    if out:
        flash(ngettext("Saved. %(num)s person is left out.", "Saved. %(num)s people are left out.", out), "success")
    else:
        flash(_("Saved. Nobody is left out."), "success")
    return redirect(url_for("invitations.campaigns.show", edition=edition.slug, campaign_id=row.id), 303)


def _form(edition: Edition, row: Campaign) -> NarrowForm:
    """What may be chosen, and what is chosen already, though nothing was sent of it or it is no longer there."""
    lists = queries.lists_of(edition, with_series=can("editions.manage", edition.series))
    campaigns, names = dict(narrowing.campaigns_that_wrote(edition)), {line.row.id: line.row.name for line in lists}
    asked = Narrowing.of(row)
    if asked.campaign and asked.campaign not in campaigns:
        campaigns[asked.campaign] = narrowing.campaign_name(asked.campaign)
    if asked.list and asked.list not in names:
        names[asked.list] = narrowing.list_name(asked.list)
    return NarrowForm(campaigns, names)


def _page(edition: Edition, row: Campaign, form: NarrowForm) -> ResponseReturnValue:
    if row.state != "draft" or row.audience == "list":
        return redirect(url_for("invitations.campaigns.show", edition=edition.slug, campaign_id=row.id), 303)
    page = page_of(queries.audience_of(row, request.args.get("q", "")), per=200)
    return render_template(
        "invitations/choosing.html",
        edition=edition,
        row=row,
        form=form,
        page=page,
        size=previews.size(row),
        left_out=queries.left_out(row),
        reminded=queries.reminded(page.items),
    )
