from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import ColumnElement, func, select

from forums.extensions import db
from forums.jobs import progress
from forums.transaction import settle


def in_steps(job_id: int, step: Callable[[], bool], of: ColumnElement[bool], over: ColumnElement[bool]) -> None:
    """Do a few rows at a time until there is none left; `over` is true of those of the rows that are dealt with."""
    total = count(of)
    while settle(step):
        progress(job_id, done=min(count(of, over), total), total=total)


def count(*which: ColumnElement[bool]) -> int:
    """How many rows there are of these."""
    found = db.session.scalar(select(func.count()).where(*which)) or 0
    db.session.rollback()
    return found
