from __future__ import annotations

from sqlalchemy import Select, select

from forums.activity.models import Activity, Row
from forums.extensions import db


def history(row: Row) -> list[Activity]:
    """All lines about one row, oldest first."""
    return list(
        db.session.scalars(
            select(Activity)
            .where(Activity.object_kind == row.__tablename__, Activity.object_id == row.id)
            .order_by(Activity.id)
        )
    )


def everything(edition_id: int | None = None) -> Select[Activity]:
    """The record, newest first, of one edition or of the whole house."""
    lines = select(Activity).order_by(Activity.id.desc())
    return lines if edition_id is None else lines.where(Activity.edition_id == edition_id)
