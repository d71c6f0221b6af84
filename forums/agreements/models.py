"""Five things kept apart: projects, agreements, signings, amount entries (and, later, milestones)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forums.accounts.models import HOUSE, Account
from forums.agreements.vocabulary import BINDINGS, RELATIONS, REVIEW_STATES, Words
from forums.clock import now
from forums.columns import Bilingual, UtcDateTime, bilingual
from forums.directory.models import Organisation
from forums.documents.models import Document
from forums.editions.models import Edition, Series
from forums.extensions import Base


def _among(column: str, words: Words) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(code) for code in words)})", name=column)


class Segment(Base):
    """A step of the value chain that one series counts by, such as sheet-strip-foil; another industry has its own."""

    __tablename__ = "segments"
    __table_args__ = (UniqueConstraint("series_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    code: Mapped[str] = mapped_column(String(60))
    name: Mapped[Bilingual] = bilingual("name")
    position: Mapped[int] = mapped_column(default=0)
    retired: Mapped[bool] = mapped_column(default=False, server_default=false())


class Project(Base):
    """The undertaking that agreements are about, counted once. `aliases` holds other names, one a line; `content` what
    is to be built or done.

    `version` rises with each change of its facts, so that whoever saves second is told.
    A duplicate is set aside, never deleted: `merged_into` names the project that its signings count for.
    """

    __tablename__ = "projects"
    __table_args__ = (
        CheckConstraint("merged_into_id IS NULL OR merged_into_id <> id", name="merged_elsewhere"),
        CheckConstraint("(merged_into_id IS NULL) = (merged_at IS NULL)", name="merged_when"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"), index=True)
    name: Mapped[Bilingual] = bilingual("name")
    aliases: Mapped[str] = mapped_column(Text, default="")
    content: Mapped[str] = mapped_column(Text, default="", server_default="")
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segments.id"))
    site: Mapped[str] = mapped_column(String(200), default="", server_default="")
    origin: Mapped[str] = mapped_column(String(20), default="")
    channel: Mapped[str] = mapped_column(String(20), default="")
    stage: Mapped[str] = mapped_column(String(20), default="agreement")
    confidential: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    synthetic: Mapped[bool] = mapped_column(default=False)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"), index=True)
    merged_reason: Mapped[str] = mapped_column(Text, default="")
    merged_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    merged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    series: Mapped[Series] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    segment: Mapped[Segment | None] = relationship()
    merged_into: Mapped[Project | None] = relationship(remote_side="Project.id")
    merged_by: Mapped[Account | None] = relationship()
    agreements: Mapped[list[Agreement]] = relationship(back_populates="project", order_by="Agreement.id")

    @property
    def scopes(self) -> list[str]:
        return [f"series:{self.series_id}", HOUSE]


class Agreement(Base):
    """One document. It counts once it is approved; drafter, verifier and approver are three people.

    `relation` says how it stands to the project's earlier agreements, `earlier` which of them it changes.
    `version` rises with each change, so that nobody approves what they have not seen. `document_state` is what was
    recorded last, `document_on` the day since when; what dates make of it is lifecycle.document_now().
    """

    __tablename__ = "agreements"
    __table_args__ = (
        _among("binding", BINDINGS.builtin),
        _among("relation", RELATIONS),
        _among("review", REVIEW_STATES),
        CheckConstraint("verified_by_id <> drafted_by_id", name="verifier_is_not_drafter"),
        CheckConstraint("approved_by_id <> drafted_by_id", name="approver_is_not_drafter"),
        CheckConstraint("approved_by_id <> verified_by_id", name="approver_is_not_verifier"),
        CheckConstraint(
            "(review IN ('verified', 'approved', 'locked')) = (verified_by_id IS NOT NULL)", name="verified_by_somebody"
        ),
        CheckConstraint(
            "(review IN ('approved', 'locked')) = (approved_by_id IS NOT NULL)", name="approved_by_somebody"
        ),
        CheckConstraint("earlier_id <> id", name="earlier_than_itself"),
        Index("ix_agreements_review", "review", "submitted_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    number: Mapped[str] = mapped_column(String(80), default="")
    title: Mapped[Bilingual] = bilingual("title")
    kind: Mapped[str] = mapped_column(String(20))
    binding: Mapped[str] = mapped_column(String(20))
    relation: Mapped[str] = mapped_column(String(20), default="first")
    earlier_id: Mapped[int | None] = mapped_column(ForeignKey("agreements.id"))
    document_state: Mapped[str] = mapped_column(String(20), default="signed")
    document_on: Mapped[date | None]
    effective_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    cancelled_on: Mapped[date | None]
    cancel_reason: Mapped[str] = mapped_column(Text, default="")
    review: Mapped[str] = mapped_column(String(20), default="drafted")
    drafted_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
    synthetic: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    project: Mapped[Project] = relationship(back_populates="agreements")
    earlier: Mapped[Agreement | None] = relationship(remote_side="Agreement.id")
    drafted_by: Mapped[Account] = relationship(foreign_keys="Agreement.drafted_by_id")
    verified_by: Mapped[Account | None] = relationship(foreign_keys="Agreement.verified_by_id")
    approved_by: Mapped[Account | None] = relationship(foreign_keys="Agreement.approved_by_id")
    parties: Mapped[list[AgreementParty]] = relationship(
        cascade="all, delete-orphan", order_by="AgreementParty.position, AgreementParty.id"
    )
    signings: Mapped[list[Signing]] = relationship(back_populates="agreement", order_by="Signing.signed_on, Signing.id")
    entries: Mapped[list[AmountEntry]] = relationship(back_populates="agreement", order_by="AmountEntry.id")
    scans: Mapped[list[Scan]] = relationship(back_populates="agreement", order_by="Scan.id")
    steps: Mapped[list[ReviewStep]] = relationship(order_by="ReviewStep.id")
    hands: Mapped[list[ReviewHand]] = relationship(cascade="all, delete-orphan", order_by="ReviewHand.account_id")
    proposals: Mapped[list[AgreementProposal]] = relationship(
        back_populates="agreement", order_by="AgreementProposal.id"
    )

    @property
    def scopes(self) -> list[str]:
        return self.project.scopes

    @property
    def is_open(self) -> bool:
        """Whether its facts may be changed: before it is handed in, or when it came back."""
        return self.review in {"drafted", "returned"}

    @property
    def current_scans(self) -> list[Scan]:
        """The scans that no newer version supersedes."""
        superseded = {scan.supersedes_id for scan in self.scans}
        return [scan for scan in self.scans if scan.id not in superseded]

    @property
    def amounts(self) -> list[AmountEntry]:
        """What the document says: the entries in force, neither reversed nor a reversal, nor reported in follow-up."""
        reversed_ids = {entry.reverses_id for entry in self.entries}
        return [
            entry
            for entry in self.entries
            if entry.reverses_id is None and entry.id not in reversed_ids and not entry.reported
        ]

    @property
    def comments(self) -> dict[str, str]:
        """Field → what the last reviewer to return it said of that field, until it is revised."""
        last = next((row for row in reversed(self.steps) if row.step in {"returned", "revised"}), None)
        return last.comments if last is not None else {}

    @property
    def open_proposal(self) -> AgreementProposal | None:
        """What one person has proposed and no other has decided yet."""
        return next((row for row in self.proposals if row.outcome == "open"), None)


class AgreementParty(Base):
    """Who signs, in which role."""

    __tablename__ = "agreement_parties"
    __table_args__ = (UniqueConstraint("agreement_id", "organisation_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id", ondelete="CASCADE"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    position: Mapped[int] = mapped_column(default=0)

    organisation: Mapped[Organisation] = relationship(lazy="joined")


class Signing(Base):
    """An agreement at one edition's ceremony, in its order; signatories and witnesses one a line."""

    __tablename__ = "signings"
    __table_args__ = (
        UniqueConstraint("agreement_id", "edition_id"),
        Index("ix_signings_edition_id", "edition_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id", ondelete="CASCADE"))
    edition_id: Mapped[int] = mapped_column(ForeignKey("editions.id"))
    position: Mapped[int] = mapped_column(default=0)
    signed_on: Mapped[date]
    signatories: Mapped[str] = mapped_column(Text, default="", server_default="")
    witnesses: Mapped[str] = mapped_column(Text, default="", server_default="")
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))

    agreement: Mapped[Agreement] = relationship(back_populates="signings")
    edition: Mapped[Edition] = relationship()
    photo: Mapped[Document | None] = relationship()


