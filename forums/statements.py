"""Statements that are made once, at import, and run with values: making one costs more than sending it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite

from forums.extensions import Base, db


def table_of(model: type[Base]) -> Table:
    """A model's table, for statements that need no rows of the session."""
    return cast(Table, model.__table__)


class InsertOnce:
    """INSERT … ON CONFLICT (unique columns) DO NOTHING RETURNING id; the columns' defaults apply.

    Without columns, a conflict with any unique index, as with one that holds for some of the rows.
    """

    def __init__(self, model: type[Base], *unique: str) -> None:
        table, on = table_of(model), unique or None
        self._silent: dict[str, Insert] = {
            "postgresql": postgresql.insert(table).on_conflict_do_nothing(index_elements=on),
            "sqlite": sqlite.insert(table).on_conflict_do_nothing(index_elements=on),
        }
        self._statements = {dialect: statement.returning(table.c.id) for dialect, statement in self._silent.items()}

    def __call__(self, **values: object) -> int | None:
        """Write the row, in the caller's transaction; its id, or None where one was there."""
        row_id: int | None = db.session.scalar(self._statements[db.engine.dialect.name], values)
        return row_id

    def all(self, rows: Sequence[dict[str, object]]) -> None:
        """Write those of many rows that are not there, in the caller's transaction. All rows have the same columns."""
        db.session.execute(self._silent[db.engine.dialect.name], list(rows))
