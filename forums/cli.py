"""Commands for people: flask --app forums --help."""

from __future__ import annotations

from flask import Flask

from forums.accounts.commands import create_admin
from forums.agenda.commands import import_schedule
from forums.demo.commands import demo
from forums.documents.commands import verify_files
from forums.mail.incoming.commands import receive_mail
from forums.operate.commands import backup, doctor, restore
from forums.operate.up import up
from forums.outcomes.commands import show_figures
from forums.registrations.commands import reconcile

COMMANDS = (
    up,
    demo,
    create_admin,
    import_schedule,
    show_figures,
    reconcile,
    receive_mail,
    verify_files,
    backup,
    restore,
    doctor,
)


def register(app: Flask) -> None:
    for command in COMMANDS:
        app.cli.add_command(command)
