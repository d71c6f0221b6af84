"""Commands for people: flask --app forums --help."""

from __future__ import annotations

from flask import Flask

from forums.accounts.commands import create_admin


def register(app: Flask) -> None:
    for command in (create_admin,):
        app.cli.add_command(command)
