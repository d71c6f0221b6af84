from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from forums import clock
from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agreements import review
from forums.agreements.changes import differences, facts_of
from forums.agreements.counting import PROJECT_KINDS
from forums.agreements.drafting import account_of, step
from forums.agreements.duplicates import queries
from forums.agreements.duplicates.models import DuplicateDecision
from forums.agreements.models import Agreement, Project
from forums.agreements.vocabulary import class_of
from forums.errors import Refused
from forums.extensions import db

DECISIONS = ("same", "phase", "increase", "different")
_MERGING = {"same", "increase"}


class DecidedMeanwhile(Refused):
    """Somebody else has decided on the two since this person opened their page."""


def decide(
    one: Project,
    other: Project,
    decision: str,
    *,
    stands: Project | None = None,
    reason: str,
    seen: int = 0,
    actor: Actor,
) -> DuplicateDecision:
    """Say what the two projects are to each other. `seen` is the id of the decision on the page, 0 for none.

    same: the one that does not stand is set aside. increase: it is set aside too, and its first agreements become
    increases, which are reviewed again before they count. phase and different: both stay as they are.

    Raises DecidedMeanwhile, NeedsReason, Refused, and what review.set_aside() and a return raise.
    """
    if one.id == other.id or one.series_id != other.series_id:
        raise Refused(_l("Choose another project of the same series."))
    if decision not in DECISIONS:
        raise Refused(_l("Choose what the two are to each other."))
    first, second = sorted((one, other), key=lambda row: row.id)
    _end_seen(first, second, seen, actor)
    if not reason.strip():
        raise review.NeedsReason(_l("Say why: the next person reads it."))
    base = stands or queries.earlier_signed(first, second)
    if base.id not in {first.id, second.id}:
        raise Refused(_l("Choose which of the two stands."))
    facts = queries.facts_of(first.series, see_confidential=True, ids=(first.id, second.id), live=False)
    row = DuplicateDecision(
        first=first,
        second=second,
        decision=decision,
        stands_id=base.id if decision in _MERGING else None,
        reason=reason.strip()[:2000],
        signs=[sign.plain for sign in queries.pair_of(facts[first.id], facts[second.id]).reasons],
        changed={},
        decided_by_id=account_of(actor),
    )
    db.session.add(row)
    gives_way = second if base is first else first
    if decision == "increase":
        row.changed = _raise(gives_way, base, row.reason, actor)
    if decision in _MERGING:
        review.set_aside(gives_way, base, reason=row.reason, actor=actor)
    db.session.flush()
    record(
        actor, "duplicate.decided", row, decision=decision, name=_name(first), other=_name(second), reason=row.reason
    )
    return row


def undo(row: DuplicateDecision, *, reason: str, actor: Actor) -> None:
    """Put everything back as it was before the decision. Raises NotNow, NeedsReason, and what a return raises."""
    if row.undone_at is not None:
        raise review.NotNow(_l("This decision is undone already."))
    if not reason.strip():
        raise review.NeedsReason(_l("Say why: the next person reads it."))
    why = reason.strip()[:2000]
    gave_way = {row.first_id: row.first, row.second_id: row.second}.get(row.gave_way_id or 0)
    if gave_way is None:
        end(row, why, actor)
        return
    for agreement in gave_way.agreements:
        relation, earlier_id = row.changed.get(str(agreement.id), (None, None))
        if relation is not None and agreement.relation == "increase":
            _relate(agreement, relation, db.session.get(Agreement, earlier_id) if earlier_id else None, why, actor)
    review.restore(gave_way, reason=why, actor=actor)  # ends the decision too


def end(row: DuplicateDecision, reason: str, actor: Actor) -> None:
    """It is no longer in force, and stays on record."""
    row.undone_at, row.undone_by_id, row.undone_reason = clock.now(), actor.account_id, reason
    db.session.flush()
    record(actor, "duplicate.undone", row, reason=reason)


def _end_seen(first: Project, second: Project, seen: int, actor: Actor) -> None:
    """Another decision takes the place of the one that this person has seen; any other was made meanwhile."""
    before = queries.decision_on(first.id, second.id)
    if before is None:
        return
    if before.id != seen:
        raise DecidedMeanwhile(
            _l(
                "%(who)s has decided on these two meanwhile: look at that decision, and undo it if it is wrong.",
                who=before.decided_by.name,
            )
        )
    if before.decision in _MERGING:
        raise Refused(_l("The two are decided: undo that decision first."))
    end(before, str(_l("Decided anew")), actor)


def _raise(project: Project, base: Project, reason: str, actor: Actor) -> dict[str, list[Any]]:
    """The project's first agreements raise the base's; each is returned or corrected, and reviewed again."""
    leading = [row for row in base.agreements if class_of(row.kind) in PROJECT_KINDS and not row.cancelled_on]
    if not leading:
        raise Refused(_l("“%(name)s” has no agreement that could be increased.", name=_name(base)))
    if any(row.relation in {"upgrade", "investor_change"} and not row.cancelled_on for row in project.agreements):
        raise Refused(
            _l("“%(name)s” has a history of its own (made firm, another investor): record the increase by hand.",
               name=_name(project))
        )  # fmt: skip
    earliest = min(leading, key=lambda row: (row.signings[0].signed_on, row.id))
    raising = [
        row for row in project.agreements
        if row.relation == "first" and class_of(row.kind) in PROJECT_KINDS and not row.cancelled_on
    ]  # fmt: skip
    if not raising:
        raise Refused(_l("“%(name)s” has no agreement that could be an increase.", name=_name(project)))
    changed = {str(row.id): [row.relation, row.earlier_id] for row in raising}
    for row in raising:
        _relate(row, "increase", earliest, reason, actor)
    return changed


def _relate(agreement: Agreement, relation: str, earlier: Agreement | None, reason: str, actor: Actor) -> None:
    """Say how an agreement stands to an earlier one: what was handed in or approved is reviewed from the start."""
    if agreement.review == "locked":
        review.correct_relation(
            agreement, relation, earlier, reason=reason, version=agreement.version, actor=actor
        )  # fmt: skip
        return
    was_in_review = agreement.review in {"submitted", "verified", "approved"}
    if was_in_review:
        review.give_back(agreement, comment=reason, version=agreement.version, actor=actor)
    before = facts_of(agreement)
    agreement.relation, agreement.earlier = relation, earlier
    agreement.version += 1
    db.session.flush()
    step(agreement, "revised", actor, comment=reason, changed=differences(before, facts_of(agreement)))
    record(actor, "agreement.revised", agreement, edition=agreement.signings[0].edition)
    if was_in_review:
        review.submit(agreement, version=agreement.version, actor=actor)


def _name(row: Project) -> str:
    return row.name.zh or row.name.en
