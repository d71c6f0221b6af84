from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.accounts.models import Account
from forums.agreements.models import Agreement
from forums.clock import now
from forums.columns import UtcDateTime
from forums.editions.models import Edition
from forums.extensions import Base

# What a row comes to: a new project, a further agreement of one that is known, one that is there already, one that
# says something else than what is there, a repetition inside the sheet, a row that is wrong; sums and remarks are no
# project.
VERDICTS = ("new", "further", "same", "conflict", "repeat", "wrong", "total", "remark", "heading")
# What somebody decided of a row: nothing yet; what is there stays; a further agreement of that project, signed again
# or an increase; a project of its own; left out.
CHOICES = ("", "keep", "again", "increase", "apart", "skip")


def _among(column: str, codes: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(code) for code in codes)})", name=column)


class RegisterImport(Base):
    """One sheet. `digest` is the SHA-256 of its rows, `fingerprint` that of its heads, `outcome` what came of it.

    `mapping` says how the rows are read (reading.Mapping); nothing is drafted before `applied_at`. `outcome` holds the
    job at work, the sheet's own sums beside those of its rows, and what is usual for each kind in it, in fen.
    """

    __tablename__ = "register_imports"
    __table_args__ = (Index("ix_register_imports_remembered", "series_id", "fingerprint"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), index=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    sheet: Mapped[str] = mapped_column(String(100), default="")
    digest: Mapped[str] = mapped_column(String(64))
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    language: Mapped[str] = mapped_column(String(2), default="zh")
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    outcome: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[str] = mapped_column(String(200), default="")

    edition: Mapped[Edition] = relationship()
    by: Mapped[Account] = relationship()

    @property
    def scopes(self) -> list[str]:
        """The scopes a grant may have to reach this row: those of its edition."""
        return self.edition.scopes


class RegisterRow(Base):
    """One row of a sheet, as it came, and what becomes of it.

    `formulas` and `joined` are the columns whose cell is computed, or part of a merged one. `known` is the agreement
    that the row was compared with, `other` the row of the sheet that it repeats, `agreement` what was made of it, and
    `made` the project and the organisations that were made on the way. `said` is why it could not be applied.
    """

    __tablename__ = "register_rows"
    __table_args__ = (
        UniqueConstraint("batch_id", "number"),
        Index("ix_register_rows_verdict", "batch_id", "verdict", "done"),
        _among("verdict", VERDICTS),
        _among("choice", CHOICES),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("register_imports.id", ondelete="CASCADE"))
    number: Mapped[int]
    cells: Mapped[list[str]] = mapped_column(JSON)
    formulas: Mapped[list[int]] = mapped_column(JSON, default=list)
    joined: Mapped[list[int]] = mapped_column(JSON, default=list)
    verdict: Mapped[str] = mapped_column(String(10), default="wrong")
    warned: Mapped[bool] = mapped_column(default=False)
    other: Mapped[int] = mapped_column(default=0)
    choice: Mapped[str] = mapped_column(String(10), default="")
    said: Mapped[str] = mapped_column(String(500), default="")
    done: Mapped[bool] = mapped_column(default=False)
    known_id: Mapped[int | None] = mapped_column(ForeignKey("agreements.id", ondelete="SET NULL"), index=True)
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("agreements.id", ondelete="SET NULL"), index=True)
    made: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    batch: Mapped[RegisterImport] = relationship()
    known: Mapped[Agreement | None] = relationship(foreign_keys="RegisterRow.known_id")
    agreement: Mapped[Agreement | None] = relationship(foreign_keys="RegisterRow.agreement_id")
