"""Capital that comes in once an agreement is signed: reported with evidence, verified and approved by two more people.

Only then is it a row of the ledger; the agreement itself, approved long before, stays as it is and keeps counting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agreements.counting import APPROVED
from forums.agreements.drafting import AgreementFacts, SamePerson, account_of, enter_amount
from forums.agreements.followup.models import AmountReport
from forums.agreements.followup.team import check, entered, made_by, refuse_future
from forums.agreements.models import Agreement, AmountEntry, Project
from forums.agreements.review import NeedsReason, NotNow
from forums.documents.models import Document
from forums.errors import Refused
from forums.extensions import db
from forums.money import parse

BASES = ("paid_in", "completed", "contracted_inbound")


@dataclass(frozen=True)
class ReportFacts:
    """How much came in on which day, by which agreement, and what proves it. `amount` is the original text."""

    agreement: Agreement
    basis: str
    amount: str
    on: date
    note: str = ""
    document: Document | None = None


def report(project: Project, facts: ReportFacts, *, key: str = "", actor: Actor) -> AmountReport:
    """Hand in an amount; what came this time, not the running total. Raises Refused, BadAmount."""
    sent_before = made_by(AmountReport, key)
    if sent_before is not None:
        return sent_before
    row = entered(AmountReport(), project, key, actor)
    agreement = facts.agreement
    if agreement.project_id != project.id or agreement.review not in APPROVED or agreement.cancelled_on is not None:
        raise Refused(_l("Choose an approved agreement of this project that is not cancelled."))
    if facts.basis not in BASES:
        raise Refused(_l("“%(word)s” is not among the choices.", word=facts.basis))
    refuse_future(project, facts.on)
    if facts.document is None:
        raise Refused(_l("Attach what proves the amount: a bank's or an auditor's paper."))
    amount = parse(facts.amount)
    if facts.basis == "contracted_inbound" and _names_inbound(agreement):
        raise Refused(_l("This agreement has contracted inbound capital already: take that back first."))
    row.agreement, row.basis, row.effective_on, row.note = agreement, facts.basis, facts.on, facts.note.strip()
    row.fen, row.currency, row.qualifier, row.source_text = amount.fen, amount.currency, amount.qualifier, amount.text
    row.document = facts.document
    db.session.add(row)
    record(actor, "project.amount_reported", project)
    return row


def take_back(project: Project, row: AmountReport, *, reason: str, key: str = "", actor: Actor) -> AmountReport:
    """Report that an approved amount was wrong: once two more agree, the ledger reverses it. Raises Refused, NotNow."""
    sent_before = made_by(AmountReport, key)
    if sent_before is not None:
        return sent_before
    if row.state != "approved" or row.reverses_id is not None or _is_being_reversed(row):
        raise NotNow(_l("This amount cannot be taken back, or somebody has asked for that already."))
    if not reason.strip():
        raise NeedsReason(_l("Say why: the next person reads it."))
    opposite = entered(AmountReport(), project, key, actor)
    for name in ("agreement", "basis", "currency", "fen", "qualifier", "source_text", "effective_on", "document"):
        setattr(opposite, name, getattr(row, name))
    opposite.reverses, opposite.note = row, reason.strip()[:2000]
    db.session.add(opposite)
    record(actor, "project.amount_reported", project)
    return opposite


def verify(project: Project, row: AmountReport, *, seen: int, actor: Actor) -> None:
    """The second person. Raises ChangedMeanwhile, NotNow, SamePerson."""
    _start(row, {"submitted"}, seen, actor)
    row.state, row.verified_by_id = "verified", account_of(actor)
    record(actor, "project.amount_verified", project)


def approve(project: Project, row: AmountReport, *, seen: int, actor: Actor) -> None:
    """The third person; from here on it is in the ledger. Raises ChangedMeanwhile, NotNow, SamePerson."""
    _start(row, {"verified"}, seen, actor)
    if row.verified_by_id == actor.account_id:
        raise SamePerson(_l("You verified this amount; a third person approves it."))
    if row.agreement.review not in APPROVED or row.agreement.cancelled_on is not None:
        raise NotNow(_l("The agreement is under review again or cancelled: its ledger waits for that."))
    entry = _reversed(row, actor) if row.reverses else _entered(row, actor)
    entry.evidence = row.document
    db.session.flush()
    row.state, row.approved_by_id, row.entry = "approved", account_of(actor), entry
    record(actor, "project.amount_approved", project)


def give_back(project: Project, row: AmountReport, *, reason: str, seen: int, actor: Actor) -> None:
    """Not so: who reported it reports it anew. Raises ChangedMeanwhile, NotNow, SamePerson, NeedsReason."""
    if not reason.strip():
        raise NeedsReason(_l("Say why: the next person reads it."))
    _start(row, {"submitted", "verified"}, seen, actor)
    row.state, row.answer = "returned", reason.strip()[:2000]
    record(actor, "project.amount_returned", project)


def withdraw(project: Project, row: AmountReport, *, seen: int, actor: Actor) -> None:
    """Who reported it takes it back before it counts. Raises ChangedMeanwhile, NotNow, Refused."""
    if row.recorded_by_id != account_of(actor):
        raise Refused(_l("Only who reported this amount can withdraw it."))
    check(row, seen)
    if row.state not in {"submitted", "verified"}:
        raise NotNow(_l("This report is settled already. Look at it again."))
    row.state = "withdrawn"
    record(actor, "project.amount_withdrawn", project)


def _start(row: AmountReport, states: set[str], seen: int, actor: Actor) -> None:
    check(row, seen)
    if row.state not in states:
        raise NotNow(_l("This report is settled already. Look at it again."))
    if row.recorded_by_id == account_of(actor):
        raise SamePerson(_l("You reported this amount; two other people check it."))


def _entered(row: AmountReport, actor: Actor) -> AmountEntry:
    agreement = row.agreement
    if row.basis == "contracted_inbound" and _names_inbound(agreement):
        raise NotNow(_l("This agreement has contracted inbound capital already: take that back first."))
    facts = AgreementFacts(
        title=agreement.title,
        kind=agreement.kind,
        binding=agreement.binding,
        signed_on=row.effective_on,
        basis=row.basis,
        amount=row.source_text,
    )
    return enter_amount(agreement, facts, reason=row.note, reported=True, actor=actor)


def _reversed(row: AmountReport, actor: Actor) -> AmountEntry:
    entry = row.reverses.entry if row.reverses else None
    if entry is None:
        raise NotNow(_l("This report is settled already. Look at it again."))
    opposite = AmountEntry(
        project_id=entry.project_id,
        basis=entry.basis,
        currency=entry.currency,
        fen=-entry.fen if entry.fen is not None else None,
        qualifier=entry.qualifier,
        source_text=entry.source_text,
        unit=entry.unit,
        effective_on=entry.effective_on,
        recorded_by_id=account_of(actor),
        reason=row.note,
        reported=True,
        reverses_id=entry.id,
    )
    row.agreement.entries.append(opposite)
    return opposite


def _names_inbound(agreement: Agreement) -> bool:
    entries = [entry for entry in agreement.entries if entry.basis == "contracted_inbound"]
    reversed_ids = {entry.reverses_id for entry in entries}
    return any(entry.reverses_id is None and entry.id not in reversed_ids for entry in entries)


def _is_being_reversed(row: AmountReport) -> bool:
    alive = AmountReport.state.in_(("submitted", "verified", "approved"))
    found = select(func.count()).where(AmountReport.reverses_id == row.id, alive)
    return bool(db.session.scalar(found))
