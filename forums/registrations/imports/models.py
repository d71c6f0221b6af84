from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.imports.models import Batch, BatchRow

if TYPE_CHECKING:
    from forums.registrations.models import Registration

# What a row comes to: a place, the waiting list, somebody who is registered already, a repetition inside the file,
# a refusal; a heading is no person.
VERDICTS = ("new", "waits", "known", "repeat", "refused", "heading")
# What undoing did with a row: cancelled it, or left it since somebody had done something with it.
UNDONE = ("cancelled", "changed", "came", "gone")


class ImportBatch(Batch):
    """One list of registrations."""

    __tablename__ = "import_batches"

    by: Mapped[str] = mapped_column(String(200), default="")

    @property
    def letters(self) -> str:
        """The name under which the outbox keeps the letters to its people."""
        return f"import:{self.id}"


class ImportRow(BatchRow):
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

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id", ondelete="CASCADE"))
    verdict: Mapped[str] = mapped_column(String(10), default="refused")
    complaints: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id", ondelete="SET NULL"), index=True)
    made: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    undone: Mapped[str] = mapped_column(String(10), default="")

    batch: Mapped[ImportBatch] = relationship()
    registration: Mapped[Registration | None] = relationship()
