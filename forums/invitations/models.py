from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.accounts.models import Account
from forums.clock import now
from forums.columns import Bilingual, UtcDateTime, bilingual
from forums.editions.models import Edition, Series
from forums.extensions import Base
from forums.mail.models import Letter
from forums.registrations.models import Registration

CAMPAIGN_STATES = ("draft", "frozen", "scheduled", "running", "paused", "done", "expired", "cancelled")
KINDS = ("invitation", "reminder", "update", "cancellation", "thanks")
# Whom a campaign writes to: the people of its list, or those who are invited already (forums.invitations.audiences).
AUDIENCES = ("list", "invited", "silent", "expected", "coming", "not_coming", "came")
COMPANIONS = ("none", "counted", "places")
MOST_COMPANIONS = 20
IN_DOUBT = ("hold", "resend")
ANSWERS = ("none", "coming", "not_coming", "substitute")
WITHHELD = ("", "left_out", "changed", "withdrawn")
# As long as what a registration keeps, so that accepting never has to cut anything.
NAME, EMAIL, ORGANISATION, TITLE = 80, 254, 160, 80
REASON = 300


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """The column holds one of these words."""
    return CheckConstraint(f"{column} IN ({', '.join(map(repr, values))})", name=column)


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
    """One person of a list. `title` is the form of address or the post (职务), `language` that of their letters.

    `name_sort` is the name as lists are sorted, Chinese by its pinyin. `intake_id` tells what brought the person in;
    `changed_at` that somebody has edited the row since.
    """

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("list_id", "email"),
        Index("ix_contacts_list_id_name", "list_id", "name"),
        Index("ix_contacts_list_id_name_sort", "list_id", "name_sort", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("contact_lists.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(NAME))
    email: Mapped[str] = mapped_column(String(EMAIL))
    organisation: Mapped[str] = mapped_column(String(ORGANISATION), default="")
    title: Mapped[str] = mapped_column(String(TITLE), default="")
    language: Mapped[str] = mapped_column(String(2), default="zh")
    name_sort: Mapped[str] = mapped_column(String(600), default="", server_default="")
    intake_id: Mapped[int | None] = mapped_column(ForeignKey("contact_intakes.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Intake(Base):
    """What came of one paste, upload or search.

    `origin` is "paste", "file" (whose name is `source`) or a source of contacts/sources.py, asked with `conditions`.
    `duplicates` are {row, email, first}: 0 when the list had the address. Rows that could not come in stay as
    RejectedRow. `left_out` counts those whom a person had taken off the list before, `removed` what undoing removed.
    """

    __tablename__ = "contact_intakes"

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("contact_lists.id", ondelete="CASCADE"), index=True)
    filter_id: Mapped[int | None] = mapped_column(ForeignKey("contact_filters.id", ondelete="SET NULL"), index=True)
    origin: Mapped[str] = mapped_column(String(20), default="paste", server_default="paste")
    source: Mapped[str] = mapped_column(String(200))
    conditions: Mapped[dict[str, list[str]]] = mapped_column(JSON, default=dict, server_default="{}")
    read: Mapped[int]
    added: Mapped[int]
    problem_count: Mapped[int]
    duplicate_count: Mapped[int]
    left_out: Mapped[int] = mapped_column(default=0, server_default="0")
    duplicates: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    ignored_columns: Mapped[list[str]] = mapped_column(JSON, default=list)
    by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[str] = mapped_column(String(200), default="", server_default="")
    removed: Mapped[int] = mapped_column(default=0, server_default="0")


class Campaign(Base):
    """One letter to the people of a list, or to those whom the edition has invited.

    draft → frozen (text and recipients are settled) → scheduled (until `starts_at`) → running ⇄ paused → done; or
    cancelled, or expired: nothing is sent after `expires_at`, and `unsent` letters were not. A `language` of "" is that
    of each recipient. `in_doubt` says what becomes of a letter whose outcome a crash hid. When more than
    `budget_percent` of what was tried fails, the campaign pauses by itself; `paused_reason` is a code of
    forums.mail.reasons or "budget", `paused_detail` the mail server's words. `tried_before` and `failed_before` are
    what the budget had counted when somebody last let it go on. `skipped` explains who gets no letter: {name, email,
    reason}. The same form sent again carries the same `key`, so it makes one draft. `narrowed` says to whom of its
    audience it goes (forums.invitations.narrowing).
    """

    __tablename__ = "campaigns"
    __table_args__ = (
        one_of("state", CAMPAIGN_STATES),
        one_of("kind", KINDS),
        one_of("audience", AUDIENCES),
        one_of("in_doubt", IN_DOUBT),
        one_of("language", ("", "zh", "en")),
        CheckConstraint("(audience = 'list') = (list_id IS NOT NULL)", name="list"),
        CheckConstraint("budget_percent BETWEEN 0 AND 100", name="budget"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(12), default="invitation")
    audience: Mapped[str] = mapped_column(String(12), default="list")
    list_id: Mapped[int | None] = mapped_column(ForeignKey("contact_lists.id"), index=True)
    key: Mapped[str | None] = mapped_column(String(64), unique=True)
    narrowed: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    name: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2), default="")
    subject: Mapped[Bilingual] = bilingual("subject")
    body: Mapped[Bilingual] = bilingual("body", None)
    include_invited: Mapped[bool] = mapped_column(default=False)
    with_calendar: Mapped[bool] = mapped_column(default=False)
    with_letter: Mapped[bool] = mapped_column(default=False)
    in_doubt: Mapped[str] = mapped_column(String(6), default="hold")
    budget_percent: Mapped[int] = mapped_column(default=5)
    state: Mapped[str] = mapped_column(String(12), default="draft")
    paused_reason: Mapped[str] = mapped_column(String(40), default="")
    paused_detail: Mapped[str] = mapped_column(Text, default="")
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"))
    to_send: Mapped[int] = mapped_column(default=0)
    duplicate_count: Mapped[int] = mapped_column(default=0)
    invalid_count: Mapped[int] = mapped_column(default=0)
    suppressed_count: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, deferred=True)
    unsent: Mapped[int] = mapped_column(default=0)
    tried_before: Mapped[int] = mapped_column(default=0)
    failed_before: Mapped[int] = mapped_column(default=0)
    tests_sent: Mapped[int] = mapped_column(default=0)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    frozen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    edition: Mapped[Edition] = relationship()
    contact_list: Mapped[ContactList | None] = relationship()
    created_by: Mapped[Account | None] = relationship(foreign_keys=created_by_id)
    sent_by: Mapped[Account | None] = relationship(foreign_keys=sent_by_id)

    @property
    def scopes(self) -> list[str]:
        return self.edition.scopes

    def is_expired(self, moment: datetime) -> bool:
        """Whether the time has passed after which nothing is sent."""
        return self.expires_at is not None and self.expires_at <= moment

    @property
    def batch(self) -> str:
        """What its letters are held, released and withdrawn by."""
        return f"campaign:{self.id}"


class Invitation(Base):
    """One person invited to an edition, as the last list that named them knew them, and what they answered.

    However many campaigns write to them, they have one link and one answer. Raising `token_version` revokes the link
    to the answer page, raising `substitute_version` that of the substitute. `answered_at` is when the answer that
    stands was given, which is not when a mail that brought it came in.

    Once `withdrawn_at` is set, no campaign writes to them and their answer, which is kept, counts no more; the reason
    is for the office alone. `calendar_turns` counts how often the event was taken out of this guest's own calendar and
    put there again, `calendar_off` says that it was last taken out: calendars.operations.own_sequence().
    """

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("edition_id", "email"),
        one_of("answer", ANSWERS),
        CheckConstraint("companions >= 0", name="companions"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id", ondelete="SET NULL"), index=True)
    name: Mapped[str] = mapped_column(String(NAME))
    email: Mapped[str] = mapped_column(String(EMAIL), index=True)
    organisation: Mapped[str] = mapped_column(String(ORGANISATION), default="")
    title: Mapped[str] = mapped_column(String(TITLE), default="")
    language: Mapped[str] = mapped_column(String(2))
    answer: Mapped[str] = mapped_column(String(12), default="none")
    companions: Mapped[int] = mapped_column(default=0)
    companion_names: Mapped[str] = mapped_column(Text, default="", server_default="")
    note: Mapped[str] = mapped_column(Text, default="")
    substitute_name: Mapped[str] = mapped_column(String(NAME), default="")
    substitute_email: Mapped[str] = mapped_column(String(EMAIL), default="")
    substitute_version: Mapped[int] = mapped_column(default=1, server_default="1")
    token_version: Mapped[int] = mapped_column(default=1)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str] = mapped_column(String(REASON), default="", server_default="")
    calendar_turns: Mapped[int] = mapped_column(default=0, server_default="0")
    calendar_off: Mapped[bool] = mapped_column(default=False, server_default=false())

    edition: Mapped[Edition] = relationship()
    registration: Mapped[Registration | None] = relationship()

    @property
    def is_expected(self) -> bool:
        """Whether somebody said that they come, the guest or a substitute."""
        return self.answer in {"coming", "substitute"}

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None

    @property
    def scopes(self) -> list[str]:
        return self.edition.scopes

    def written_to(self, kind: str) -> tuple[str, str]:
        """Name and address that a campaign of this kind writes to: who comes in a guest's place learns what is new."""
        if kind != "invitation" and self.answer == "substitute" and self.substitute_email:
            return self.substitute_name, self.substitute_email
        return self.name, self.email


class AnswerRules(Base):
    """What the answer page of an edition asks about those who accompany a guest: "none", their number ("counted"), or
    their names, because each takes a place of the edition ("places")."""

    __tablename__ = "answer_rules"
    __table_args__ = (one_of("companions", COMPANIONS), CheckConstraint("most BETWEEN 1 AND 20", name="most"))

    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id", ondelete="CASCADE"), primary_key=True)
    companions: Mapped[str] = mapped_column(String(8), default="counted")
    most: Mapped[int] = mapped_column(default=MOST_COMPANIONS)


class Companion(Base):
    """Somebody who accompanies a guest and has a registration of their own for that."""

    __tablename__ = "companions"

    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitations.id", ondelete="CASCADE"), index=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), unique=True)

    registration: Mapped[Registration] = relationship()


class Recipient(Base):
    """Somebody to whom a campaign writes. `letter` is theirs in the outbox, once the campaign runs.

    Who is `withheld` gets none: "left_out" by the organiser before freezing, or "changed": the answer they gave before
    their letter was sent puts them among those whom the campaign is not for; "withdrawn": so is their invitation.
    """

    __tablename__ = "recipients"
    __table_args__ = (UniqueConstraint("campaign_id", "invitation_id"), one_of("withheld", WITHHELD))

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitations.id", ondelete="CASCADE"), index=True)
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id", ondelete="SET NULL"), index=True)
    withheld: Mapped[str] = mapped_column(String(12), default="")

    campaign: Mapped[Campaign] = relationship()
    invitation: Mapped[Invitation] = relationship()
    letter: Mapped[Letter | None] = relationship()


class SentForm(Base):
    """A form that wrote letters and made no row of its own: the same one sent again finds its `key` and writes none."""

    __tablename__ = "sent_forms"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    letters: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
