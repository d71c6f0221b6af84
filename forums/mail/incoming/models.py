from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.clock import now
from forums.columns import UtcDateTime
from forums.extensions import Base
from forums.mail.models import Letter

KINDS = ("bounce", "delay", "relay", "answer", "auto_reply", "unsubscribe", "reply", "complaint", "other")
OUTCOMES = (
    *("waiting", "suppressed", "bounced", "told", "counted", "noted"),
    *("late", "repeated", "unmatched", "unreadable", "decided"),
)


class IncomingMail(Base):
    """One message that came in, and what came of it.

    The message itself is not kept: `excerpt` is what a person would read of it first, without private links. The same
    message that comes again has the same `fingerprint`. `detail` is what a mail server said, or why nothing was done.
    `edition_id` is that of the letter it is about.
    """

    __tablename__ = "incoming_mail"
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(map(repr, KINDS))})", name="kind"),
        CheckConstraint(f"outcome IN ({', '.join(map(repr, OUTCOMES))})", name="outcome"),
        CheckConstraint("(outcome = 'decided') = (decided_at IS NOT NULL)", name="decided"),
        Index("ix_incoming_mail_edition_id_outcome", "edition_id", "outcome"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    way: Mapped[str] = mapped_column(String(8))
    sender: Mapped[str] = mapped_column(String(320), default="")
    subject: Mapped[str] = mapped_column(String(300), default="")
    message_id: Mapped[str] = mapped_column(String(250), default="")
    kind: Mapped[str] = mapped_column(String(12), default="other")
    outcome: Mapped[str] = mapped_column(String(12), default="unmatched")
    detail: Mapped[str] = mapped_column(Text, default="")
    excerpt: Mapped[str] = mapped_column(Text, default="")
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id", ondelete="SET NULL"), index=True)
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    decision: Mapped[str] = mapped_column(String(12), default="")
    decided_by: Mapped[str] = mapped_column(String(200), default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    letter: Mapped[Letter | None] = relationship()


class IncomingBox(Base):
    """How far a mailbox was read. Messages up to `last_uid` are done, except those in `broken`: {uid: tries}.

    A mailbox whose `uid_validity` changed counts its messages anew. `fault` says why it cannot be read, since when.
    """

    __tablename__ = "incoming_boxes"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(400), unique=True)
    uid_validity: Mapped[int] = mapped_column(BigInteger, default=0)
    last_uid: Mapped[int] = mapped_column(BigInteger, default=0)
    broken: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    lease: Mapped[str | None] = mapped_column(String(40))
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fault: Mapped[str] = mapped_column(Text, default="")
    fault_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
