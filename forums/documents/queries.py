from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from forums.documents import shelf
from forums.documents.models import Document, StoredFile
from forums.extensions import db


@dataclass(frozen=True)
class Damage:
    """A kept file that is `missing` or whose bytes have `changed`."""

    sha256: str
    problem: str


def unnamed() -> list[tuple[str, float]]:
    """Files on disk that no row names, with the time they came: of forms that were given up, or of a failed commit."""
    named = set(db.session.scalars(select(StoredFile.sha256)))
    return sorted((sha256, at) for sha256, at in shelf.everything() if sha256 not in named)


def manifest() -> list[tuple[str, str]]:
    """The SHA-256 of every kept file and its place in the data folder, in the order of the hashes."""
    hashes = db.session.scalars(select(StoredFile.sha256).order_by(StoredFile.sha256))
    return [(sha256, f"files/{sha256[:2]}/{sha256[2:4]}/{sha256}") for sha256 in hashes]


def holders_of(sha256: str) -> list[str]:
    """What a kept file is called where it is held, each as "agreement 峰会协议.pdf (3)"."""
    rows = db.session.scalars(
        select(Document).join(Document.stored).where(StoredFile.sha256 == sha256).order_by(Document.id)
    )
    return [f"{row.kind} {row.display_name} ({row.id})" for row in rows]


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
