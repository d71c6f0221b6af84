from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from forums.accounts.policy import allowed
from forums.documents.render import csv
from forums.errors import Refused
from forums.extensions import db
from forums.mail.suppression import operations, queries
from forums.mail.suppression.forms import REASON_NAMES, AddForm, LiftForm
from forums.mail.suppression.models import HOUSE, REASONS, Suppression
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import account, actor, can, may
from forums.web.language import moment
from forums.web.paging import page_of

bp = Blueprint("suppression", __name__)
navigation.add(
    "house",
    _l("Suppressed addresses"),
    "suppression.index",
    "editions.manage",
    icon="ban",
    order=61,
    under="mail.index",
)
navigation.add("series", _l("Suppressed addresses"), "suppression.of_series", "editions.manage", icon="ban", order=80)
# Why a row was removed, where nobody wrote it.
WHY = {operations.BY_THEMSELVES: _l("They asked to be written to again.")}


@bp.app_context_processor
def names() -> dict[str, object]:
    return {"suppression_reasons": REASON_NAMES}


@bp.get("/office/suppressions")
@may("editions.manage")
def index() -> ResponseReturnValue:
    """Every suppressed address, of the house and of each series."""
    return _list(None)


@bp.get("/office/series/<series>/suppressions")
@may("editions.manage")
def of_series(series: Any) -> ResponseReturnValue:
    """Addresses that the campaigns of one series do not write to."""
    return _list(series)


@bp.get("/office/suppressions.csv")
@may("editions.manage")
def export() -> ResponseReturnValue:
    return _export(None)


@bp.get("/office/series/<series>/suppressions.csv")
@may("editions.manage")
def export_of_series(series: Any) -> ResponseReturnValue:
    return _export(series)


@bp.route("/office/suppressions/new", methods=["GET", "POST"])
@may("editions.manage")
def new() -> ResponseReturnValue:
    return _new(None)


@bp.route("/office/series/<series>/suppressions/new", methods=["GET", "POST"])
@may("editions.manage")
def new_of_series(series: Any) -> ResponseReturnValue:
    return _new(series)


@bp.route("/office/suppressions/<int:row_id>", methods=["GET", "POST"])
@may("editions.manage")
def show(row_id: int) -> ResponseReturnValue:
    """The history of an address; POST lifts the row."""
    return _show(row_id, None)


@bp.route("/office/series/<series>/suppressions/<int:row_id>", methods=["GET", "POST"])
@may("editions.manage")
def show_of_series(series: Any, row_id: int) -> ResponseReturnValue:
    return _show(row_id, series)


@bp.post("/office/suppressions/liftings")
@may("editions.manage")
def lift() -> ResponseReturnValue:
    """Lift the ticked rows."""
    return _lift(None)


@bp.post("/office/series/<series>/suppressions/liftings")
@may("editions.manage")
def lift_of_series(series: Any) -> ResponseReturnValue:
    return _lift(series)


def _list(series: Any, form: LiftForm | None = None, ticked: Collection[int] = ()) -> ResponseReturnValue:
    chosen = _chosen()
    page = page_of(queries.suppressions(_scope(series), **chosen))
    search = chosen["search"]
    return render_template(
        "mail/suppression/index.html",
        series=series,
        page=page,
        counts=queries.counts(_scope(series)),
        chosen=chosen,
        reasons=REASONS,
        named=queries.series_named(row.series_id for row in page.items),
        form=form or LiftForm(formdata=None),
        ticked=ticked,
        in_house=bool(series and "@" in search and queries.is_suppressed(search, [HOUSE])),
    )


