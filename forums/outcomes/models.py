from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint, event, inspect
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from forums.clock import now
from forums.columns import UtcDateTime
from forums.documents.models import Document
from forums.editions.models import Edition
from forums.extensions import Base


class Snapshot(Base):
    """Everything an outcome report says, in neither language, as it was known at one moment. Never changed.

    `content` is what `gathering.gather` returns; `sha256` is the hash of its canonical JSON, printed in the report.
    """

    __tablename__ = "outcome_snapshots"
    __table_args__ = (
        UniqueConstraint("edition_id", "number"),
        CheckConstraint("number > 0", name="number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"))
    number: Mapped[int]
    job_id: Mapped[int] = mapped_column(unique=True)
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    taken_by_id: Mapped[int | None]
    taken_by: Mapped[str] = mapped_column(String(200))
    definitions: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    sha256: Mapped[str] = mapped_column(String(64))

    edition: Mapped[Edition] = relationship()
    report: Mapped[OutcomeReport | None] = relationship(back_populates="snapshot")

    @property
    def is_intact(self) -> bool:
        return fingerprint(self.content) == self.sha256


class OutcomeReport(Base):
    """The documents made from a snapshot: a row exists only once all three are kept."""

    __tablename__ = "outcome_reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("outcome_snapshots.id"), unique=True)
    compiled_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    pdf_zh_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    pdf_en_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    xlsx_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))

    snapshot: Mapped[Snapshot] = relationship(back_populates="report")
    pdf_zh: Mapped[Document] = relationship(foreign_keys=[pdf_zh_id])
    pdf_en: Mapped[Document] = relationship(foreign_keys=[pdf_en_id])
    xlsx: Mapped[Document] = relationship(foreign_keys=[xlsx_id])


def fingerprint(content: dict[str, Any]) -> str:
    """The SHA-256 of the content's canonical JSON: sorted keys, no spaces, UTF-8."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


@event.listens_for(Snapshot, "before_update")
def _refuse_change(mapper: Mapper[Snapshot], connection: object, target: Snapshot) -> None:
    state = inspect(target)
    changed = [column.key for column in state.mapper.column_attrs if state.attrs[column.key].history.has_changes()]
    if changed:
        raise RuntimeError(f"the snapshot {target.id} cannot be changed ({changed}): compile a new report")
