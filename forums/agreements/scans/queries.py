from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import aliased, joinedload, selectinload

from forums.agreements.models import Agreement, AmountEntry, Scan, Signing
from forums.documents.models import Document, StoredFile
from forums.documents.register import Known, registers
from forums.extensions import db


@dataclass(frozen=True)
class Line:
    """A scan as it is now, and the versions that it superseded, the newest first."""

    current: Scan
    earlier: list[Scan]


def lines_of(agreement: Agreement) -> list[Line]:
    """The agreement's scans, evidence last."""
    by_id = {scan.id: scan for scan in agreement.scans}
    lines = []
    for scan in sorted(agreement.current_scans, key=lambda scan: (scan.is_evidence, scan.id)):
        earlier, at = [], scan.supersedes_id
        while at is not None:
            earlier.append(by_id[at])
            at = by_id[at].supersedes_id
        lines.append(Line(scan, earlier))
    return lines


def proofs_of(agreement: Agreement) -> list[AmountEntry]:
    """The entries that rest on a document which is no scan itself: each document once, in the order they came."""
    scans = {scan.document_id for scan in agreement.scans}
    found = {entry.evidence_id: entry for entry in reversed(agreement.entries) if entry.evidence_id is not None}
    return [found[key] for key in sorted(found) if key not in scans]


def kept_elsewhere(agreement: Agreement) -> dict[int, list[Agreement]]:
    """Stored file → the other agreements that keep the very same bytes: perhaps one project under two names."""
    files = {scan.document.stored_file_id for scan in agreement.scans}
    rows = db.session.execute(
        select(Document.stored_file_id, Agreement)
        .join(Scan, Scan.document_id == Document.id)
        .join(Agreement, Agreement.id == Scan.agreement_id)
        .where(Document.stored_file_id.in_(files), Agreement.id != agreement.id)
        .order_by(Agreement.id)
        .options(joinedload(Agreement.project), selectinload(Agreement.signings).joinedload(Signing.edition))
    )
    found: dict[int, list[Agreement]] = {}
    for file_id, row in rows:
        others = found.setdefault(file_id, [])
        if row not in others:
            others.append(row)
    return found


@registers
def scans_with(sha256: str) -> Iterator[Known]:
    newer = aliased(Scan)
    rows = db.session.execute(
        select(Scan.added_at, newer.id)
        .join(Document, Document.id == Scan.document_id)
        .join(StoredFile, StoredFile.id == Document.stored_file_id)
        .outerjoin(newer, newer.supersedes_id == Scan.id)
        .where(StoredFile.sha256 == sha256)
    )
    return (Known("agreement", at, is_current=newer_id is None) for at, newer_id in rows)


@registers
def proofs_with(sha256: str) -> Iterable[Known]:
    """Documents that corrections rest on."""
    rows = db.session.scalars(
        select(Document.created_at)
        .join(StoredFile, StoredFile.id == Document.stored_file_id)
        .join(AmountEntry, AmountEntry.evidence_id == Document.id)
        .where(StoredFile.sha256 == sha256)
    )
    return (Known("agreement", at, is_current=True) for at in rows)
