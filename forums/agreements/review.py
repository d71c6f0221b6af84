"""Four eyes and more: who drafted does not verify, who verified does not approve, and what counts is approved.

MOVES is the whole machine. An approved agreement stands still; a reviewer other than its approver may return it. A
locked one, which a statement has counted on, only changes by a correction: a reversing entry, another entry, a reason
and the document that proves it. Both are reviewed from the start again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select

from forums import clock
from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agreements.changes import FIELDS, Changes, amounts_of, differences, facts_of
from forums.agreements.drafting import (
    AgreementFacts,
    SamePerson,
    account_of,
    check_version,
    enter_amount,
    reverse_amounts,
    step,
)
from forums.agreements.duplicates.models import DuplicateDecision
from forums.agreements.models import Agreement, Project, ReviewStep
from forums.documents.models import Document
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db


@dataclass(frozen=True)
class Move:
    """A step of review: the states it starts from, the one it leads to, and the part that whoever takes it has."""

    starts: frozenset[str]
    to: str
    part: str = ""


MOVES = {
    "submitted": Move(frozenset({"drafted", "returned"}), "submitted", "drafts"),
    "verified": Move(frozenset({"submitted"}), "verified", "verifies"),
    "approved": Move(frozenset({"verified"}), "approved", "approves"),
    "returned": Move(frozenset({"submitted", "verified", "approved"}), "returned"),
    "corrected": Move(frozenset({"approved", "locked"}), "submitted", "drafts"),
    "locked": Move(frozenset({"approved"}), "locked"),
}


class NotNow(Refused):
    """The agreement is not in the state that this step starts from."""


class NeedsReason(Refused):
    """The step needs a sentence that says why."""


class NeedsEvidence(Refused):
    """What was approved is corrected only by what a document proves."""


def submit(agreement: Agreement, *, version: int, actor: Actor) -> None:
    """Hand a draft in for review. Raises NotNow, ChangedMeanwhile."""
    _start(agreement, "submitted", version)
    agreement.submitted_at = clock.now()
    _move(agreement, "submitted", actor)


def give_back(
    agreement: Agreement, *, comment: str = "", comments: dict[str, str] | None = None, version: int, actor: Actor
) -> None:
    """Return to the drafter, with what is missing: in all, or field by field (`comments`, keys of FIELDS).

    An approved agreement is returned by another person than its approver. Raises NotNow, ChangedMeanwhile,
    NeedsReason, SamePerson.
    """
    _start(agreement, "returned", version)
    said = {name: text.strip()[:500] for name, text in (comments or {}).items() if name in FIELDS and text.strip()}
    why = comment.strip()[:2000] if said else _reason(comment)
    if agreement.review == "approved" and agreement.approved_by_id == account_of(actor):
        raise SamePerson(_l("You approved this agreement; another reviewer takes the approval back."))
    _begin_anew(agreement)
    _move(agreement, "returned", actor, comment=why, comments=said)


def verify(agreement: Agreement, *, version: int, actor: Actor) -> None:
    """The second person. Raises NotNow, ChangedMeanwhile, SamePerson."""
    _start(agreement, "verified", version)
    _refuse_drafters(agreement, actor)
    agreement.verified_by_id = account_of(actor)
    _move(agreement, "verified", actor)


def approve(agreement: Agreement, *, version: int, actor: Actor) -> None:
    """The third person; from here on the agreement counts. Raises NotNow, ChangedMeanwhile, SamePerson."""
    _start(agreement, "approved", version)
    _refuse_drafters(agreement, actor)
    if agreement.verified_by_id == actor.account_id:
        raise SamePerson(_l("You verified this agreement; a third person approves it."))
    agreement.approved_by_id = account_of(actor)
    _move(agreement, "approved", actor)


def lock(agreement: Agreement, *, reason: str, version: int, actor: Actor) -> None:
    """Nothing returns it any more, only a correction changes it. Raises NotNow, ChangedMeanwhile, NeedsReason."""
    _start(agreement, "locked", version)
    _move(agreement, "locked", actor, comment=_reason(reason))


def lock_counted(agreements: Iterable[Agreement], *, reason: str, actor: Actor) -> int:
    """Lock those of the agreements that are approved, because a statement counts on them; how many there were."""
    rows = [row for row in agreements if row.review == "approved"]
    for row in rows:
        lock(row, reason=reason, version=row.version, actor=actor)
    return len(rows)


def correct_amount(
    agreement: Agreement,
    *,
    amount: str,
    undisclosed: bool,
    basis: str,
    reason: str,
    evidence: Document | None,
    source_page: str = "",
    version: int,
    actor: Actor,
) -> None:
    """Reverse the amount of an approved agreement and enter another: it is reviewed again before it counts.

    Raises NotNow, ChangedMeanwhile, NeedsReason, NeedsEvidence, BadAmount.
    """
    _start(agreement, "corrected", version)
    facts = AgreementFacts(
        title=agreement.title,
        kind=agreement.kind,
        binding=agreement.binding,
        signed_on=agreement.signings[0].signed_on,
        basis=basis,
        amount=amount,
        undisclosed=undisclosed,
        source_page=source_page,
    )
    why = _reason(reason)
    if evidence is None:
        raise NeedsEvidence(_l("Attach the document that proves the correction, or choose a scan that is kept here."))
    before = amounts_of(agreement)
    entries = reverse_amounts(agreement, basis, reason=why, actor=actor)
    entries.append(enter_amount(agreement, facts, reason=why, actor=actor))
    for entry in entries:
        entry.evidence = evidence
    _begin_anew(agreement)
    agreement.drafted_by_id = account_of(actor)
    agreement.submitted_at = clock.now()
    db.session.flush()
    changed = {"amounts": [before, amounts_of(agreement)]}
    row = _move(agreement, "corrected", actor, comment=why, changed=changed)
    for entry in entries:
        entry.step = row


def correct_relation(
    agreement: Agreement, relation: str, earlier: Agreement | None, *, reason: str, version: int, actor: Actor
) -> None:
    """Say of a locked agreement how it stands to an earlier one, as its scan proves: it is reviewed again.

    Raises NotNow, ChangedMeanwhile, NeedsReason, NeedsEvidence.
    """
    _start(agreement, "corrected", version)
    why = _reason(reason)
    if not agreement.scans:
        raise NeedsEvidence(_l("“%(title)s” is locked and has no scan that proves it.", title=_title(agreement)))
    before = facts_of(agreement)
    agreement.relation, agreement.earlier = relation, earlier
    _begin_anew(agreement)
    agreement.drafted_by_id = account_of(actor)
    agreement.submitted_at = clock.now()
    db.session.flush()
    _move(agreement, "corrected", actor, comment=why, changed=differences(before, facts_of(agreement)))


def set_aside(project: Project, into: Project, *, reason: str, actor: Actor) -> None:
    """Decide that `project` is the same as `into`: its signings count for that one. Raises Refused, NeedsReason."""
    if project.id == into.id or project.series_id != into.series_id:
        raise Refused(_l("Choose another project of the same series."))
    if project.merged_into_id is not None:
        raise Refused(_l("This project is set aside already."))
    if into.merged_into_id is not None:
        raise Refused(_l("That project is itself set aside as a duplicate: choose the one that it stands for."))
    if db.session.query(Project.id).filter_by(merged_into_id=project.id).first() is not None:
        raise Refused(_l("Other projects are set aside as duplicates of this one: restore them first."))
    project.merged_into_id, project.merged_reason = into.id, _reason(reason)
    project.merged_by_id, project.merged_at = account_of(actor), clock.now()
    # What is the same project is as confidential as that one.
    project.confidential = project.confidential or into.confidential
    record(actor, "project.set_aside", project, into=into.id, reason=project.merged_reason)


def restore(project: Project, *, reason: str, actor: Actor) -> None:
    """Take set_aside() back, and the decision that it came by. Raises NotNow, NeedsReason."""
    if project.merged_into_id is None:
        raise NotNow(_l("This project is not set aside."))
    why = _reason(reason)
    before = project.merged_into_id
    project.merged_into_id = project.merged_at = project.merged_by_id = None
    project.merged_reason = ""
    for decision in db.session.scalars(
        select(DuplicateDecision)
        .where(or_(DuplicateDecision.first_id == project.id, DuplicateDecision.second_id == project.id))
        .where(DuplicateDecision.undone_at.is_(None), DuplicateDecision.stands_id == before)
        .order_by(DuplicateDecision.id)
    ):
        decision.undone_at, decision.undone_by_id, decision.undone_reason = clock.now(), actor.account_id, why
        record(actor, "duplicate.undone", decision, reason=why)
    record(actor, "project.restored", project, before=before, reason=why)


def had_a_hand(agreement: Agreement, account_id: int | None) -> bool:
    """Whether the account drafted, changed, handed in or corrected the agreement."""
    return agreement.drafted_by_id == account_id or any(
        hand.account_id == account_id and hand.part == "drafts" for hand in agreement.hands
    )


def may_take(agreement: Agreement, name: str, account_id: int | None) -> bool:
    """Whether the step starts from where the agreement is, and four eyes leave it to this person."""
    if agreement.review not in MOVES[name].starts:
        return False
    if name == "returned":
        return agreement.review != "approved" or agreement.approved_by_id != account_id
    if name in {"verified", "approved"}:
        return not had_a_hand(agreement, account_id) and agreement.verified_by_id != account_id
    return True


def _start(agreement: Agreement, name: str, version: int) -> None:
    check_version(agreement, version)
    if agreement.review not in MOVES[name].starts:
        raise NotNow(_l("This agreement has moved on in its review. Look at it again."))


def _refuse_drafters(agreement: Agreement, actor: Actor) -> None:
    if had_a_hand(agreement, account_of(actor)):
        raise SamePerson(_l("You had a hand in this draft; another person reviews it."))


def _begin_anew(agreement: Agreement) -> None:
    """Verifying and approving start from nothing again; who drafted stays one who drafted."""
    agreement.hands = [hand for hand in agreement.hands if hand.part == "drafts"]
    agreement.review, agreement.verified_by_id, agreement.approved_by_id = "returned", None, None
    db.session.flush()


def _move(
    agreement: Agreement,
    name: str,
    actor: Actor,
    *,
    comment: str = "",
    changed: Changes | None = None,
    comments: dict[str, str] | None = None,
) -> ReviewStep:
    """Take a step of MOVES and write it down."""
    move = MOVES[name]
    agreement.review = move.to
    agreement.version += 1
    row = step(agreement, name, actor, comment=comment, changed=changed, comments=comments, part=move.part)
    record(actor, f"agreement.{name}", agreement, edition=_edition(agreement))
    return row


def _title(agreement: Agreement) -> str:
    return agreement.title.zh or agreement.title.en


def _edition(agreement: Agreement) -> Edition:
    return agreement.signings[0].edition


def _reason(text: str) -> str:
    if not text.strip():
        raise NeedsReason(_l("Say why: the next person reads it."))
    return text.strip()[:2000]
