"""Check-in: helpers see name, unit, category and state, and no contact data."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.registrations import queries as registered
from forums.registrations.checkin import operations, queries
from forums.registrations.checkin.words import VERDICTS, verdict_word
from forums.registrations.forms import ScanForm
from forums.registrations.models import Registration
from forums.registrations.office_views import row_number
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import actor, may
from forums.web.paging import page_of

bp = Blueprint("checkin", __name__)
navigation.add("edition", _l("Check-in"), "checkin.desk", "checkin", icon="checkin", order=45)


@bp.get("/office/e/<edition>/check-in")
@may("checkin")
def desk(edition: Edition) -> ResponseReturnValue:
    """?day= names the day, ?q= searches by name, ?seen=&verdict= show the result of the last scan."""
    day = queries.day_asked_for(edition, request.args.get("day", ""))
    words = request.args.get("q", "")[:200]
    found = page_of(registered.matching(edition, words=words, sort="name", contact=False)) if words else None
    verdict = request.args.get("verdict", "")
    return render_template(
        "registrations/checkin/desk.html",
        edition=edition,
        day=day,
        days=queries.days_of(edition),
        form=ScanForm(formdata=None, day=day.isoformat()),
        words=words,
        found=found,
        seen_today=registered.checked_in_on(edition, day),
        expected=registered.tally(edition)["confirmed"],
        verdict=verdict if verdict in VERDICTS else "",
        verdict_word=verdict_word(verdict),
        last=_of_edition(edition, row_number("seen") or 0),
    )


@bp.post("/office/e/<edition>/check-ins")
@may("checkin")
def check_in(edition: Edition) -> ResponseReturnValue:
    """Check in whom the scan names; what is neither ticket nor reference is searched as a name."""
    form = ScanForm()
    day = queries.day_asked_for(edition, form.day.data or "")
    if not form.validate_on_submit():
        return _back(edition, day, verdict=operations.Verdict.UNKNOWN)
    scan = operations.read_scan(edition, form.code.data)
    if scan.registration is None and scan.verdict == operations.Verdict.UNKNOWN:
        return _back(edition, day, q=form.code.data)
    if scan.registration is None:
        return _back(edition, day, verdict=scan.verdict)
    return _checked_in(edition, scan.registration, day)


@bp.post("/office/e/<edition>/registrations/<int:row_id>/check-in")
@may("checkin")
def check_in_listed(edition: Edition, row_id: int) -> ResponseReturnValue:
    row = _of_edition(edition, row_id) or abort(404)
    return _checked_in(edition, row, queries.day_asked_for(edition, request.form.get("day", "")))


@bp.post("/office/e/<edition>/registrations/<int:row_id>/check-in/undo")
@may("checkin")
def undo_check_in(edition: Edition, row_id: int) -> ResponseReturnValue:
    row = _of_edition(edition, row_id) or abort(404)
    day = queries.day_asked_for(edition, request.form.get("day", ""))
    with transaction():
        operations.undo_check_in(row, day=day, actor=actor())
    return _back(edition, day, seen=row_id, verdict="")


def _checked_in(edition: Edition, row: Registration, day: date) -> ResponseReturnValue:
    try:
        with transaction():
            verdict = operations.check_in(row, day=day, actor=actor())
    except Refused:
        abort(400)
    return _back(edition, day, seen=row.id, verdict=verdict)


def _back(edition: Edition, day: date, **shown: Any) -> ResponseReturnValue:
    return redirect(url_for("checkin.desk", edition=edition.slug, day=day.isoformat(), **shown), 303)


def _of_edition(edition: Edition, row_id: int) -> Registration | None:
    row = db.session.get(Registration, row_id) if row_id else None
    return row if row is not None and row.edition_id == edition.id else None
