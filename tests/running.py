"""Billet and its helpers as processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import servers

PATIENCE = 150  # a machine with much else to do starts a process in a minute


@contextmanager
def process(*command: str, log: Path, **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python module of ours as its own process; killed at the end if it has not stopped by then."""
    with log.open("ab") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", *command],
            env={"PATH": os.environ["PATH"], **environ},
            stdout=out,
            stderr=out,
            preexec_fn=servers.die_with_parent(),  # noqa: PLW1509
        )
    try:
        yield running
    finally:
        running.kill()
        running.wait(PATIENCE)


@contextmanager
def billet(log: Path, **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    """`flask --app forums up`, once it answers."""
    with process("flask", "--app", "forums", "up", log=log, **environ) as running:
        wait_for(lambda: running.poll() is not None or status(environ["PORT"], "/healthz") == 200, log)
        assert running.poll() is None, log.read_text()
        yield running


def wait_for(happened: Callable[[], bool], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.05)


def status(port: str, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return int(answer.status)
    except OSError:
        return 0
