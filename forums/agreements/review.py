"""Four eyes and more: who drafted does not verify, who verified does not approve, and what counts is approved."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _l

from forums import clock
from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agreements.drafting import AgreementFacts, account_of, check_version, enter_amount, reverse_amounts, step
from forums.agreements.models import Agreement, Project
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db

_BY_THE_DRAFTERS = {"drafted", "revised", "submitted", "scanned", "corrected"}


class NotNow(Refused):
    """The agreement is not in the state that this step starts from."""


class SamePerson(Refused):
    """Who had a hand in the draft cannot verify or approve it, and nobody does both."""


class NeedsReason(Refused):
    """The step needs a sentence that says why."""


def submit(agreement: Agreement, *, version: int, actor: Actor) -> None:
    """Hand a draft in for review. Raises NotNow, ChangedMeanwhile."""
    _start(agreement, {"drafted", "returned"}, version)
    agreement.submitted_at = clock.now()
    _move(agreement, "submitted", actor)


def give_back(agreement: Agreement, *, comment: str, version: int, actor: Actor) -> None:
    """Return to the drafter, with what is missing. Raises NotNow, ChangedMeanwhile, NeedsReason."""
    _start(agreement, {"submitted", "verified"}, version)
    agreement.verified_by_id = None
    _move(agreement, "returned", actor, comment=_reason(comment))


def verify(agreement: Agreement, *, version: int, actor: Actor) -> None:
    """The second person. Raises NotNow, ChangedMeanwhile, SamePerson."""
    _start(agreement, {"submitted"}, version)
    _refuse_drafters(agreement, actor)
    agreement.verified_by_id = account_of(actor)
    _move(agreement, "verified", actor)


def approve(agreement: Agreement, *, version: int, actor: Actor) -> None:
    """The third person; from here on the agreement counts. Raises NotNow, ChangedMeanwhile, SamePerson."""
    _start(agreement, {"verified"}, version)
    _refuse_drafters(agreement, actor)
    if agreement.verified_by_id == actor.account_id:
        raise SamePerson(_l("You verified this agreement; a third person approves it."))
    agreement.approved_by_id = account_of(actor)
    _move(agreement, "approved", actor)


def correct_amount(
    agreement: Agreement, *, amount: str, undisclosed: bool, basis: str, reason: str, version: int, actor: Actor
) -> None:
    """Reverse the amount of an approved agreement and enter another: it is reviewed again before it counts.

    Raises NotNow, ChangedMeanwhile, NeedsReason, BadAmount.
    """
    _start(agreement, {"approved"}, version)
    facts = AgreementFacts(
        title=agreement.title,
        kind=agreement.kind,
        binding=agreement.binding,
        signed_on=agreement.signings[0].signed_on,
        basis=basis,
        amount=amount,
        undisclosed=undisclosed,
    )
    why = _reason(reason)
    reverse_amounts(agreement, basis, reason=why, actor=actor)
    enter_amount(agreement, facts, reason=why, actor=actor)
    agreement.drafted_by_id = account_of(actor)
    agreement.verified_by_id = agreement.approved_by_id = None
    agreement.submitted_at = clock.now()
    _move(agreement, "submitted", actor, comment=why, name="corrected")


def cancel(agreement: Agreement, *, on: date, reason: str, version: int, actor: Actor) -> None:
    """The agreement ended without taking effect: tallies show it as cancelled. Raises NotNow, NeedsReason."""
    check_version(agreement, version)
    if agreement.cancelled_on is not None:
        raise NotNow(_l("This agreement is cancelled already."))
    agreement.cancelled_on, agreement.cancel_reason = on, _reason(reason)
    agreement.version += 1
    step(agreement, "cancelled", actor, comment=agreement.cancel_reason)
    record(actor, "agreement.cancelled", agreement, edition=_edition(agreement), reason=agreement.cancel_reason)


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
    """Take set_aside() back. Raises NotNow, NeedsReason."""
    if project.merged_into_id is None:
        raise NotNow(_l("This project is not set aside."))
    why = _reason(reason)
    before = project.merged_into_id
    project.merged_into_id = project.merged_at = project.merged_by_id = None
    project.merged_reason = ""
    record(actor, "project.restored", project, before=before, reason=why)


def had_a_hand(agreement: Agreement, account_id: int | None) -> bool:
    """Whether the account drafted, changed, handed in or corrected the agreement."""
    return agreement.drafted_by_id == account_id or any(
        row.account_id == account_id and row.step in _BY_THE_DRAFTERS for row in agreement.steps
    )


def _start(agreement: Agreement, states: set[str], version: int) -> None:
    check_version(agreement, version)
    if agreement.review not in states:
        raise NotNow(_l("This agreement has moved on in its review. Look at it again."))


def _refuse_drafters(agreement: Agreement, actor: Actor) -> None:
    if had_a_hand(agreement, account_of(actor)):
        raise SamePerson(_l("You had a hand in this draft; another person reviews it."))


def _move(agreement: Agreement, state: str, actor: Actor, *, comment: str = "", name: str = "") -> None:
    agreement.review = state
    agreement.version += 1
    step(agreement, name or state, actor, comment=comment)
    record(actor, f"agreement.{name or state}", agreement, edition=_edition(agreement))


def _edition(agreement: Agreement) -> Edition:
    return agreement.signings[0].edition


def _reason(text: str) -> str:
    if not text.strip():
        raise NeedsReason(_l("Say why: the next person reads it."))
    return text.strip()[:2000]
