"""A calendar's reply becomes an answer: when it can only come from the guest, and nothing later stands."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TypeAlias

from flask_babel import lazy_gettext as _l
from sqlalchemy import case, func, select

from forums import tokens
from forums.activity.models import Actor
from forums.clock import now
from forums.directory.operations import normal_email
from forums.errors import Refused
from forums.extensions import db
from forums.invitations.answers import Answer, AnswersClosed, Superseded, answer
from forums.invitations.models import Invitation, Recipient
from forums.invitations.replies.itip import Attendee, CalendarReply, reply_in
from forums.invitations.replies.models import CalendarAnswer
from forums.mail.incoming.models import IncomingMail
from forums.mail.incoming.readers import Incoming, Verdict
from forums.mail.models import Letter

# An outcome of mail.incoming, and a code of DETAILS or a sentence.
Outcome: TypeAlias = tuple[str, str]
_UID = re.compile(r"invitation-([0-9]{1,9})-([a-z2-7]{10})@[^@\s]+", re.IGNORECASE)


class NoInvitation(Refused):
    """The message is about no invitation that is still there."""


def read(incoming: Incoming) -> Verdict | None:
    """What a calendar answers to one of our invitations; a word to the organiser's address in calendars as well."""
    said = reply_in(incoming.message)
    row = _invitation_of(incoming, said)
    if said is None or said.method == "REQUEST":
        is_word = incoming.letter is None and not incoming.message.is_automatic
        return _verdict("reply", ("waiting", ""), row) if row and is_word else None
    if row is None:
        return Verdict("answer", "unmatched")
    return _verdict("answer", _take(incoming, row, said), row)


def _take(incoming: Incoming, row: Invitation, said: CalendarReply) -> Outcome:
    db.session.refresh(row, with_for_update={"of": Invitation})
    attendee = _attendee(incoming, row, said)
    written_at = min(said.written_at or incoming.message.date or now(), incoming.row.received_at)
    before = _latest(row)
    is_theirs = attendee is not None and said.method == "REPLY" and said.events == 1
    one = CalendarAnswer(
        incoming_id=incoming.row.id,
        invitation_id=row.id,
        answer=attendee.answer if attendee else "",
        sequence=said.sequence,
        written_at=written_at,
        is_theirs=is_theirs,
    )
    db.session.add(one)
    db.session.flush()
    return _outcome(row, one, said, before)


def _outcome(row: Invitation, one: CalendarAnswer, said: CalendarReply, before: CalendarAnswer | None) -> Outcome:
    """What comes of it, and why."""
    if one.is_theirs and _is_older(row, one, before):
        return "late", "older"
    if obstacle := _for_a_person(row, one, said):
        return "waiting", obstacle
    if row.is_withdrawn:
        return "noted", "let_go"
    if one.answer not in {"coming", "not_coming"}:
        return "noted", "tentative" if one.answer == "tentative" else "unanswered"
    if row.answer == one.answer:
        return "repeated", one.answer
    return _count(row, one.answer, said.comment, one.written_at)


def _is_older(row: Invitation, one: CalendarAnswer, before: CalendarAnswer | None) -> bool:
    """Whether their calendar, or they on the page, said something later."""
    if before is not None and (one.sequence, one.written_at) <= (before.sequence, before.written_at):
        return True
    return row.answered_at is not None and one.written_at <= row.answered_at


def _for_a_person(row: Invitation, one: CalendarAnswer, said: CalendarReply) -> str:
    """Why only a person can tell what this means; empty when it is plain."""
    if said.method != "REPLY" or said.events > 1 or one.answer == "delegated":
        return "counter"
    if not one.is_theirs:
        return "stranger"
    decides = one.answer in {"coming", "not_coming"}
    if row.is_withdrawn and one.answer == "coming":
        return "withdrawn"
    if decides and row.answer == "substitute":
        return "substitute"
    return "outdated" if decides and _is_outdated(row, one.sequence) else ""


