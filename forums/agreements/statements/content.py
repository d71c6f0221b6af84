"""What a statement holds, as JSON in neither language: its figures, and each row behind them with its facts. Pure.

The figures can always be counted again from the rows, under either right: who may not see confidential amounts gets the
bands that tally.Tables gives, and no row, total or checksum from which an amount could be worked out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from forums.agreements.counting import APPROVED, Credit, Row, Rules, credits_of, doubles_among
from forums.agreements.tally import Cell, Line, Tables
from forums.agreements.vocabulary import Vocabulary
from forums.columns import Bilingual

SCHEMA = "billet.statement/1"
Content = dict[str, Any]
Labels = dict[str, dict[Any, Bilingual]]
Key = tuple[int, int]  # agreement, edition

DIMENSIONS: dict[str, Callable[[Credit], Any]] = {
    "editions": lambda credit: credit.row.edition_id,
    "bindings": lambda credit: credit.binding,
    "segments": lambda credit: credit.row.segment,
    "channels": lambda credit: credit.row.channel,
    "origins": lambda credit: credit.row.origin,
}
"""The partitions of a statement, beside that by size."""

# The facts of counting.Row under the names that they have in the JSON.
_FACTS = {
    "project_id": "project",
    "own_id": "record",
    "agreement_id": "agreement",
    "edition_id": "edition",
    "signed_on": "signed_on",
    "position": "order",
    "kind": "kind",
    "binding": "binding",
    "relation": "relation",
    "review": "review",
    "cancelled": "cancelled",
    "fen": "fen",
    "currency": "currency",
    "disclosed": "disclosed",
    "segment": "segment",
    "channel": "channel",
    "origin": "origin",
    "confidential": "confidential",
}


@dataclass(frozen=True)
class Entry:
    """A signing in the scope of a statement, and what it counts for: net, and with cancelled ones counted too."""

    row: Row
    credit: Credit | None
    gross: Credit | None

    @property
    def key(self) -> Key:
        return (self.row.agreement_id, self.row.edition_id)

    @property
    def counts(self) -> bool:
        return self.credit is not None and bool(self.credit.projects or self.credit.fen)

    @property
    def excluded(self) -> str:
        """Why it adds nothing; empty where it does."""
        if self.counts:
            return ""
        if self.credit is not None:
            return self.credit.reason
        return "cancelled" if self.row.review in APPROVED else "not_approved"


def entries_of(rows: Sequence[Row], rules: Rules, edition_id: int | None = None) -> list[Entry]:
    """Every signing of a series, or of one edition under the whole series' rules, in the order of signing."""
    live = {_key(credit.row): credit for credit in credits_of(rows, rules=rules)}
    gross = {_key(credit.row): credit for credit in credits_of(rows, rules=replace(rules, leave_out_cancelled=False))}
    here = [row for row in rows if edition_id is None or row.edition_id == edition_id]
    here.sort(key=lambda row: (row.signed_on, row.position, row.agreement_id, row.edition_id))
    return [Entry(row, live.get(_key(row)), gross.get(_key(row))) for row in here]


def figures(entries: Iterable[Entry], labels: Labels, *, see_confidential: bool) -> Content:
    """The headline and the tables of these entries, as a reader may see them."""
    rows = list(entries)
    live = [entry.credit for entry in rows if entry.credit is not None]
    tables = Tables(
        live=live,
        gross=[entry.gross for entry in rows if entry.gross is not None],
        all=live,
        see_confidential=see_confidential,
    )
    total, (gross, cancelled) = tables.total(), tables.cancelled()
    signed = {credit.row.agreement_id: credit.row for credit in live}.values()
    return {
        "headline": {
            **_line(total),
            "gross": asdict(gross),
            "cancelled": asdict(cancelled),
            "technical": sum(row.base_kind == "technical" for row in signed),
            "undisclosed": sum(not row.disclosed for row in signed),
            "set_aside": len(doubles_among(entry.row for entry in rows)),
            "foreign": [
                {"currency": currency, "projects": projects, "cell": asdict(cell)}
                for currency, projects, cell in tables.foreign()
            ],
        },
        "tables": {
            **{name: [_line(line) for line in tables.lines(labels[name], DIMENSIONS[name])] for name in labels},
            "sizes": [_line(line) for line in tables.sizes()],
        },
    }


def row_json(entry: Entry, names: Mapping[str, Any]) -> Content:
    """One signing: its facts, its names, and what it counts for or why it does not."""
    facts = {name: getattr(entry.row, attribute) for attribute, name in _FACTS.items()}
    return {
        **facts,
        "signed_on": entry.row.signed_on.isoformat(),
        "names": dict(names),
        "counts": _credit(entry.credit),
        # What it would count for if cancelled agreements counted, where that differs.
        "gross": None if entry.gross == entry.credit else _credit(entry.gross),
        "excluded": entry.excluded,
    }


