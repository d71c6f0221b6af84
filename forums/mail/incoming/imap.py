"""A mailbox over IMAP: what came since last time, message by message, each once.

UIDs only rise, so the highest one that was done is all there is to remember. A message that breaks is passed over,
tried again at the next readings, and given up after TRIES; it holds up no other. What was ours is marked as seen, or
moved to the folder that IMAP_URL names; the rest of the mailbox is left as it is.
"""

from __future__ import annotations

import base64
import contextlib
import imaplib
import logging
import re
import secrets
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sqlalchemy import or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import OperationalError

from forums.clock import now
from forums.extensions import db
from forums.mail.incoming import operations
from forums.mail.incoming.mime import MOST_BYTES
from forums.mail.incoming.models import IncomingBox
from forums.statements import InsertOnce
from forums.transaction import transaction

log = logging.getLogger(__name__)
PATIENCE = 30  # seconds for each answer of the server
LONGEST = 45.0  # seconds for one reading; the next one goes on
MOST_MESSAGES = 500
LEASE = timedelta(minutes=5)
ASKEW = timedelta(minutes=2)
TRIES = 5
MOST_BROKEN = 200
LATELY = timedelta(days=14)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UID = re.compile(rb"UID (\d+)")


class MailboxFault(Exception):  # noqa: N818  (as the faults of sending)
    """The mailbox could not be read; the message says why, in the server's words, without the password."""


@dataclass(frozen=True)
class Mailbox:
    """Where IMAP_URL points. `done` is the folder that messages of ours are moved to, if one is named."""

    host: str
    port: int
    user: str
    password: str
    folder: str = "INBOX"
    done: str = ""
    implicit_tls: bool = True

    @property
    def name(self) -> str:
        """What tells it from other mailboxes, and may be shown."""
        return f"{self.user}@{self.host}/{self.folder}"[:400]


def parse_imap_url(url: str) -> Mailbox:
    """`imaps://user:password@host/INBOX?done=Billet`, or `imap://…`, which asks for STARTTLS. Raises ValueError.

    A password never travels in the clear.
    """
    shape = "IMAP_URL looks like imaps://user:password@mail.example.org/INBOX?done=Folder"
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{shape}; its port is not a number") from error
    if parts.scheme not in {"imap", "imaps"} or not parts.hostname:
        raise ValueError(shape)
    if not parts.username or not parts.password:
        raise ValueError(f"{shape}; the user and the password are missing (write an @ in them as %40)")
    if not (unquote(parts.username) + unquote(parts.password)).isprintable() or not unquote(parts.password).isascii():
        raise ValueError(f"{shape}; a password beyond ASCII cannot be sent to an IMAP server")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    done = options.pop("done", "")
    folder = unquote(parts.path.strip("/")) or "INBOX"
    if options or any(ord(character) < 0x20 for character in folder + done):
        raise ValueError(f"{shape}; the only option is done=Folder")
    return Mailbox(
        host=parts.hostname,
        port=port or (993 if parts.scheme == "imaps" else 143),
        user=unquote(parts.username),
        password=unquote(parts.password),
        folder=folder,
        done=done,
        implicit_tls=parts.scheme == "imaps",
    )


def read_mailbox(url: str) -> int:
    """Take in what came since last time; how many messages of ours. Does nothing while another process reads.

    A mailbox that cannot be had is written down with the reason, for the pages and `doctor`.
    """
    box = parse_imap_url(url)
    lease = secrets.token_hex(12)
    if not _lease(box.name, lease):
        return 0
    fault = ""
    try:
        with open_mailbox(box) as session:
            return _read(box, session, lease)
    except MailboxFault as error:
        fault = str(error)
        return 0
    finally:
        _release(lease, fault)


