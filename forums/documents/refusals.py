"""Why a file is not taken."""

from __future__ import annotations

from forums.errors import Refused


class WrongFile(Refused):
    """The file is empty, too large, or of a type that is not taken here."""


class NotTaken(WrongFile):
    """The file was looked into and is refused; `reason` is one word for why: broken, encrypted, active, heavy, …"""

    def __init__(self, reason: str, message: object) -> None:
        super().__init__(message)
        self.reason = reason
