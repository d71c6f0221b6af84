"""Taking a message in: filed once, understood as far as it can be, and never a fault of the one who brings it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import OperationalError

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.errors import Refused
from forums.extensions import db
from forums.mail import batches
from forums.mail.addresses import own_addresses
from forums.mail.faults import AddressGone, Fault, Permanent, Unwelcome
from forums.mail.incoming import bounces, mime
from forums.mail.incoming.bounces import Report
from forums.mail.incoming.complaints import Complaint, complaint_in
from forums.mail.incoming.mime import Message
from forums.mail.incoming.models import IncomingMail
from forums.mail.incoming.readers import Incoming, Verdict, decision, decisions_on, verdict_on
from forums.mail.models import Letter
from forums.mail.suppression.operations import suppress, unsubscribe
from forums.mail.suppression.queries import letter_of_link
from forums.statements import InsertOnce
from forums.transaction import transaction

log = logging.getLogger(__name__)
ACTOR = Actor.system("incoming mail")
MOST_SHOWN = 1_000
MOST_IDS = 20
KEPT = timedelta(days=30)  # of what belongs to no letter
_ADDRESSED = (
    "Delivered-To",
    "X-Delivered-To",
    "X-Original-To",
    "Envelope-To",
    "X-Envelope-To",
    "To",
    "Cc",
    "Resent-To",
)
# As outbox.post() makes them; the domain may have been another one then.
_LIKE_OURS = re.compile(r"<[0-9a-f]{32}@[a-z0-9.-]{1,250}>", re.IGNORECASE)
_OF_LETTERS = {"bounce", "unsubscribe"}  # addresses of ours that hold the number of a letter
_SECRET = re.compile(r"[A-Za-z0-9_-]{24,}")


class AlreadyDecided(Refused):
    """Somebody decided meanwhile, or this cannot be decided so."""


def take_in(raw: bytes, *, way: str, to: str = "") -> IncomingMail | None:
    """File the message and do what it asks for; None when it was filed before. `to` is the envelope's recipient.

    Raises OperationalError when the database is away; what cannot be understood is filed all the same.
    """
    message = mime.read(raw)
    try:
        with transaction():
            return _take_in(message, way, to)
    except OperationalError:
        raise
    except Exception as fault:
        log.exception("a message could not be understood")
        with transaction():
            return _file(message, way, Verdict("other", "unreadable", type(fault).__name__))


def decide(row: IncomingMail, name: str, *, actor: Actor) -> None:
    """Do what a person decided about a message that waits. Raises AlreadyDecided, and what the decision refuses."""
    db.session.refresh(row, with_for_update={"of": IncomingMail})
    chosen = next((one for one in decisions_on(row) if one.name == name), None)
    if chosen is None:
        raise AlreadyDecided(_l("This message was dealt with meanwhile; look at what came of it."))
    chosen.carry_out(row, actor)
    row.outcome, row.decision, row.decided_by, row.decided_at = "decided", name, actor.label, now()
    record(actor, "incoming_mail.decided", row, decision=name)


def forget() -> int:
    """Delete what belonged to no letter, once it is old; how many, in the caller's transaction."""
    of_nobody = IncomingMail.letter_id.is_(None) & IncomingMail.edition_id.is_(None)
    old = delete(IncomingMail).where(of_nobody, IncomingMail.received_at < now() - KEPT)
    gone: CursorResult[Any] = db.session.execute(old)  # type: ignore[assignment]
    return int(gone.rowcount)


def _take_in(message: Message, way: str, to: str) -> IncomingMail | None:
    row = _file(message, way, Verdict("other", "unmatched"))
    if row is None:
        return None
    named: dict[str, int] = {}
    for kind, row_id in own_addresses(f"{to[:1_000]}\n{message.headers_named(*_ADDRESSED)}"):
        named.setdefault(kind, row_id)
    complaint = complaint_in(message)
    letter = _letter_of(message, named) if complaint is None else _complained_of(complaint, named)
    verdict = _understand(Incoming(row, message, named, letter)) if complaint is None else _complain(complaint, letter)
    row.kind, row.outcome, row.detail = verdict.kind, verdict.outcome, _SECRET.sub("…", verdict.detail)[:500]
    if (verdict.kind, verdict.outcome) == (
        "other",
        "unmatched",
    ):  # it may be anybody's: what it says is not ours to keep
        row.excerpt = ""
    row.letter_id = verdict.letter_id or (letter.id if letter else None)
    row.edition_id = verdict.edition_id or (letter.edition_id if letter else None)
    return row


def _file(message: Message, way: str, verdict: Verdict) -> IncomingMail | None:
    row_id = _write(
        fingerprint=message.fingerprint,
        way=way,
        sender=message.sender,
        subject=message.subject,
        message_id=message.message_id,
        excerpt=excerpt_of(message),
        kind=verdict.kind,
        outcome=verdict.outcome,
        detail=verdict.detail,
    )
    return None if row_id is None else db.session.get_one(IncomingMail, row_id)


_write = InsertOnce(IncomingMail, "fingerprint")


def excerpt_of(message: Message) -> str:
    """What a person would read first, without what it quotes; links that give somebody's rights away are hidden."""
    lines = [line for line in message.words[: 20 * MOST_SHOWN].splitlines() if not line.lstrip().startswith(">")]
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()
    return _SECRET.sub("…", text)[:MOST_SHOWN]


def _letter_of(message: Message, named: dict[str, int]) -> Letter | None:
    """The letter that this is about: by the address it came to, else by a Message-ID that only its recipient has.

    Where both are said and do not agree, it is about none.
    """
    said = list(dict.fromkeys(_message_ids(message)))[:MOST_IDS]
    by_id = (
        db.session.scalars(select(Letter).where(Letter.message_id.in_(said)).order_by(Letter.id)).first()
        if said
        else None
    )
    number = named.get("bounce") or named.get("unsubscribe")
    if number is None:
        return by_id
    letter = db.session.get(Letter, number)
    return letter if by_id is None or letter is by_id else None


