from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from forums.accounts.models import Account
from forums.agreements.models import Agreement, AmountEntry, Project
from forums.clock import now
from forums.columns import Bilingual, UtcDateTime
from forums.directory.models import Organisation, Person
from forums.documents.models import Document
from forums.extensions import Base

_WAITS = text("state = 'proposed'")


class StageChange(Base):
    """A project goes from one stage to another: on which day, recorded when, by whom, why, and shown by what.

    It is `done` at once, but for a `reversal`: that is `proposed` by one person and done when another confirms it,
    unless it is `declined` or `withdrawn`. `resumes_at` is where the project stands in the order of stages, also while
    it is stalled or suspended. Rows are never changed once they are settled.
    """

    __tablename__ = "stage_changes"
    __table_args__ = (
        CheckConstraint("kind IN ('step', 'skip', 'aside', 'return', 'reversal')", name="kind"),
        CheckConstraint("state IN ('proposed', 'done', 'declined', 'withdrawn')", name="state"),
        CheckConstraint("from_stage <> to_stage", name="moves"),
        CheckConstraint("kind IN ('step', 'return') OR reason <> ''", name="reason"),
        CheckConstraint("kind = 'reversal' OR state = 'done'", name="proposals_are_reversals"),
        CheckConstraint("(state = 'proposed') = (settled_at IS NULL)", name="settled"),
        CheckConstraint(
            "kind <> 'reversal' OR state NOT IN ('done', 'declined')"
            " OR (settled_by_id IS NOT NULL AND settled_by_id <> recorded_by_id)",
            name="second_person",
        ),
        Index("ix_stage_changes_project_id", "project_id", "id"),
        Index("uq_stage_changes_proposed", "project_id", unique=True, sqlite_where=_WAITS, postgresql_where=_WAITS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    from_stage: Mapped[str] = mapped_column(String(20))
    to_stage: Mapped[str] = mapped_column(String(20))
    resumes_at: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default="done")
    changed_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text, default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    milestone_id: Mapped[int | None] = mapped_column(ForeignKey("project_milestones.id"))
    key: Mapped[str | None] = mapped_column(String(64), unique=True)

    project: Mapped[Project] = relationship()
    document: Mapped[Document | None] = relationship()
    recorded_by: Mapped[Account] = relationship(foreign_keys="StageChange.recorded_by_id")
    settled_by: Mapped[Account | None] = relationship(foreign_keys="StageChange.settled_by_id")


_IN_FORCE = text("left_at IS NULL")
_LEADS = text("left_at IS NULL AND role = 'leader'")
_RINGS = text("cleared_at IS NULL")


class TeamMember(Base):
    """Who follows a project up, from when until when: an account, a person without one, or a unit (包保单位).

    One leader at a time. Nobody is deleted: who has left stays in the history.
    """

    __tablename__ = "team_members"
    __table_args__ = (
        CheckConstraint("role IN ('leader', 'member', 'unit')", name="role"),
        CheckConstraint(
            "(account_id IS NOT NULL AND person_id IS NULL AND organisation_id IS NULL AND role <> 'unit')"
            " OR (account_id IS NULL AND person_id IS NOT NULL AND organisation_id IS NULL AND role <> 'unit')"
            " OR (account_id IS NULL AND person_id IS NULL AND organisation_id IS NOT NULL AND role = 'unit')",
            name="one_of_three",
        ),
        Index("ix_team_members_project_id", "project_id"),
        Index("ix_team_members_account_id", "account_id"),
        Index("uq_team_members_leader", "project_id", unique=True, sqlite_where=_LEADS, postgresql_where=_LEADS),
        *(
            Index(
                f"uq_team_members_{who}", "project_id", f"{who}_id", unique=True, sqlite_where=_IN_FORCE,
                postgresql_where=_IN_FORCE,
            )
            for who in ("account", "person", "organisation")
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    role: Mapped[str] = mapped_column(String(10))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    duty: Mapped[str] = mapped_column(String(200), default="")
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    account: Mapped[Account | None] = relationship()
    person: Mapped[Person | None] = relationship()
    organisation: Mapped[Organisation | None] = relationship()

    @property
    def name(self) -> Bilingual:
        """As the team knows them."""
        if self.account is not None:
            return Bilingual(self.account.name, self.account.name)
        named = self.person or self.organisation
        return named.name if named is not None else Bilingual()


class Entered:
    """What somebody enters about a project: by whom, when, and how often it was changed since.

    The same form sent again carries the same `key`, so it makes one row.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    version: Mapped[int] = mapped_column(default=1)
    key: Mapped[str | None] = mapped_column(String(64), unique=True)

    @declared_attr
    def recorded_by(cls) -> Mapped[Account]:  # noqa: N805
        return relationship(Account, foreign_keys=f"{cls.__name__}.recorded_by_id")  # type: ignore[attr-defined]


class NextAction(Entered, Base):
    """What has to be done next, by whom and until when; done once `done_on` is set."""

    __tablename__ = "project_actions"

    what: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("team_members.id"))
    due_on: Mapped[date]
    done_on: Mapped[date | None]
    outcome: Mapped[str] = mapped_column(Text, default="")

    owner: Mapped[TeamMember | None] = relationship()


class Visit(Entered, Base):
    """Somebody went to see the project: when, who, and what came of it."""

    __tablename__ = "project_visits"

    visited_on: Mapped[date]
    visitors: Mapped[str] = mapped_column(String(300))
    outcome: Mapped[str] = mapped_column(Text)


class Obstacle(Entered, Base):
    """What holds the project up, who removes it and until when; gone once `resolved_on` is set."""

    __tablename__ = "project_obstacles"
    __table_args__ = (CheckConstraint("resolved_on IS NULL OR resolution <> ''", name="resolved_how"),)

    problem: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("team_members.id"))
    found_on: Mapped[date]
    due_on: Mapped[date | None]
    resolved_on: Mapped[date | None]
    resolution: Mapped[str] = mapped_column(Text, default="")

    owner: Mapped[TeamMember | None] = relationship()


class Milestone(Entered, Base):
    """Something to be reached by a day (节点). One that stands for a `stage` moves the project when it is met."""

    __tablename__ = "project_milestones"
    __table_args__ = (
        CheckConstraint("state IN ('scheduled', 'met', 'partial', 'not_met')", name="state"),
        CheckConstraint("stage <> '' OR title <> ''", name="named"),
        CheckConstraint("state <> 'met' OR met_on IS NOT NULL", name="met_when"),
    )

    stage: Mapped[str] = mapped_column(String(20), default="")
    title: Mapped[str] = mapped_column(String(300), default="")
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(20), default="scheduled")
    met_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))

    document: Mapped[Document | None] = relationship()


class Alarm(Base):
    """A rule that a project has come under: how urgent, counted from which day, since when, and when it was cleared.

    `subject_id` is the milestone, obstacle or action that it is about, 0 where it is about the project itself.
    `reminded_at` and `reminded_level` say what the team was told last.
    """

    __tablename__ = "project_alarms"
    __table_args__ = (
        CheckConstraint("level IN ('yellow', 'red')", name="level"),
        Index(
            "uq_project_alarms_open", "project_id", "rule", "subject_id", unique=True, sqlite_where=_RINGS,
            postgresql_where=_RINGS,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    rule: Mapped[str] = mapped_column(String(30))
    subject_id: Mapped[int] = mapped_column(default=0)
    subject: Mapped[str] = mapped_column(String(300), default="")
    stage: Mapped[str] = mapped_column(String(20), default="")
    level: Mapped[str] = mapped_column(String(10))
    counted_from: Mapped[date]
    since: Mapped[date]
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    cleared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_level: Mapped[str] = mapped_column(String(10), default="")

    project: Mapped[Project] = relationship()


class RuleBook(Base):
    """The yellow and red rules of a series: [{"rule", "stage", "yellow", "red"}], days or null."""

    __tablename__ = "followup_rules"

    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"), primary_key=True)
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)


class AmountReport(Entered, Base):
    """Capital that came in, or was invested, as one person reports it with evidence and two more check it.

    Once it is approved it is a row of the ledger (`entry`) of the agreement that it names. It is taken back by a report
    that `reverses` it, checked in the same way.
    """

    __tablename__ = "amount_reports"
    __table_args__ = (
        CheckConstraint("basis IN ('contracted_inbound', 'paid_in', 'completed')", name="basis"),
        CheckConstraint("state IN ('submitted', 'verified', 'approved', 'returned', 'withdrawn')", name="state"),
        CheckConstraint("fen > 0", name="positive"),
        CheckConstraint("verified_by_id <> recorded_by_id", name="verifier_is_not_reporter"),
        CheckConstraint("approved_by_id <> recorded_by_id", name="approver_is_not_reporter"),
        CheckConstraint("approved_by_id <> verified_by_id", name="approver_is_not_verifier"),
        CheckConstraint("state NOT IN ('verified', 'approved') OR verified_by_id IS NOT NULL", name="verified_by"),
        CheckConstraint("(state = 'approved') = (approved_by_id IS NOT NULL)", name="approved_by"),
        CheckConstraint("(state = 'approved') = (entry_id IS NOT NULL)", name="entered"),
        UniqueConstraint("entry_id"),
    )

    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreements.id"))
    basis: Mapped[str] = mapped_column(String(30))
    currency: Mapped[str] = mapped_column(String(3))
    fen: Mapped[int] = mapped_column(BigInteger)
    qualifier: Mapped[str] = mapped_column(String(10), default="exact")
    source_text: Mapped[str] = mapped_column(String(200))
    effective_on: Mapped[date]
    note: Mapped[str] = mapped_column(Text, default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    state: Mapped[str] = mapped_column(String(20), default="submitted")
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    answer: Mapped[str] = mapped_column(Text, default="")
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("amount_reports.id"))
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("amount_entries.id"))

    agreement: Mapped[Agreement] = relationship()
    document: Mapped[Document | None] = relationship()
    reverses: Mapped[AmountReport | None] = relationship(remote_side="AmountReport.id")
    entry: Mapped[AmountEntry | None] = relationship()
    verified_by: Mapped[Account | None] = relationship(foreign_keys="AmountReport.verified_by_id")
    approved_by: Mapped[Account | None] = relationship(foreign_keys="AmountReport.approved_by_id")
