"""What two people decide: cancelling an agreement, taking that back, and setting its document back to an earlier state.

One proposes with a reason, another confirms or rejects, and until then the first may withdraw.
"""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from forums import clock
from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agreements import lifecycle
from forums.agreements.changes import Changes
from forums.agreements.drafting import SamePerson, account_of, check_version, step
from forums.agreements.models import Agreement, AgreementProposal
from forums.agreements.review import NeedsReason, NotNow
from forums.errors import Refused
from forums.extensions import db

PROPOSED = {
    "cancellation": "cancel_proposed",
    "reinstatement": "reinstate_proposed",
    "document": "document_proposed",
}
"""What is proposed → the step of the agreement's history that says so."""


class OtherOpen(Refused):
    """Something else is proposed for this agreement; it has to be decided first."""


def propose(
    agreement: Agreement, what: str, *, day: date, reason: str, to_state: str = "", version: int, actor: Actor
) -> AgreementProposal:
    """Propose a cancellation, a reinstatement, or another state of the document (by move_document()).

    Raises ChangedMeanwhile, NotNow, OtherOpen, NeedsReason, Refused.
    """
    check_version(agreement, version)
    if agreement.open_proposal is not None:
        raise OtherOpen(_l("Something is proposed for this agreement already: decide on that first."))
    if what == "cancellation" and agreement.cancelled_on is not None:
        raise NotNow(_l("This agreement is cancelled already."))
    if what == "reinstatement" and agreement.cancelled_on is None:
        raise NotNow(_l("This agreement is not cancelled."))
    if what == "cancellation" and day < agreement.signings[0].signed_on:
        raise Refused(_l("%(day)s is before the agreement was signed: check the date.", day=day))
    if not reason.strip():
        raise NeedsReason(_l("Say why: the next person reads it."))
    row = AgreementProposal(
        what=what, to_state=to_state, day=day, reason=reason.strip()[:2000], proposed_by_id=account_of(actor)
    )
    agreement.proposals.append(row)
    agreement.version += 1
    step(agreement, PROPOSED[what], actor, comment=row.reason, part="")
    record(actor, "agreement.proposed", agreement, edition=agreement.signings[0].edition, reason=row.reason)
    return row


def move_document(
    agreement: Agreement, to_state: str, *, day: date, reason: str, version: int, actor: Actor
) -> AgreementProposal | None:
    """Record another state of the document since `day`; a step back is only proposed, and returned.

    Raises ChangedMeanwhile, NotNow, NeedsReason, OtherOpen, Refused.
    """
    check_version(agreement, version)
    before, edition = agreement.document_state, agreement.signings[0].edition
    kind = lifecycle.kind_of(before, to_state)
    if kind is None:
        raise Refused(_l("The document cannot come to that state from the one it is in."))
    if agreement.review in {"submitted", "verified"}:
        raise NotNow(_l("This agreement is under review: its document stands still until that is over."))
    if day > clock.now().astimezone(ZoneInfo(edition.zone)).date():
        raise Refused(_l("%(day)s has not come yet: record a state once it is reached.", day=day))
    if kind != "reversal" and agreement.document_on and day < agreement.document_on:
        raise Refused(
            _l("The state before is of %(before)s: %(day)s is earlier.", before=agreement.document_on, day=day)
        )
    if not reason.strip() and lifecycle.needs_reason(before, to_state):
        raise NeedsReason(_l("Say why: the next person reads it."))
    if kind == "reversal":
        return propose(agreement, "document", day=day, reason=reason, to_state=to_state, version=version, actor=actor)
    agreement.document_state, agreement.document_on = to_state, day
    agreement.version += 1
    changed = {"document_state": [before, to_state]}
    step(agreement, "document", actor, comment=reason.strip()[:2000], changed=changed, part="")
    record(actor, "agreement.document_moved", agreement, edition=edition, state=to_state)
    return None


def confirm(proposal: AgreementProposal, *, version: int, actor: Actor) -> None:
    """The second person: what was proposed holds. Raises ChangedMeanwhile, NotNow, SamePerson."""
    agreement = proposal.agreement
    check_version(agreement, version)
    _decide(proposal, "confirmed", actor)
    done = {"cancellation": "cancelled", "reinstatement": "reinstated", "document": "document"}[proposal.what]
    changed: Changes = {}
    if proposal.what == "cancellation":
        agreement.cancelled_on, agreement.cancel_reason = proposal.day, proposal.reason
    elif proposal.what == "reinstatement":
        agreement.cancelled_on, agreement.cancel_reason = None, ""
    else:
        changed = {"document_state": [agreement.document_state, proposal.to_state]}
        agreement.document_state, agreement.document_on = proposal.to_state, proposal.day
    agreement.version += 1
    step(agreement, done, actor, comment=proposal.reason, changed=changed, part="")
    edition = agreement.signings[0].edition
    if proposal.what == "cancellation":
        record(actor, "agreement.cancelled", agreement, edition=edition, reason=proposal.reason)
    elif proposal.what == "reinstatement":
        record(actor, "agreement.reinstated", agreement, edition=edition, reason=proposal.reason)
    else:
        record(actor, "agreement.document_moved", agreement, edition=edition, state=proposal.to_state)


def reject(proposal: AgreementProposal, *, comment: str, version: int, actor: Actor) -> None:
    """The second person: it stays as it is. Raises ChangedMeanwhile, NotNow, SamePerson, NeedsReason."""
    if not comment.strip():
        raise NeedsReason(_l("Say why: the next person reads it."))
    _close(proposal, "rejected", comment.strip()[:2000], version, actor)
    record(actor, "agreement.proposal_rejected", proposal.agreement, edition=proposal.agreement.signings[0].edition)


def withdraw(proposal: AgreementProposal, *, version: int, actor: Actor) -> None:
    """Who proposed it thinks better of it. Raises ChangedMeanwhile, NotNow, SamePerson."""
    _close(proposal, "withdrawn", "", version, actor)
    record(actor, "agreement.proposal_withdrawn", proposal.agreement, edition=proposal.agreement.signings[0].edition)


def _close(proposal: AgreementProposal, outcome: str, comment: str, version: int, actor: Actor) -> None:
    agreement = proposal.agreement
    check_version(agreement, version)
    _decide(proposal, outcome, actor)
    proposal.comment = comment
    agreement.version += 1
    step(agreement, outcome, actor, comment=comment, part="")


def _decide(proposal: AgreementProposal, outcome: str, actor: Actor) -> None:
    if proposal.outcome != "open":
        raise NotNow(_l("This is decided already."))
    own = proposal.proposed_by_id == account_of(actor)
    if own and outcome != "withdrawn":
        raise SamePerson(_l("You proposed this; another person decides."))
    if not own and outcome == "withdrawn":
        raise SamePerson(_l("Only who proposed this can withdraw it."))
    proposal.outcome, proposal.decided_by_id, proposal.decided_at = outcome, account_of(actor), clock.now()
    db.session.flush()
