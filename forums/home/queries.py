from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from forums.clock import now
from forums.editions.models import Edition, Series
from forums.extensions import db


@dataclass(frozen=True)
class Front:
    """What the front page lists: editions still to come, soonest first, and the past ones by series, latest first."""

    upcoming: list[Edition]
    past: list[tuple[Series, list[Edition]]]


def front() -> Front:
    rows = _public_editions()
    upcoming = sorted((row for row in rows if is_ahead(row)), key=lambda row: (row.starts_on, row.id))
    by_series: dict[Series, list[Edition]] = {}
    for row in rows:
        if not is_ahead(row):
            by_series.setdefault(row.series, []).append(row)
    return Front(upcoming, list(by_series.items()))


def public_editions_of(series: Series) -> list[Edition]:
    """The series' editions that anybody may see, latest first."""
    return _public_editions(series)


def is_ahead(edition: Edition) -> bool:
    """Whether its last day, where it is held, is not over."""
    return edition.ends_on >= now().astimezone(edition.tz).date()


def _public_editions(series: Series | None = None) -> list[Edition]:
    rows = (
        select(Edition)
        .where(Edition.state != "draft")
        .options(joinedload(Edition.series))
        .order_by(Edition.starts_on.desc(), Edition.id.desc())
    )
    if series is not None:
        rows = rows.where(Edition.series_id == series.id)
    return list(db.session.scalars(rows))
