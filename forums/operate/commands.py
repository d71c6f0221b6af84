"""backup, restore and doctor, as people type them."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from config import Settings
from forums.errors import Refused
from forums.operate import archive
from forums.operate.doctor import examine
from forums.operate.refusals import hold_folder

_MARKS = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@with_appcontext
def backup(file: Path, as_json: bool) -> None:
    """Write everything into FILE: the database, stored files, letters, and the secret key of the data folder.

    Billet may go on serving. FILE holds personal data and the key behind every private link: keep it as safe as the
    installation itself. A backup from SQLite restores into PostgreSQL, and the other way round.
    """
    try:
        counts = archive.write(file, _settings().data)
    except Refused as no:
        raise click.ClickException(no.message) from no
    except FileExistsError:
        raise click.ClickException(f"{file} exists already; name another file.") from None
    except OSError as fault:
        raise click.ClickException(f"{file} cannot be written: {fault.strerror}.") from fault
    _report(counts, f"{file} holds {_counted(counts)}.", as_json)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace the data that is there.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@with_appcontext
def restore(file: Path, force: bool, as_json: bool) -> None:
    """Bring back a backup from FILE, into an empty installation. Stop Billet first.

    Every part is checked against its SHA-256 before anything is changed.
    """
    settings = _settings()
    try:
        with hold_folder(settings.data):
            counts = archive.restore(file, settings.data, force=force)
    except Refused as no:
        raise click.ClickException(no.message) from no
    _report(counts, f"{_counted(counts)} are back.", as_json)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@with_appcontext
def doctor(as_json: bool) -> None:
    """Check configuration, database, queue, mail, fonts and files, and say what to do. Exit code 1 on a problem."""
    findings = examine()
    if as_json:
        click.echo(json.dumps([finding.as_json() for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            click.echo(f"{_MARKS[finding.state]}  {finding.subject:<14} {finding.finding}")
            if finding.advice:
                click.echo(f"{'':<24} → {finding.advice}")
    if any(finding.state == "problem" for finding in findings):
        raise SystemExit(1)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _counted(counts: dict[str, int]) -> str:
    return f"{counts['rows']:,} rows of {counts['tables']} tables and {counts['files']:,} files"


def _report(counts: dict[str, int], sentence: str, as_json: bool) -> None:
    click.echo(json.dumps(counts) if as_json else sentence)
