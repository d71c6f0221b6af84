from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint, event, inspect
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from forums.accounts.models import HOUSE, Account
from forums.clock import now
from forums.columns import UtcDateTime
from forums.editions.models import Edition, Series
from forums.extensions import Base

STATES = ("draft", "approved", "withdrawn")
_STEPS = {
    "state",
    "approved_by_id",
    "approved_at",
    "withdrawn_by_id",
    "withdrawn_at",
    "withdrawn_reason",
}
"""What may change once a statement is there; all else is frozen."""


class Statement(Base):
    """A tally of a series, or of one of its editions, frozen `as_of` a moment; number 3 of 2026 is “2026-003”.

    `definition` is the key of the one that it counts by. `content` is what queries.gather() returns, with exact
    figures; `sha256` is the hash of its canonical JSON. `summary` is the content
    without its rows, for pages that need none of them: content.summary().
    """

    __tablename__ = "statements"
    __table_args__ = (
        UniqueConstraint("series_id", "year", "number"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("state IN ('draft', 'approved', 'withdrawn')", name="state"),
        CheckConstraint("approved_by_id <> drafted_by_id", name="approver_is_not_drafter"),
        CheckConstraint("(approved_by_id IS NULL) = (approved_at IS NULL)", name="approved_when"),
        CheckConstraint("state <> 'approved' OR approved_by_id IS NOT NULL", name="approved_by_somebody"),
        CheckConstraint("state <> 'draft' OR approved_by_id IS NULL", name="draft_is_not_approved"),
        CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_by_id IS NOT NULL AND withdrawn_at IS NOT NULL)", name="withdrawn_when"
        ),
        CheckConstraint("state <> 'withdrawn' OR withdrawn_reason <> ''", name="withdrawn_why"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("editions.id"))
    year: Mapped[int]
    number: Mapped[int]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    as_of: Mapped[datetime] = mapped_column(UtcDateTime)
    basis: Mapped[str] = mapped_column(String(30))
    unit: Mapped[str] = mapped_column(String(10))
    definition: Mapped[str] = mapped_column(String(60))
    projects: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    summary: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    sha256: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(20), default="draft")
    drafted_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    drafted_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")

    series: Mapped[Series] = relationship()
    edition: Mapped[Edition | None] = relationship()
    drafted_by: Mapped[Account] = relationship(foreign_keys=[drafted_by_id])
    approved_by: Mapped[Account | None] = relationship(foreign_keys=[approved_by_id])
    withdrawn_by: Mapped[Account | None] = relationship(foreign_keys=[withdrawn_by_id])

    @property
    def name(self) -> str:
        return f"{self.year}-{self.number:03}"

    @property
    def scopes(self) -> list[str]:
        return [f"series:{self.series_id}", HOUSE]


@event.listens_for(Statement, "before_update")
def _refuse_change(mapper: Mapper[Statement], connection: object, target: Statement) -> None:
    state = inspect(target)
    changed = {column.key for column in state.mapper.column_attrs if state.attrs[column.key].history.has_changes()}
    if changed - _STEPS:
        raise RuntimeError(f"the statement {target.id} cannot be changed ({sorted(changed - _STEPS)}): draft another")


@event.listens_for(Statement, "before_delete")
def _refuse_deletion(mapper: Mapper[Statement], connection: object, target: Statement) -> None:
    raise RuntimeError(f"the statement {target.id} cannot be deleted: withdraw it")
