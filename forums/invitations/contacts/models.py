"""Rows that could not come in, people who were taken off, and searches that are kept.

The lists and the people on them are the outer room's, since campaigns write to them.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.clock import now
from forums.columns import UtcDateTime
from forums.editions.models import Series
from forums.extensions import Base
from forums.invitations.models import Intake


class RejectedRow(Base):
    """A row as it was typed that could not become a contact, and why: `faults` are {field, reason}.

    `number` is its row in the file, 0 for somebody found by a search. `mended_at` says when it came in after all.
    """

    __tablename__ = "contact_rejects"

    id: Mapped[int] = mapped_column(primary_key=True)
    intake_id: Mapped[int] = mapped_column(ForeignKey("contact_intakes.id", ondelete="CASCADE"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    number: Mapped[int]
    name: Mapped[str] = mapped_column(Text, default="")
    email: Mapped[str] = mapped_column(Text, default="")
    organisation: Mapped[str] = mapped_column(Text, default="")
    title: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(Text, default="")
    faults: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    mended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    intake: Mapped[Intake] = relationship()

    @property
    def typed(self) -> dict[str, str]:
        """What stood in the row, by field."""
        return {name: getattr(self, name) for name in ("name", "email", "organisation", "title", "language")}


class TakenOff(Base):
    """Somebody whom a person took off a list: no search puts them back unless it is asked to."""

    __tablename__ = "contact_removals"
    __table_args__ = (UniqueConstraint("list_id", "email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("contact_lists.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(80))
    organisation: Mapped[str] = mapped_column(String(160), default="", server_default="")
    title: Mapped[str] = mapped_column(String(80), default="", server_default="")
    language: Mapped[str] = mapped_column(String(2), default="zh", server_default="zh")
    by: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class SavedFilter(Base):
    """A search for people that a series keeps under a name: a source of sources.py and its `conditions`.

    The conditions are those of the source's form, {field: [values]}; who may use it follows from the editions in them.
    """

    __tablename__ = "contact_filters"
    __table_args__ = (UniqueConstraint("series_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    source: Mapped[str] = mapped_column(String(20))
    conditions: Mapped[dict[str, list[str]]] = mapped_column(JSON, default=dict)
    by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    series: Mapped[Series] = relationship()

    @property
    def scopes(self) -> list[str]:
        return self.series.scopes
