from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.accounts.models import Account
from forums.clock import now
from forums.columns import Bilingual, UtcDateTime, bilingual
from forums.extensions import Base


class CountingDefinition(Base):
    """One version of a series' own way to count; another version is another row. `rules`: name of a rule → applied."""

    __tablename__ = "counting_definitions"
    __table_args__ = (UniqueConstraint("series_id", "code", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    name: Mapped[Bilingual] = bilingual("name")
    rules: Mapped[dict[str, bool]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(Text, default="")
    made_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    made_by: Mapped[Account] = relationship()


class ChosenDefinition(Base):
    """From when on a series counts by which definition (its key), and why. Never changed: the last one holds."""

    __tablename__ = "chosen_definitions"

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"), index=True)
    key: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(Text)
    chosen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    chosen_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))

    chosen_by: Mapped[Account] = relationship()
