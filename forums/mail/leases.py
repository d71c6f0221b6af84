"""Whether the holder of a lease lives: a file of its own, locked until its process ends.

A clock alone cannot tell a sender that died from a clock that was set. The operating system can: it lets go of the
lock when the process ends, however it ends. The files lie in BILLET_DATA, which all processes share; where a file is
missing (another machine, another folder) the clock has to do.
"""

from __future__ import annotations

import fcntl
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import current_app


@dataclass(frozen=True)
class Holders:
    """Leases whose holders are known to live, and those whose holders are known to have died."""

    alive: frozenset[str]
    dead: frozenset[str]


@contextmanager
def held(lease: str) -> Iterator[None]:
    """Hold the lease. Whoever leaves the block by an exception has died, as far as their letters are concerned."""
    path = _folder() / lease
    hidden = path.with_name(f".{lease}")
    with hidden.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        hidden.rename(path)  # so nobody ever sees it unlocked
        yield
        path.unlink(missing_ok=True)


def holders() -> Holders:
    """Who lives and who died, of those that are known here."""
    found = {path.name: _is_locked(path) for path in _folder().iterdir() if path.name[0] != "."}
    return Holders(
        alive=frozenset(lease for lease, locked in found.items() if locked),
        dead=frozenset(lease for lease, locked in found.items() if locked is False),
    )


def forget(leases: Collection[str]) -> None:
    """Remove what the dead left, once their letters have been taken up."""
    for lease in leases:
        (_folder() / lease).unlink(missing_ok=True)


def _is_locked(path: Path) -> bool | None:
    """None when it went away meanwhile: its slice ended in order."""
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return None if not path.exists() else False
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return None


def _folder() -> Path:
    folder = Path(current_app.config["DATA"]) / "senders"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
