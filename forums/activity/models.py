from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from forums.clock import now
from forums.columns import UtcDateTime
from forums.extensions import Base


@dataclass(frozen=True)
class Actor:
    """Who acts: a staff account, a guest behind a private link, or the system itself."""

    account_id: int | None
    label: str

    @classmethod
    def system(cls, part: str) -> Actor:
        return cls(None, f"system: {part}")

    @classmethod
    def guest(cls, name: str) -> Actor:
        return cls(None, f"guest: {name}"[:200])


class Row(Protocol):
    """Anything with a table and an id."""

    __tablename__: str

    @property
    def id(self) -> Any: ...


class Activity(Base):
    """One line of the record. Never changed, never deleted."""

    __tablename__ = "activities"
    __table_args__ = (Index("ix_activities_object", "object_kind", "object_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    actor_id: Mapped[int | None]
    actor_label: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(80))
    object_kind: Mapped[str] = mapped_column(String(80))
    object_id: Mapped[int | None]
    edition_id: Mapped[int | None] = mapped_column(index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
