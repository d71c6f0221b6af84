"""Whose word counts when a file comes again: that of the file, unless somebody has changed the field in Billet since.

Pure: values in, values out. Per field a fingerprint of what the last import wrote is kept; a field whose present
value no longer has that fingerprint was edited here, and is left alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

Values = Mapping[str, object]  # JSON values by field


@dataclass(frozen=True)
class Merged:
    """What to write, which fields were kept against the file, and the fingerprints to remember."""

    values: dict[str, object]
    kept: list[str]
    fingerprints: dict[str, str]


def merge(current: Values, incoming: Values, known: Mapping[str, str] | None) -> Merged:
    """`known` are the fingerprints of the last import; None when the row never came from a file."""
    values: dict[str, object] = {}
    kept: list[str] = []
    fingerprints = dict(known or {})
    for field, new in incoming.items():
        old, was = current[field], fingerprints.get(field)
        if old == new:
            if not is_empty(new):
                fingerprints[field] = fingerprint(new)
        elif fingerprint(old) == was or (was is None and is_empty(old)):
            values[field] = new
            fingerprints[field] = fingerprint(new)
        elif was is not None or not is_empty(new):
            kept.append(field)
        # Otherwise the file has never said anything about this field: it stays, and nobody need be told.
    return Merged(values, kept, fingerprints)


def fingerprint(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


def is_empty(value: object) -> bool:
    return value is None or value in ("", [])