@contextmanager
def open_mailbox(box: Mailbox) -> Iterator[imaplib.IMAP4]:
    """Signed in, with the folder selected. Raises MailboxFault, for whatever goes wrong inside the block as well."""
    session: imaplib.IMAP4 | None = None
    try:
        session = _connect(box)
        _expect(session.select(_quoted(box.folder)), f"the folder {box.folder!r} cannot be opened")
        yield session
    except ssl.SSLCertVerificationError as error:
        raise MailboxFault(
            f"{box.host}:{box.port}: its certificate does not prove that this is {box.host} ({error.verify_message}); "
            "write the name in IMAP_URL that the certificate is for, or name the authority's file in SSL_CERT_FILE"
        ) from error
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailboxFault(f"{box.host}:{box.port}: {_said(error)}".replace(box.password, "…")) from error
    finally:
        if session is not None:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                session.logout()


def _connect(box: Mailbox) -> imaplib.IMAP4:
    context = ssl.create_default_context()
    if box.implicit_tls:
        session: imaplib.IMAP4 = imaplib.IMAP4_SSL(box.host, box.port, ssl_context=context, timeout=PATIENCE)
    else:
        session = imaplib.IMAP4(box.host, box.port, timeout=PATIENCE)
        session.starttls(context)  # raises where the server has none
    session.login(_quoted(box.user), box.password)
    return session


@dataclass
class Progress:
    """How far one reading is: what IncomingBox keeps of it."""

    lease: str
    uid_validity: int
    last_uid: int
    broken: dict[str, int]

    def broke(self, uid: int) -> None:
        """Pass the message over for now, or for good."""
        tries = self.broken.pop(str(uid), 0) + 1
        if tries < TRIES and len(self.broken) < MOST_BROKEN:
            self.broken[str(uid)] = tries

    def note(self) -> bool:
        """Write it down and keep the lease; False when another process took it."""
        kept = {"uid_validity": self.uid_validity, "last_uid": self.last_uid, "broken": self.broken}
        with transaction() as session:
            noted: CursorResult[Any] = session.execute(  # type: ignore[assignment]
                update(IncomingBox)
                .where(IncomingBox.lease == self.lease)
                .values(kept | {"leased_until": now() + LEASE})
            )
            return noted.rowcount == 1


def _read(box: Mailbox, session: imaplib.IMAP4, lease: str) -> int:
    until = time.monotonic() + LONGEST
    row = db.session.scalars(select(IncomingBox).where(IncomingBox.lease == lease)).one()
    at = Progress(lease, _validity(session), row.last_uid, dict(row.broken))
    is_new = at.uid_validity != row.uid_validity  # its numbers mean other messages now; what was filed is recognised
    if is_new:
        at.last_uid, at.broken = 0, {}
    waiting = [*_since(session, at.last_uid, recent_only=is_new), *map(int, at.broken)]
    taken = 0
    if not at.note():
        return 0
    for uid in waiting[:MOST_MESSAGES]:
        if time.monotonic() > until:
            break
        taken += _step(session, uid, at, box)
        at.last_uid = max(at.last_uid, uid)
        if not at.note():
            break
    return taken


def _step(session: imaplib.IMAP4, uid: int, at: Progress, box: Mailbox) -> bool:
    """One message; whether it was about something of ours. What breaks is noted, and passed over."""
    try:
        is_ours = _take(session, uid)
    except OperationalError:  # the database is away, which says nothing about the message
        raise
    except (OSError, imaplib.IMAP4.abort):  # the connection is gone, perhaps because of this very message
        at.broke(uid)
        at.last_uid = max(at.last_uid, uid)
        at.note()
        raise
    except Exception as error:  # noqa: BLE001  (one message must not hold up the next)
        log.warning("message %s of %s broke: %s", uid, box.name, _said(error))
        at.broke(uid)
        return False
    at.broken.pop(str(uid), None)
    if is_ours:
        _put_away(session, uid, box.done)
    return is_ours


def _take(session: imaplib.IMAP4, uid: int) -> bool:
    """File one message; whether it was about something of ours."""
    answer = _expect(session.uid("FETCH", str(uid), f"(UID BODY.PEEK[]<0.{MOST_BYTES}>)"), "no answer to FETCH")
    raw = next((part[1] for part in answer if isinstance(part, tuple) and _is_of(part[0], uid, answer)), None)
    if raw is None:  # somebody deleted it meanwhile
        return False
    row = operations.take_in(raw, way="imap")
    return row is not None and row.outcome not in {"unmatched", "unreadable"}


