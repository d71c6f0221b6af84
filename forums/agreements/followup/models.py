from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.accounts.models import Account
from forums.agreements.models import Project
from forums.clock import now
from forums.columns import UtcDateTime
from forums.documents.models import Document
from forums.extensions import Base

_WAITS = text("state = 'proposed'")


class StageChange(Base):
    """A project goes from one stage to another: on which day, recorded when, by whom, why, and shown by what.

    It is `done` at once, but for a `reversal`: that is `proposed` by one person and done when another confirms it,
    unless it is `declined` or `withdrawn`. `resumes_at` is where the project stands in the order of stages, also while
    it is stalled or suspended. Rows are never changed once they are settled.
    """

    __tablename__ = "stage_changes"
    __table_args__ = (
        CheckConstraint("kind IN ('step', 'skip', 'aside', 'return', 'reversal')", name="kind"),
        CheckConstraint("state IN ('proposed', 'done', 'declined', 'withdrawn')", name="state"),
        CheckConstraint("from_stage <> to_stage", name="moves"),
        CheckConstraint("kind IN ('step', 'return') OR reason <> ''", name="reason"),
        CheckConstraint("kind = 'reversal' OR state = 'done'", name="proposals_are_reversals"),
        CheckConstraint("(state = 'proposed') = (settled_at IS NULL)", name="settled"),
        CheckConstraint(
            "kind <> 'reversal' OR state NOT IN ('done', 'declined')"
            " OR (settled_by_id IS NOT NULL AND settled_by_id <> recorded_by_id)",
            name="second_person",
        ),
        Index("ix_stage_changes_project_id", "project_id", "id"),
        Index("uq_stage_changes_proposed", "project_id", unique=True, sqlite_where=_WAITS, postgresql_where=_WAITS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    from_stage: Mapped[str] = mapped_column(String(20))
    to_stage: Mapped[str] = mapped_column(String(20))
    resumes_at: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default="done")
    changed_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text, default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    key: Mapped[str | None] = mapped_column(String(64), unique=True)

    project: Mapped[Project] = relationship()
    document: Mapped[Document | None] = relationship()
    recorded_by: Mapped[Account] = relationship(foreign_keys="StageChange.recorded_by_id")
    settled_by: Mapped[Account | None] = relationship(foreign_keys="StageChange.settled_by_id")
