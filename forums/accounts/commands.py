from __future__ import annotations

import click
from flask.cli import with_appcontext

from forums.accounts import operations
from forums.activity.models import Actor
from forums.errors import Refused
from forums.transaction import transaction


@click.command("create-admin")
@click.argument("email")
@click.option("--name", default="", help="The name that colleagues see.  [default: what stands before the @]")
@click.password_option(help="At least 10 characters.")
@with_appcontext
def create_admin(email: str, name: str, password: str) -> None:
    """Make an account that may manage accounts, grants and settings."""
    if len(password) < 10:
        raise click.ClickException("The password is too short: use at least 10 characters.")
    if "@" not in email:
        raise click.ClickException(f"{email!r} is not an e-mail address.")
    try:
        with transaction():
            account = operations.create_account(
                email=email, name=name or email.partition("@")[0], password=password, actor=Actor.system("create-admin")
            )
            operations.give(account, "admin", actor=Actor.system("create-admin"))
    except Refused as no:
        raise click.ClickException(no.message) from no
    click.echo(f"{account.email} may sign in at /sign-in.")
