from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from forums.activity.models import Activity, Actor, Row
from forums.extensions import db
from forums.statements import table_of

_LINE = insert(table_of(Activity))


def record(actor: Actor, action: str, row: Row, *, edition: Row | None = None, **detail: Any) -> None:
    """Write one line about `row`, in the caller's transaction. `detail` must be JSON."""
    db.session.flush()
    line = {
        "actor_id": actor.account_id,
        "actor_label": actor.label,
        "action": action,
        "object_kind": row.__tablename__,
        "object_id": row.id,
        "edition_id": edition.id if edition is not None else getattr(row, "edition_id", None),
        "detail": detail,
    }
    db.session.execute(_LINE, line)
