"""The contact's page behind the unit's private link. Staff who open it act in their own name, also after its time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from flask import Response, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from forums.activity.models import Actor
from forums.clock import now
from forums.errors import Refused
from forums.extensions import db, limiter
from forums.registrations.delegations import members, queries, sheets
from forums.registrations.delegations.emails import tickets_pdf
from forums.registrations.delegations.forms import (
    COLUMNS,
    MOST_ROWS,
    ChangeMemberForm,
    MemberRow,
    MembersForm,
    SheetForm,
    table_of,
)
from forums.registrations.delegations.members import Member
from forums.registrations.delegations.views import XLSX, bp
from forums.registrations.models import Delegation, Registration
from forums.registrations.refusals import AddressTaken
from forums.registrations.views import picture_of_ticket
from forums.transaction import settle, transaction
from forums.web.guards import account, actor, can, capability, capability_row

BLANK_ROWS = 3
MORE_ROWS = 5
AT_ONCE = 25  # registrations in one transaction
PURPOSE = "delegation"


@bp.get("/my/delegation/<token>")
@capability(PURPOSE)
def mine(token: str) -> ResponseReturnValue:
    unit = _unit(token)
    return _page(unit, token, _blank(unit))


@bp.post("/my/delegation/<token>/people")
@limiter.limit("300/hour", key_func=lambda: request.path)
@capability(PURPOSE)
def add(token: str) -> ResponseReturnValue:
    """Register the good rows; those with something wrong stay as they were typed, and say what."""
    unit = _unit(token)
    form = MembersForm()
    form.validate()
    if "more" in request.form:
        return _page(unit, token, _again(form, range(len(form.table)), unit, blank=MORE_ROWS))
    given = form.given(unit)
    people, who = [one[1] for one in given], _who(unit)
    try:
        refusals = _register(unit, people, who)
    except Refused as no:
        flash(no.message, "danger")
        return _page(unit, token, _again(form, range(len(form.table)), unit))
    refused = {one[0]: refusal for one, refusal in zip(given, refusals, strict=True) if refusal is not None}
    registered = len(given) - len(refused)
    if registered:
        flash(ngettext("%(num)s person is registered.", "%(num)s people are registered.", registered), "success")
    left = [number for number, row in enumerate(form.table) if number in refused or (row.errors and not row.is_blank)]
    if left:
        for number, refusal in refused.items():
            _tell(form.table[number], refusal)
        needs = ngettext(
            "%(num)s row needs a look; nothing that you typed there is lost.",
            "%(num)s rows need a look; nothing that you typed there is lost.",
            len(left),
        )
        flash(needs, "warning")
        return _page(unit, token, _again(form, left, unit))
    if not registered:
        flash(_("Write at least one name."), "warning")
    return redirect(url_for("delegations.mine", token=token), 303)


@bp.post("/my/delegation/<token>/sheet")
@limiter.limit("60/hour", key_func=lambda: request.path)
@capability(PURPOSE)
def read_sheet(token: str) -> ResponseReturnValue:
    """Put a filled template into the table, each row with what is wrong in it; nothing is registered yet."""
    unit = _unit(token)
    form = SheetForm()
    if not form.validate_on_submit():
        return _page(unit, token, _blank(unit), sheet=form)
    try:
        rows, notice = sheets.read_people(form.file.data, most=MOST_ROWS, language=unit.language)
    except Refused as no:
        form.file.errors = [no.message]
        return _page(unit, token, _blank(unit), sheet=form)
    if not rows:
        form.file.errors = [_("There is nobody in the file: only the names of the columns.")]
        return _page(unit, token, _blank(unit), sheet=form)
    if notice:
        flash(notice, "warning")
    table = table_of([(row, {}) for row in rows], blank=0, language=unit.language)
    for row in table.table:
        row.validate()
    for number, refusal in members.preview(unit, table.given(unit)).items():
        _tell(table.table[number], refusal)
    return _page(unit, token, table, read=len(rows))


@bp.get("/my/delegation/<token>/template.xlsx")
@capability(PURPOSE)
def template(token: str) -> ResponseReturnValue:
    """The sheet to be filled."""
    unit = _unit(token)
    headers = {"Content-Disposition": f"attachment; filename={unit.edition.slug}-people.xlsx"}
    return Response(sheets.template(unit.capacity, now()), content_type=XLSX, headers=headers)


@bp.get("/my/delegation/<token>/tickets.pdf")
@limiter.limit("60/hour", key_func=lambda: request.path)
@capability(PURPOSE)
def tickets(token: str) -> ResponseReturnValue:
    """The tickets of everybody who is confirmed, one on a page."""
    unit = _unit(token)
    people = [row for row in queries.members_of(unit) if row.is_confirmed]
    if not people:
        abort(404)
    headers = {
        "Content-Disposition": f"attachment; filename={unit.edition.slug}-tickets.pdf",
        "Cache-Control": "private, no-cache",
    }
    return Response(tickets_pdf(people, now()), mimetype="application/pdf", headers=headers)


@bp.get("/my/delegation/<token>/people/<int:row_id>/ticket.png")
@capability(PURPOSE)
def ticket(token: str, row_id: int) -> ResponseReturnValue:
    return picture_of_ticket(_member(_unit(token), row_id))


@bp.route("/my/delegation/<token>/people/<int:row_id>/details", methods=["GET", "POST"])
@capability(PURPOSE)
def change_member(token: str, row_id: int) -> ResponseReturnValue:
    unit = _unit(token)
    row = _member(unit, row_id)
    form = ChangeMemberForm(obj=row)
    if form.validate_on_submit():
        try:
            with transaction():
                applicant = form.applicant_of(row)
                changed = members.change_member(row, applicant, form.role.data, actor=_who(unit))
        except Refused as no:
            _tell(form, no)
        else:
            flash(_("Saved.") if changed else _("Nothing was changed."), "success")
            return redirect(url_for("delegations.mine", token=token), 303)
    return _member_page("change", unit, row, token, form)


@bp.route("/my/delegation/<token>/people/<int:row_id>/successor", methods=["GET", "POST"])
@capability(PURPOSE)
def swap_member(token: str, row_id: int) -> ResponseReturnValue:
    """Let somebody else come in this person's place (换人)."""
    unit = _unit(token)
    row = _member(unit, row_id)
    form = ChangeMemberForm(role=row.role, organisation=row.organisation, language=row.language)
    if form.validate_on_submit():
        before = row.name
        try:
            with transaction():
                members.swap_member(row, form.applicant_of(row), form.role.data, actor=_who(unit))
        except Refused as no:
            _tell(form, no)
        else:
            flash(
                _("%(new)s comes in the place of %(old)s, whose ticket no longer holds.", new=row.name, old=before),
                "success",
            )
            return redirect(url_for("delegations.mine", token=token), 303)
    return _member_page("swap", unit, row, token, form)


