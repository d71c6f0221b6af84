from __future__ import annotations

from typing import Any, cast

from flask_babel import force_locale
from sqlalchemy import func, select

from forums.activity.models import Actor
from forums.agreements.imports.models import RegisterImport, RegisterRow
from forums.agreements.imports.operations import APPLY, apply_some
from forums.agreements.imports.queries import Reader, to_write
from forums.columns import Language
from forums.extensions import db
from forums.jobs import job, progress
from forums.transaction import settle
from forums.web.language import LOCALES


@job(APPLY)
def apply_batch(job_id: int, params: dict[str, Any]) -> dict[str, Any]:
    """Draft the agreements of a sheet. Each row is settled with its agreement: a second run goes on from there."""
    batch_id, actor = params["batch_id"], Actor(params["by_id"], params["by"])
    reader = Reader(params["by_id"], params["sees_confidential"])
    total = _count(batch_id)
    language = db.session.scalar(select(RegisterImport.language).where(RegisterImport.id == batch_id)) or "zh"
    db.session.rollback()
    with force_locale(LOCALES[cast("Language", language)]):
        while settle(lambda: apply_some(batch_id, reader=reader, actor=actor)):
            progress(job_id, done=min(_count(batch_id, RegisterRow.done.is_(True)), total), total=total)
    return {"rows": _count(batch_id, RegisterRow.agreement_id.is_not(None))}


def _count(batch_id: int, *which: Any) -> int:
    rows = select(func.count()).select_from(RegisterRow).where(*to_write(batch_id), *which)
    found = db.session.scalar(rows) or 0
    db.session.rollback()
    return found
