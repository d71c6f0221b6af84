from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.columns import UtcDateTime
from forums.extensions import Base
from forums.invitations.models import Invitation
from forums.mail.incoming.models import IncomingMail


class CalendarAnswer(Base):
    """What a calendar said about an invitation: "coming", "not_coming", "tentative", or a word of its own.

    `sequence` and `written_at` order the answers of one guest (RFC 5546). Only what `is_theirs`, so that it can only
    come from the guest, has a place in that order.
    """

    __tablename__ = "calendar_answers"
    __table_args__ = (Index("ix_calendar_answers_order", "invitation_id", "is_theirs", "sequence", "written_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    incoming_id: Mapped[int] = mapped_column(ForeignKey("incoming_mail.id", ondelete="CASCADE"), unique=True)
    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitations.id", ondelete="CASCADE"))
    answer: Mapped[str] = mapped_column(String(20))
    sequence: Mapped[int]
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_theirs: Mapped[bool]

    incoming: Mapped[IncomingMail] = relationship()
    invitation: Mapped[Invitation] = relationship()