@bp.post("/my/delegation/<token>/people/<int:row_id>/cancellation")
@capability(PURPOSE)
def cancel_member(token: str, row_id: int) -> ResponseReturnValue:
    unit = _unit(token)
    row = _member(unit, row_id)
    try:
        with transaction():
            members.cancel_member(row, actor=_who(unit))
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_("%(name)s is cancelled; the place is free for somebody else of your unit.", name=row.name), "success")
    return redirect(url_for("delegations.mine", token=token), 303)


def _register(unit: Delegation, people: Sequence[Member], who: Actor) -> list[Refused | None]:
    """Register a few in one transaction, so that a long table does not keep others waiting at the gate."""
    refusals: list[Refused | None] = []
    for start in range(0, len(people), AT_ONCE):
        some = people[start : start + AT_ONCE]
        refusals += settle(partial(members.register_members, unit, some, actor=who))
    return refusals


def _page(unit: Delegation, token: str, form: MembersForm, *, sheet: SheetForm | None = None, read: int = 0) -> str:
    """The contact's page with this table below the people; `read` says that a file filled it."""
    return render_template(
        "registrations/delegations/mine.html",
        unit=unit,
        edition=unit.edition,
        token=token,
        members=queries.in_reading_order(queries.members_of(unit)),
        form=form,
        sheet=sheet or SheetForm(formdata=None),
        read=read,
        most=MOST_ROWS,
        is_open=_may_change(unit),
        is_over=queries.is_over(unit.edition),
        contact=_who(unit).account_id is None,
    )


def _member_page(
    page: str, unit: Delegation, row: Registration, token: str, form: ChangeMemberForm
) -> ResponseReturnValue:
    if not row.is_live or not _may_change(unit):
        flash(_("%(name)s cannot be changed any more.", name=row.name), "warning")
        return redirect(url_for("delegations.mine", token=token), 303)
    return render_template(
        f"registrations/delegations/{page}.html", unit=unit, edition=unit.edition, row=row, token=token, form=form
    )


def _again(form: MembersForm, numbers: Sequence[int], unit: Delegation, *, blank: int = 0) -> MembersForm:
    """The same table with these rows of it, as they were typed and with what is wrong with them."""
    rows = [form.table[number] for number in numbers]
    kept = [({name: row[name].data for name in COLUMNS}, _wrong(row)) for row in rows if not row.is_blank]
    blank = blank or (0 if kept else BLANK_ROWS)
    return table_of(kept, blank=blank, language=unit.language)


def _wrong(row: MemberRow) -> dict[str, list[str]]:
    return {name: list(row[name].errors) for name in COLUMNS if row[name].errors}


def _blank(unit: Delegation) -> MembersForm:
    free = unit.capacity - unit.taken
    return table_of((), blank=min(free, BLANK_ROWS), language=unit.language)


def _tell(form: MemberRow | ChangeMemberForm, no: Refused) -> None:
    """Say a refusal beside the field that it is about."""
    field = form.email if isinstance(no, AddressTaken) and form.email.data else form.name
    field.errors = [*field.errors, no.message]


def _unit(token: str) -> Delegation:
    """The unit of the link; the page shows the menu of its event."""
    unit = capability_row(PURPOSE, token, Delegation)
    if unit.edition.is_public:
        g.edition = unit.edition
    return unit


def _member(unit: Delegation, row_id: int) -> Registration:
    """One of the unit's people; 404 for everybody else, as if they were not there."""
    row = db.session.get(Registration, row_id)
    if row is None or row.delegation_id != unit.id:
        abort(404)
    return row


def _who(unit: Delegation) -> Actor:
    """Staff with the right to, in their own name; otherwise the contact."""
    if account() is not None and can("registrations.manage", unit.edition):
        return actor()
    return Actor.guest(unit.contact_name or unit.name)


def _may_change(unit: Delegation) -> bool:
    return queries.takes_changes(unit) or (_who(unit).account_id is not None and unit.capacity > 0)
