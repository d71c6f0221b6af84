from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from forums.clock import now
from forums.columns import UtcDateTime
from forums.extensions import Base

STATES = ("queued", "sending", "sent", "deferred", "failed", "unknown", "held", "cancelled")


class Letter(Base):
    """One letter to one recipient: history and outbox in one row.

    queued → sending → sent | deferred (due again at not_before) | failed | unknown (a crash hid the outcome);
    held while its sender is paused; cancelled when it is no longer wanted. Nothing is handed over after `expires_at`.
    `resend_in_doubt` lets a letter whose outcome is not known go again, under its Message-ID, and `resent` counts that.
    `bounce` is the status that came back after it was sent (RFC 3463, such as "5.1.1"); `complained_at` says that the
    recipient called it spam. `domain` is the recipient's.
    A `batch` ("campaign:3") is held, released and withdrawn as one. `reason` is a code of forums.mail.reasons and
    `error` the mail server's own words.
    """

    __tablename__ = "letters"
    __table_args__ = (
        UniqueConstraint("event", "recipient"),
        CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'deferred', 'failed', 'unknown', 'held', 'cancelled')",
            name="state",
        ),
        Index("ix_letters_due", "state", "not_before"),
        Index("ix_letters_batch_state", "batch", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    letter: Mapped[str] = mapped_column(String(80))
    event: Mapped[str] = mapped_column(String(200))
    recipient: Mapped[str] = mapped_column(String(320), index=True)
    domain: Mapped[str] = mapped_column(String(255), default="")
    recipient_name: Mapped[str] = mapped_column(String(300), default="")
    language: Mapped[str] = mapped_column(String(2))
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    reply_to: Mapped[str] = mapped_column(String(320), default="")
    batch: Mapped[str | None] = mapped_column(String(60))
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(20), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None] = mapped_column(String(40))
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resend_in_doubt: Mapped[bool] = mapped_column(default=False)
    resent: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    bounced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    bounce: Mapped[str] = mapped_column(String(20), default="")
    complained_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(40), default="")
    error: Mapped[str] = mapped_column(Text, default="")


class Moment(Base):
    """A moment that all senders share: when one of them was last seen, or whose next turn comes when (see limits)."""

    __tablename__ = "mail_moments"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(300), unique=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
