from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.agenda.models import Session
from forums.agenda.queries import session_of
from forums.clock import now
from forums.documents.render import csv
from forums.documents.render.sheet import as_xlsx
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.signups import operations, queries  # noqa: F401  (operations follow the agenda)
from forums.registrations.words import state_word
from forums.web.guards import may
from forums.web.language import language
from forums.web.paging import page_of

bp = Blueprint("signups", __name__)

FOLDER = "/office/e/<edition>/agenda/<int:session_id>/people"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get(FOLDER)
@may("registrations.manage")
def listing(edition: Edition, session_id: int) -> ResponseReturnValue:
    row = _of_edition(edition, session_id)
    return render_template(
        "registrations/signups/list.html", edition=edition, session=row, page=page_of(queries.signed_up(row), per=100)
    )


@bp.get(f"{FOLDER}.<any(csv, xlsx):ending>")
@may("registrations.manage")
def export(edition: Edition, session_id: int, ending: str) -> ResponseReturnValue:
    row = _of_edition(edition, session_id)
    headers = {"Content-Disposition": f"attachment; filename={edition.slug}-session-{row.id}.{ending}"}
    rows = list(_table(row))
    if ending == "xlsx":
        return Response(as_xlsx(rows, now()), content_type=XLSX, headers=headers)
    return Response("".join(csv.lines(rows)), content_type="text/csv; charset=utf-8", headers=headers)


def _table(session: Session) -> Iterator[list[str]]:
    yield [
        _("Name"),
        _("Organisation"),
        _("Position or title"),
        _("Category"),
        _("State"),
        _("Place"),
        _("E-mail"),
        _("Phone"),
        _("Reference"),
    ]
    for one in db.session.scalars(queries.signed_up(session)):
        row = one.registration
        yield [
            row.name,
            row.organisation,
            row.title,
            row.category.name.local(language()),
            state_word(row.state),
            _("yes") if one.held else _("wished for"),
            row.email or "",
            row.phone,
            row.reference,
        ]


def _of_edition(edition: Edition, session_id: int) -> Session:
    row = session_of(edition, session_id)
    if row is None:
        abort(404)
    return row
