from __future__ import annotations

from typing import Any, cast

from flask_babel import force_locale
from sqlalchemy import select

from forums.activity.models import Actor
from forums.agreements.imports.models import RegisterImport, RegisterRow
from forums.agreements.imports.operations import APPLY, apply_some
from forums.agreements.imports.queries import Reader, to_write
from forums.columns import Language
from forums.extensions import db
from forums.imports.tasks import count, in_steps
from forums.jobs import job
from forums.web.language import LOCALES


@job(APPLY)
def apply_batch(job_id: int, params: dict[str, Any]) -> dict[str, Any]:
    """Draft the agreements of a sheet. Each row is settled with its agreement: a second run goes on from there."""
    batch_id, actor = params["batch_id"], Actor(params["by_id"], params["by"])
    reader = Reader(params["by_id"], params["sees_confidential"])
    language = db.session.scalar(select(RegisterImport.language).where(RegisterImport.id == batch_id)) or "zh"
    db.session.rollback()
    rows = to_write(batch_id)
    with force_locale(LOCALES[cast("Language", language)]):
        in_steps(job_id, lambda: apply_some(batch_id, reader=reader, actor=actor), rows, RegisterRow.done.is_(True))
    return {"rows": count(rows, RegisterRow.agreement_id.is_not(None))}
