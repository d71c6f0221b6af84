from __future__ import annotations

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import joinedload

from forums.accounts.models import HOUSE, Account
from forums.accounts.policy import allowed, scopes_for
from forums.columns import Language
from forums.editions.models import Edition, Series
from forums.extensions import db


def series_by_slug(slug: str) -> Series | None:
    return db.session.scalar(_SERIES, {"slug": slug})


def edition_by_slug(slug: str) -> Edition | None:
    """The edition with its series, which every page of it names."""
    return db.session.scalar(_EDITION, {"slug": slug})


_SERIES = select(Series).where(Series.slug == bindparam("slug"))
_EDITION = select(Edition).where(Edition.slug == bindparam("slug")).options(joinedload(Edition.series, innerjoin=True))


def all_series() -> list[Series]:
    return list(db.session.scalars(select(Series).order_by(Series.slug)))


def public_editions() -> Select[Edition]:
    """Published, closed and archived editions, latest first."""
    return select(Edition).where(Edition.state != "draft").order_by(Edition.starts_on.desc(), Edition.id)


def editions_of(series: Series) -> list[Edition]:
    """All editions of a series in the order they were held."""
    return list(
        db.session.scalars(
            select(Edition).where(Edition.series_id == series.id).order_by(Edition.starts_on, Edition.id)
        )
    )


def previous_edition(edition: Edition) -> Edition | None:
    """The edition of the same series held last before this one."""
    return db.session.scalar(
        select(Edition)
        .where(Edition.series_id == edition.series_id, Edition.starts_on < edition.starts_on)
        .order_by(Edition.starts_on.desc())
        .limit(1)
    )


def editions_for(account: Account | None, *actions: str) -> Select[Edition]:
    """The editions in which the account may do at least one of these, latest first."""
    rows = select(Edition).order_by(Edition.starts_on.desc(), Edition.id.desc())
    scopes = {scope for action in actions for scope in scopes_for(account, action)}
    if HOUSE in scopes:
        return rows
    series_ids = [int(scope.split(":")[1]) for scope in scopes if scope.startswith("series:")]
    edition_ids = [int(scope.split(":")[1]) for scope in scopes if scope.startswith("edition:")]
    return rows.where(Edition.series_id.in_(series_ids) | Edition.id.in_(edition_ids))


def series_for(account: Account | None, action: str) -> list[Series]:
    """The series in which the account may do this, by short name."""
    return [row for row in all_series() if allowed(account, action, row)]


def grant_scopes(language: Language) -> list[tuple[str, str]]:
    """What a grant can be limited to: every series, then every edition, with its name."""
    series = [(f"series:{row.id}", row.title.local(language) or row.slug) for row in all_series()]
    rows = db.session.scalars(select(Edition).order_by(Edition.starts_on.desc()))
    return series + [(f"edition:{row.id}", row.title.local(language) or row.slug) for row in rows]
