from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.documents.render import csv
from forums.errors import Refused
from forums.extensions import db
from forums.mail.incoming import operations, queries
from forums.mail.incoming.imap import parse_imap_url
from forums.mail.incoming.models import IncomingBox, IncomingMail
from forums.mail.incoming.readers import decisions_on, labels
from forums.mail.incoming.words import DETAILS, KIND_NAMES, OUTCOME_HINTS, OUTCOME_NAMES, TONES
from forums.transaction import transaction
from forums.web import navigation
from forums.web.guards import actor, may
from forums.web.language import moment
from forums.web.paging import page_of

bp = Blueprint("incoming", __name__)
navigation.add(
    "house", _l("Incoming mail"), "incoming.index", "registrations.manage", icon="mail", order=61, under="mail.index"
)
navigation.add(
    "edition",
    _l("Incoming mail"),
    "incoming.of_edition",
    "registrations.manage",
    icon="mail",
    order=61,
    under="mail.of_edition",
)


@bp.get("/office/incoming")
@may("registrations.manage")
def index() -> ResponseReturnValue:
    """Everything that came in, also what belongs to no letter."""
    return _list(None)


@bp.get("/office/e/<edition>/incoming")
@may("registrations.manage")
def of_edition(edition: Any) -> ResponseReturnValue:
    """What came in about the letters of one edition."""
    return _list(edition)


@bp.get("/office/incoming.csv")
@may("registrations.manage")
def export() -> ResponseReturnValue:
    return _csv(None)


@bp.get("/office/e/<edition>/incoming.csv")
@may("registrations.manage")
def export_of_edition(edition: Any) -> ResponseReturnValue:
    return _csv(edition)


@bp.post("/office/incoming/<int:incoming_id>/decision")
@may("registrations.manage")
def decide(incoming_id: int) -> ResponseReturnValue:
    return _decide(incoming_id, None)


@bp.post("/office/e/<edition>/incoming/<int:incoming_id>/decision")
@may("registrations.manage")
def decide_of_edition(edition: Any, incoming_id: int) -> ResponseReturnValue:
    return _decide(incoming_id, edition)


def _list(edition: Any) -> ResponseReturnValue:
    chosen = {name: request.args.get(name, "") for name in ("kind", "outcome", "q")}
    edition_id = edition.id if edition else None
    counts = queries.counts(edition_id)
    page = page_of(_rows(edition_id, chosen))
    return render_template(
        "mail/incoming/index.html",
        edition=edition,
        page=page,
        counts=counts,
        total=sum(counts.values()),
        chosen=chosen,
        kinds=KIND_NAMES,
        outcomes=OUTCOME_NAMES,
        hints=OUTCOME_HINTS,
        details=DETAILS,
        tones=TONES,
        decisions={row.id: decisions_on(row) for row in page.items},
        decided=labels(),
        box=_box(),
        is_set_up=bool(current_app.config["MAIL_INCOMING"] or current_app.config["IMAP_URL"]),
    )


def _rows(edition_id: int | None, chosen: dict[str, str]) -> Any:
    return queries.incoming(edition_id, kind=chosen["kind"], outcome=chosen["outcome"], search=chosen["q"])


def _box() -> IncomingBox | None:
    """The mailbox that is read, once it was tried."""
    url = current_app.config["IMAP_URL"]
    return queries.box_named(parse_imap_url(url).name) if url else None


def _csv(edition: Any) -> ResponseReturnValue:
    zone = edition.zone if edition else "Asia/Shanghai"
    head = (_("Received"), _("From"), _("Subject"), _("Letter"), _("Kind"), _("What came of it"), _("Detail"), _("By"))
    found = db.session.scalars(queries.incoming(edition.id if edition else None))
    rows = (_csv_row(one, zone) for one in found)
    name = f"incoming-{edition.slug}.csv" if edition else "incoming.csv"
    return Response(
        "".join(csv.lines((head, *rows))),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _csv_row(one: IncomingMail, zone: str) -> list[str]:
    outcome = labels()[one.decision] if one.decision in labels() else OUTCOME_NAMES[one.outcome]
    return [
        moment(one.received_at, zone),
        one.sender,
        one.subject,
        one.letter.recipient if one.letter else "",
        str(KIND_NAMES[one.kind]),
        str(outcome),
        str(DETAILS.get(one.detail, one.detail)),
        one.decided_by,
    ]


def _decide(incoming_id: int, edition: Any) -> ResponseReturnValue:
    row = queries.find(incoming_id, edition.id if edition else None) or abort(404)
    try:
        with transaction():
            operations.decide(row, request.form.get("decision", ""), actor=actor())
    except Refused as no:
        flash(no.message, "danger")
    else:
        flash(_("Done."), "success")
    kept: dict[str, Any] = {name: value for name in ("kind", "outcome", "q") if (value := request.args.get(name, ""))}
    if edition:
        return redirect(url_for("incoming.of_edition", edition=edition.slug, **kept), 303)
    return redirect(url_for("incoming.index", **kept), 303)
