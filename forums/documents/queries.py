from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from forums.documents import shelf
from forums.documents.models import StoredFile
from forums.extensions import db


@dataclass(frozen=True)
class Damage:
    """A kept file that is `missing` or whose bytes have `changed`."""

    sha256: str
    problem: str


def damages() -> list[Damage]:
    """Every kept file whose bytes are not on disk or are no longer what was kept: empty when all is well."""
    found = []
    for sha256 in db.session.scalars(select(StoredFile.sha256).order_by(StoredFile.id)):
        try:
            path = shelf.path_of(sha256)
        except shelf.FileMissing:
            found.append(Damage(sha256, "missing"))
            continue
        if shelf.hash_of(path) != sha256:
            found.append(Damage(sha256, "changed"))
    return found
