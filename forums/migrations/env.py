"""Alembic's way to our database: the app's engine, our metadata, batch mode for SQLite."""

from __future__ import annotations

from typing import Any

from alembic import context

from forums.columns import UtcDateTime
from forums.extensions import db
from forums.registrations import search


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Write our own column types as what they are in the database, so that old migrations never import the code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def upgrade() -> None:
    with db.engine.connect().execution_options(billet_write=True) as connection:
        if connection.dialect.name == "sqlite":
            # Batch mode rebuilds tables; with foreign keys on, dropping the old one would cascade.
            raw: Any = connection.connection.dbapi_connection
            raw.execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_item=render_item,
            include_name=search.is_in_the_models,
            render_as_batch=True,
            compare_type=True,
            compare_server_default=False,
        )
        with context.begin_transaction():
            context.run_migrations()
        search.complete(connection)
        connection.commit()
        if connection.dialect.name == "sqlite":
            raw.execute("PRAGMA foreign_keys=ON")


upgrade()