def _count(row: Invitation, said: str, comment: str, written_at: datetime) -> Outcome:
    try:
        with db.session.begin_nested():
            answer(row, Answer(said, note=comment or None), actor=Actor.guest(row.name), at=written_at)
    except AnswersClosed:
        return "late", "closed"
    except Superseded:
        return "late", "older"
    except Refused as no:
        return "waiting", str(no.message)
    return "counted", "one_step" if said == "coming" and row.registration is None else said


def _invitation_of(incoming: Incoming, said: CalendarReply | None) -> Invitation | None:
    """The invitation that only its guest's letter could name: by address, by UID, by the letter that is answered."""
    if number := incoming.named.get("reply"):
        return db.session.get(Invitation, number)
    found = _UID.fullmatch(said.uid) if said else None
    if found and tokens.is_seal("calendar", int(found[1]), found[2]):
        return db.session.get(Invitation, int(found[1]))
    if incoming.letter is not None:
        whose = select(Invitation).join(Recipient).where(Recipient.letter_id == incoming.letter.id)
        return db.session.scalars(whose.order_by(Invitation.id)).first()
    return None


def _attendee(incoming: Incoming, row: Invitation, said: CalendarReply) -> Attendee | None:
    """The answer of the guest themselves, who wrote, or for whom their office did; None when it is somebody else's."""
    theirs = [one for one in said.attendees if normal_email(one.address) == row.email]
    if theirs:
        return theirs[0]
    # Their mail program may know them by another of their addresses.
    is_from_them = normal_email(incoming.message.sender) == row.email
    return said.attendees[0] if is_from_them and len(said.attendees) == 1 else None


def _latest(row: Invitation) -> CalendarAnswer | None:
    """The last word of the guest's calendar so far."""
    order = (CalendarAnswer.sequence.desc(), CalendarAnswer.written_at.desc(), CalendarAnswer.id.desc())
    theirs = select(CalendarAnswer).where(CalendarAnswer.invitation_id == row.id, CalendarAnswer.is_theirs)
    return db.session.scalars(theirs.order_by(*order).limit(1)).first()


def _is_outdated(row: Invitation, sequence: int) -> bool:
    """Whether their calendar was told of other days or another place since it was told this SEQUENCE.

    A SEQUENCE rises for less than that, such as a registration that was corrected.
    """
    asked = Letter.params["calendar"]
    told = asked["sequence"].as_integer()
    version = func.coalesce(asked["version"].as_integer(), told)
    known = func.max(case((told <= sequence, version)))
    letters = select(func.max(version), known).join(Recipient, Recipient.letter_id == Letter.id)
    newest, theirs = db.session.execute(
        letters.where(Recipient.invitation_id == row.id, Letter.sent_at.is_not(None))
    ).one()
    return newest is not None and (theirs is None or theirs < newest)


def _verdict(kind: str, outcome: Outcome, row: Invitation) -> Verdict:
    """With the edition, and the last letter to this guest."""
    letters = select(Recipient.letter_id).where(Recipient.invitation_id == row.id, Recipient.letter_id.is_not(None))
    last = db.session.scalar(letters.order_by(Recipient.id.desc()).limit(1))
    return Verdict(kind, *outcome, letter_id=last, edition_id=row.edition_id)


def answer_for(row: IncomingMail, said: str, actor: Actor) -> None:
    """A person read what the guest means. Raises NoInvitation, and what an answer is refused for."""
    by_calendar = select(CalendarAnswer.invitation_id).where(CalendarAnswer.incoming_id == row.id)
    by_letter = select(Recipient.invitation_id).where(Recipient.letter_id == row.letter_id).order_by(Recipient.id)
    number = db.session.scalar(by_calendar) or db.session.scalars(by_letter).first()
    invitation = db.session.get(Invitation, number) if number else None
    if invitation is None:
        raise NoInvitation(_l("The invitation that this is about is not there any more."))
    answer(invitation, Answer(said), actor=actor, at=now())