def _message_ids(message: Message) -> Iterator[str]:
    """Ids that may be ours, wherever a mail program or server put them."""
    for original in bounces.originals(message):
        yield from _LIKE_OURS.findall(original.headers_named("Message-ID"))
    yield from _LIKE_OURS.findall(message.headers_named("In-Reply-To", "References", "X-Original-Message-ID"))
    for part in message.parts:
        if part.kind in {"text/plain", "text/html", "message/delivery-status", "message/global-delivery-status"}:
            yield from _LIKE_OURS.findall(part.text)


def _complained_of(complaint: Complaint, named: dict[str, int]) -> Letter | None:
    """The letter that a complaint brings back, by what only that letter carries. None where that is not one letter."""
    numbers = {row_id for kind, row_id in named.items() if kind in _OF_LETTERS}
    numbers |= {row_id for kind, row_id in own_addresses(complaint.addresses) if kind in _OF_LETTERS}
    by_link = (letter_of_link(token) for token in islice(complaint.links(), MOST_IDS))
    numbers |= {letter.id for letter in by_link if letter is not None}
    said = _LIKE_OURS.findall(complaint.message_ids)[:MOST_IDS]
    either = Letter.id.in_(sorted(numbers)[:MOST_IDS]) | Letter.message_id.in_(said)
    found = db.session.scalars(select(Letter).where(either).order_by(Letter.id).limit(2)).all()
    return found[0] if len(found) == 1 else None


def _complain(complaint: Complaint, letter: Letter | None) -> Verdict:
    """A complaint about a letter of ours: campaigns write to its recipient no more, until somebody lifts that."""
    if letter is None or not _went_out(letter):
        return Verdict("complaint", "unreadable", "unproven")
    if not complaint.is_abuse:
        return Verdict("complaint", "noted", "not-spam" if complaint.feedback == "not-spam" else complaint.detail)
    if letter.complained_at is not None:
        return Verdict("complaint", "repeated", complaint.detail)
    letter.complained_at = now()
    suppress(letter.recipient, reason="complained", actor=ACTOR, detail=complaint.detail, letter_id=letter.id)
    return Verdict("complaint", "suppressed", complaint.detail)


def _went_out(letter: Letter) -> bool:
    """Whether the letter may have arrived. Locks it: reports about it follow one another."""
    db.session.refresh(letter, with_for_update={"of": Letter})
    return letter.sent_at is not None or letter.state in {"sending", "unknown"}


def _understand(incoming: Incoming) -> Verdict:
    message, letter = incoming.message, incoming.letter
    report = bounces.report_of(message, letter.recipient if letter else "")
    if report is not None:
        return _report(report, letter)
    verdict = verdict_on(incoming)
    if verdict is not None:
        return verdict
    if "unsubscribe" in incoming.named:  # some mail programs do this by themselves, once they are asked to
        return _unsubscribe(letter)
    if message.is_automatic:
        return Verdict("auto_reply", "noted" if letter or incoming.named else "unmatched")
    if letter is not None:
        return Verdict("reply", "waiting")
    return Verdict("other", "unmatched")


def _report(report: Report, letter: Letter | None) -> Verdict:
    """What a bounce changes: its own letter, and the address only when that is what is wrong."""
    kind = {"failed": "bounce", "delayed": "delay", "relayed": "relay"}[report.action]
    detail = report.detail if report.status in report.detail else f"{report.status} {report.detail}".strip()
    if letter is None or not _went_out(letter):
        return Verdict(kind, "unmatched", detail)
    if report.action != "failed":
        return Verdict(kind, "noted", detail)
    if letter.bounced_at is not None and (letter.bounce in bounces.DEAD or not report.is_dead):
        return Verdict(kind, "repeated", detail)
    letter.bounced_at, letter.bounce = now(), report.status
    is_gone = report.is_dead and report.recipient in {"", letter.recipient.lower()}
    if is_gone:
        suppress(letter.recipient, reason="bounced", actor=ACTOR, detail=detail, letter_id=letter.id)
    db.session.flush()
    batches.tell(letter, _fault(report, detail))
    is_told = report.is_policy and letter.batch is not None
    return Verdict(kind, "suppressed" if is_gone else "told" if is_told else "bounced", detail)


def _fault(report: Report, detail: str) -> Fault:
    """What a campaign is told of a letter that came back, in the words of those that were refused at once."""
    if report.is_about_us:
        return Unwelcome("policy", detail)
    return AddressGone("address_gone", detail) if report.is_dead else Permanent("came_back", detail)


def _unsubscribe(letter: Letter | None) -> Verdict:
    if letter is None:
        return Verdict("unsubscribe", "unmatched")
    unsubscribe(letter, actor=ACTOR)
    return Verdict("unsubscribe", "suppressed")


@decision("bounce", _l("Count as a bounce"), lambda row: row.letter_id is not None and row.kind != "answer", order=50)
def count_as_bounce(row: IncomingMail, actor: Actor) -> None:
    """A person read that the address is wrong: its letter bounced, and campaigns write there no more."""
    letter = db.session.get_one(Letter, row.letter_id)
    if letter.bounced_at is None:
        letter.bounced_at, letter.bounce = now(), "5.1.1"
    suppress(letter.recipient, reason="bounced", actor=actor, letter_id=letter.id)


@decision("ignore", _l("Nothing to do"), lambda row: True, order=90)
def ignore(row: IncomingMail, actor: Actor) -> None:
    """A person read it."""
