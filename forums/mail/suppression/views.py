from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from forums import tokens
from forums.accounts.policy import allowed
from forums.activity.models import Actor
from forums.documents.render import csv
from forums.errors import Refused
from forums.extensions import csrf, db, limiter
from forums.mail.models import Letter
from forums.mail.rendering import speaking
from forums.mail.suppression import links, operations, queries
from forums.mail.suppression.forms import REASON_NAMES, AddForm, LiftForm
from forums.mail.suppression.models import HOUSE, REASONS, Suppression
from forums.masks import masked_email
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import account, actor, can, capability, may
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


@bp.route("/unsubscribe/<token>", methods=["GET", "POST"])
@limiter.limit(
    "60/hour", key_func=lambda: request.path, methods=["POST"]
)  # each link by itself: providers share one IP
@capability(links.PURPOSE)
def unsubscribe(token: str) -> ResponseReturnValue:
    """GET shows, since mail scanners follow links; POST decides, from the page or from a mail program (RFC 8058)."""
    letter = _letter(token)
    scopes = queries.scopes_of(letter)
    if request.method == "POST":
        return _decide(letter, token)
    wishes = [row.scope for row in queries.standing(letter.recipient, scopes) if row.reason == "unsubscribed"]
    named = queries.series_named([_series_id(scopes[0])])
    return render_template(
        "mail/suppression/unsubscribe.html",
        here=_page(token),
        address=masked_email(letter.recipient),
        series=next(iter(named.values()), None),
        wish=HOUSE if HOUSE in wishes else "series" if wishes else "",
    )


csrf.exempt(unsubscribe)  # the token is the proof; the button of a mail program has no cookie


def _decide(letter: Letter, token: str) -> ResponseReturnValue:
    one_click = request.form.get("List-Unsubscribe", "").strip().casefold() == "one-click"
    wish = "series" if one_click else request.form.get("wish", "")
    if wish not in {"series", HOUSE, "keep"}:
        abort(400)
    somebody = Actor.guest(masked_email(letter.recipient))
    with transaction():
        if wish == "keep":
            operations.keep_writing(letter, actor=somebody)
        else:
            how = "List-Unsubscribe=One-Click" if one_click else ""
            operations.unsubscribe(letter, actor=somebody, everywhere=wish == HOUSE, how=how)
    if not one_click:
        return redirect(_page(token), 303)
    with speaking(letter.language):
        return Response(_("You get no more such letters.") + "\n", mimetype="text/plain")


def _letter(token: str) -> Letter:
    named = tokens.read(links.PURPOSE, token)
    letter = db.session.get(Letter, named[0]) if named else None
    if letter is None or not links.is_of(token, letter):
        abort(404)
    return letter


def _page(token: str) -> str:
    return url_for("suppression.unsubscribe", token=token, lang=request.args.get("lang"))


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


def _list(series: Any) -> ResponseReturnValue:
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


def _series_id(scope: str) -> int | None:
    return int(scope.partition(":")[2]) if scope != HOUSE else None


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
