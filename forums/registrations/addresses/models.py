from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.clock import now
from forums.columns import UtcDateTime
from forums.extensions import Base
from forums.registrations.models import Registration

OPEN_FOR = timedelta(days=3)


class AddressChange(Base):
    """An e-mail address that somebody wants for their registration; it counts once its link was confirmed.

    Raising `token_version` revokes the link. `said_by_version` is the token version of the private link with which
    it was asked for: when that link has been replaced, the wish is void.
    """

    __tablename__ = "address_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    said_by_version: Mapped[int]
    token_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    registration: Mapped[Registration] = relationship()

    @property
    def is_open(self) -> bool:
        """Whether it can still be confirmed."""
        row = self.registration
        in_time = now() < self.created_at + OPEN_FOR
        return self.confirmed_at is None and in_time and row.is_live and row.token_version == self.said_by_version
