from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.accounts.models import Account
from forums.agreements.models import Project
from forums.clock import now
from forums.columns import UtcDateTime
from forums.extensions import Base

_IN_FORCE = text("undone_at IS NULL")


class DuplicateDecision(Base):
    """What a person decided of two projects, the smaller id first; at most one decision of a pair is in force.

    `stands_id` is the one that the other counts for (same, increase). `signs` are the reasons as they stood, so that
    the pair is proposed again only for another. `changed` keeps what an increase changed: agreement id → [relation,
    earlier id] before it. Never deleted: an undone one keeps who undid it and why.
    """

    __tablename__ = "duplicate_decisions"
    __table_args__ = (
        CheckConstraint("first_id < second_id", name="ordered"),
        CheckConstraint("decision IN ('same', 'phase', 'increase', 'different')", name="decision"),
        CheckConstraint("(decision IN ('same', 'increase')) = (stands_id IS NOT NULL)", name="one_stands"),
        CheckConstraint("stands_id IS NULL OR stands_id IN (first_id, second_id)", name="stands_is_of_the_pair"),
        CheckConstraint("undone_by_id IS NULL OR undone_at IS NOT NULL", name="undone_when"),
        Index(
            "uq_duplicate_decisions_in_force",
            "first_id",
            "second_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
        Index("ix_duplicate_decisions_second_id", "second_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    first_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    second_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    decision: Mapped[str] = mapped_column(String(10))
    stands_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"))
    reason: Mapped[str] = mapped_column(Text)
    signs: Mapped[list[list[Any]]] = mapped_column(JSON)
    changed: Mapped[dict[str, list[Any]]] = mapped_column(JSON)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_reason: Mapped[str] = mapped_column(Text, default="")

    first: Mapped[Project] = relationship(foreign_keys="DuplicateDecision.first_id")
    second: Mapped[Project] = relationship(foreign_keys="DuplicateDecision.second_id")
    decided_by: Mapped[Account] = relationship(foreign_keys="DuplicateDecision.decided_by_id")
    undone_by: Mapped[Account | None] = relationship(foreign_keys="DuplicateDecision.undone_by_id")

    @property
    def scopes(self) -> list[str]:
        return self.first.scopes

    @property
    def gave_way_id(self) -> int | None:
        """The project that counts for the other one; None where both stand."""
        if self.stands_id is None:
            return None
        return self.second_id if self.stands_id == self.first_id else self.first_id

    def other(self, project_id: int) -> Project:
        """The pair's other project."""
        return self.second if project_id == self.first_id else self.first
