"""What a list is asked for: filters, order and columns, read from an address and written to one again."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

from forums.directory.regions import REGIONS
from forums.registrations.models import State

LONGEST_WORDS = 200
LARGEST_ID = 2**31 - 1
MOST_COLUMNS = 60
NEWEST_FIRST = "-created"
ANSWERED, UNANSWERED = "given", "missing"
BADGES = PRINTED, UNPRINTED = ("printed", "unprinted")
Values: TypeAlias = MultiDict[str, str]  # an address's query or a posted form


@dataclass(frozen=True)
class Asked:
    """Filters that are all to hold (None and "": any), the order, and the columns (none: the usual ones).

    `sort` is the key of a column, with "-" before it for the other way round. `answer` belongs to `question`: given,
    missing, or the id of a choice that was picked. `badge`: printed or unprinted.
    """

    q: str = ""
    state: str = ""
    category: int | None = None
    region: str = ""
    delegation: int | None = None
    session: int | None = None
    question: int | None = None
    answer: str = ANSWERED
    badge: str = ""
    sort: str = NEWEST_FIRST
    columns: tuple[str, ...] = ()

    @property
    def is_filtered(self) -> bool:
        """Whether some registrations of the edition may be left out."""
        return bool(self.state) or not self.is_counted_by_state

    @property
    def is_counted_by_state(self) -> bool:
        """Whether the number of rows is that of a state, or of all of them."""
        return not (self.q.strip() or self.region or self.badge or self._ids())

    def query(self, **changes: Any) -> str:
        """The address's query for this list, or for one that differs in these; what is usual is left out."""
        asked, usual = replace(self, **changes), Asked()
        pairs = []
        for field in fields(asked):
            value = getattr(asked, field.name)
            if value != getattr(usual, field.name):
                pairs.append((field.name, ",".join(value) if isinstance(value, tuple) else value))
        return urlencode(pairs)

    def _ids(self) -> tuple[int, ...]:
        ids = (self.category, self.delegation, self.session, self.question)
        return tuple(row_id for row_id in ids if row_id is not None)


def read(values: Values) -> Asked:
    """What the values ask for; what they do not mean anything by is as if it were not there.

    Columns come as columns=name,email or once for each, as ticked boxes do.
    """
    state, region = _one(values, "state"), _one(values, "region")
    question, answer = _row_id(values, "question"), _one(values, "answer")
    badge = _one(values, "badge")
    return Asked(
        q=_one(values, "q")[:LONGEST_WORDS],
        state=state if state in set(State) else "",
        category=_row_id(values, "category"),
        region=region if region in REGIONS else "",
        delegation=_row_id(values, "delegation"),
        session=_row_id(values, "session"),
        question=question,
        answer=answer if question is not None and _is_answer(answer) else ANSWERED,
        badge=badge if badge in BADGES else "",
        sort=_one(values, "sort")[:40] or NEWEST_FIRST,
        columns=_columns(values.getlist("columns")),
    )


def read_query(query: str) -> Asked:
    """What a kept query asks for."""
    return read(MultiDict(parse_qsl(query)))


def _one(values: Values, name: str) -> str:
    given = values.getlist(name)
    return given[0] if given else ""


def _row_id(values: Values, name: str) -> int | None:
    """The id of a row; 0, which no row has, for a number that can be none."""
    text = _one(values, name)
    if not (text.isascii() and text.isdigit()):
        return None
    return int(text) if len(text) < 11 and int(text) <= LARGEST_ID else 0


def _is_answer(text: str) -> bool:
    return text == UNANSWERED or (text.isascii() and text.isdigit() and len(text) < 10)


def _columns(given: list[str]) -> tuple[str, ...]:
    keys = [key for text in given for key in text[:1000].split(",") if key.isidentifier() and len(key) <= 20]
    return tuple(dict.fromkeys(keys))[:MOST_COLUMNS]
