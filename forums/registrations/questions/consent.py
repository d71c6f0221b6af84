"""What people agree to when they register: each text has a version, and what was agreed to can always be read again."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.registrations import places
from forums.registrations.models import Registration
from forums.registrations.operations import CONSENT_VERSION
from forums.registrations.questions.models import ConsentText
from forums.registrations.questions.queries import consent_texts

LONGEST = 20_000
# Where an edition has no text of its own; a version is never changed.
_HOUSE_TEXTS = {
    CONSENT_VERSION: _l("I agree that the organiser uses these details to run this event and to write to me about it.")
}


class ChangedMeanwhile(Refused):
    """Somebody else has saved another text since this person opened the form."""


def version_of(text: ConsentText | None) -> str:
    """The version as registrations keep it: v1, v2 … of the edition's own texts, else the house's."""
    return f"v{text.version}" if text is not None else CONSENT_VERSION


def house_text() -> Bilingual:
    """Our own text, in both languages."""
    said = {}
    for language, locale in (("zh", "zh_Hans_CN"), ("en", "en")):
        with force_locale(locale):
            said[language] = str(_HOUSE_TEXTS[CONSENT_VERSION])
    return Bilingual(**said)


def agreed_to(row: Registration) -> Bilingual | None:
    """The text that the person of this registration agreed to; None where nobody was asked."""
    version = row.consent_version
    if version in _HOUSE_TEXTS:
        return house_text()
    if not version.startswith("v") or not version[1:].isdecimal():
        return None
    number = int(version[1:8])
    return db.session.scalar(
        select(ConsentText.text).where(ConsentText.edition_id == row.edition_id, ConsentText.version == number)
    )


def write_consent(edition: Edition, text: Bilingual, *, seen: int, actor: Actor) -> ConsentText:
    """Ask for consent to this text from now on; the same text again is no new version.

    `seen` is the version that the actor worked on, 0 for none. Raises ChangedMeanwhile and Refused.
    """
    places.hold(edition)
    if not text:
        raise Refused(_l("Write the text in Chinese or English."))
    known = consent_texts(edition)
    newest = known[0] if known else None
    if newest is not None and newest.text == text:
        return newest
    if seen != (newest.version if newest is not None else 0):
        raise ChangedMeanwhile(_l("Somebody has changed this text since you opened it. Look at it again."))
    row = ConsentText(edition_id=edition.id, version=len(known) + 1, text=text, created_by=actor.label)
    db.session.add(row)
    record(actor, "consent.written", row, edition=edition, version=row.version)
    return row


@dataclass(frozen=True)
class Wanted:
    """The text that counts now, and its version."""

    version: str
    text: Bilingual


def wanted(edition: Edition) -> Wanted:
    """What somebody who registers now agrees to."""
    newest = next(iter(consent_texts(edition)), None)
    return Wanted(version_of(newest), newest.text if newest is not None else house_text())


def agree(row: Registration, version: str, *, actor: Actor) -> None:
    """The person agrees to the text that counts now, as after a place was handed over. Raises Refused for another."""
    places.hold(row.edition)
    db.session.refresh(row)
    if version != wanted(row.edition).version:
        raise Refused(_l("The text has changed since you opened this page. Please read it again and agree once more."))
    if row.consent_version != version:
        row.consent_version = version
        record(actor, "registration.agreed", row, version=version)


def copy_consent(source: Edition, target: Edition, *, actor: Actor) -> None:
    """Ask in another edition for consent in the words of this one, if it has words of its own."""
    texts = consent_texts(source)
    if texts and not consent_texts(target):
        write_consent(target, texts[0].text, seen=0, actor=actor)