class AmountEntry(Base):
    """A row of a project's ledger. Never edited: a correction reverses it (`reverses`) and enters another.

    `fen` is in minor units of `currency`; NULL is *undisclosed*, which is not zero. `effective_on` decides the period
    a row belongs to, `recorded_at` what was known when. `source_text` is the amount as it stands in the original and
    `source_page` where, `unit` the unit it is written in, `evidence` the document that a correction rests on, and
    `step` the step of review that the row came with. A `reported` row stands in no agreement: follow-up found it, such
    as capital that was paid in, and three people have seen it there.
    """

    __tablename__ = "amount_entries"
    __table_args__ = (
        CheckConstraint("reverses_id IS NOT NULL OR fen IS NULL OR fen > 0", name="positive"),
        CheckConstraint("qualifier IN ('exact', 'about', 'nearly', 'at_least')", name="qualifier"),
        UniqueConstraint("reverses_id"),
        Index("ix_amount_entries_agreement_id", "agreement_id", "basis"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id"))
    basis: Mapped[str] = mapped_column(String(30))
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    fen: Mapped[int | None] = mapped_column(BigInteger)
    qualifier: Mapped[str] = mapped_column(String(10), default="exact")
    effective_on: Mapped[date]
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    source_text: Mapped[str] = mapped_column(String(200), default="")
    source_page: Mapped[str] = mapped_column(String(40), default="", server_default="")
    unit: Mapped[str] = mapped_column(String(40), default="", server_default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("amount_entries.id"))
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    step_id: Mapped[int | None] = mapped_column(ForeignKey("review_steps.id"))
    reported: Mapped[bool] = mapped_column(default=False, server_default=false())

    agreement: Mapped[Agreement] = relationship(back_populates="entries")
    recorded_by: Mapped[Account] = relationship()
    evidence: Mapped[Document | None] = relationship()
    step: Mapped[ReviewStep | None] = relationship()
    reverses: Mapped[AmountEntry | None] = relationship(remote_side="AmountEntry.id")


class CountedSigning(Base):
    """A version of all that one signing counts by, from the moment it was known until another took its place.

    Written by known.py before each commit, and never changed but to end it, so that a tally of any earlier moment is
    the rows that were in force then. `amounts`: basis → [fen or null, currency].
    """

    __tablename__ = "counted_signings"
    __table_args__ = (
        CheckConstraint("known_until IS NULL OR known_until >= known_from", name="ends_after_it_begins"),
        Index("ix_counted_signings_open", "series_id", "known_until"),
        Index("ix_counted_signings_of", "agreement_id", "edition_id"),
        Index(
            "uq_counted_signings_in_force",
            "agreement_id",
            "edition_id",
            unique=True,
            sqlite_where=text("known_until IS NULL"),
            postgresql_where=text("known_until IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    known_from: Mapped[datetime] = mapped_column(UtcDateTime)
    known_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    project_id: Mapped[int]
    agreement_id: Mapped[int]
    edition_id: Mapped[int]
    signed_on: Mapped[date]
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    binding: Mapped[str] = mapped_column(String(20))
    relation: Mapped[str] = mapped_column(String(20))
    review: Mapped[str] = mapped_column(String(20))
    cancelled: Mapped[bool]
    segment: Mapped[int | None]
    channel: Mapped[str] = mapped_column(String(20))
    origin: Mapped[str] = mapped_column(String(20))
    confidential: Mapped[bool]
    own_id: Mapped[int] = mapped_column(index=True)
    amounts: Mapped[dict[str, list[Any]]] = mapped_column(JSON)


class CountingClock(Base):
    """The last moment for which a series' signings were recorded, or its tally frozen; it never goes back."""

    __tablename__ = "counting_clocks"

    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Scan(Base):
    """A scanned original of an agreement; the file itself is a document, stored once under its SHA-256.

    Never changed and never deleted: a better one supersedes it, and says why. `is_evidence`: it came after the
    approval, beside what was approved.
    """

    __tablename__ = "agreement_scans"
    __table_args__ = (
        UniqueConstraint("agreement_id", "document_id"),
        UniqueConstraint("supersedes_id"),
        CheckConstraint("supersedes_id <> id", name="supersedes_another"),
        CheckConstraint("(supersedes_id IS NULL AND NOT is_evidence) OR reason <> ''", name="says_why"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    added_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("agreement_scans.id"))
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    is_evidence: Mapped[bool] = mapped_column(default=False, server_default=false())
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")

    agreement: Mapped[Agreement] = relationship(back_populates="scans")
    document: Mapped[Document] = relationship(lazy="joined", innerjoin=True)
    added_by: Mapped[Account] = relationship()

    @property
    def label(self) -> str:
        """Its name, with the version from the second on."""
        return self.document.display_name if self.version == 1 else f"{self.document.display_name} · {self.version}"


class ReviewStep(Base):
    """One step of an agreement's review: who, when, and what they had to say. Never changed.

    `changes` holds what the step changed, field → [old, new] as changes.facts_of() writes them; `comments` what is
    wrong with single fields; `version` that of the agreement after the step.
    """

    __tablename__ = "review_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id", ondelete="CASCADE"), index=True)
    step: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    comment: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int | None]
    changes: Mapped[dict[str, list[Any]]] = mapped_column(JSON, default=dict, server_default="{}")
    comments: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, server_default="{}")

    account: Mapped[Account] = relationship()


class ReviewHand(Base):
    """The one part that a person has in an agreement as it stands now: its key keeps anybody from having two.

    Who drafts, changes, hands in or corrects it keeps that part; verifying and approving begin anew with each return
    and each correction.
    """

    __tablename__ = "review_hands"
    __table_args__ = (
        CheckConstraint("part IN ('drafts', 'verifies', 'approves')", name="part"),
        Index(
            "uq_review_hands_reviewer",
            "agreement_id",
            "part",
            unique=True,
            sqlite_where=text("part <> 'drafts'"),
            postgresql_where=text("part <> 'drafts'"),
        ),
    )

    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    part: Mapped[str] = mapped_column(String(10))


class AgreementProposal(Base):
    """What takes two people: one proposes, another confirms or rejects it, or the first withdraws it.

    `what` is a cancellation, taking one back (reinstatement), or an earlier state of the document (`to_state`).
    """

    __tablename__ = "agreement_proposals"
    __table_args__ = (
        CheckConstraint("what IN ('cancellation', 'reinstatement', 'document')", name="what"),
        CheckConstraint("outcome IN ('open', 'confirmed', 'rejected', 'withdrawn')", name="outcome"),
        CheckConstraint("(outcome = 'open') = (decided_by_id IS NULL)", name="decided_by_somebody"),
        CheckConstraint(
            "outcome NOT IN ('confirmed', 'rejected') OR decided_by_id <> proposed_by_id", name="decided_by_another"
        ),
        CheckConstraint("outcome <> 'withdrawn' OR decided_by_id = proposed_by_id", name="withdrawn_by_its_author"),
        Index(
            "uq_agreement_proposals_open",
            "agreement_id",
            unique=True,
            sqlite_where=text("outcome = 'open'"),
            postgresql_where=text("outcome = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id", ondelete="CASCADE"), index=True)
    what: Mapped[str] = mapped_column(String(20))
    to_state: Mapped[str] = mapped_column(String(20), default="")
    day: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    outcome: Mapped[str] = mapped_column(String(20), default="open")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    comment: Mapped[str] = mapped_column(Text, default="")

    agreement: Mapped[Agreement] = relationship(back_populates="proposals")
    proposed_by: Mapped[Account] = relationship(foreign_keys="AgreementProposal.proposed_by_id")
    decided_by: Mapped[Account | None] = relationship(foreign_keys="AgreementProposal.decided_by_id")
