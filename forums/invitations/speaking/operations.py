from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agenda import operations as agenda
from forums.agenda.models import Appearance, Session
from forums.clock import now
from forums.columns import Bilingual
from forums.directory.operations import normal_email
from forums.documents.models import Document
from forums.documents.operations import discard
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.invitations import letter_text
from forums.invitations.speaking import emails, words
from forums.invitations.speaking.models import SILENT_DAYS, Speaking, SpeakingTexts
from forums.invitations.speaking.queries import Line, changes_of, takes_answers, texts_of, whereabouts


class NotAsked(Refused):
    """This speaker cannot be asked as things stand."""


class SpeakingClosed(Refused):
    """The session was cancelled, or the event is over."""


@dataclass(frozen=True)
class Texts:
    """What the organiser writes; days are in the edition's zone."""

    subject: Bilingual
    body: Bilingual
    thanks_subject: Bilingual
    thanks_body: Bilingual
    answer_by: date | None = None
    materials_by: date | None = None
    silent_days: int = SILENT_DAYS


@dataclass(frozen=True)
class Given:
    """confirmed or declined, with the reason; `proposal` is another topic or a remark."""

    answer: str
    reason: str = ""
    proposal: str = ""


@dataclass(frozen=True)
class Materials:
    """What a speaker hands in; a file of None leaves the one that is there."""

    bio: Bilingual
    needs: str = ""
    photo: Document | None = None
    slides: Document | None = None


def write_texts(edition: Edition, texts: Texts, *, actor: Actor) -> None:
    """Raises WrongPlaceholder."""
    for text in (texts.subject, texts.body, texts.thanks_subject, texts.thanks_body):
        letter_text.check(text.zh, words.PLACEHOLDERS)
        letter_text.check(text.en, words.PLACEHOLDERS)
    row = texts_of(edition) or SpeakingTexts(edition_id=edition.id)
    for name, value in vars(texts).items():
        setattr(row, name, value)
    db.session.add(row)
    record(actor, "speaking.written", edition, edition=edition)


def ask(appearance: Appearance, *, email: str, language: str, seen: int, actor: Actor) -> bool:
    """Send the invitation, or send it again; whether a letter was written: not, where somebody else was faster.

    `seen` is how many letters had asked on the actor's page. Another address makes a new link. Raises NotAsked.
    """
    session = appearance.session
    db.session.refresh(appearance, with_for_update={"of": Appearance})
    if session.state == "cancelled" or not takes_answers(session):
        raise NotAsked(_l("The session is cancelled or over, so nobody can be asked to speak in it."))
    row = db.session.scalar(select(Speaking).where(Speaking.appearance_id == appearance.id))
    if (row.asks if row is not None else 0) != seen:
        return False
    address = normal_email(email)
    if row is None:
        row = Speaking(edition_id=session.edition_id, appearance=appearance, email=address, asks=0, token_version=1)
        row.edition = session.edition
        db.session.add(row)
    elif row.email != address:
        row.email = address
        row.token_version += 1
    row.language = language
    row.asks += 1
    row.asked_at = now()
    row.told = whereabouts(session)
    if row.state != "confirmed":
        row.state = appearance.standing = "asked"
    db.session.flush()
    record(actor, "speaking.asked", row, edition=session.edition)
    emails.asked(row)
    return True


def ask_all(lines: Sequence[Line], *, language: str, actor: Actor) -> int:
    """Ask those of the lines who were not asked yet and whose address is known; how many."""
    asked = 0
    for line in lines:
        email = line.appearance.expert.person.email
        if line.speaking is None and email and takes_answers(line.session):
            spoken = language or language_of(line.appearance)
            asked += ask(line.appearance, email=email, language=spoken, seen=0, actor=actor)
    return asked


def answer(row: Speaking, given: Given, *, actor: Actor) -> None:
    """Confirm or decline, and think again until the session is over. Raises SpeakingClosed."""
    _lock(row)
    row.reason = given.reason if given.answer == "declined" else ""
    row.proposal = given.proposal
    before, row.state = row.state, given.answer
    row.appearance.standing = given.answer
    row.is_open_again = False
    row.answered_at = now()
    row.told = whereabouts(row.appearance.session)
    record(actor, "speaking.answered", row, edition=row.edition, before=before, after=row.state)


