"""How a campaign moves: one step at a time, by whoever holds its row."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import InvalidRequestError

from forums.documents.fonts import cjk_font
from forums.errors import Refused
from forums.extensions import db
from forums.invitations.models import Campaign


class WrongState(Refused):
    """The campaign is not where it would have to be for this."""


def lock(row: Campaign) -> None:
    """Nobody else moves this campaign until we commit, and we see where it is now. Raises WrongState if it is gone."""
    try:
        db.session.refresh(row, with_for_update={"of": Campaign})
    except InvalidRequestError as gone:
        raise WrongState(_l("The draft was deleted meanwhile.")) from gone


def lock_all(edition_id: int) -> None:
    """As lock(), of all campaigns of an edition, for who changes what several of them write: in one order, and before
    any invitation, as a campaign does that writes its letters."""
    rows = select(Campaign.id).where(Campaign.edition_id == edition_id).order_by(Campaign.id)
    db.session.execute(rows.with_for_update())


def must_be(row: Campaign, *states: str) -> None:
    """Raises WrongState."""
    if row.state not in states:
        raise WrongState(_l("The campaign has moved on meanwhile; look at where it is now."))


def must_be_printable(row: Campaign) -> None:
    """Raises FontMissing where formal letters go with it and none could be made: each would fail by itself."""
    if row.with_letter:
        cjk_font()
