from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.clock import now
from forums.columns import Bilingual, UtcDateTime, bilingual
from forums.extensions import Base


class Organisation(Base):
    """An enterprise, institute or office. Its key is the 18-character credit code, where it has one."""

    __tablename__ = "organisations"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Bilingual] = bilingual("name")
    credit_code: Mapped[str | None] = mapped_column(String(18), unique=True)
    synthetic: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Person(Base):
    """A human being, known by e-mail where there is one; e-mail is kept in lower case."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Bilingual] = bilingual("name")
    email: Mapped[str | None] = mapped_column(String(320), unique=True)
    phone: Mapped[str | None] = mapped_column(String(40))
    title: Mapped[Bilingual] = bilingual("title")
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    synthetic: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    organisation: Mapped[Organisation | None] = relationship()