def read_entries(content: Content, secret: Collection[int] = ()) -> list[Entry]:
    """The entries out of a statement's rows; the projects in `secret` are confidential, whatever they were then."""
    entries = []
    for found in content["rows"]:
        facts = {attribute: found[name] for attribute, name in _FACTS.items()}
        row = Row(**{**facts, "signed_on": date.fromisoformat(found["signed_on"])})
        if row.project_id in secret or row.own_id in secret:
            row = row._replace(confidential=True)
        credit = _read_credit(row, found["counts"])
        entries.append(Entry(row, credit, _read_credit(row, found["gross"]) or credit))
    return entries


def read_labels(content: Content) -> Labels:
    return {name: {key: Bilingual(**words) for key, words in pairs} for name, pairs in content["labels"].items()}


def words_then(content: Content, words: Vocabulary) -> Mapping[str, Bilingual]:
    """The words of a vocabulary as they were when the statement was taken."""
    kept = content.get("words", {}).get(words.name)
    return {code: Bilingual(**word) for code, word in kept.items()} if kept else words


def holds_secrets(content: Content, secret: Collection[int] = ()) -> bool:
    """Whether a row names an amount that not every reader may see."""
    return any(row["confidential"] or row["project"] in secret or row["record"] in secret for row in content["rows"])


def shown(content: Content, *, see_confidential: bool, secret: Collection[int] = ()) -> Content:
    """The content as a reader may see it: the frozen one, or one without what a confidential amount follows from.

    `secret` are projects whose amounts are confidential by now. The salt goes too, or the checksum would tell an
    amount to whoever tries them all.
    """
    if see_confidential or not holds_secrets(content, secret):
        return {**content, "withheld": False}
    entries = read_entries(content, secret)
    rows = [
        _masked(row) if entry.row.confidential else row for row, entry in zip(content["rows"], entries, strict=True)
    ]
    hidden = figures(entries, read_labels(content), see_confidential=False)
    return {**content, **hidden, "rows": rows, "salt": None, "withheld": True}


def summary(content: Content) -> Content:
    """The content without its rows, and what they come to: who may see what, the figures for everybody else."""
    projects = {row[name] for row in content["rows"] for name in ("project", "record")}
    secrets_ = {row[name] for row in content["rows"] if row["confidential"] for name in ("project", "record")}
    left_out = sum(bool(row["excluded"]) for row in content["rows"])
    return {
        **{name: value for name, value in content.items() if name not in {"rows", "salt"}},
        "projects": sorted(projects),
        "secrets": sorted(secrets_),
        "open": figures(read_entries(content), read_labels(content), see_confidential=False) if secrets_ else None,
        "counted": len(content["rows"]) - left_out,
        "left_out": left_out,
    }


def summary_shown(known: Content, *, see_confidential: bool, secret: Collection[int] = ()) -> Content | None:
    """A summary as a reader may see it; None where that takes the rows: more is confidential than was then."""
    if set(known["projects"]) & set(secret) - set(known["secrets"]) and not see_confidential:
        return None
    hides = bool(known["secrets"]) and not see_confidential
    return {**known, **(known["open"] if hides else {}), "withheld": hides}


def fingerprint(content: Content) -> str:
    """The SHA-256 of the content's canonical JSON: sorted keys, no spaces, UTF-8."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def cell_of(found: Mapping[str, Any]) -> Cell:
    return Cell(**found)


def _masked(row: Content) -> Content:
    return {
        **row,
        "confidential": True,
        "fen": None,
        "counts": _without_amount(row["counts"]),
        "gross": _without_amount(row["gross"]),
        "withheld": True,
    }


def _without_amount(credit: Content | None) -> Content | None:
    """What adds nothing at all keeps its 0; any other amount is withheld."""
    if credit is None or (not credit["projects"] and not credit["fen"]):
        return credit
    return {**credit, "fen": None}


def _credit(credit: Credit | None) -> Content | None:
    if credit is None:
        return None
    names = ("column", "projects", "fen", "currency", "reason", "binding")
    return {name: getattr(credit, name) for name in names}


def _read_credit(row: Row, found: Content | None) -> Credit | None:
    return None if found is None else Credit(row, **found)


def _line(line: Line) -> Content:
    return {
        "key": line.key,
        "label": asdict(line.label),
        "signings": line.signings,
        "contracted": asdict(line.contracted),
        "intended": asdict(line.intended),
    }


def _key(row: Row) -> Key:
    return (row.agreement_id, row.edition_id)
