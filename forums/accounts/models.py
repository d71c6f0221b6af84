from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_security import UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.activity.models import Actor
from forums.clock import now
from forums.columns import UtcDateTime
from forums.extensions import Base

ROLES = ("admin", "organizer", "reviewer", "staff", "helper", "auditor")
HOUSE = "house"


class Account(UserMixin, Base):
    """A member of staff who can sign in."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password: Mapped[str | None] = mapped_column(String(300))
    active: Mapped[bool] = mapped_column(default=True)
    demo: Mapped[bool] = mapped_column(default=False)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    language: Mapped[str] = mapped_column(String(2), default="zh")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    grants: Mapped[list[Grant]] = relationship(
        back_populates="account", cascade="all, delete-orphan", order_by="Grant.id", lazy="selectin"
    )

    @property
    def actor(self) -> Actor:
        return Actor(self.id, self.name)

    @property
    def scopes(self) -> list[str]:
        return [HOUSE]

    # Flask-Security asks for roles; ours are grants with a scope and an end.
    @property
    def roles(self) -> list[Any]:  # type: ignore[override]
        return []


class Grant(Base):
    """A role given to an account in a scope ("house", "series:3" or "edition:7"), perhaps until a moment."""

    __tablename__ = "grants"
    __table_args__ = (
        UniqueConstraint("account_id", "role", "scope"),
        CheckConstraint("role IN ('admin', 'organizer', 'reviewer', 'staff', 'helper', 'auditor')", name="role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(20))
    scope: Mapped[str] = mapped_column(String(40), default=HOUSE)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    account: Mapped[Account] = relationship(back_populates="grants")

    @property
    def in_force(self) -> bool:
        return self.until is None or self.until > now()
