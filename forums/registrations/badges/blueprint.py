"""The blueprint of this room, and what its pages share: files to save, moments, and the registration of an address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flask import Blueprint, Response, abort, stream_with_context

from forums.clock import now
from forums.documents.render import csv
from forums.documents.render.sheet import as_xlsx
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations.models import Registration

bp = Blueprint("badges", __name__)
PDF = "application/pdf"


def registration_of(edition: Edition, row_id: int) -> Registration:
    """The edition's registration; 404 for another's."""
    row = db.session.get(Registration, row_id)
    if row is None or row.edition_id != edition.id:
        abort(404)
    return row


def pdf_file(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename={name}", "Cache-Control": "private, no-cache"}
    return Response(content, mimetype=PDF, headers=headers)


def csv_file(rows: Iterator[list[str]], stem: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename={stem}.csv"}
    return Response(stream_with_context(csv.lines(rows)), content_type="text/csv; charset=utf-8", headers=headers)


def xlsx_file(rows: Iterator[list[str]], stem: str) -> Response:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    headers = {"Content-Disposition": f"attachment; filename={stem}.xlsx"}
    return Response(as_xlsx(rows, now()), content_type=kind, headers=headers)


def moment_there(value: datetime | None, edition: Edition) -> str:
    """The moment on the clocks where the event is; nothing for none."""
    return value.astimezone(edition.tz).strftime("%Y-%m-%d %H:%M") if value else ""
