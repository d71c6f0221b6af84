"""What could keep this installation from working, and what to do about each."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from flask import Flask, current_app
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from config import Settings
from forums.accounts.queries import demo_accounts
from forums.clock import now
from forums.demo.scan import sample_pdf
from forums.documents.fonts import FontMissing, cjk_font
from forums.documents.inspection.apart import look_into
from forums.documents.operations import PDF
from forums.documents.queries import damages
from forums.documents.refusals import NotTaken
from forums.extensions import celery, db
from forums.mail.faults import ConnectionLost
from forums.mail.incoming.imap import MailboxFault, open_mailbox, parse_imap_url
from forums.mail.models import Letter
from forums.mail.queries import WORKER_SHOWS_ITSELF, seconds_since_worker
from forums.mail.transport import open_transport, parse_smtp_url
from forums.operate.refusals import newest_revision, reason, revision

State = Literal["ok", "note", "problem"]
LOW_SPACE = 500 * 1024 * 1024
LATE = timedelta(minutes=10)
PATIENCE = 5.0


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `advice` says what to do, where there is something to do."""

    subject: str
    state: State
    finding: str
    advice: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def examine() -> list[Finding]:
    """Everything, in the order in which to put it right. A check that cannot be made is a problem itself."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    settings: Settings = app.extensions["settings"]
    found: list[Finding] = []
    for check in _CHECKS:
        found += check(settings)
    return found


def _configuration(settings: Settings) -> Iterator[Finding]:
    where = f"pages at {settings.public_url}, data in {settings.data}"
    yield Finding("configuration", "ok", where)
    if not settings.behind_https:
        yield Finding("https", "note", "not behind https", "In production set PUBLIC_URL to an https address.")


def _data_folder(settings: Settings) -> Iterator[Finding]:
    free = shutil.disk_usage(settings.data).free
    finding = f"{free / 1e9:.1f} GB free in {settings.data}"
    if free < LOW_SPACE:
        yield Finding("disk", "problem", finding, "Make room: letters, files and the database grow here.")
    else:
        yield Finding("disk", "ok", finding)


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        here, newest = revision(), newest_revision()
    except SQLAlchemyError as fault:
        yield Finding("database", "problem", reason(fault), "Start the database, or correct DATABASE_URL.")
        return
    kind = db.engine.dialect.name
    if here != newest:
        advice = "Run flask --app forums up, which upgrades it; make a backup first."
        yield Finding("database", "problem", f"{kind} {_at(here)}, this Billet needs {newest}", advice)
        return
    yield Finding("database", "ok", f"{kind} at revision {here}")
    yield from _accounts(settings)
    yield from _outbox()


def _at(revision: str | None) -> str:
    return f"at revision {revision}" if revision else "without tables"


def _accounts(settings: Settings) -> Iterator[Finding]:
    if settings.behind_https and (demo := demo_accounts()):
        advice = "Start with an empty database: their password is published, so Billet refuses to serve."
        yield Finding("accounts", "problem", f"{len(demo)} demo accounts behind https", advice)


def _outbox() -> Iterator[Finding]:
    """Letters that should have gone out some time ago show that no worker delivers."""
    late = (Letter.state.in_(("queued", "deferred"))) & (Letter.not_before < now() - LATE)
    count = db.session.scalar(select(func.count()).where(late)) or 0
    unknown = db.session.scalar(select(func.count()).where(Letter.state == "unknown")) or 0
    if count:
        advice = "See that a worker and beat run, and that SMTP_URL works."
        late_ones = "1 letter is" if count == 1 else f"{count} letters are"
        yield Finding("outbox", "problem", f"{late_ones} due for more than 10 minutes", advice)
    else:
        yield Finding("outbox", "ok", "no letter is late")
    seconds = seconds_since_worker()
    if seconds is not None and seconds >= WORKER_SHOWS_ITSELF.total_seconds():
        advice = "See that a worker and beat run; in one process, that Billet is serving."
        yield Finding("worker", "problem" if count else "note", f"no worker seen for {seconds:.0f} s", advice)
    elif seconds is not None:
        yield Finding("worker", "ok", f"a worker was seen {seconds:.0f} s ago")
    if unknown:
        yield Finding("outbox", "note", f"{unknown} letters with unknown outcome", "Decide about them in the outbox.")


def _queue(settings: Settings) -> Iterator[Finding]:
    if settings.embedded_queue:
        serving = _is_held(settings.data / "serving.lock")
        finding = "runs inside the serving process" if serving else "Billet is not serving now"
        yield Finding(
            "queue", "ok" if serving else "note", finding, "" if serving else "Start it: flask --app forums up"
        )
        return
    try:
        with celery.connection_for_read() as connection:
            connection.ensure_connection(max_retries=1, timeout=PATIENCE)
        workers = celery.control.ping(timeout=1.0)
    except Exception as fault:  # noqa: BLE001  (whatever the broker's library raises is the finding)
        yield Finding("queue", "problem", reason(fault), "Start Redis, or correct REDIS_URL.")
        return
    if workers:
        yield Finding("queue", "ok", f"{len(workers)} workers answer")
    else:
        yield Finding("queue", "problem", "no worker answers", "Start one: celery -A worker worker")


def _is_held(path: Path) -> bool:
    if not path.exists():
        return False
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _mail(settings: Settings) -> Iterator[Finding]:
    if not settings.smtp_url:
        yield Finding("mail", "note", "letters are written to files", "Set SMTP_URL and MAIL_FROM to send them.")
        return
    server = parse_smtp_url(settings.smtp_url)
    try:
        with open_transport(settings.smtp_url, settings.data / "letters"):
            pass
    except ConnectionLost as fault:
        yield Finding("mail", "problem", reason(fault), "Correct SMTP_URL, or start the mail server.")
        return
    sender = current_app.config["MAIL_FROM"]
    yield Finding("mail", "ok", f"{server.host}:{server.port} takes letters; they come from {sender}")


def _incoming(settings: Settings) -> Iterator[Finding]:
    """Where bounces and calendar replies come back to."""
    advice = "Set MAIL_INCOMING, and IMAP_URL or a pipe of the mail server to receive-mail."
    if not settings.imap_url:
        if settings.mail_incoming:
            yield Finding("incoming", "ok", f"a mail server pipes what comes to {settings.mail_incoming} in")
        elif settings.smtp_url:
            yield Finding("incoming", "note", "bounces and calendar replies are not read", advice)
        return
    box = parse_imap_url(settings.imap_url)
    try:
        with open_mailbox(box):
            pass
    except MailboxFault as fault:
        yield Finding("incoming", "problem", str(fault), "Correct IMAP_URL, or start the mail server.")
    else:
        back = settings.mail_incoming or "no address of its own (MAIL_INCOMING is not set)"
        yield Finding("incoming", "ok", f"{box.name} is read; letters name {back} to come back to")


def _fonts(settings: Settings) -> Iterator[Finding]:
    try:
        yield Finding("fonts", "ok", f"Chinese documents are set in {cjk_font().family}")
    except FontMissing as missing:
        yield Finding("fonts", "problem", "no Chinese font, so no PDF can be made", missing.message)


def _stored_files(settings: Settings) -> Iterator[Finding]:
    """Every kept file is read and hashed; this is the slow check of a large installation."""
    try:
        damaged = damages()
    except SQLAlchemyError:  # the database's own check has said what is wrong
        return
    if damaged:
        first = ", ".join(f"{damage.sha256[:12]} {damage.problem}" for damage in damaged[:3])
        yield Finding("files", "problem", f"{len(damaged)} stored files are damaged: {first}", "Restore a backup.")
    else:
        yield Finding("files", "ok", "every stored file is what was kept")


def _inspection(settings: Settings) -> Iterator[Finding]:
    with tempfile.NamedTemporaryFile() as file:
        file.write(sample_pdf("Billet"))
        file.flush()
        try:
            look_into(Path(file.name), PDF)
        except (RuntimeError, NotTaken) as fault:
            yield Finding("inspection", "problem", str(fault), "No file can be handed in. Run make setup.")
        else:
            yield Finding("inspection", "ok", "files that are handed in are looked into")


def _translations(settings: Settings) -> Iterator[Finding]:
    folder: Path = current_app.config["TRANSLATIONS"]
    stale = [
        source
        for source in folder.glob("*/LC_MESSAGES/messages.po")
        if not source.with_suffix(".mo").exists() or source.with_suffix(".mo").stat().st_mtime < source.stat().st_mtime
    ]
    if stale:
        yield Finding("languages", "problem", "translations are not compiled", "Run make catalogues.")
    else:
        yield Finding("languages", "ok", "translations are compiled")


_CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    _configuration,
    _data_folder,
    _database,
    _queue,
    _mail,
    _incoming,
    _fonts,
    _inspection,
    _stored_files,
    _translations,
)