def _export(series: Any) -> ResponseReturnValue:
    rows = db.session.scalars(queries.suppressions(_scope(series), **_chosen())).all()
    named = queries.series_named(row.series_id for row in rows)
    head = (
        *(_("Address"), _("For"), _("Reason"), _("Note"), _("Since"), _("By")),
        *(_("Lifted"), _("Lifted by"), _("Why")),
    )
    lines = (
        (
            row.address,
            named[row.series_id].slug if row.series_id in named else _("The whole house"),
            REASON_NAMES[row.reason],
            row.detail,
            moment(row.created_at),
            row.created_by,
            moment(row.removed_at),
            row.removed_by,
            WHY.get(row.removed_why, row.removed_why),
        )
        for row in rows
    )
    name = f"suppressions-{series.slug}" if series else "suppressions"
    return Response(
        "".join(csv.lines((head, *lines))),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _new(series: Any) -> ResponseReturnValue:
    form = AddForm()
    if form.validate_on_submit():
        with transaction():
            added = operations.suppress_all(
                form.given(),
                scope=_scope(series) or HOUSE,
                reason=form.reason.data,
                detail=form.detail.data.strip(),
                actor=actor(),
            )
        flash(_added(added, len(form.given()) - added), "success")
        return redirect(address("suppression.index", series), 303)
    if not form.is_submitted():
        form.addresses.data = request.args.get("address", "")
    return render_template("mail/suppression/new.html", series=series, form=form)


def _added(added: int, known: int) -> str:
    words: str = ngettext("%(num)s address is suppressed now.", "%(num)s addresses are suppressed now.", added)
    if known:
        words += " " + ngettext("%(num)s was before.", "%(num)s were before.", known)
    return words


def _lift(series: Any) -> ResponseReturnValue:
    form = LiftForm()
    ticked = [int(one) for one in request.form.getlist("row") if one.isascii() and one.isdigit() and len(one) < 10]
    if not ticked:
        flash(_("Tick the addresses first."), "danger")
    if not ticked or not form.validate_on_submit():
        return _list(series, form, ticked)
    with transaction():
        count = operations.lift_all(ticked, scope=_scope(series), why=form.why.data.strip(), actor=actor())
    flash(ngettext("%(num)s address is lifted.", "%(num)s addresses are lifted.", count), "success")
    return redirect(address("suppression.index", series), 303)


def _show(row_id: int, series: Any) -> ResponseReturnValue:
    row = db.session.get(Suppression, row_id)
    if row is None or (series and row.scope != _scope(series)):
        abort(404)
    form = LiftForm()
    if form.validate_on_submit():
        try:
            with transaction():
                operations.lift(row, why=form.why.data.strip(), actor=actor())
        except Refused as no:
            flash(no.message, "danger")
        else:
            flash(_("Lifted. Letters that were withdrawn meanwhile stay so."), "success")
        return redirect(address("suppression.show", series, row_id=row_id), 303)
    rows = queries.history(row.address, None if series is None else [row.scope, HOUSE])
    return render_template(
        "mail/suppression/show.html",
        series=series,
        row=row,
        rows=rows,
        form=form,
        why=WHY,
        named=queries.series_named(one.series_id for one in rows),
    )


def _chosen() -> dict[str, Any]:
    reason = request.args.get("reason", "")
    return {
        "search": request.args.get("q", "")[:320],
        "reason": reason if reason in REASONS else "",
        "removed": request.args.get("show") == "lifted",
    }


def _scope(series: Any) -> str | None:
    return f"series:{series.id}" if series else None


@bp.app_template_global("suppression_address")
def address(endpoint: str, series: Any, **values: Any) -> str:
    """A page of suppressed addresses: of the series whose list one came from, else of the house."""
    if not series:
        return url_for(endpoint, **values)
    own = "suppression.of_series" if endpoint == "suppression.index" else f"{endpoint}_of_series"
    return url_for(own, series=series.slug, **values)


@bp.app_template_global("suppression_in_house")
def in_house() -> bool:
    """Whether the reader may suppress and lift for the whole house."""
    return allowed(account(), "editions.manage")


@bp.app_template_global("suppression_page")
def page_of_row(row: Suppression) -> str:
    """The page of a row that the reader may see: the house's, else its series'; empty where there is none."""
    if in_house():
        return url_for("suppression.show", row_id=row.id)
    if row.series_id is None or not can("editions.manage", row):
        return ""
    named = queries.series_named([row.series_id])
    return address("suppression.show", named.get(row.series_id), row_id=row.id)
