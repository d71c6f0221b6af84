from __future__ import annotations

from flask_babel import lazy_gettext as _l

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agreements.changes import facts_of
from forums.agreements.drafting import ChangedMeanwhile, NotOpen, account_of, step
from forums.agreements.models import Agreement, Scan
from forums.agreements.review import NeedsReason
from forums.documents.operations import Arrival, keep
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db

APPROVED = frozenset({"approved", "locked"})


class AlreadyHere(Refused):
    """These very bytes are kept with this agreement already."""


def attach(
    agreement: Agreement,
    arrival: Arrival,
    *,
    edition: Edition,
    supersedes: Scan | None = None,
    reason: str = "",
    actor: Actor,
) -> Scan:
    """Add a scan or, with `supersedes` and a reason, a newer version of one; the agreement's row is locked.

    With an approved agreement the file is evidence beside what was approved, and says why it came. A verified one
    takes none: who verified it would not have seen it. Raises NotOpen, NeedsReason, AlreadyHere, ChangedMeanwhile,
    NeedsAccount, SamePerson.
    """
    is_evidence, why = agreement.review in APPROVED, reason.strip()[:2000]
    _refuse_wrong_moment(agreement, supersedes, is_evidence)
    if not why and (is_evidence or supersedes is not None):
        raise NeedsReason(_l("Say why this file comes now: the next person reads it."))
    _refuse_double(agreement, arrival)
    before = facts_of(agreement)["scans"]
    row = Scan(
        document=keep(arrival, kind="agreement", actor=actor, edition=edition),
        supersedes_id=supersedes.id if supersedes is not None else None,
        version=supersedes.version + 1 if supersedes is not None else 1,
        is_evidence=is_evidence,
        reason=why,
        added_by_id=account_of(actor),
    )
    agreement.scans.append(row)
    db.session.flush()
    name = "evidence_added" if is_evidence else "scanned" if supersedes is None else "rescanned"
    if not is_evidence and not agreement.is_open:
        agreement.version += 1
    after = facts_of(agreement)["scans"]
    step(
        agreement,
        name,
        actor,
        comment=f"{row.label}: {why}" if why else row.label,
        changed={"scans": [before, after]} if before != after else {},
        part="" if is_evidence else "drafts",
    )
    record(
        actor,
        "agreement.scan_added",
        agreement,
        edition=edition,
        sha256=arrival.sha256,
        version=row.version,
        evidence=is_evidence,
    )
    return row


def _refuse_wrong_moment(agreement: Agreement, supersedes: Scan | None, is_evidence: bool) -> None:
    if agreement.review == "verified":
        raise NotOpen(_l("This agreement is verified as it is. Return it first; then scans can be added."))
    if supersedes is None:
        return
    if supersedes not in agreement.current_scans:
        raise ChangedMeanwhile(_l("Somebody has replaced that scan since you opened the page. Look at it again."))
    if is_evidence and not supersedes.is_evidence:
        raise NotOpen(
            _l("This scan was approved, so it stays. Return the agreement to replace it, or add the file as evidence.")
        )


def _refuse_double(agreement: Agreement, arrival: Arrival) -> None:
    for scan in agreement.scans:
        if scan.document.stored.sha256 == arrival.sha256:
            raise AlreadyHere(
                _l("This very file is kept here already, as “%(name)s”. Nothing was added.", name=scan.label)
            )
