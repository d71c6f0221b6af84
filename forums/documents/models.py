from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.clock import now
from forums.columns import UtcDateTime
from forums.extensions import Base


class StoredFile(Base):
    """Bytes that are kept once, under their SHA-256 (hex), however many documents hold them.

    `facts` are what inspection found (pages of a PDF, width and height of a picture); None for what the house wrote
    itself and what came before there was an inspection.
    """

    __tablename__ = "stored_files"
    __table_args__ = (
        CheckConstraint("size > 0", name="size"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100))
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Document(Base):
    """A file under the name people gave it. It belongs to an edition, to a series, or to the house."""

    __tablename__ = "documents"

    id: Mapped[int] = mapped_column(primary_key=True)
    stored_file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"), index=True)
    display_name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))
    uploaded_by_id: Mapped[int | None]
    uploaded_by: Mapped[str] = mapped_column(String(200))
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("editions.id"), index=True)
    series_id: Mapped[int | None] = mapped_column(ForeignKey("series.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    stored: Mapped[StoredFile] = relationship(lazy="joined", innerjoin=True)
