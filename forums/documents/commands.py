from __future__ import annotations

import json
from dataclasses import asdict

import click
from flask.cli import with_appcontext

from forums.documents import queries


@click.command("verify-files")
@click.option("--manifest", is_flag=True, help="Print SHA-256 and place of each file, for sha256sum -c.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@with_appcontext
def verify_files(*, manifest: bool, as_json: bool) -> None:
    """Read every stored file and compare it with its SHA-256; exit 1 when one is missing or changed."""
    listed = queries.manifest()
    if manifest:
        for sha256, place in listed:
            click.echo(f"{sha256}  {place}")
        return
    damaged, unnamed = queries.damages(), queries.unnamed()
    found = [asdict(damage) | {"held_as": queries.holders_of(damage.sha256)} for damage in damaged]
    if as_json:
        said = {"files": len(listed), "damaged": found, "unnamed": [sha256 for sha256, _ in unnamed]}
        click.echo(json.dumps(said, ensure_ascii=False, indent=1))
    else:
        for one in found:
            click.echo(f"{one['problem']:<8} {one['sha256']}  {'; '.join(one['held_as'])}")
        good = len(listed) - len(found)
        click.echo(f"{good:,} of {len(listed):,} files are what was kept." + (" Restore a backup." if found else ""))
        if unnamed:
            click.echo(f"{len(unnamed):,} files are named by no row; they go a day after they came.")
    if found:
        raise SystemExit(1)
