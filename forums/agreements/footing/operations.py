from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from forums import clock
from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agreements.drafting import account_of
from forums.agreements.footing import pasting, queries
from forums.agreements.footing.models import PublishedTable, PublishedVersion
from forums.agreements.footing.published import FIGURES, SERIES
from forums.editions.models import Series
from forums.errors import Refused
from forums.extensions import db


class ChangedMeanwhile(Refused):
    """Somebody saved the table after this page was opened."""


@dataclass(frozen=True)
class TableFacts:
    """What was published, where and when; `text` is the table as it was pasted."""

    title: str
    source: str
    text: str
    published_on: date | None = None
    note: str = ""


@dataclass(frozen=True)
class Ties:
    """Which of our figures each column is, and which edition each row; `total` of the total. Empty: tied to nothing."""

    columns: tuple[str, ...]
    rows: tuple[str, ...]
    total: str = ""


def publish(series: Series, facts: TableFacts, *, key: str, actor: Actor) -> PublishedTable:
    """Enter a published table; a second call with the same key returns the first one's. Raises NoTable."""
    columns, rows, total = pasting.read(facts.text)
    db.session.scalar(select(Series.id).where(Series.id == series.id).with_for_update())
    there = queries.published_by_key(key)
    if there is not None and there.series_id == series.id:
        return there
    table = PublishedTable(series_id=series.id, key=key, version=1)
    db.session.add(table)
    db.session.flush()
    _save(table, facts, (columns, rows, total), actor)
    return table


def revise(table: PublishedTable, facts: TableFacts, *, version: int, actor: Actor) -> None:
    """Save another version. Columns and rows of the same name stay tied. Raises NoTable, ChangedMeanwhile."""
    columns, rows, total = pasting.read(facts.text)
    before = _begin(table, version)
    figures = {column["label"]: column["figure"] for column in before.columns}
    editions = {row["label"]: row["edition"] for row in before.rows}
    for column in columns:
        figure = figures.get(column["label"], "")
        column["figure"] = figure if _fits(figure, column) else ""
    for row in rows:
        row["edition"] = editions.get(row["label"])
    if total and before.total:
        total["edition"] = before.total["edition"]
    _save(table, facts, (columns, rows, total), actor)


def tie(table: PublishedTable, ties: Ties, *, version: int, actor: Actor) -> None:
    """Say which of our figures the columns and rows are. Raises ChangedMeanwhile, Refused."""
    before = _begin(table, version)
    editions = {str(row.id): row.id for row in table.series.editions} | {SERIES: SERIES, "": None}
    columns: list[dict[str, Any]] = []
    for column, figure in zip(before.columns, ties.columns, strict=True):
        if not _fits(figure, column):
            raise Refused(
                _l("The column “%(column)s” cannot be that figure: amounts have a unit.", column=column["label"])
            )
        columns.append({**column, "figure": figure})
    if not {*ties.rows, ties.total} <= editions.keys():
        raise Refused(_l("Choose one of the editions shown."))
    rows = [{**row, "edition": editions[tied]} for row, tied in zip(before.rows, ties.rows, strict=True)]
    total = {**before.total, "edition": editions[ties.total]} if before.total else None
    facts = TableFacts(before.title, before.source, "", before.published_on, before.note)
    _save(table, facts, (columns, rows, total), actor)


def remove(table: PublishedTable, *, actor: Actor) -> None:
    """Take the table out of use; it stays readable with its history. Raises Refused."""
    if table.removed_at is not None:
        raise Refused(_l("This table is out of use already."))
    table.removed_at = clock.now()
    record(actor, "published.removed", table)


def restore(table: PublishedTable, *, actor: Actor) -> None:
    """Take remove() back. Raises Refused."""
    if table.removed_at is None:
        raise Refused(_l("This table is in use."))
    table.removed_at = None
    record(actor, "published.restored", table)


def _fits(figure: str, column: dict[str, Any]) -> bool:
    return not figure or (figure in FIGURES and FIGURES[figure][1] == bool(column["unit"]))


def _begin(table: PublishedTable, version: int) -> PublishedVersion:
    if table.version != version:
        raise ChangedMeanwhile(_l("Somebody saved this table after you opened it. Look at it again."))
    table.version += 1
    return table.versions[0]


def _save(table: PublishedTable, facts: TableFacts, read: pasting.Table, actor: Actor) -> None:
    columns, rows, total = read
    db.session.add(
        PublishedVersion(
            table_id=table.id,
            version=table.version,
            title=facts.title,
            source=facts.source,
            published_on=facts.published_on,
            note=facts.note,
            columns=columns,
            rows=rows,
            total=total,
            saved_by_id=account_of(actor),
        )
    )
    record(actor, "published.saved", table, title=facts.title, version=table.version)
