from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint, event
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from forums.accounts.models import HOUSE, Account
from forums.clock import now
from forums.columns import UtcDateTime
from forums.editions.models import Series
from forums.extensions import Base


class PublishedTable(Base):
    """Figures that somebody published about the series, as a table. What it says is its latest version."""

    __tablename__ = "published_tables"
    __table_args__ = (CheckConstraint("version > 0", name="version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"), index=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    series: Mapped[Series] = relationship()
    versions: Mapped[list[PublishedVersion]] = relationship(
        back_populates="table", order_by="PublishedVersion.version.desc()"
    )

    @property
    def scopes(self) -> list[str]:
        return [f"series:{self.series_id}", HOUSE]


class PublishedVersion(Base):
    """What a published table said from one save to the next. Never changed.

    `columns`: {"label", "unit" (one of money, or none for counts), "figure" (ours, or "")}; `rows`: {"label", "cells",
    "edition" (an id, or null)}, and `total` alike or null. A cell is an exact decimal in its column's unit, or null.
    """

    __tablename__ = "published_versions"
    __table_args__ = (UniqueConstraint("table_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    table_id: Mapped[int] = mapped_column(ForeignKey("published_tables.id"))
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(String(500))
    published_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")
    columns: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    total: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    table: Mapped[PublishedTable] = relationship(back_populates="versions")
    saved_by: Mapped[Account] = relationship()


@event.listens_for(PublishedVersion, "before_update")
def _refuse_change(mapper: Mapper[PublishedVersion], connection: object, target: PublishedVersion) -> None:
    raise RuntimeError(f"version {target.version} of a published table cannot be changed: save another")
