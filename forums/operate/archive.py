"""One file that holds everything: a zip of rows and stored files, the same for both databases.

    manifest.json           format, when, schema revision, columns and row count of each table, SHA-256 of each member
    tables/<name>.jsonl     one row a line, as a list of plain values
    data/<path>             what lies in the data folder beside the database: stored files, letters, the secret key

Rows are read in one transaction and before the files; a stored file is written before the row that names it and never
changes, so every row finds its file. Restoring makes the schema at the archive's revision, fills it, and then upgrades
it, so an older archive goes into a newer Billet.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import IO, Any

from alembic.util import CommandError
from flask_migrate import downgrade, upgrade
from sqlalchemy import (
    JSON,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Time,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.types import TypeEngine

from forums.errors import Refused
from forums.extensions import db
from forums.operate import refusals
from forums.registrations.search import is_in_the_models

FORMAT = 1
BATCH = 500
CHUNK = 1 << 20
_REVISIONS = "alembic_version"
# The database itself, and what a running process makes for itself.
_NOT_KEPT = ("billet.sqlite3", "serving.lock", "files/incoming-", "exports/")

_PARSERS: tuple[tuple[type[TypeEngine[Any]], Callable[[str], Any]], ...] = (
    (Date, date.fromisoformat),
    (Time, time.fromisoformat),
    (LargeBinary, base64.b64decode),
    (Numeric, Decimal),
)


class Damaged(Refused):
    """The file is not a whole archive of ours."""


class NotEmpty(Refused):
    """There are rows where the archive should go."""


# ---- Write


def write(target: Path, data: Path) -> dict[str, int]:
    """Make the archive, readable by its owner only. → how many tables, rows and files it holds.

    Raises Refused and FileExistsError, and leaves no half-written file behind.
    """
    if target.resolve().is_relative_to(data):
        raise Refused(f"{target} lies in the data folder, so it would have to hold itself; name a file elsewhere.")
    if target.exists():
        raise FileExistsError(target)
    descriptor, unfinished = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            counts = _write(file, data)
            file.flush()
            os.fsync(descriptor)
        Path(unfinished).rename(target)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
    return counts


def _write(file: IO[bytes], data: Path) -> dict[str, int]:
    tables: dict[str, Any] = {}
    hashes: dict[str, str] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        with _one_moment() as connection:
            if not inspect(connection).has_table(_REVISIONS):
                raise Refused("There is no data yet: the database has no tables.")
            metadata = _reflected(connection)
            revision = connection.scalar(text(f"SELECT version_num FROM {_REVISIONS}"))  # noqa: S608  (a constant)
            for table in metadata.sorted_tables:
                member = f"tables/{table.name}.jsonl"
                count, hashes[member] = _add(archive, member, _lines(connection, table))
                tables[table.name] = {"columns": _columns(table), "rows": count}
        for path in _kept_files(data):
            member = f"data/{path.relative_to(data).as_posix()}"
            _, hashes[member] = _add(archive, member, _chunks(path))
        manifest = {"format": FORMAT, "made_at": datetime.now(UTC).isoformat(), "revision": revision}
        archive.writestr("manifest.json", json.dumps(manifest | {"tables": tables, "sha256": hashes}, indent=1))
    rows = sum(table["rows"] for table in tables.values())
    return {"tables": len(tables), "rows": rows, "files": len(hashes) - len(tables)}


def _one_moment() -> Connection:
    """A connection that sees one moment of the database; SQLite's read transaction is one by itself."""
    connection = db.engine.connect()
    if connection.dialect.name == "postgresql":
        connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return connection


def _reflected(connection: Connection) -> MetaData:
    """The tables as the database has them, because an archive may be older than our models."""
    metadata = MetaData()
    metadata.reflect(connection, only=lambda name, _: name != _REVISIONS and is_in_the_models(name))
    return metadata


def _columns(table: Table) -> list[str]:
    return [column.name for column in table.columns if column.computed is None]


def _lines(connection: Connection, table: Table) -> Iterator[bytes]:
    rows = select(*(table.c[name] for name in _columns(table))).order_by(*table.primary_key.columns)
    for row in connection.execute(rows, execution_options={"yield_per": BATCH}):
        yield json.dumps([_plain(value) for value in row], ensure_ascii=False).encode() + b"\n"


def _plain(value: Any) -> Any:
    """A value as JSON has it. Moments without a zone (SQLite's) are UTC."""
    if isinstance(value, datetime):
        return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value


def _kept_files(data: Path) -> list[Path]:
    return sorted(
        path
        for path in data.rglob("*")
        if path.is_file() and not path.relative_to(data).as_posix().startswith(_NOT_KEPT)
    )


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _add(archive: zipfile.ZipFile, member: str, parts: Iterator[bytes]) -> tuple[int, str]:
    """→ how many parts were written, and their SHA-256."""
    count, digest = 0, hashlib.sha256()
    with archive.open(member, "w", force_zip64=True) as out:
        for part in parts:
            out.write(part)
            digest.update(part)
            count += 1
    return count, digest.hexdigest()


# ---- Restore


