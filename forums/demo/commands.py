from __future__ import annotations

import json

import click
from flask import current_app
from flask.cli import with_appcontext

from forums.demo.loading import load_demo


@click.command("demo")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@with_appcontext
def demo(as_json: bool) -> None:
    """Load the synthetic demonstration data; a second run changes nothing."""
    if current_app.extensions["settings"].behind_https:
        raise click.ClickException(
            "The password of the demo accounts is published, so they are refused behind an https PUBLIC_URL. "
            "Leave PUBLIC_URL out, and give BILLET_DATA or DATABASE_URL a place of their own for trying Billet."
        )
    parts = load_demo()
    if as_json:
        click.echo(json.dumps([part.__dict__ for part in parts], ensure_ascii=False))
        return
    for part in parts:
        click.echo(f"{part.name:<16} {'loaded' if part.loaded else 'already there'}: {part.words}")
