from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.clock import now
from forums.columns import Bilingual, UtcDateTime, bilingual
from forums.editions.models import Edition, Series
from forums.extensions import Base
from forums.mail.models import Letter
from forums.registrations.models import Registration

CAMPAIGN_STATES = ("draft", "frozen", "sending", "paused", "done", "cancelled")
ANSWERS = ("none", "coming", "not_coming", "substitute")
# As long as what a registration keeps, so that accepting never has to cut anything.
NAME, EMAIL, ORGANISATION, TITLE = 80, 254, 160, 80


class ContactList(Base):
    """People to write to: kept for one edition, or (without one) for all editions of a series."""

    __tablename__ = "contact_lists"

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"), index=True)
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    series: Mapped[Series] = relationship()
    edition: Mapped[Edition | None] = relationship()

    @property
    def scopes(self) -> list[str]:
        return self.edition.scopes if self.edition is not None else self.series.scopes


class Contact(Base):
    """One person of a list. `title` is the form of address or the post (职务), `language` that of their letters."""

    __tablename__ = "contacts"
    __table_args__ = (UniqueConstraint("list_id", "email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("contact_lists.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(NAME))
    email: Mapped[str] = mapped_column(String(EMAIL))
    organisation: Mapped[str] = mapped_column(String(ORGANISATION), default="")
    title: Mapped[str] = mapped_column(String(TITLE), default="")
    language: Mapped[str] = mapped_column(String(2), default="zh")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Intake(Base):
    """What came of one paste or upload.

    `problems` are {row, field, value, reason}; `duplicates` {row, email, first}: 0 when the list had the address.
    """

    __tablename__ = "contact_intakes"

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("contact_lists.id", ondelete="CASCADE"), index=True)
    source: Mapped[str] = mapped_column(String(200))
    read: Mapped[int]
    added: Mapped[int]
    problem_count: Mapped[int]
    duplicate_count: Mapped[int]
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    duplicates: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    ignored_columns: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Campaign(Base):
    """One letter to the people of one list.

    draft → frozen (text and recipients are settled) → sending ⇄ paused → done; or cancelled.
    `skipped` explains who of the list gets no letter: {name, email, reason}.
    """

    __tablename__ = "campaigns"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(state) for state in CAMPAIGN_STATES)})", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), index=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("contact_lists.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    subject: Mapped[Bilingual] = bilingual("subject")
    body: Mapped[Bilingual] = bilingual("body", None)
    include_invited: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(12), default="draft")
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"))
    to_send: Mapped[int] = mapped_column(default=0)
    duplicate_count: Mapped[int] = mapped_column(default=0)
    invalid_count: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    tests_sent: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    frozen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    edition: Mapped[Edition] = relationship()
    contact_list: Mapped[ContactList] = relationship()

    @property
    def scopes(self) -> list[str]:
        return self.edition.scopes

    @property
    def batch(self) -> str:
        """What its letters are held, released and withdrawn by."""
        return f"campaign:{self.id}"


class Invitation(Base):
    """One person invited by a campaign, as they were when it was frozen, and what they answered.

    Raising `token_version` revokes the link to the answer page.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("campaign_id", "email"),
        CheckConstraint(f"answer IN ({', '.join(repr(answer) for answer in ANSWERS)})", name="answer"),
        CheckConstraint("companions >= 0", name="companions"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id", ondelete="SET NULL"), index=True)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id", ondelete="SET NULL"), index=True)
    name: Mapped[str] = mapped_column(String(NAME))
    email: Mapped[str] = mapped_column(String(EMAIL), index=True)
    organisation: Mapped[str] = mapped_column(String(ORGANISATION), default="")
    title: Mapped[str] = mapped_column(String(TITLE), default="")
    language: Mapped[str] = mapped_column(String(2))
    answer: Mapped[str] = mapped_column(String(12), default="none")
    companions: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(Text, default="")
    substitute_name: Mapped[str] = mapped_column(String(NAME), default="")
    substitute_email: Mapped[str] = mapped_column(String(EMAIL), default="")
    token_version: Mapped[int] = mapped_column(default=1)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    campaign: Mapped[Campaign] = relationship()
    letter: Mapped[Letter | None] = relationship()
    registration: Mapped[Registration | None] = relationship()

    @property
    def scopes(self) -> list[str]:
        return self.campaign.scopes
