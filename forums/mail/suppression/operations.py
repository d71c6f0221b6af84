from __future__ import annotations

from collections.abc import Collection, Iterable

import idna
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.errors import Refused
from forums.extensions import db
from forums.mail.compose import one_line
from forums.mail.models import Letter
from forums.mail.suppression import queries
from forums.mail.suppression.models import EDITIONS, HOUSE, Suppression, series_in
from forums.mail.suppression.queries import CAMPAIGNS, normal_address
from forums.masks import masked_email
from forums.statements import InsertOnce

LONGEST_DETAIL = 1_000
WAITING = ("queued", "deferred", "held")
_WITHDRAWN = {"state": "cancelled", "reason": "suppressed"}
BY_THEMSELVES = "asked"  # why a person's own wish was removed: they asked to be written to again


class AlreadyLifted(Refused):
    """Somebody lifted it meanwhile."""


def suppress(
    address: str, *, reason: str, actor: Actor, scope: str = HOUSE, detail: str = "", letter_id: int | None = None
) -> bool:
    """Let campaigns of the scope write to this address no more, in the caller's transaction; True when it is new.

    What still waits for the address is withdrawn. A second call for the same reason changes nothing.
    """
    address = normal_address(address)
    row_id = _write(
        address=address,
        scope=scope,
        reason=reason,
        detail=one_line(detail, LONGEST_DETAIL),
        letter_id=letter_id,
        created_by=actor.label,
    )
    if row_id is None:
        return False
    row = db.session.get_one(Suppression, row_id)
    record(actor, "suppression.added", row, address=masked_email(address), scope=_kind(scope), reason=reason)
    _withdraw(address, scope)
    return True


def suppress_all(addresses: Iterable[str], *, reason: str, actor: Actor, scope: str = HOUSE, detail: str = "") -> int:
    """The same for several addresses; how many are new."""
    return sum(suppress(one, reason=reason, actor=actor, scope=scope, detail=detail) for one in addresses)


def lift(row: Suppression, *, why: str, actor: Actor) -> None:
    """Write to the address again, as far as this row is concerned. Raises AlreadyLifted.

    Letters that were withdrawn stay so.
    """
    db.session.refresh(row, with_for_update=True)
    if row.removed_at is not None:
        raise AlreadyLifted(_l("This was lifted already."))
    row.removed_at, row.removed_by, row.removed_why = now(), actor.label, why
    shown = masked_email(row.address)
    record(actor, "suppression.lifted", row, address=shown, scope=_kind(row.scope), reason=row.reason)


def lift_all(row_ids: Collection[int], *, why: str, actor: Actor, scope: str | None = None) -> int:
    """Lift those of these rows that stand, of one scope or of any; how many."""
    rows = select(Suppression).where(Suppression.id.in_(row_ids), Suppression.removed_at.is_(None))
    if scope is not None:
        rows = rows.where(Suppression.scope == scope)
    found = db.session.scalars(rows.order_by(Suppression.id).with_for_update(of=Suppression)).all()
    for row in found:
        lift(row, why=why, actor=actor)
    return len(found)


def unsubscribe(letter: Letter, *, actor: Actor, everywhere: bool = False, how: str = "") -> bool:
    """What the recipient of a campaign's letter asks for: no more of its series, or of any; True when it is new.

    `how` says by which way it came, where it was not the page.
    """
    scope = HOUSE if everywhere else queries.scopes_of(letter)[0]
    return suppress(letter.recipient, scope=scope, reason="unsubscribed", detail=how, letter_id=letter.id, actor=actor)


def keep_writing(letter: Letter, *, actor: Actor) -> int:
    """Take back what the recipient of the letter asked for themselves, and nothing else; how many rows."""
    rows = [
        row for row in queries.standing(letter.recipient, queries.scopes_of(letter)) if row.reason == "unsubscribed"
    ]
    for row in rows:
        lift(row, why=BY_THEMSELVES, actor=actor)
    return len(rows)


def withdraw(letter_ids: Iterable[int]) -> None:
    """Never send these letters, whose addresses are suppressed; as long as they wait."""
    which = update(Letter).where(Letter.id.in_(letter_ids), Letter.state.in_(WAITING))
    db.session.execute(which.values(_WITHDRAWN).execution_options(synchronize_session=False))


def _withdraw(address: str, scope: str) -> None:
    series_id = series_in(scope)
    theirs = select(EDITIONS.c.id).where(EDITIONS.c.series_id == series_id)
    where = () if series_id is None else (Letter.edition_id.in_(theirs),)
    db.session.execute(
        update(Letter)
        .where(
            Letter.recipient.in_(_spellings(address)),
            Letter.batch.startswith(CAMPAIGNS),
            Letter.state.in_(WAITING),
            *where,
        )
        .values(_WITHDRAWN)
        .execution_options(synchronize_session=False)
    )


def _spellings(address: str) -> set[str]:
    """How letters may have written a normal address: with its domain in IDNA, or as people read it."""
    local, _, domain = address.rpartition("@")
    try:
        return {address, f"{local}@{idna.decode(domain)}"}
    except (idna.IDNAError, UnicodeError):
        return {address}


def _kind(scope: str) -> str:
    """What the record says of a scope: the whole house, or a series."""
    return scope.partition(":")[0]


_write = InsertOnce(Suppression)
