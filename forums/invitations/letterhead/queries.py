from __future__ import annotations

from sqlalchemy import select

from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations.letterhead.models import Letterhead


def current_head(edition: Edition) -> Letterhead | None:
    """The revision that new letters are written with; None where nobody has set one up."""
    heads = select(Letterhead).where(Letterhead.edition_id == edition.id).order_by(Letterhead.revision.desc())
    return db.session.scalar(heads.limit(1))
