"""Commands for people: flask --app forums --help."""

from __future__ import annotations

from flask import Flask

from forums.accounts.commands import create_admin
from forums.registrations.commands import reconcile


def register(app: Flask) -> None:
    for command in (create_admin, reconcile):
        app.cli.add_command(command)
