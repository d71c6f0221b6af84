"""What was printed for whom, and the certificates that were given out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.clock import now
from forums.columns import UtcDateTime
from forums.documents.models import Document
from forums.editions.models import Edition
from forums.extensions import Base
from forums.registrations.models import Category, Registration


class PrintRun(Base):
    """Many badges, tickets or certificates in one file, made by a job.

    `registration_ids` are those who were asked for, in the order of the sheets. `count` is how many the file holds:
    whoever lost the place before the job ran is not in it. A voided run was never handed out; its badges count as not
    printed.
    """

    __tablename__ = "print_runs"
    __table_args__ = (
        CheckConstraint("count >= 0", name="count"),
        CheckConstraint("language IN ('zh', 'en', 'both')", name="language"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), index=True)
    key: Mapped[str | None] = mapped_column(String(64), unique=True)
    job_id: Mapped[int | None] = mapped_column(unique=True)
    paper: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(4))
    reason: Mapped[str] = mapped_column(String(200), default="")
    registration_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    by_id: Mapped[int | None]
    by: Mapped[str] = mapped_column(String(200))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    voided_by: Mapped[str] = mapped_column(String(200), default="")

    edition: Mapped[Edition] = relationship()
    document: Mapped[Document | None] = relationship()

    @property
    def is_void(self) -> bool:
        """Whether its badges were thrown away."""
        return self.voided_at is not None


class BadgePrint(Base):
    """One badge that was printed, with what stood on it. `run_id` is empty for one printed by itself, at the door.

    `standing` is how the category was named and coloured (setting.Face); badges from before it was noted have
    none.
    """

    __tablename__ = "badge_prints"
    __table_args__ = (UniqueConstraint("run_id", "registration_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("print_runs.id", ondelete="CASCADE"))
    key: Mapped[str | None] = mapped_column(String(64), unique=True)
    paper: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(4))
    name: Mapped[str] = mapped_column(String(80))
    organisation: Mapped[str] = mapped_column(String(160))
    title: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(12), default="attendee", server_default="attendee")
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id", ondelete="SET NULL"))
    standing: Mapped[str | None] = mapped_column(String(400))
    ticket_version: Mapped[int]
    reason: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    by_id: Mapped[int | None]
    by: Mapped[str] = mapped_column(String(200))

    registration: Mapped[Registration] = relationship()
    category: Mapped[Category | None] = relationship()
    run: Mapped[PrintRun | None] = relationship()

    @property
    def is_void(self) -> bool:
        """Whether the run that it belongs to was thrown away."""
        return self.run is not None and self.run.is_void


class Certificate(Base):
    """A certificate of attendance as it was given out; `days` are ISO dates.

    Numbers run 1, 2, 3 … within an edition, so that a register shows no gap; the code is random, so that nobody finds
    a certificate whom it was not shown to. One that no longer tells the truth is withdrawn and keeps its number.
    """

    __tablename__ = "attendance_certificates"
    __table_args__ = (
        UniqueConstraint("edition_id", "number"),
        CheckConstraint("number > 0", name="number"),
        Index(
            "uq_attendance_certificates_registration_id",
            "registration_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    number: Mapped[int]
    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    organisation: Mapped[str] = mapped_column(String(160))
    days: Mapped[list[str]] = mapped_column(JSON)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    issued_by: Mapped[str] = mapped_column(String(200))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[str] = mapped_column(String(200), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")

    edition: Mapped[Edition] = relationship()
    registration: Mapped[Registration] = relationship()

    @property
    def full_number(self) -> str:
        """The number with the edition's short name: ALU-2027-0012."""
        return f"{self.edition.slug.upper()}-{self.number:04d}"

    @property
    def is_valid(self) -> bool:
        """Whether the certificate still tells the truth."""
        return self.withdrawn_at is None
