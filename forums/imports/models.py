from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from forums.clock import now
from forums.columns import UtcDateTime
from forums.editions.models import Edition
from forums.extensions import Base


class Batch(Base):
    """One table as it was handed in. `digest` is the SHA-256 of its rows, `outcome` holds the job at work on them.

    `mapping` says how the rows are read (reading.Mapping). Nothing comes of them before `applied_at`.
    """

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), index=True)
    file_name: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    outcome: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[str] = mapped_column(String(200), default="")

    @declared_attr
    def edition(cls) -> Mapped[Edition]:  # noqa: N805  (SQLAlchemy's way)
        return relationship()

    @property
    def scopes(self) -> list[str]:
        """The scopes a grant may have to reach this row: those of its edition."""
        return self.edition.scopes


class BatchRow(Base):
    """One row of a table, as it came. `batch_id` points to the table of its batches; `done` once it was dealt with."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int]
    number: Mapped[int]
    cells: Mapped[list[str]] = mapped_column(JSON)
    done: Mapped[bool] = mapped_column(default=False)
