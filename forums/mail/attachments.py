"""Files of letters: a room says once what a letter carries, and it is made at delivery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from forums.mail.compose import Attachment

Maker = Callable[[dict[str, Any], str], list[Attachment]]
_makers: dict[str, Maker] = {}


def attachments(letter: str) -> Callable[[Maker], Maker]:
    """Declare the files of a letter: `(params, language) → list[Attachment]`, called with the frozen parameters."""

    def declare(make: Maker) -> Maker:
        if letter in _makers:
            raise ValueError(f"attachments of {letter!r} are declared twice")
        _makers[letter] = make
        return make

    return declare


def attachments_of(letter: str, params: dict[str, Any], language: str) -> tuple[Attachment, ...]:
    make = _makers.get(letter)
    return tuple(make(params, language)) if make else ()
