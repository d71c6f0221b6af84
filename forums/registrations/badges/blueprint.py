"""The blueprint of this room, and what its pages share: files to save, moments, and the registration of an address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flask import Blueprint, Response, stream_with_context

from forums.clock import now
from forums.documents.render import csv
from forums.documents.render.sheet import as_xlsx
from forums.editions.models import Edition

bp = Blueprint("badges", __name__)
PDF = "application/pdf"


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
