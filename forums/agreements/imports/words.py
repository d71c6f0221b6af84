"""What the import says about columns, rows and choices, in the reader's language."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

FIELD_WORDS: dict[str, Any] = {
    "position": _l("Serial no."),
    "name": _l("Project name"),
    "investor": _l("Investor (party B)"),
    "credit_code": _l("Unified social credit code"),
    "host": _l("Host (party A)"),
    "company": _l("Project company"),
    "content": _l("What is built or done"),
    "segment": _l("Segment"),
    "amount": _l("Amount of investment"),
    "other_amount": _l("Amount on another basis"),
    "original": _l("Amount in the original"),
    "basis": _l("Basis"),
    "kind": _l("Kind of agreement"),
    "binding": _l("Binding class"),
    "relation": _l("Relation to earlier signings"),
    "signed_on": _l("Signed on"),
    "channel": _l("Channel"),
    "origin": _l("Origin"),
    "confidential": _l("Amount confidential"),
    "synthetic": _l("Synthetic data"),
    "note": _l("Remarks"),
}
PLANNED: dict[str, Any] = {
    "new": _l("New project"),
    "further": _l("Further agreement"),
    "same": _l("Is there already"),
    "conflict": _l("Conflict"),
    "repeat": _l("Repeated in the sheet"),
    "wrong": _l("Cannot be used"),
}
DONE: dict[str, Any] = PLANNED | {
    "new": _l("New project drafted"),
    "further": _l("Further agreement drafted"),
    "same": _l("Was there already"),
    "conflict": _l("Conflict, not written"),
    "repeat": _l("Repeated, not written"),
    "wrong": _l("Could not be used"),
}
LEFT_OUT: dict[str, Any] = {"total": _l("A total"), "remark": _l("A remark"), "heading": _l("Heading")}
# The badge of a verdict: a state that components.css knows.
TONES = {"new": "confirmed", "further": "confirmed", "conflict": "waitlisted", "repeat": "waitlisted"} | {
    "wrong": "declined"
}
CHOICE_WORDS: dict[str, Any] = {
    "": _l("not decided"),
    "keep": _l("Keep ours"),
    "again": _l("Further agreement: signed again"),
    "increase": _l("Further agreement: increase"),
    "apart": _l("A project of its own"),
    "skip": _l("Leave out"),
}
UNITS: dict[str, Any] = {
    "": _l("Each amount names its own"),
    "yuan": "元",
    "wan": "万元",
    "yi": "亿元",
    "million": _l("million yuan"),
    "billion": _l("billion yuan"),
    "wan_usd": _l("10,000 US dollars"),
    "yi_usd": _l("100 million US dollars"),
}
