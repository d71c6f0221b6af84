"""The desk's quick form for who comes unregistered: registered, let in, and a badge or a ticket printed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.activity.models import Actor
from forums.clock import now
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.checkin import operations as checkin
from forums.registrations.checkin import queries as passages
from forums.registrations.checkin.operations import Scan
from forums.registrations.checkin.verdicts import Verdict
from forums.registrations.forms import category_choices, chosen_category
from forums.registrations.models import Registration, State
from forums.registrations.operations import Registered
from forums.registrations.queries import categories_of, rank_of
from forums.registrations.walkins import operations
from forums.registrations.walkins.forms import WalkInForm
from forums.registrations.walkins.queries import Known
from forums.transaction import settle
from forums.web.addresses import LARGEST_ID
from forums.web.guards import actor, may

bp = Blueprint("walkins", __name__)
IN = (Verdict.WELCOME, Verdict.REENTRY, Verdict.ALREADY)


@bp.get("/office/e/<edition>/walk-ins")
@may("registrations.manage")
def desk(edition: Edition) -> ResponseReturnValue:
    """?seen= shows who was registered last; ?point= and ?day= are those of the check-in page."""
    return _page(edition, WalkInForm(category_choices(categories_of(edition)), formdata=None))


@bp.post("/office/e/<edition>/walk-ins")
@may("registrations.manage")
def register(edition: Edition) -> ResponseReturnValue:
    """Register, and with `then=in` check in; who may be registered already is shown first."""
    form = WalkInForm(category_choices(categories_of(edition)))
    if not form.validate_on_submit():
        return _page(edition, form)
    who = actor()
    outcome = settle(lambda: _registered(edition, form, who))
    if isinstance(outcome, Known):
        form.seen.data = "" if outcome.same else " ".join(str(row.id) for row in outcome.alike)
        return _page(edition, form, known=outcome)
    return redirect(url_for("walkins.desk", edition=edition.slug, seen=outcome, **_where()), 303)


def _registered(edition: Edition, form: WalkInForm, who: Actor) -> int | Known:
    """The id of the registration, new or of the same form before, checked in if that was asked for."""
    outcome = operations.register_walk_in(
        edition,
        form.applicant,
        category=chosen_category(edition, form.category_id.data),
        key=form.key.data or "",
        seen=form.ids_seen,
        actor=who,
    )
    if not isinstance(outcome, Registered):
        return outcome
    row = outcome.registration
    if request.form.get("then") == "in" and row.is_confirmed:
        _let_in(edition, row, form.key.data or "", who)
    elif outcome.is_new:
        flash(_("%(name)s is registered.", name=row.name), "success")
    return row.id


def _let_in(edition: Edition, row: Registration, key: str, who: Actor) -> None:
    """Check in where the check-in page would: its point, and its day."""
    number, asked = request.args.get("point", 0, type=int), request.args.get("day", "")
    point = passages.point_of(edition, number) if 0 < number <= LARGEST_ID else None
    day = passages.day_asked_for(edition, asked)
    fixed_day = day if day.isoformat() == asked or not passages.is_on(edition) else None
    scan = Scan(row.reference, nonce=f"walk-in-{key}"[:64], at=now(), day=fixed_day)
    answer = checkin.check_in(edition, scan, point=point, actor=who)
    if answer.verdict not in IN:
        flash(_("%(name)s is registered, but was not checked in here.", name=row.name), "warning")


def _page(edition: Edition, form: WalkInForm, *, known: Known | None = None) -> str:
    row = _seen(edition)
    came = [one for one in passages.passages_of(row) if one.undone_at is None] if row is not None else []
    return render_template(
        "registrations/walkins/desk.html",
        edition=edition,
        form=form,
        known=known,
        row=row,
        came=came,
        rank=rank_of(row) if row is not None and row.state == State.WAITLISTED else None,
        where=_where(),
        free=max(edition.capacity - edition.taken, 0),
    )


def _seen(edition: Edition) -> Registration | None:
    number = request.args.get("seen", 0, type=int)
    row = db.session.get(Registration, number) if 0 < number <= LARGEST_ID else None
    return row if row is not None and row.edition_id == edition.id else None


def _where() -> dict[str, Any]:
    """The point and the day of the check-in page, as they stand in the address."""
    return {name: request.args[name][:20] for name in ("point", "day") if request.args.get(name)}
