"""What an agreement says, field by field as plain values, and what a revision changed in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from forums.agreements.models import Agreement, AmountEntry, ReviewStep

Facts = dict[str, Any]
Changes = dict[str, list[Any]]

FIELDS = {
    "title": _l("Title"),
    "kind": _l("Kind"),
    "binding": _l("Binding class"),
    "relation": _l("How it stands to earlier signings"),
    "earlier": _l("Earlier agreement"),
    "number": _l("Number"),
    "document_state": _l("State of the document"),
    "signed_on": _l("Signed on"),
    "position": _l("Order in the ceremony"),
    "effective_on": _l("In force from"),
    "expires_on": _l("Until"),
    "amounts": _l("Amount"),
    "parties": _l("Parties"),
    "scans": _l("Scans"),
}
"""The fields of an agreement in the order in which people read them; what a reviewer can comment on."""
TELLING = frozenset({"amounts", "scans"})
"""Fields that name amounts: as confidential as these are."""


def facts_of(row: Agreement) -> Facts:
    """Field → plain value, for every field of FIELDS."""
    signing = row.signings[0]
    return {
        "title": [row.title.zh, row.title.en],
        "kind": row.kind,
        "binding": row.binding,
        "relation": row.relation,
        "earlier": _earlier(row.earlier) if row.earlier_id else None,
        "number": row.number,
        "document_state": row.document_state,
        "signed_on": _day(signing.signed_on),
        "position": signing.position,
        "effective_on": _day(row.effective_on),
        "expires_on": _day(row.expires_on),
        "amounts": amounts_of(row),
        "parties": [_party(party) for party in row.parties],
        "scans": [scan.label for scan in row.current_scans if not scan.is_evidence],
    }


def amounts_of(row: Agreement) -> list[dict[str, Any]]:
    """The entries in force as plain values."""
    return [_amount(entry) for entry in row.amounts]


def differences(before: Facts, after: Facts) -> Changes:
    """Field → [old, new] of the fields that differ."""
    return {name: [before[name], after[name]] for name in FIELDS if before[name] != after[name]}


def together(steps: Iterable[ReviewStep]) -> Changes:
    """What several steps in a row changed in all: a field that came back to what it was is left out."""
    whole: Changes = {}
    for step in steps:
        for name, (old, new) in step.changes.items():
            whole[name] = [whole[name][0] if name in whole else old, new]
    return {name: whole[name] for name in FIELDS if name in whole and whole[name][0] != whole[name][1]}


def since_last_verified(row: Agreement) -> Changes | None:
    """What changed since somebody last verified the agreement; None for one that nobody has verified before."""
    steps = row.steps[:-1] if row.steps and row.steps[-1].step == "verified" else row.steps
    last = max((i for i, step in enumerate(steps) if step.step == "verified"), default=None)
    return None if last is None else together(steps[last + 1 :])


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _earlier(row: Agreement | None) -> list[Any] | None:
    return [row.id, row.title.zh, row.title.en] if row is not None else None


def _amount(entry: AmountEntry) -> dict[str, Any]:
    return {
        "basis": entry.basis,
        "fen": entry.fen,
        "currency": entry.currency,
        "qualifier": entry.qualifier,
        "text": entry.source_text,
        "page": entry.source_page,
    }


def _party(party: Any) -> list[str]:
    return [party.role, party.organisation.name.zh, party.organisation.name.en, party.organisation.credit_code or ""]
