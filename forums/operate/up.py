"""flask --app forums up: from nothing to a serving Billet."""

from __future__ import annotations

import os
import sys

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from config import Settings, stop
from forums.accounts.models import Account
from forums.accounts.operations import DEMO_PASSWORD, DEMO_STAFF
from forums.demo.loading import load_demo
from forums.extensions import db
from forums.operate.refusals import hold_folder, reason, refuse_demo_accounts, refuse_taken_port

# Requests are short and the interpreter runs one at a time. More threads would only wait for it, some of them with the
# lock of an edition in hand: in a rush, 12 register a quarter fewer people than 4. Fewer would leave no thread to
# others while somebody loads a long list.
THREADS = 4


@click.command()
@click.option("--demo/--no-demo", default=True, help="Load demo data into an empty database (never behind https).")
@with_appcontext
def up(demo: bool) -> None:
    """Upgrade the database and serve Billet.

    Without REDIS_URL this one process also delivers letters and does long work. With REDIS_URL it only serves the
    pages: start "celery -A worker worker" and "celery -A worker beat" beside it, or all three with "honcho start".
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    settings: Settings = app.extensions["settings"]
    refuse_taken_port(settings.host, settings.port)
    if settings.embedded_queue:
        app.extensions["held_folder"] = hold_folder(settings.data)  # kept open, also by the server it becomes
    try:
        upgrade()
    except OperationalError as fault:
        stop(f"The database cannot be made ready: {reason(fault)} Make room in {settings.data}, or check DATABASE_URL.")
    refuse_demo_accounts(settings)
    if demo and not settings.behind_https and _is_empty():
        click.echo("Loading the demo data …")
        for part in load_demo():
            click.echo(f"  {part.name:<16}  {part.words}")
    _say_where(app, settings)
    db.session.remove()
    db.engine.dispose()
    sys.stdout.flush()
    os.execv(sys.executable, _granian(settings))  # noqa: S606  (no shell; our own interpreter)


def _is_empty() -> bool:
    return db.session.scalar(select(Account.id).limit(1)) is None


def _say_where(app: Flask, settings: Settings) -> None:
    click.echo(f"\n  Billet serves     {app.config['PUBLIC_URL']}/")
    click.echo(f"  Staff sign in at  {app.config['PUBLIC_URL']}/sign-in")
    if db.session.scalar(select(Account.id).where(Account.demo).limit(1)):
        names = [f"{login}@demo.example.org" for login, _ in DEMO_STAFF]
        click.echo(f"  Demo staff        {names[0]}")
        for name in names[1:]:
            click.echo(f"                    {name}")
        click.echo(f"  Their password    {DEMO_PASSWORD}")
    elif _is_empty():
        click.echo("  First account     flask --app forums create-admin you@example.org")
    click.echo(f"  Data lies in      {settings.data}")
    letters = "go out through SMTP_URL" if settings.smtp_url else "are written there, and shown in the outbox"
    click.echo(f"  Letters           {letters}")
    if not settings.embedded_queue:
        click.echo("  Beside it run     celery -A worker worker    and    celery -A worker beat")
    click.echo("  Ctrl-C stops it; nothing is lost.\n")


def _granian(settings: Settings) -> list[str]:
    """The command of the web server: a supervisor and one worker."""
    options = ["--interface", "wsgi", "--factory", "--host", settings.host, "--port", str(settings.port)]
    options += ["--blocking-threads", str(THREADS), "--workers-kill-timeout", "2", "--no-ws", "--log-level", "error"]
    return [sys.executable, "-m", "granian", *options, "forums.embedded:application"]
