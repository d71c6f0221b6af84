from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from forums.activity.models import Actor, Row
from forums.documents import shelf
from forums.documents.inspection.apart import draw_anew, look_into
from forums.documents.models import Document, StoredFile
from forums.documents.refusals import WrongFile
from forums.documents.shelf import Look
from forums.extensions import db

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
# What the first bytes must be; the name and the type that a browser claims prove nothing.
_ZIP = b"PK\x03\x04"
_FIRST_BYTES = {PDF: b"%PDF-", PNG: b"\x89PNG\r\n\x1a\n", JPEG: b"\xff\xd8\xff", XLSX: _ZIP, PPTX: _ZIP}
_WORDS = {PDF: "PDF", PNG: "PNG", JPEG: "JPEG", XLSX: "XLSX", PPTX: "PPTX"}
MIB = 1024 * 1024


@dataclass(frozen=True)
class Arrival:
    """A file that came from outside, looked into and on disk; keep() makes it a document."""

    sha256: str
    size: int
    media_type: str
    display_name: str
    facts: dict[str, Any]


def receive(
    stream: IO[bytes], *, display_name: str, allowed: Collection[str] = (PDF, PNG, JPEG), max_size: int = 20 * MIB
) -> Arrival:
    """Take in a file from outside: what is too large, of another kind or hostile leaves nothing behind.

    Call it before the transaction, since looking into a file takes a moment; bytes whose transaction then fails stay
    on disk without a row, never a row without its bytes. Raises WrongFile, NotTaken.
    """
    facts: dict[str, Any] = {}

    def look(path: Path) -> None:
        facts.update(look_into(path, media_type))

    start, media_type = _start(stream, allowed)
    sha256, size = _put(start, stream, max_size, look)
    return Arrival(sha256, size, media_type, clean_name(display_name), facts)


def receive_picture(
    stream: IO[bytes],
    *,
    display_name: str,
    longest: int,
    clear_paper: bool = False,
    photo: bool = False,
    max_size: int = 5 * MIB,
) -> Arrival:
    """Take in a picture from outside, drawn anew as a PNG of at most `longest` pixels a side, a `photo` as a JPEG.

    See receive(). Of the file that came nothing is kept but its dots. Raises WrongFile, NotTaken.
    """
    came = receive(stream, display_name=display_name, allowed=(PNG, JPEG), max_size=max_size)
    place = shelf.path_of(came.sha256)
    drawn = draw_anew(place, came.media_type, longest=longest, clear_paper=clear_paper, photo=photo)
    kept = io.BytesIO(drawn)
    start, media_type = _start(kept, (PNG, JPEG))
    name = f"{came.display_name.rpartition('.')[0] or came.display_name}.{'jpg' if photo else 'png'}"
    return Arrival(*_put(start, kept, len(drawn)), media_type, name, {})


def keep(
    arrival: Arrival, *, kind: str, actor: Actor, edition: Row | None = None, series: Row | None = None
) -> Document:
    """A document of a file that was received."""
    stored = _stored(arrival.sha256, arrival.size, arrival.media_type, arrival.facts)
    return _document(stored, arrival.display_name, kind=kind, actor=actor, edition=edition, series=series)


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
    """Keep what the house itself has written, and a document that names it; see receive() for all else.

    The bytes are on disk before the row: a transaction that rolls back leaves a file that nothing names, never a row
    without its file. Raises WrongFile.
    """
    start, media_type = _start(stream, allowed)
    stored = _stored(*_put(start, stream, max_size), media_type)
    return _document(stored, clean_name(display_name), kind=kind, actor=actor, edition=edition, series=series)


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


def _start(stream: IO[bytes], allowed: Collection[str]) -> tuple[bytes, str]:
    """The first bytes and the media type that they are the beginning of. Raises WrongFile."""
    start = stream.read(16)
    if not start:
        raise WrongFile(_l("The file is empty. Choose the file again."))
    media_type = next((taken for taken in allowed if start.startswith(_FIRST_BYTES[taken])), None)
    if media_type is None:
        words = ", ".join(_WORDS[taken] for taken in allowed)
        raise WrongFile(_l("This is not a file of a kind that is taken here: %(taken)s.", taken=words))
    return start, media_type


def _put(start: bytes, stream: IO[bytes], max_size: int, look: Look = shelf.trust) -> tuple[str, int]:
    kept = shelf.put(start, stream, max_size=max_size, look=look)
    if kept is None:
        raise WrongFile(_l("The file is larger than %(size)s MB. Scan it at a lower resolution.", size=max_size // MIB))
    return kept


def _document(
    stored: StoredFile, name: str, *, kind: str, actor: Actor, edition: Row | None, series: Row | None
) -> Document:
    document = Document(
        stored=stored,
        display_name=name,
        kind=kind,
        uploaded_by_id=actor.account_id,
        uploaded_by=actor.label,
        edition_id=edition.id if edition is not None else None,
        series_id=series.id if series is not None else None,
    )
    db.session.add(document)
    db.session.flush()
    return document


def _stored(sha256: str, size: int, media_type: str, facts: dict[str, Any] | None = None) -> StoredFile:
    """The row of these bytes, made once even when two people hand in the same file at the same moment."""
    same = select(StoredFile).where(StoredFile.sha256 == sha256)
    known = db.session.scalar(same)
    if known is not None:
        known.facts = known.facts or facts
        return known
    row = StoredFile(sha256=sha256, size=size, media_type=media_type, facts=facts)
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        return db.session.scalars(same).one()
    return row
