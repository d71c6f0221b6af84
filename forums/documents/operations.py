from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import IO

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from forums.activity.models import Actor, Row
from forums.documents import shelf
from forums.documents.models import Document, StoredFile
from forums.errors import Refused
from forums.extensions import db

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What the first bytes must be; the name and the type that a browser claims prove nothing.
_FIRST_BYTES = {PDF: b"%PDF-", PNG: b"\x89PNG\r\n\x1a\n", JPEG: b"\xff\xd8\xff", XLSX: b"PK\x03\x04"}
_WORDS = {PDF: "PDF", PNG: "PNG", JPEG: "JPEG", XLSX: "XLSX"}
MIB = 1024 * 1024


class WrongFile(Refused):
    """The file is empty, too large, or of a type that is not taken here."""


def store(
    stream: IO[bytes],
    *,
    display_name: str,
    kind: str,
    actor: Actor,
    allowed: Collection[str] = (PDF, PNG, JPEG),
    max_size: int = 20 * MIB,
    edition: Row | None = None,
    series: Row | None = None,
) -> Document:
    """Keep the stream's bytes and a document that names them. Raises WrongFile.

    The bytes are on disk before the row: a transaction that rolls back leaves a file that nothing names, never a row
    without its file.
    """
    start = stream.read(16)
    media_type = next((kept for kept in allowed if start.startswith(_FIRST_BYTES[kept])), None)
    if not start:
        raise WrongFile(_l("The file is empty. Choose the file again."))
    if media_type is None:
        taken = ", ".join(_WORDS[kept] for kept in allowed)
        raise WrongFile(_l("This is not a file of a kind that is taken here: %(taken)s.", taken=taken))
    kept = shelf.put(start, stream, max_size=max_size)
    if kept is None:
        raise WrongFile(_l("The file is larger than %(size)s MB. Scan it at a lower resolution.", size=max_size // MIB))
    document = Document(
        stored=_stored(*kept, media_type),
        display_name=clean_name(display_name),
        kind=kind,
        uploaded_by_id=actor.account_id,
        uploaded_by=actor.label,
        edition_id=edition.id if edition is not None else None,
        series_id=series.id if series is not None else None,
    )
    db.session.add(document)
    db.session.flush()
    return document


def open_document(document: Document) -> IO[bytes]:
    """The document's bytes, to read. Raises shelf.FileMissing."""
    return shelf.path_of(document.stored.sha256).open("rb")


def discard(document: Document) -> str | None:
    """Forget a document; the SHA-256 of its bytes where nothing else holds them: for shelf.remove(), once committed."""
    stored_id, sha256 = document.stored.id, document.stored.sha256
    db.session.delete(document)
    db.session.flush()
    try:
        with db.session.begin_nested():
            db.session.execute(delete(StoredFile).where(StoredFile.id == stored_id))
    except IntegrityError:  # another document, or a row of another room, holds the same bytes
        return None
    return sha256


def clean_name(name: str) -> str:
    """A name that is safe to hand back to any system: no folders, no control or bidirectional marks, 200 characters."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    printable = "".join(c for c in last if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    stem, dot, ending = printable.strip(" .").rpartition(".")
    if dot and len(ending) <= 10:
        return f"{stem[: 199 - len(ending)]}.{ending}"
    return printable.strip(" .")[:200] or "document"


def _stored(sha256: str, size: int, media_type: str) -> StoredFile:
    """The row of these bytes, made once even when two people hand in the same file at the same moment."""
    same = select(StoredFile).where(StoredFile.sha256 == sha256)
    known = db.session.scalar(same)
    if known is not None:
        return known
    row = StoredFile(sha256=sha256, size=size, media_type=media_type)
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        return db.session.scalars(same).one()
    return row
