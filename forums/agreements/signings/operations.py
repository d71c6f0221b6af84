from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agreements.drafting import check_version, step
from forums.agreements.models import Agreement, Signing
from forums.agreements.review import NeedsReason
from forums.documents.operations import Arrival, keep
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db


class NotThere(Refused):
    """This ceremony cannot be one of the agreement's."""


@dataclass(frozen=True)
class Ceremony:
    """Who signed and who witnessed, one a line; `photo` None keeps the one that is there."""

    signatories: str = ""
    witnesses: str = ""
    photo: Arrival | None = None


def describe(signing: Signing, ceremony: Ceremony, *, version: int, actor: Actor) -> None:
    """Say how it was signed; nothing of it counts. Raises ChangedMeanwhile, NeedsAccount."""
    check_version(signing.agreement, version)
    _apply(signing, ceremony, actor)
    signing.agreement.version += 1
    step(signing.agreement, "ceremony", actor, comment=signing.edition.title.zh or signing.edition.title.en)
    record(actor, "signing.described", signing, edition=signing.edition)


def sign_again(
    agreement: Agreement,
    edition: Edition,
    *,
    on: date,
    position: int,
    ceremony: Ceremony,
    version: int,
    actor: Actor,
) -> Signing:
    """The same document at a later ceremony, which shows it at 0. Raises NotThere, ChangedMeanwhile, NeedsAccount."""
    check_version(agreement, version)
    if edition.series_id != agreement.project.series_id:
        raise NotThere(_l("That edition belongs to another series."))
    if any(signing.edition_id == edition.id for signing in agreement.signings):
        raise NotThere(_l("The agreement is signed at that edition already."))
    if abs((on - edition.starts_on).days) > 366:
        raise NotThere(_l("%(day)s is more than a year from the edition: check the year.", day=on))
    first = min(signing.signed_on for signing in agreement.signings)
    if on <= first:
        raise NotThere(
            _l(
                "It was first signed on %(day)s: a further ceremony comes after that. Otherwise correct the first.",
                day=first,
            )
        )
    row = Signing(edition=edition, signed_on=on, position=position)
    agreement.signings.append(row)
    _apply(row, ceremony, actor)
    agreement.version += 1
    step(agreement, "signed_again", actor, comment=edition.title.zh or edition.title.en)
    db.session.flush()
    record(actor, "signing.added", row, edition=edition)
    return row


def take_back(signing: Signing, *, reason: str, version: int, actor: Actor) -> None:
    """A further ceremony that was entered by mistake. Raises NotThere, NeedsReason, ChangedMeanwhile, NeedsAccount."""
    agreement = signing.agreement
    check_version(agreement, version)
    if signing is agreement.signings[0]:
        raise NotThere(_l("The first signing is the agreement's own: it can only be corrected with it."))
    if not reason.strip():
        raise NeedsReason(_l("Say why: the next person reads it."))
    agreement.version += 1
    step(agreement, "signing_removed", actor, comment=reason.strip()[:2000])
    record(actor, "signing.removed", signing, edition=signing.edition, reason=reason.strip()[:2000])
    agreement.signings.remove(signing)
    db.session.delete(signing)


def _apply(signing: Signing, ceremony: Ceremony, actor: Actor) -> None:
    signing.signatories, signing.witnesses = ceremony.signatories.strip(), ceremony.witnesses.strip()
    if ceremony.photo is not None:
        signing.photo = keep(ceremony.photo, kind="ceremony", actor=actor, edition=signing.edition)
