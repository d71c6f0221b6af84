"""Reasons not to start, each a sentence that says what to do."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from pathlib import Path
from typing import IO

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from config import Settings, stop
from forums.accounts.queries import demo_accounts
from forums.extensions import db


def refuse_to_serve(app: Flask) -> None:
    """Stop the process if the database is not ready, or if demo accounts would be open to the world."""
    with app.app_context():
        try:
            here, newest = revision(), newest_revision()
        except SQLAlchemyError as fault:
            stop(f"The database cannot be reached: {reason(fault)} Check DATABASE_URL.")
        if here != newest:
            stop(
                f"The database is at {here or 'no revision'} and this Billet needs {newest}: run flask --app forums up."
            )
        refuse_demo_accounts(app.extensions["settings"])
        db.session.remove()
        db.engine.dispose()


def refuse_demo_accounts(settings: Settings) -> None:
    """Demo accounts have a published password, so they never serve behind an https PUBLIC_URL."""
    if settings.behind_https and (found := demo_accounts()):
        stop(
            f"The database holds {len(found)} demo accounts ({found[0].email} …), whose password is published. "
            "Start with an empty database, or leave PUBLIC_URL out to try Billet on this machine."
        )


def revision() -> str | None:
    """The schema revision of the database; raises SQLAlchemyError when it cannot be reached."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """The newest revision this Billet knows."""
    return revisions().get_current_head()


def revisions() -> ScriptDirectory:
    """All that this Billet knows."""
    return ScriptDirectory(str(Path(__file__).parent.parent / "migrations"))


def reason(fault: Exception) -> str:
    """The first line of a library's complaint, without its SQL and links."""
    first = str(getattr(fault, "orig", None) or fault).strip().split("\n")[0]
    return first if first.endswith(".") else first + "."


def refuse_taken_port(host: str, port: int) -> None:
    """granian shares its port with other processes, so it would not notice by itself."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except socket.gaierror:
            stop(f"HOST is {host!r}, which is no address of this machine; set it to 127.0.0.1 or 0.0.0.0.")
        except OSError as fault:
            if fault.errno == errno.EADDRINUSE:
                stop(
                    f"Port {port} on {host} is taken, perhaps by another Billet; stop that one or set PORT to another."
                )
            if fault.errno == errno.EACCES:
                stop(f"Port {port} needs more rights than this user has; set PORT to a number above 1023.")
            stop(f"Billet cannot listen on {host} port {port}: {fault.strerror}. Set HOST and PORT.")


def hold_folder(data: Path) -> IO[str]:
    """Lock the data folder for as long as the file stays open, here or in what this process becomes and starts."""
    file = (data / "serving.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stop(f"Another Billet is serving {data}; stop that one, or set BILLET_DATA to another folder.")
    os.set_inheritable(file.fileno(), True)
    return file
