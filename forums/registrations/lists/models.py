from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.accounts.models import Account
from forums.clock import now
from forums.columns import UtcDateTime
from forums.editions.models import Edition
from forums.extensions import Base


class SavedView(Base):
    """A list under a name: the query of its address, with filters, order and columns.

    It is its owner's, or with `shared` for all who work on the edition. A default view opens when the list is opened
    without a query: the reader's own first, else a shared one.
    """

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("edition_id", "owner_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    query: Mapped[str] = mapped_column(String(3000), default="")
    shared: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_default: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    edition: Mapped[Edition] = relationship()
    owner: Mapped[Account] = relationship()

    @property
    def scopes(self) -> list[str]:
        """The scopes a grant may have to reach this row: those of its edition."""
        return self.edition.scopes
