from __future__ import annotations

import json
from dataclasses import asdict

import click
from flask.cli import with_appcontext

from forums.registrations import places
from forums.transaction import transaction


@click.command("reconcile")
@click.option("--repair", is_flag=True, help="Set each count to the confirmed registrations there are.")
@click.option("--json", "as_json", is_flag=True, help="Print the differences as JSON.")
@with_appcontext
def reconcile(*, repair: bool, as_json: bool) -> None:
    """Compare the places taken with the confirmed registrations; exit 1 when they differ and were not repaired."""
    with transaction():
        drifts = places.reconcile(repair=repair)
    if as_json:
        click.echo(json.dumps([asdict(drift) for drift in drifts]))
    else:
        for drift in drifts:
            click.echo(f"{drift.kind} {drift.id}: {drift.taken} taken, {drift.counted} confirmed")
        click.echo("Repaired." if drifts and repair else "All places agree." if not drifts else "Run with --repair.")
    if drifts and not repair:
        raise SystemExit(1)
