from __future__ import annotations

from typing import Any

from celery import shared_task
from flask_babel import force_locale

from forums.clock import now
from forums.editions.models import Edition
from forums.extensions import db
from forums.jobs import job, progress
from forums.jobs.models import Job
from forums.registrations.lists import queries, selection, writing
from forums.registrations.lists.operations import EXPORT, exports_folder, file_of, remove_old_exports

LOCALES = {"zh": "zh_Hans_CN", "en": "en"}


@job(EXPORT)
def export(job_id: int, params: dict[str, Any]) -> dict[str, Any]:
    """Write the file beside its name and then give it that name: it is whole or not there, however often this runs."""
    edition = db.session.get_one(Edition, params["edition_id"])
    picked, language = selection.kept(params), params["language"]
    target = file_of(db.session.get_one(Job, job_id))
    exports_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    incoming = target.with_suffix(".incoming")
    written = 0

    def at(done: int, total: int) -> None:
        nonlocal written
        written = total
        progress(job_id, done=done, total=total)

    with force_locale(LOCALES[language]):
        columns = queries.outline(edition).columns(picked.asked, language)
        rows = writing.lines(edition, picked.rows(edition), columns, language=language, at=at)
        writing.write(rows, params["format"], incoming, now())
    incoming.replace(target)
    return {"rows": written}


@shared_task(name="registrations.remove_old_exports")
def remove_exports() -> None:
    """Files with people's data do not lie about."""
    remove_old_exports()
