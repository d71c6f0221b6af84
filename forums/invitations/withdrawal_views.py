"""Taking invitations back: whose, why and with what letter is asked first. Inviting again."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations import queries, withdrawing
from forums.invitations.campaign_forms import WithdrawalForm
from forums.invitations.models import Invitation
from forums.transaction import transaction
from forums.web.guards import actor, may

bp = Blueprint("withdrawal", __name__)
MOST_AT_ONCE = 200


@bp.get("/office/e/<edition>/guests/withdrawal")
@may("editions.manage")
def ask(edition: Edition) -> ResponseReturnValue:
    """Whose invitation is about to be withdrawn; `chosen` names them."""
    rows = _chosen(edition, request.args.getlist("chosen", type=int))
    return _page(edition, rows, WithdrawalForm()) if rows else _nobody(edition)


@bp.post("/office/e/<edition>/guests/withdrawal")
@may("editions.manage")
def withdraw(edition: Edition) -> ResponseReturnValue:
    rows, form = _chosen(edition, request.form.getlist("chosen", type=int)), WithdrawalForm()
    if not rows:
        return _nobody(edition)
    if not form.validate():
        return _page(edition, rows, form)
    ids = [row.id for row in rows]
    with transaction():
        done = withdrawing.withdraw(
            edition, ids, reason=form.reason.data.strip(), with_letter=form.letter.data, actor=actor()
        )
    if done.people:
        flash(
            ngettext("%(num)s invitation is withdrawn.", "%(num)s invitations are withdrawn.", done.people), "success"
        )
        told = ngettext("%(num)s letter tells it.", "%(num)s letters tell it.", done.letters)
        flash(told if done.letters else _("Nobody is told by letter."), "info")
    else:
        flash(_("It was withdrawn before; nothing was done twice."), "info")
    return redirect(_after(edition, ids), 303)


@bp.post("/office/e/<edition>/guests/<int:invitation_id>/restoration")
@may("editions.manage")
def restore(edition: Edition, invitation_id: int) -> ResponseReturnValue:
    row = queries.find_invitation(invitation_id, edition) or abort(404)
    with transaction():
        is_news = withdrawing.restore(row, actor=actor())
    flash(
        _("They are invited again: link and answer hold as before.") if is_news else _("They are invited."), "success"
    )
    return redirect(_after(edition, [invitation_id]), 303)


def _chosen(edition: Edition, ids: Sequence[int]) -> Sequence[Invitation]:
    """The chosen ones whose invitation stands or was withdrawn from all alike: what is done shows what was done."""
    known = [one for one in ids if 0 < one < 2**31][:MOST_AT_ONCE]
    mine = select(Invitation).where(Invitation.edition_id == edition.id, Invitation.id.in_(known))
    return db.session.scalars(mine.options(joinedload(Invitation.registration)).order_by(Invitation.id)).all()


def _page(edition: Edition, rows: Sequence[Invitation], form: WithdrawalForm) -> ResponseReturnValue:
    reached = withdrawing.written_to(edition, [row.id for row in rows])
    if not form.is_submitted():
        form.letter.data = bool(reached)
    return render_template(
        "invitations/withdrawal.html",
        edition=edition,
        rows=rows,
        form=form,
        reached=reached,
        back=_after(edition, [row.id for row in rows]),
    )


def _nobody(edition: Edition) -> ResponseReturnValue:
    flash(_("Tick the guests that you mean."), "warning")
    return redirect(url_for("invitations.guests.index", edition=edition.slug), 303)


def _after(edition: Edition, ids: Sequence[int]) -> str:
    """One guest has a page; several stand in the list."""
    if len(ids) == 1:
        return url_for("invitations.guests.show", edition=edition.slug, invitation_id=ids[0])
    return url_for("invitations.guests.index", edition=edition.slug)