def hand_in(row: Speaking, materials: Materials, *, actor: Actor) -> bool:
    """Keep what the speaker handed in; whether anything differed. A new biography or photo waits for its release."""
    _lock(row)
    is_new_profile = materials.bio != row.bio or (materials.photo is not None and materials.photo.id != row.photo_id)
    differs = is_new_profile or materials.needs != row.needs or materials.slides is not None
    row.bio, row.needs = materials.bio, materials.needs
    released = row.appearance.expert.photo_id
    replaced = [
        old
        for old, new in ((row.photo, materials.photo), (row.slides, materials.slides))
        if old is not None and new is not None and old.id not in (new.id, released)
    ]
    row.photo = materials.photo or row.photo
    row.slides = materials.slides or row.slides
    db.session.flush()
    for old in replaced:
        discard(old)
    if is_new_profile:
        row.profile_at = now()
    if differs:
        record(actor, "speaking.handed_in", row, edition=row.edition)
    return differs


def release(row: Speaking, *, actor: Actor) -> None:
    """Put the biography and the photo that the speaker handed in on the public page of the expert."""
    db.session.refresh(row, with_for_update={"of": Speaking})
    expert = row.appearance.expert
    expert.bio = Bilingual(row.bio.zh or expert.bio.zh, row.bio.en or expert.bio.en)
    expert.photo_id = row.photo_id or expert.photo_id
    row.profile_approved_at = now()
    record(actor, "speaking.released", row, edition=row.edition, expert_id=expert.id)


def remind(rows: Sequence[Speaking], *, actor: Actor) -> int:
    """Write to those who owe an answer or materials, each at most once a day; how many letters."""
    written = 0
    for row in rows:
        if may_be_reminded(row):
            row.reminded_at = now()
            emails.reminder(row)
            written += 1
    if written:
        record(actor, "speaking.reminded", rows[0].edition, edition=rows[0].edition, letters=written)
    return written


def thank(rows: Sequence[Speaking], *, actor: Actor) -> int:
    """Thank those who spoke, each once; how many letters."""
    written = 0
    for row in rows:
        if may_be_thanked(row):
            row.thanked_at = now()
            emails.thanks(row)
            written += 1
    if written:
        record(actor, "speaking.thanked", rows[0].edition, edition=rows[0].edition, letters=written)
    return written


def owes(row: Speaking) -> bool:
    """Whether an answer or materials are awaited, as long as they are of use."""
    return takes_answers(row.appearance.session) and (row.state == "asked" or row.is_open_again or bool(row.missing))


def may_be_reminded(row: Speaking) -> bool:
    """Whether somebody owes something and has had no letter that says so today."""
    today = now().date()
    dates = [at.date() for at in (row.reminded_at, row.asked_at) if at is not None]
    return owes(row) and today not in dates


def may_be_thanked(row: Speaking) -> bool:
    """Whether somebody confirmed, their session is over, and nobody has thanked them."""
    session = row.appearance.session
    is_over = session.state != "cancelled" and not takes_answers(session)
    return row.state == "confirmed" and row.thanked_at is None and is_over


def tell(rows: Sequence[Speaking], *, actor: Actor) -> int:
    """Tell those whose session has changed; who confirmed another time or hall is asked again. How many letters."""
    written = 0
    for row in sorted(rows, key=lambda row: row.id):
        db.session.refresh(row, with_for_update={"of": Speaking})
        if changes := changes_of(row, row.appearance.session):
            row.told = whereabouts(row.appearance.session)
            row.is_open_again = row.is_open_again or (row.state == "confirmed" and changes != ["title"])
            emails.moved(row, changes)
            written += 1
    if written:
        record(actor, "speaking.told", rows[0].edition, edition=rows[0].edition, letters=written)
    return written


def follow_session(session: Session, actor: Actor) -> None:
    """Tell those who were asked that their session does not take place. What else changed is offered to be told."""
    if session.id is None or session.state != "cancelled":
        return
    for row in _of(session):
        if row.state != "declined" and not row.told.get("cancelled"):
            row.told = row.told | {"cancelled": True}
            emails.cancelled(row)


def follow_removal(appearance: Appearance, actor: Actor) -> None:
    """Tell somebody who was asked, and is taken off the session, that it is off."""
    row = db.session.scalar(select(Speaking).where(Speaking.appearance_id == appearance.id))
    if row is not None and row.state != "declined" and takes_answers(appearance.session):
        emails.cancelled(row)


def _of(session: Session) -> Sequence[Speaking]:
    rows = select(Speaking).join(Speaking.appearance).where(Appearance.session_id == session.id)
    return db.session.scalars(rows.order_by(Speaking.id)).all()


def language_of(appearance: Appearance) -> str:
    """Chinese to whoever has a Chinese name."""
    return "zh" if appearance.expert.person.name.zh else "en"


def _lock(row: Speaking) -> None:
    db.session.refresh(row, with_for_update={"of": Speaking})
    if not takes_answers(row.appearance.session):
        raise SpeakingClosed(_l("The session was cancelled or is over. Write to the organisers."))


agenda.after_change.append(follow_session)
agenda.before_removal.append(follow_removal)
