from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from flask_babel import lazy_gettext as _l

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agreements import vocabulary as words
from forums.agreements.models import Segment
from forums.agreements.queries import segments_of
from forums.agreements.vocabularies import queries
from forums.agreements.vocabularies.models import Term
from forums.agreements.vocabulary import HEADLINE_BASIS, VOCABULARIES, Vocabulary
from forums.columns import Bilingual
from forums.editions.models import Series
from forums.errors import Refused
from forums.extensions import db

MOST_POSITION = 9999


class OthersChanged(Refused):
    """Somebody else has changed the same lines since they were shown; `lines` says how these read now."""

    def __init__(self, message: object, lines: dict[str, str]) -> None:
        super().__init__(message)
        self.lines = lines


class Word(Protocol):
    """A row that has a name in two languages, a place and an end."""

    @property
    def name(self) -> Bilingual: ...
    @property
    def position(self) -> int: ...
    @property
    def retired(self) -> bool: ...


@dataclass(frozen=True)
class Line:
    """A word as somebody typed it. `was` is state_of() what they were shown."""

    key: str
    name: Bilingual
    position: int
    retired: bool
    was: str

    @property
    def state(self) -> str:
        return _state(self.name, self.position, self.retired)


def state_of(row: Word) -> str:
    """What a line says, to compare with later."""
    return _state(row.name, row.position, bool(row.retired))


def change_words(name: str, lines: Sequence[Line], *, actor: Actor) -> int:
    """Rename, order, retire and bring back words of a vocabulary; how many lines have changed.

    Raises Refused, OthersChanged.
    """
    vocabulary = VOCABULARIES[name]
    rows = {row.code: row for row in _kept_terms(vocabulary)}
    todo = _to_do(lines, rows)
    for line, row in todo:
        if line.retired and (not vocabulary.grows or line.key == HEADLINE_BASIS):
            raise Refused(_l("“%(word)s” cannot be retired: rules hang on it.", word=row.name.zh or row.name.en))
        _apply(line, row, actor)
    words.forget()
    return len(todo)


def add_word(name: str, text: Bilingual, *, counts_as: str = "", actor: Actor) -> Term:
    """A word of the house's own, behind the others. A kind `counts_as` one of the built-in kinds. Raises Refused."""
    vocabulary = VOCABULARIES[name]
    if not vocabulary.grows:
        raise Refused(_l("Rules hang on each of these words: they can be renamed and ordered, not added to."))
    if vocabulary.classed and counts_as not in vocabulary.builtin:
        raise Refused(_l("Say which of the built-in kinds it counts as."))
    rows = _kept_terms(vocabulary)
    _check_name(text, [row.name for row in rows])
    stem = counts_as if vocabulary.classed else "own"
    taken = {row.code for row in rows}
    number = next(number for number in range(1, len(rows) + 2) if f"{stem}.{number}" not in taken)
    row = Term(
        vocabulary=name,
        code=f"{stem}.{number}",
        name=text,
        position=min(max((row.position for row in rows), default=0) + 10, MOST_POSITION),
        retired=False,
    )
    db.session.add(row)
    record(actor, "term.added", row, name=text.zh or text.en, vocabulary=name)
    words.forget()
    return row


def remove_word(name: str, code: str, *, actor: Actor) -> None:
    """Take an added word away that nothing has. Raises Refused."""
    row = next((row for row in queries.terms_of(name) if row.code == code), None)
    if row is None or code in VOCABULARIES[name].builtin:
        raise Refused(_l("Only words that the house has added can be removed."))
    if queries.used(name).get(code):
        raise Refused(_l("“%(word)s” is in use: retire it instead.", word=row.name.zh or row.name.en))
    record(actor, "term.removed", row, name=row.name.zh or row.name.en, vocabulary=name)
    db.session.delete(row)
    words.forget()


def change_segments(series: Series, lines: Sequence[Line], *, actor: Actor) -> int:
    """Rename, order, retire and bring back the segments of a series. Raises Refused, OthersChanged."""
    rows: dict[str, Segment] = {str(row.id): row for row in segments_of(series)}
    todo = _to_do(lines, rows)
    for line, row in todo:
        _apply(line, row, actor)
    return len(todo)


def _to_do(lines: Iterable[Line], rows: dict[str, Any]) -> list[tuple[Line, Any]]:
    """The lines that somebody changed, with their rows; those that nobody touched leave another's change alone."""
    todo, others = [], {}
    for line in lines:
        row = rows.get(line.key)
        if row is None:
            raise Refused(_l("One of these words is not there any more. Look at them again."))
        now = state_of(row)
        if line.state in {line.was, now}:
            continue
        if line.was != now:
            others[line.key] = f"{row.name.zh} / {row.name.en}"
        todo.append((line, row))
    if others:
        said = "; ".join(others.values())
        raise OthersChanged(
            _l(
                "Somebody has changed the same lines meanwhile; they now read: %(words)s. What you typed is kept: "
                "save again to put it in their place.",
                words=said,
            ),
            others,
        )
    names = {key: row.name for key, row in rows.items()} | {line.key: line.name for line, _row in todo}
    for line, _row in todo:
        _check_name(line.name, [name for key, name in names.items() if key != line.key])
    return todo


def _apply(line: Line, row: Any, actor: Actor) -> None:
    before = {"name": row.name.zh or row.name.en, "position": row.position, "retired": bool(row.retired)}
    row.name, row.position, row.retired = line.name, line.position, line.retired
    after = {"name": line.name.zh or line.name.en, "position": line.position, "retired": line.retired}
    changed = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    record(actor, "term.changed", row, name=line.name.zh or line.name.en, changed=changed)


def _check_name(name: Bilingual, others: list[Bilingual]) -> None:
    if not name:
        raise Refused(_l("A word needs a name in Chinese or English."))
    if name in others:
        raise Refused(_l("There is “%(word)s” already.", word=name.zh or name.en))


def _kept_terms(vocabulary: Vocabulary) -> list[Term]:
    """The rows of the vocabulary, with those of built-in words that came with a later version of the product."""
    rows = queries.terms_of(vocabulary.name)
    known = {row.code for row in rows}
    for place, (code, name) in enumerate(vocabulary.builtin.items(), 1):
        if code not in known:
            row = Term(vocabulary=vocabulary.name, code=code, name=name, position=place * 10, retired=False)
            db.session.add(row)
            rows.append(row)
    db.session.flush()
    return rows


def _state(name: Bilingual, position: int, retired: bool) -> str:
    return json.dumps([name.zh, name.en, position, retired], ensure_ascii=False)