def restore(source: Path, data: Path, *, force: bool = False) -> dict[str, int]:
    """Put an archive into this installation. → how many tables, rows and files came in.

    Everything is verified before anything is touched. Raises Damaged, or NotEmpty unless `force` empties first.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = _verified(archive)
            if not force and not _is_empty():
                raise NotEmpty("The database holds data. Restore into an empty one, or add --force to replace it.")
            _make_schema(manifest["revision"])
            with db.engine.connect().execution_options(billet_write=True) as connection, connection.begin():
                _fill(connection, archive, manifest["tables"])
            upgrade()
            files = [name for name in manifest["sha256"] if name.startswith("data/")]
            for name in files:
                _put_file(archive, name, data / name.removeprefix("data/"))
    except zipfile.BadZipFile as fault:
        raise Damaged(f"{source} is no archive of Billet, or was cut off.") from fault
    rows = sum(table["rows"] for table in manifest["tables"].values())
    return {"tables": len(manifest["tables"]), "rows": rows, "files": len(files)}


def _verified(archive: zipfile.ZipFile) -> dict[str, Any]:
    """The manifest, once every member has its SHA-256 and there is none too few or too many."""
    names = set(archive.namelist())
    if "manifest.json" not in names:
        raise Damaged("This is no archive of Billet: it has no manifest.")
    manifest: dict[str, Any] = json.loads(archive.read("manifest.json"))
    if manifest.get("format") != FORMAT:
        raise Damaged(f"The archive has format {manifest.get('format')}; this Billet reads format {FORMAT}.")
    if names - {"manifest.json"} != set(manifest["sha256"]):
        raise Damaged("The archive lacks members that its manifest names, or holds others.")
    for name, expected in manifest["sha256"].items():
        path = PurePosixPath(name)  # "data//etc/x" is plain to zip, and an absolute path behind "data/"
        if path.is_absolute() or ".." in path.parts or path.as_posix() != name:
            raise Damaged(f"The archive names a file outside the data folder: {name}")
        digest = hashlib.sha256()
        with archive.open(name) as member:
            while chunk := member.read(CHUNK):
                digest.update(chunk)
        if digest.hexdigest() != expected:
            raise Damaged(f"{name} in the archive is not what was backed up.")
    return manifest


def _is_empty() -> bool:
    with db.engine.connect() as connection:
        tables = _reflected(connection).sorted_tables
        return not any(connection.execute(select(text("1")).select_from(table).limit(1)).first() for table in tables)


def _make_schema(revision: str) -> None:
    """The archive's schema, made anew; a revision that this Billet does not know is refused before the old one goes."""
    try:
        refusals.revisions().get_revision(revision)
        if refusals.revision():
            downgrade(revision="base")
        upgrade(revision=revision)
    except CommandError as fault:
        raise Damaged(f"The archive is from a newer Billet (revision {revision}); update this one first.") from fault


def _fill(connection: Connection, archive: zipfile.ZipFile, tables: dict[str, Any]) -> None:
    """Rows may point at rows that come later, so the foreign keys are checked at the end."""
    metadata = _reflected(connection)
    _defer_foreign_keys(connection, metadata)
    for table in reversed(metadata.sorted_tables):
        connection.execute(table.delete())  # what the migrations themselves put in
    for table in metadata.sorted_tables:
        if table.name in tables:
            _fill_table(connection, archive, table, tables[table.name]["columns"])
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        _each_foreign_key(connection, metadata, "NOT DEFERRABLE")
        for table in metadata.sorted_tables:
            _raise_sequences(connection, table)


def _defer_foreign_keys(connection: Connection, metadata: MetaData) -> None:
    if connection.dialect.name == "postgresql":
        _each_foreign_key(connection, metadata, "DEFERRABLE INITIALLY DEFERRED")
    else:
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))


def _each_foreign_key(connection: Connection, metadata: MetaData, when: str) -> None:
    quote = connection.dialect.identifier_preparer.quote
    for table in metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            name = quote(str(key.name))
            connection.execute(text(f"ALTER TABLE {quote(table.name)} ALTER CONSTRAINT {name} {when}"))


def _fill_table(connection: Connection, archive: zipfile.ZipFile, table: Table, columns: list[str]) -> None:
    for name in columns:
        if isinstance(table.c[name].type, JSON):
            table.c[name].type = JSON(none_as_null=True)
    types = [table.c[name].type for name in columns]
    utc_is_implied = connection.dialect.name == "sqlite"
    batch: list[dict[str, Any]] = []
    with archive.open(f"tables/{table.name}.jsonl") as lines:
        for line in lines:
            values = (_typed(value, kind, utc_is_implied) for value, kind in zip(json.loads(line), types, strict=True))
            batch.append(dict(zip(columns, values, strict=True)))
            if len(batch) == BATCH:
                connection.execute(insert(table), batch)
                batch = []
    if batch:
        connection.execute(insert(table), batch)


def _typed(value: Any, kind: TypeEngine[Any], utc_is_implied: bool) -> Any:
    """The opposite of _plain, for a column of this type."""
    if not isinstance(value, str):
        return value
    if isinstance(kind, DateTime):
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=None) if utc_is_implied else moment
    for type_of_column, parse in _PARSERS:
        if isinstance(kind, type_of_column):
            return parse(value)
    return value


def _raise_sequences(connection: Connection, table: Table) -> None:
    """PostgreSQL's next id comes after the highest that came in."""
    for column in table.primary_key.columns:
        sequence = connection.scalar(
            text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": f'"{table.name}"', "column": column.name}
        )
        highest = connection.scalar(select(column).order_by(column.desc()).limit(1))
        if sequence and highest:
            connection.execute(text("SELECT setval(:sequence, :highest)"), {"sequence": sequence, "highest": highest})


def _put_file(archive: zipfile.ZipFile, name: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, unfinished = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(descriptor, "wb") as out, archive.open(name) as member:
        while chunk := member.read(CHUNK):
            out.write(chunk)
    Path(unfinished).rename(target)
