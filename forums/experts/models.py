from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.clock import now
from forums.columns import Bilingual, UtcDateTime, bilingual
from forums.directory.models import Person
from forums.documents.models import Document
from forums.extensions import Base


class Expert(Base):
    """What readers are told about a person who appears on a programme; the photo is one of ours, re-encoded."""

    __tablename__ = "experts"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    bio: Mapped[Bilingual] = bilingual("bio", None)
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
    photo: Mapped[Document | None] = relationship()
