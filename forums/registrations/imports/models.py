from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.clock import now
from forums.columns import UtcDateTime
from forums.editions.models import Edition
from forums.extensions import Base

if TYPE_CHECKING:
    from forums.registrations.models import Registration

# What a row comes to: a place, the waiting list, somebody who is registered already, a repetition inside the file,
# a refusal; a heading is no person.
VERDICTS = ("new", "waits", "known", "repeat", "refused", "heading")
# What undoing did with a row: cancelled it, or left it since somebody had done something with it.
UNDONE = ("cancelled", "changed", "came", "gone")


class ImportBatch(Base):
    """One list of registrations. `digest` is the SHA-256 of its rows, `outcome` holds the job at work on them.

    `mapping` says how the rows are read (reading.Mapping). Nothing is registered before `applied_at`.
    """

    __tablename__ = "import_batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), index=True)
    file_name: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    outcome: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    by: Mapped[str] = mapped_column(String(200), default="")
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[str] = mapped_column(String(200), default="")

    edition: Mapped[Edition] = relationship()

    @property
    def scopes(self) -> list[str]:
        """The scopes a grant may have to reach this row: those of its edition."""
        return self.edition.scopes

    @property
    def letters(self) -> str:
        """The name under which the outbox keeps the letters to its people."""
        return f"import:{self.id}"


class ImportRow(Base):
    """One row of a file, as it came, and what becomes of it.

    Before the batch is applied, `verdict` is what would happen; once `done`, what happened. `complaints` say why, each
    with its field, a code (words.REASONS) and the value. `made` is what was registered, to see later whether somebody
    has changed it.
    """

    __tablename__ = "import_rows"
    __table_args__ = (
        UniqueConstraint("batch_id", "number"),
        Index("ix_import_rows_batch_id_verdict", "batch_id", "verdict", "done"),
        CheckConstraint(f"verdict IN ({', '.join(repr(one) for one in VERDICTS)})", name="verdict"),
        CheckConstraint(f"undone IN ('', {', '.join(repr(one) for one in UNDONE)})", name="undone"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id", ondelete="CASCADE"))
    number: Mapped[int]
    cells: Mapped[list[str]] = mapped_column(JSON)
    verdict: Mapped[str] = mapped_column(String(10), default="refused")
    complaints: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    done: Mapped[bool] = mapped_column(default=False)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id", ondelete="SET NULL"), index=True)
    made: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    undone: Mapped[str] = mapped_column(String(10), default="")

    batch: Mapped[ImportBatch] = relationship()
    registration: Mapped[Registration | None] = relationship()
