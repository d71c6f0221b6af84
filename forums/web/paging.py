"""One page of a long list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from flask import request
from sqlalchemy import Select, func, select

from forums.extensions import db

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """`items` of page `number` (from 1) of `pages`; `total` rows in all."""

    items: Sequence[Row]
    number: int
    pages: int
    total: int
    per: int

    @property
    def first(self) -> int:
        return (self.number - 1) * self.per + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.number * self.per, self.total)

    def link(self, number: int) -> str:
        """This list, with its filters, at another page."""
        query = [(name, value) for name, value in request.args.items(multi=True) if name != "page"]
        return f"{request.path}?{urlencode([*query, ('page', number)])}"


def page_of(rows: Select[Row], *, per: int = 50, total: int | None = None) -> Page[Row]:
    """The page that ?page= asks for; a number that is no page of this list becomes the nearest that is.

    Whoever counted the rows already says how many there are.
    """
    if total is None:
        total = db.session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0
    number, pages = _asked_for(total, per)
    items: Sequence[Row] = db.session.scalars(rows.limit(per).offset((number - 1) * per)).unique().all()
    return Page(items, number, pages, total, per)


def page_of_all(rows: Sequence[Row], *, per: int = 50) -> Page[Row]:
    """As page_of, of a list that is at hand."""
    number, pages = _asked_for(len(rows), per)
    return Page(rows[(number - 1) * per : number * per], number, pages, len(rows), per)


def _asked_for(total: int, per: int) -> tuple[int, int]:
    """The number of the page, and how many pages there are."""
    pages = max(1, -(-total // per))
    return min(max(request.args.get("page", 1, type=int), 1), pages), pages
