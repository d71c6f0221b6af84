"""Postfix's own measuring tools: smtp-source, which sends as fast as C can, and smtp-sink, which takes everything."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import servers
from tests.running import PATIENCE

# Where `make bench` unpacks Debian's package: its daemon is neither installed nor started.
UNPACKED = Path(__file__).parents[2] / ".venv" / "postfix"
NAMES = ("smtp-source", "smtp-sink")


def programs() -> list[str]:
    """The paths of the two. Skips the bench, saying what is absent."""
    places = f"{os.environ['PATH']}:/usr/sbin:{UNPACKED}/usr/sbin"
    found = {name: shutil.which(name, path=places) for name in NAMES}
    absent = [name for name, path in found.items() if path is None]
    if absent:
        pytest.skip(
            f"{' and '.join(absent)} absent: apt-get install postfix, or make bench where apt-get download works"
        )
    return [str(path) for path in found.values()]


@contextmanager
def sink(log: Path) -> Iterator[int]:
    """smtp-sink on a port of this machine."""
    port = servers.free_port()
    as_user = ["-u", "nobody"] if getpass.getuser() == "root" else []
    with log.open("wb") as out:
        running = subprocess.Popen(
            [programs()[1], *as_user, f"127.0.0.1:{port}", "100"],
            stdout=out,
            stderr=out,
            env=_environment(),
            preexec_fn=servers.die_with_parent(),  # noqa: PLW1509
        )
    try:
        until = time.monotonic() + PATIENCE
        while not _answers(port):
            assert running.poll() is None, log.read_text()
            assert time.monotonic() < until, "smtp-sink does not answer"
            time.sleep(0.02)
        yield port
    finally:
        running.kill()
        running.wait(PATIENCE)


def source(port: int, count: int, size: int) -> float:
    """Letters per second that smtp-source hands over on one connection, one after the other."""
    began = time.perf_counter()
    subprocess.run(
        [programs()[0], "-s", "1", "-d", "-m", str(count), "-l", str(size), f"127.0.0.1:{port}"],
        check=True,
        env=_environment(),
        timeout=PATIENCE,
    )
    return count / (time.perf_counter() - began)


def _environment() -> dict[str, str]:
    return os.environ | {"LD_LIBRARY_PATH": str(UNPACKED / "usr" / "lib" / "postfix")}


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
