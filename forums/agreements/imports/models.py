from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.accounts.models import Account
from forums.agreements.models import Agreement
from forums.imports.models import Batch, BatchRow

# What a row comes to: a new project, a further agreement of one that is known, one that is there already, one that
# says something else than what is there, a repetition inside the sheet, a row that is wrong; sums and remarks are no
# project.
VERDICTS = ("new", "further", "same", "conflict", "repeat", "wrong", "total", "remark", "heading")
# What somebody decided of a row: nothing yet; what is there stays; a further agreement of that project, signed again
# or an increase; a project of its own; left out.
CHOICES = ("", "keep", "again", "increase", "apart", "skip")


def _among(column: str, codes: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(code) for code in codes)})", name=column)


class RegisterImport(Batch):
    """One sheet. `fingerprint` is the SHA-256 of its heads.

    `outcome` also holds the sheet's own sums beside those of its rows, and what is usual for each kind in it, in fen.
    """

    __tablename__ = "register_imports"
    __table_args__ = (Index("ix_register_imports_remembered", "series_id", "fingerprint"),)

    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    sheet: Mapped[str] = mapped_column(String(100), default="")
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    language: Mapped[str] = mapped_column(String(2), default="zh")
    by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))

    by: Mapped[Account] = relationship()


class RegisterRow(BatchRow):
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

    batch_id: Mapped[int] = mapped_column(ForeignKey("register_imports.id", ondelete="CASCADE"))
    formulas: Mapped[list[int]] = mapped_column(JSON, default=list)
    joined: Mapped[list[int]] = mapped_column(JSON, default=list)
    verdict: Mapped[str] = mapped_column(String(10), default="wrong")
    warned: Mapped[bool] = mapped_column(default=False)
    other: Mapped[int] = mapped_column(default=0)
    choice: Mapped[str] = mapped_column(String(10), default="")
    said: Mapped[str] = mapped_column(String(500), default="")
    known_id: Mapped[int | None] = mapped_column(ForeignKey("agreements.id", ondelete="SET NULL"), index=True)
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("agreements.id", ondelete="SET NULL"), index=True)
    made: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    batch: Mapped[RegisterImport] = relationship()
    known: Mapped[Agreement | None] = relationship(foreign_keys="RegisterRow.known_id")
    agreement: Mapped[Agreement | None] = relationship(foreign_keys="RegisterRow.agreement_id")