def _is_of(head: bytes, uid: int, answer: list[Any]) -> bool:
    """Whether the server speaks of this message: it may tell of others in between."""
    said = _UID.search(head) or next(
        (found for tail in answer if isinstance(tail, bytes) and (found := _UID.search(tail))), None
    )
    return said is None or int(said[1]) == uid


def _put_away(session: imaplib.IMAP4, uid: int, done: str) -> None:
    """Mark it as seen, and move it to the folder for what is done. That this fails changes nothing for us."""
    with contextlib.suppress(imaplib.IMAP4.error):
        session.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")
        if not done:
            return
        verb = "MOVE" if "MOVE" in session.capabilities else "COPY"
        state, _ = session.uid(verb, str(uid), _quoted(done))
        if state != "OK":
            session.create(_quoted(done))
            state, _ = session.uid(verb, str(uid), _quoted(done))
        if state == "OK" and verb == "COPY":
            session.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)")


def _validity(session: imaplib.IMAP4) -> int:
    said = session.response("UIDVALIDITY")[1]
    try:
        return int(said[-1])
    except (TypeError, ValueError, IndexError) as error:
        raise imaplib.IMAP4.error("the server says no UIDVALIDITY") from error


def _since(session: imaplib.IMAP4, last: int, *, recent_only: bool) -> list[int]:
    """What came after the last one; of a mailbox that was never read, what came lately."""
    wanted = f"UID {last + 1}:*"
    if recent_only:
        day = (now() - LATELY).date()
        wanted += f" SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}"
    answer = _expect(session.uid("SEARCH", wanted), "no answer to SEARCH")
    found = b" ".join(line for line in answer if isinstance(line, bytes)).split()
    return sorted({int(number) for number in found if number.isdigit() and int(number) > last})


def _expect(answer: tuple[str, list[Any]], otherwise: str) -> list[Any]:
    state, data = answer
    if state != "OK":
        raise imaplib.IMAP4.error(f"{otherwise}: {_said(data)}")
    return data


def _said(error: object) -> str:
    if isinstance(error, list):
        error = b" ".join(part for part in error if isinstance(part, bytes)).decode("utf-8", "replace")
    return " ".join(str(error).split())[:300] or type(error).__name__


def _quoted(text: str) -> str:
    """A folder or user as IMAP takes it: modified UTF-7 (RFC 3501 5.1.3), quoted."""
    name = re.sub(r"&|[^\x20-\x7e]+", _modified_utf7, text)
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _modified_utf7(found: re.Match[str]) -> str:
    if found[0] == "&":
        return "&-"
    packed = base64.b64encode(found[0].encode("utf-16-be")).decode("ascii")
    return f"&{packed.rstrip('=').replace('/', ',')}-"


def _lease(name: str, lease: str) -> bool:
    """Whether the mailbox is ours to read now."""
    with transaction() as session:
        _write(name=name)
        longest = now() + LEASE  # one that ends later was taken before the clock was set back; who lives renews it
        session.execute(
            update(IncomingBox)
            .where(IncomingBox.name == name, IncomingBox.leased_until > longest + ASKEW)
            .values(leased_until=longest)
        )
        taken: CursorResult[Any] = session.execute(  # type: ignore[assignment]
            update(IncomingBox)
            .where(IncomingBox.name == name, or_(IncomingBox.lease.is_(None), IncomingBox.leased_until < now()))
            .values(lease=lease, leased_until=now() + LEASE)
        )
        return taken.rowcount == 1


_write = InsertOnce(IncomingBox, "name")


def _release(lease: str, fault: str) -> None:
    """Let the next one read; a fault keeps the moment since when it stands."""
    with transaction() as session:
        row = session.scalars(select(IncomingBox).where(IncomingBox.lease == lease)).first()
        if row is None:
            return
        if fault != row.fault:  # said once, not every minute
            log.warning("%s: %s", row.name, fault or "can be read again")
        row.lease = row.leased_until = None
        row.fault_since = (row.fault_since or now()) if fault else None
        row.fault = fault
        if not fault:
            row.read_at = now()
