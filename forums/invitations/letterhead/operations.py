from __future__ import annotations

from dataclasses import dataclass

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.columns import Bilingual
from forums.documents.models import Document
from forums.documents.operations import Arrival, keep
from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations.letterhead.models import Letterhead
from forums.invitations.letterhead.queries import current_head

TEXTS = ("organisation", "signer", "post", "contact")


@dataclass(frozen=True)
class HeadFacts:
    """What stands on the letter; a picture that is neither new nor dropped stays."""

    organisation: Bilingual
    signer: Bilingual
    post: Bilingual
    contact: Bilingual
    logo: Arrival | None = None
    seal: Arrival | None = None
    drop_logo: bool = False
    drop_seal: bool = False


def save_head(edition: Edition, facts: HeadFacts, *, actor: Actor) -> Letterhead:
    """The next revision of the letterhead; the one there is where nothing is different."""
    db.session.refresh(edition, with_for_update=True)  # nobody else makes the next revision until we commit
    before = current_head(edition)
    logo = before.logo if before is not None and not facts.drop_logo else None
    seal = before.seal if before is not None and not facts.drop_seal else None
    if facts.logo is not None:
        logo = _kept("logo", facts.logo, logo, edition, actor)
    if facts.seal is not None:
        seal = _kept("seal", facts.seal, seal, edition, actor)
    values: dict[str, object] = {name: getattr(facts, name) for name in TEXTS} | {"logo": logo, "seal": seal}
    if before is not None and all(getattr(before, name) == value for name, value in values.items()):
        return before
    row = Letterhead(edition=edition, revision=before.revision + 1 if before else 1, by=actor.label, **values)
    db.session.add(row)
    db.session.flush()
    hashes = {name: one.stored.sha256[:12] for name, one in (("logo", logo), ("seal", seal)) if one is not None}
    record(actor, "letterhead.changed", row, edition=edition, revision=row.revision, **hashes)
    return row


def take_over(edition: Edition, source: Letterhead, *, actor: Actor) -> Letterhead:
    """Begin with the letterhead of another edition, pictures and all; the edition's own where it has one already."""
    db.session.refresh(edition, with_for_update=True)
    known = current_head(edition)
    if known is not None:
        return known
    values = {name: getattr(source, name) for name in (*TEXTS, "logo", "seal")}
    row = Letterhead(edition=edition, revision=1, by=actor.label, **values)
    db.session.add(row)
    db.session.flush()
    record(actor, "letterhead.changed", row, edition=edition, revision=1, taken_over=source.edition.slug)
    return row


def _kept(kind: str, came: Arrival, before: Document | None, edition: Edition, actor: Actor) -> Document:
    """The picture as a document; the one that is printed already where it is the same."""
    if before is not None and before.stored.sha256 == came.sha256:
        return before
    return keep(came, kind=f"letter_{kind}", actor=actor, edition=edition)
