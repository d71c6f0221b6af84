from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.columns import Language
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.jobs import start
from forums.jobs.models import Job
from forums.masks import without_contact
from forums.registrations.lists.asked import Asked
from forums.registrations.lists.columns import Column
from forums.registrations.lists.models import SavedView
from forums.registrations.lists.selection import Chosen

EXPORT = "registrations.export"
MOST_AT_ONCE = 5000  # rows; more are written by a job
KEPT_SECONDS = 24 * 3600


class NameTaken(Refused):
    """Another view of the same person has this name."""


# ---- Saved views


def save_view(
    edition: Edition, *, owner_id: int, name: str, asked: Asked, shared: bool, is_default: bool, actor: Actor
) -> SavedView:
    """Keep a list under a name. A view of one's own with that name is replaced, so sending it twice makes one."""
    view = _named(edition, owner_id, name)
    if view is None:
        view = SavedView(edition_id=edition.id, owner_id=owner_id, name=name)
        db.session.add(view)
    view.query, view.shared = asked.query(), shared
    _make_default(view, is_default)
    record(actor, "saved_view.saved", view, edition=edition, name=name)
    return view


def change_view(view: SavedView, *, name: str, shared: bool, is_default: bool, actor: Actor) -> None:
    """Give a view another name, share it or keep it to oneself. Raises NameTaken."""
    other = _named(view.edition, view.owner_id, name)
    if other is not None and other is not view:
        raise NameTaken(_l("You have a view named “%(name)s” already. Choose another name.", name=name))
    view.name, view.shared = name, shared
    _make_default(view, is_default)
    record(actor, "saved_view.saved", view, name=name)


def delete_view(view: SavedView, *, actor: Actor) -> None:
    """Forget a view; the registrations stay as they are."""
    record(actor, "saved_view.deleted", view, name=view.name)
    db.session.delete(view)


def _named(edition: Edition, owner_id: int, name: str) -> SavedView | None:
    return db.session.scalar(
        select(SavedView).where(
            SavedView.edition_id == edition.id, SavedView.owner_id == owner_id, SavedView.name == name
        )
    )


def _make_default(view: SavedView, is_default: bool) -> None:
    """One view of a person opens by itself, at most."""
    if is_default:
        db.session.execute(
            update(SavedView)
            .where(SavedView.edition_id == view.edition_id, SavedView.owner_id == view.owner_id)
            .values(is_default=False)
        )
    view.is_default = is_default


# ---- Exports


def record_export(
    edition: Edition, picked: Chosen, columns: Sequence[Column], *, kind: str, rows: int, actor: Actor
) -> None:
    """Write down who takes which registrations out, how many, and with which columns."""
    record(
        actor,
        "registration.exported",
        edition,
        edition=edition,
        registrations=rows,
        format=kind.upper(),
        filter="" if picked.ids is not None else without_contact(picked.asked.query(columns=(), sort="-created")),
        columns=", ".join(column.key for column in columns),
        contact=any(column.is_contact for column in columns),
    )


def start_export(edition: Edition, picked: Chosen, *, kind: str, language: Language, actor: Actor) -> Job:
    """Have a job write the file; the number of rows is recorded beforehand."""
    params = picked.params | {"edition_id": edition.id, "format": kind, "language": language}
    return start(EXPORT, params, actor=actor, edition=edition)


def file_of(job: Job) -> Path:
    """Where the job's file lies. It is not part of a backup, and gone after a day."""
    return exports_folder() / f"{job.id}.{job.params['format']}"


def exports_folder() -> Path:
    return Path(current_app.config["DATA"]) / "exports"


def remove_old_exports() -> int:
    """Delete the files that were kept long enough; how many."""
    old = [path for path in exports_folder().glob("*") if path.stat().st_mtime < time.time() - KEPT_SECONDS]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
