"""Bytes on disk, under BILLET_DATA/files/ab/cd/<sha256>: written once, never changed."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import IO

from flask import current_app
from flask_babel import lazy_gettext as _l

from forums.errors import Refused

_CHUNK = 1024 * 1024
Look = Callable[[Path], None]  # sees a whole file before it is kept; raises to refuse it


class FileMissing(Refused):
    """The row is there and its bytes are not: the data folder was changed or not restored."""

    def __init__(self, sha256: str) -> None:
        super().__init__(_l("The file %(sha256)s is missing. Restore it from a backup.", sha256=sha256[:12]))


def trust(path: Path) -> None:
    """Look at nothing: for what the house itself has written."""


def put(start: bytes, rest: IO[bytes], *, max_size: int, look: Look = trust) -> tuple[str, int] | None:
    """Keep `start` and what follows it; the SHA-256 and size, or None when it is larger than max_size.

    What `look` refuses leaves nothing behind. A temporary file is synced and renamed, and its folder synced, so a
    power cut leaves a whole file or none.
    """
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix="incoming-")
    temporary = Path(name)
    try:
        digest, size = hashlib.sha256(), 0
        with os.fdopen(handle, "wb") as file:
            for chunk in chain((start,), _chunks(rest)):
                size += len(chunk)
                if size > max_size:
                    return None
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        look(temporary)
        _shelve(temporary, _place(digest.hexdigest()))
        return digest.hexdigest(), size
    finally:
        temporary.unlink(missing_ok=True)


def path_of(sha256: str) -> Path:
    """Where the bytes lie. Raises FileMissing."""
    path = _place(sha256)
    if not path.is_file():
        raise FileMissing(sha256)
    return path


def remove(sha256: str) -> bool:
    """Delete bytes that no row holds any more; whether that was done.

    What was put there within the hour stays: somebody may be handing in the same file again.
    """
    try:
        path = path_of(sha256)
        if path.stat().st_mtime > time.time() - 3600:
            return False
        path.unlink()
    except (FileMissing, FileNotFoundError):
        return False
    return True


def everything() -> Iterator[tuple[str, float]]:
    """The SHA-256 that each kept file lies under, and when it was put there (seconds of the epoch)."""
    for path in _folder().glob("??/??/*"):
        try:
            yield path.name, path.stat().st_mtime
        except FileNotFoundError:  # removed while we looked
            continue


def clear_incoming(before: float) -> None:
    """Drop what was still arriving then: the process that took it in is gone."""
    for path in _folder().glob("incoming-*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()


def hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _shelve(temporary: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary.replace(place)  # the same name always holds the same bytes, and a damaged copy is mended by this
    for folder in (place.parent, place.parent.parent):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk


def _place(sha256: str) -> Path:
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise ValueError(f"{sha256!r} is no SHA-256")
    return _folder() / sha256[:2] / sha256[2:4] / sha256


def _folder() -> Path:
    return Path(current_app.config["DATA"]) / "files"
