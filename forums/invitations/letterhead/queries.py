from __future__ import annotations

from sqlalchemy import select

from forums.editions.models import Edition
from forums.editions.queries import previous_edition
from forums.extensions import db
from forums.invitations.letterhead.models import Letterhead


def current_head(edition: Edition) -> Letterhead | None:
    """The revision that new letters are written with; None where nobody has set one up."""
    heads = select(Letterhead).where(Letterhead.edition_id == edition.id).order_by(Letterhead.revision.desc())
    return db.session.scalar(heads.limit(1))


def head_to_take_over(edition: Edition) -> Letterhead | None:
    """The letterhead of the last edition of the series before this one, for an edition that has none."""
    before = previous_edition(edition)
    return current_head(before) if before is not None and current_head(edition) is None else None
