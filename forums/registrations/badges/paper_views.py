"""What people hold besides a badge: the sheet to sign in on, and a ticket as PDF."""

from __future__ import annotations

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from forums.clock import now
from forums.documents.render.apart import typeset_long
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.badges import queries, setting
from forums.registrations.badges.blueprint import bp, pdf_file
from forums.registrations.checkin.queries import days_of
from forums.registrations.emails import facts_of
from forums.registrations.models import Registration
from forums.registrations.queries import tally
from forums.registrations.tickets import ticket_pdf
from forums.web.guards import capability, capability_row, may, row_of
from forums.web.language import language

MOST_DAYS = 5  # columns to sign in that fit on a sheet


@bp.get("/office/e/<edition>/sign-in-sheet")
@may("checkin")
def sheet(edition: Edition) -> ResponseReturnValue:
    """How the sheet for the desk is printed (签到表): by category or initial, for all days or for one."""
    return render_template(
        "registrations/badges/sheet.html",
        edition=edition,
        days=days_of(edition),
        expected=tally(edition)["confirmed"],
        most_days=MOST_DAYS,
    )


@bp.get("/office/e/<edition>/sign-in-sheet.pdf")
@may("checkin")
def sheet_pdf(edition: Edition) -> ResponseReturnValue:
    """?by=category|initial|name &day= : everybody who holds a place, with room to sign for each day."""
    days = days_of(edition)
    chosen = [day for day in days if day.isoformat() == request.args.get("day", "")] or days[:MOST_DAYS]
    by = request.args.get("by", "")
    rows = db.session.scalars(queries.candidates(edition, sort="name")).all()
    at = now()
    data = setting.sign_in_sheet(rows, edition, chosen, by=by, spoken=language(), at=at)
    content = typeset_long("sheet.typ", data, issued=at, pieces=len(rows) // 4)
    return pdf_file(content, f"sign-in-sheet-{edition.slug}.pdf")


@bp.get("/office/e/<edition>/registrations/<int:row_id>/ticket.pdf")
@may("registrations.manage")
def ticket(edition: Edition, row_id: int) -> ResponseReturnValue:
    return _ticket(row_of(edition, Registration, row_id))


@bp.get("/my/registration/<token>/ticket.pdf")
@capability("registration")
def my_ticket(token: str) -> ResponseReturnValue:
    return _ticket(capability_row("registration", token, Registration))


def _ticket(row: Registration) -> Response:
    if not row.is_confirmed:
        abort(404)
    return pdf_file(ticket_pdf(facts_of(row), row.language), f"ticket-{row.reference}.pdf")
