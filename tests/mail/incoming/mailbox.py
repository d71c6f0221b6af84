"""A real IMAP server (pymap, in memory) with STARTTLS or TLS from the start, and the messages that are put into it."""

from __future__ import annotations

import imaplib
import ssl
import subprocess
import sys
import time
from pathlib import Path

import trustme

from tests.servers import die_with_parent, free_port

FOLDER = "Replies"
SERVE = "from pymap.main import main; main()"
# pymap knows STARTTLS alone: here its connections begin with TLS, as they do at port 993.
SERVE_TLS = """
import asyncio, functools, ssl, sys
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(sys.argv[sys.argv.index("--cert") + 1])
asyncio.start_server = functools.partial(asyncio.start_server, ssl=context)
"""


class Mailbox:
    """One user's mailbox; `url` is what IMAP_URL would be. Its certificate is `certificate`, which nobody knows."""

    def __init__(self, folder: Path, *, implicit_tls: bool = False, name: str = "127.0.0.1") -> None:
        self.port = free_port()
        self.implicit_tls = implicit_tls
        self.certificate, key = folder / "certificate.pem", folder / "key.pem"
        _certify(self.certificate, key, name)
        options = ["--host", "127.0.0.1", "--port", str(self.port), "--cert", str(key)]
        options += ["--no-tls"] if implicit_tls else []
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVE_TLS + SERVE if implicit_tls else SERVE, *options, "dict"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent(),  # noqa: PLW1509  it does nothing but a system call
        )
        self._wait()

    @property
    def url(self) -> str:
        return f"imap{'s' if self.implicit_tls else ''}://demouser:demopass@127.0.0.1:{self.port}/{FOLDER}"

    def stop(self) -> None:
        self._process.kill()
        self._process.wait(10)

    def empty(self) -> None:
        """A new folder under the old name: its messages are counted anew."""
        with self._session() as session:
            session.delete(FOLDER)
            session.create(FOLDER)

    def put(self, *messages: bytes) -> None:
        with self._session() as session:
            for raw in messages:
                state, answer = session.append(FOLDER, "", None, raw)  # type: ignore[arg-type]
                assert state == "OK", answer

    def flags(self, folder: str = FOLDER) -> list[str]:
        """The flags of each message, in their order."""
        with self._session() as session:
            session.select(folder, readonly=True)
            _, found = session.fetch("1:*", "(FLAGS)")
            return [" ".join(flag.decode() for flag in imaplib.ParseFlags(line)) for line in found if line]

    def remove_all(self) -> None:
        with self._session() as session:
            session.select(FOLDER)
            session.store("1:*", "+FLAGS", r"(\Deleted)")
            session.expunge()

    def _session(self) -> imaplib.IMAP4:
        context = ssl.create_default_context(cafile=str(self.certificate))
        context.check_hostname = False
        if self.implicit_tls:
            session: imaplib.IMAP4 = imaplib.IMAP4_SSL("127.0.0.1", self.port, timeout=10, ssl_context=context)
        else:
            session = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
            session.starttls(context)
        session.login("demouser", "demopass")
        return session

    def _wait(self) -> None:
        until = time.monotonic() + 20
        while True:
            try:
                return self.empty()
            except OSError:
                assert time.monotonic() < until, "the IMAP server does not start"
                time.sleep(0.05)


def _certify(certificate: Path, key: Path, name: str) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert(name)
    issued.private_key_and_cert_chain_pem.write_to_path(str(key))
    authority.cert_pem.write_to_path(str(certificate))
