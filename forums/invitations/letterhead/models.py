from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.clock import now
from forums.columns import Bilingual, UtcDateTime, bilingual
from forums.documents.models import Document
from forums.editions.models import Edition
from forums.extensions import Base


class Letterhead(Base):
    """What stands around the words of an edition's formal letters, from this revision on; none is ever changed.

    `organisation` may have a line for each host. Letters name the revision they were written with, so that what went
    out can be made again as it was.
    """

    __tablename__ = "letterheads"
    __table_args__ = (UniqueConstraint("edition_id", "revision"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    revision: Mapped[int]
    organisation: Mapped[Bilingual] = bilingual("organisation")
    signer: Mapped[Bilingual] = bilingual("signer")
    post: Mapped[Bilingual] = bilingual("post")
    contact: Mapped[Bilingual] = bilingual("contact")
    logo_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    seal_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    by: Mapped[str] = mapped_column(String(200))

    edition: Mapped[Edition] = relationship()
    logo: Mapped[Document | None] = relationship(foreign_keys=logo_id)
    seal: Mapped[Document | None] = relationship(foreign_keys=seal_id)
