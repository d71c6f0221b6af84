"""The sign-in sheet: the desk's fallback on paper."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations import queries
from forums.registrations.checkin.queries import day_asked_for, days_of
from forums.registrations.models import State
from forums.registrations.views import bp
from forums.web.guards import may


@bp.get("/office/e/<edition>/sign-in-sheet")
@may("checkin")
def sheet(edition: Edition) -> ResponseReturnValue:
    """The printed list for the desk (签到表): confirmed people by name, with room for a signature."""
    statement = queries.matching(edition, state=State.CONFIRMED, sort="name", contact=False)
    rows = db.session.scalars(statement).all()
    day = day_asked_for(edition, request.args.get("day", ""))
    return render_template("registrations/sheet.html", edition=edition, rows=rows, day=day, days=days_of(edition))
