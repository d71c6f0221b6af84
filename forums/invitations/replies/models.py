from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.columns import UtcDateTime
from forums.extensions import Base
from forums.invitations.models import Invitation
from forums.mail.incoming.models import IncomingMail


class CalendarAnswer(Base):
    """What somebody's calendar said about an invitation.

    `sequence` and `written_at` order the answers of one guest (RFC 5546). One that counted says when; that is the
    invitation's `answered_at` of that moment.
    """

    __tablename__ = "calendar_answers"

    id: Mapped[int] = mapped_column(primary_key=True)
    incoming_id: Mapped[int] = mapped_column(ForeignKey("incoming_mail.id", ondelete="CASCADE"), unique=True)
    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitations.id", ondelete="CASCADE"), index=True)
    answer: Mapped[str] = mapped_column(String(20))
    sequence: Mapped[int]
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    comment: Mapped[str] = mapped_column(Text, default="")
    counted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    incoming: Mapped[IncomingMail] = relationship()
    invitation: Mapped[Invitation] = relationship()
