"""Asks the child about a file, and says in words what it found wrong and what to do."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from flask_babel import lazy_gettext as _l

from forums.documents.refusals import NotTaken

CHILD = Path(__file__).with_name("child.py")
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """What one inspection may use (bytes, seconds of computing and of waiting for it), and what a file may hold:
    pixels of one picture, pages, and the bytes that all its parts unpack to."""

    memory: int = 512 * MEBIBYTE
    seconds: int = 10
    wait: float = 20
    pixels: int = 200_000_000
    pages: int = 3_000
    unpacked: int = 256 * MEBIBYTE


LIMITS = Limits()
DRAWING = Limits(pixels=25_000_000)  # all of them are unpacked
# Each may take LIMITS.memory; more people than this wait for their turn.
_TURNS = BoundedSemaphore(2)
_OUT_OF_TIME = {signal.SIGKILL, signal.SIGXCPU}


def look_into(path: Path, media_type: str, limits: Limits = LIMITS) -> dict[str, Any]:
    """Facts of a PDF (pages, unpacked, version) or a picture (width, height). Raises NotTaken.

    Takes about 0.1 s for a scan and never longer than limits.wait, whatever the file is.
    """
    return _looked({"path": str(path), "media_type": media_type}, limits)


def draw_anew(path: Path, media_type: str, *, longest: int, clear_paper: bool = False, photo: bool = False) -> bytes:
    """A picture as a PNG of at most `longest` pixels a side, with nothing else of what the file held. Raises NotTaken.

    With `clear_paper`, the white of a picture that has no transparency becomes transparent. A `photo` becomes a JPEG.
    """
    how = {"longest": longest, "clear_paper": clear_paper, "photo": photo}
    return base64.b64decode(_looked({"path": str(path), "media_type": media_type} | how, DRAWING)["drawn"])


def _looked(order: dict[str, Any], limits: Limits) -> dict[str, Any]:
    """What a child with these limits says of a file. Raises NotTaken."""
    if not _TURNS.acquire(timeout=limits.wait):
        raise NotTaken("busy", _l("Too many files are arriving at this moment. Send yours again in a minute."))
    try:
        answer = _ask(vars(limits) | order, wait=limits.wait)
    finally:
        _TURNS.release()
    if "refused" in answer:
        raise NotTaken(answer["refused"], _words(answer, limits))
    return answer


def _ask(order: dict[str, Any], *, wait: float) -> dict[str, Any]:
    """The child's answer. A child that was stopped by its limits was given something too heavy.

    Nothing of this process goes along: no environment, no secrets, no open files. Raises RuntimeError when the child
    cannot work at all.
    """
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        try:
            made = subprocess.run(  # noqa: S603  (this program; the visitor's file is named by its place on our disk)
                [sys.executable, "-I", "-B", "-P", str(CHILD), json.dumps(order)],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=complained,
                env={},
                cwd="/",
                timeout=wait,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"refused": "slow"}
        if made.returncode < 0:  # by a signal: out of its seconds, or the reader fell over the file
            return {"refused": "slow" if -made.returncode in _OUT_OF_TIME else "broken"}
        said.seek(0)
        complained.seek(0)
        if made.returncode:
            raise RuntimeError(f"looking into a file failed: {complained.read()[-500:].decode(errors='replace')}")
        answer: dict[str, Any] = json.load(said)
        return answer


def _words(answer: dict[str, Any], limits: Limits) -> object:
    """What is wrong and what to do, in the reader's language."""
    holds = {
        "javascript": _l("a program (JavaScript)"),
        "launch": _l("a command that opens other programs or files"),
        "submit": _l("a form that sends data"),
        "media": _l("sound, video or 3D"),
        "files": _l("other files inside"),
        "xfa": _l("an XFA form"),
        "opening": _l("actions that start by themselves"),
    }
    sentences = {
        "broken": _l("The file is damaged or cut short. Scan or save it again; a PDF can be printed to PDF again."),
        "empty": _l("The PDF has no pages. Scan or print it to PDF again."),
        "encrypted": _l("The PDF is protected by a password. Print it to PDF again without protection."),
        "active": _l(
            "The PDF holds %(what)s, which no scan needs. Print it to PDF again and choose the new file.",
            what=holds.get(answer.get("what", ""), holds["opening"]),
        ),
        "several": _l(
            "The file is a PDF or a picture and something else at once. Print it to PDF again and choose the new file."
        ),
        "heavy": _l(
            "The file unpacks to far more than a scan holds (%(size)s MB at most). Scan it again at 300 dpi.",
            size=limits.unpacked // MEBIBYTE,
        ),
        "macros": _l("The presentation holds programs (macros or the like). Save it as a plain .pptx, or as a PDF."),
        "slow": _l("The file takes too long to look into. Scan it again at 300 dpi, or print it to PDF again."),
        "pages": _l("The PDF has more than %(most)s pages. Split it.", most=limits.pages),
        "pixels": _l(
            "A picture in the file claims %(width)s × %(height)s pixels; %(millions)s million in all are taken. "
            "Scan it again at 300 dpi.",
            width=answer.get("width"),
            height=answer.get("height"),
            millions=limits.pixels // 1_000_000,
        ),
    }
    return sentences[answer["refused"]]
