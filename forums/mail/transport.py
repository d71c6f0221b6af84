"""Handing letters over: an SMTP connection, or the embedded one that writes .eml files.

The policy of SMTP errors lives here and nowhere else. What decides is *when* the fault happens: before the final dot
the server has not taken the letter; after it, a missing answer leaves the outcome unknown.
"""

import contextlib
import hashlib
import os
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from forums.mail.faults import AddressGone, ConnectionLost, Permanent, Retryable, Unknown, Unwelcome

COMMAND_SECONDS = 30
CONTENT_SECONDS = 180
ANSWER_SECONDS = 600  # RFC 5321 4.5.3.2.6: a server may take ten minutes to answer the final dot
# Asked after 30 s of silence, three times; and 60 s for what was sent and not acknowledged.
GONE_AFTER = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 60_000}
# RFC 3463 and 7505: no such mailbox, no such domain, no such syntax, moved away, a domain that takes no mail.
NOBODY_THERE = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}


@dataclass(frozen=True, eq=False)
class Written:
    """A letter ready to be handed over: the envelope's two addresses and the bytes."""

    sender: str
    recipient: str
    message: bytes


class Transport(Protocol):
    """One open way out. After ConnectionLost or Unknown it is closed and must not be used again."""

    smtputf8: bool

    def send(self, written: Written, coming: Written | None = None) -> None:
        """Hand one letter over; returns when it was accepted, raises a Fault otherwise.

        `coming` is the letter that probably goes next: nothing of it is handed over before it is sent itself.
        """

    def is_free_for(self, written: Written) -> bool:
        """Whether this letter can go next: not if another one was coming."""


@dataclass(frozen=True)
class SmtpServer:
    """Where SMTP_URL points, and how the connection is protected."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: str = "offered"  # "tls" from the first byte, "starttls" required, STARTTLS where "offered", "none"


def parse_smtp_url(url: str) -> SmtpServer:
    """`smtp://user:password@host:port?starttls=1` or `smtps://…`; raises ValueError saying what to set.

    starttls=1 requires STARTTLS, starttls=0 forgoes it, and without the option it is used where the server offers it.
    A password never travels in the clear.
    """
    shape = "SMTP_URL looks like smtp://user:password@mail.example.org:587?starttls=1 or smtps://…:465"
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{shape}; its port is not a number") from error
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError(shape)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    starttls = {"": "offered", "1": "starttls", "0": "none"}.get(options.pop("starttls", ""))
    if options or starttls is None:
        raise ValueError(f"{shape}; the only option is starttls=1 or starttls=0")
    tls = "tls" if parts.scheme == "smtps" else starttls
    if tls == "none" and parts.username:
        raise ValueError("SMTP_URL would send its password in the clear: drop starttls=0 or use smtps://")
    return SmtpServer(
        host=parts.hostname,
        port=port or {"tls": 465, "none": 25}.get(tls, 587),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=tls,
    )


@contextmanager
def open_transport(smtp_url: str | None, letters: Path) -> Iterator[Transport]:
    """The configured transport, closed afterwards. Raises ConnectionLost when the server cannot be reached."""
    if not smtp_url:
        yield FolderTransport(letters)
        return
    transport = SmtpTransport(parse_smtp_url(smtp_url))
    try:
        yield transport
    finally:
        transport.close()


class FolderTransport:
    """The embedded default: each letter becomes a file that any mail program opens."""

    smtputf8 = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def is_free_for(self, written: Written) -> bool:
        return True

    def send(self, written: Written, coming: Written | None = None) -> None:
        # The name comes from the Message-ID, so a resend writes the same file again.
        target = self.folder / f"{_file_stem(written.message)}.eml"
        partial = target.with_suffix(".part")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with partial.open("wb") as file:
                file.write(written.message)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        except OSError as error:
            raise ConnectionLost("folder", str(error)) from error


def _file_stem(message: bytes) -> str:
    head = message.split(b"\r\n\r\n", 1)[0]
    [line] = [line for line in head.split(b"\r\n") if line.startswith(b"Message-ID: ")]
    return hashlib.sha256(line).hexdigest()[:32]


class SmtpTransport:
    """One SMTP connection, reused for a whole batch.

    A server that takes commands together (RFC 2920) gets MAIL, RCPT and DATA of the next letter with the content of
    the one before, so that a letter costs one trip: twice as many letters in an hour to a server that is far away. It
    then waits for this letter's content. If another goes first, or none, the connection is closed without a final dot,
    and the server forgets what was coming (RFC 5321 4.1.1.4).
    """

    def __init__(self, server: SmtpServer) -> None:
        try:
            self._smtp = self._connect(server)
        except smtplib.SMTPAuthenticationError as error:
            raise ConnectionLost("sign_in", _answer(error.smtp_code, error.smtp_error)) from error
        except smtplib.SMTPResponseException as error:
            raise ConnectionLost("unreachable", _answer(error.smtp_code, error.smtp_error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise ConnectionLost("unreachable", f"{server.host}:{server.port}: {error}") from error
        self.smtputf8 = self._smtp.has_extn("smtputf8")
        self._takes_together = self._smtp.has_extn("pipelining")
        self._coming: Written | None = None

    def _connect(self, server: SmtpServer) -> smtplib.SMTP:
        smtp: smtplib.SMTP
        if server.tls == "tls":
            context = ssl.create_default_context()
            smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=COMMAND_SECONDS, context=context)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=COMMAND_SECONDS)
        try:
            smtp.ehlo_or_helo_if_needed()
            if server.tls == "starttls" or (server.tls == "offered" and smtp.has_extn("starttls")):
                smtp.starttls(context=ssl.create_default_context())
                smtp.ehlo()
            elif server.user and server.tls != "tls":
                _refuse_clear_password()
            if server.user:
                smtp.login(server.user, server.password)
        except BaseException:
            smtp.close()
            raise
        _notice_when_it_is_gone(smtp.sock)
        return smtp

    def is_free_for(self, written: Written) -> bool:
        return self._coming is None or self._coming is written

    def send(self, written: Written, coming: Written | None = None) -> None:
        """MAIL, RCPT, DATA, the content and the final dot."""
        self._announce(written)
        self._coming = coming if self._takes_together else None
        code, reply = self._hand_over(written.message)
        if code < 200 or 300 <= code < 400:
            self._smtp.close()
            raise Unknown("unanswered", _answer(code, reply))
        if code >= 400:
            raise self._fault("refused_content", code, reply)

    def close(self) -> None:
        if self._coming is None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
        self._smtp.close()

    def _commands(self, written: Written) -> list[tuple[str, str, set[int]]]:
        """MAIL, RCPT and DATA; for each the reason if it is refused, and the replies to go on with."""
        options = [f"size={len(written.message)}"] if self._smtp.has_extn("size") else []
        if not (written.sender + written.recipient).isascii():
            options.append("SMTPUTF8")
        return [
            (" ".join((f"MAIL FROM:<{written.sender}>", *options)), "refused_sender", {250, 251}),
            (f"RCPT TO:<{written.recipient}>", "refused_recipient", {250, 251}),
            ("DATA", "refused_content", {354}),
        ]

    def _together(self, written: Written) -> bytes:
        return "".join(f"{command}\r\n" for command, _, _ in self._commands(written)).encode()

    def _announce(self, written: Written) -> None:
        """MAIL, RCPT and DATA, where they have not gone before, and what the server says to them."""
        refusal: tuple[str, int, bytes] | None = None
        codes: list[int] = []
        was_coming, self._coming = self._coming is written, None
        try:
            if self._takes_together and not was_coming:
                self._smtp.send(self._together(written))
            for command, reason, good in self._commands(written):
                if not self._takes_together:
                    self._smtp.send(f"{command}\r\n".encode())
                code, reply = self._smtp.getreply()
                codes.append(code)
                if code not in good and refusal is None:
                    refusal = (reason, code, reply)
                if code == 421 or (refusal is not None and not self._takes_together):
                    break
            if refusal is None:
                self._expect_silence()
            elif code == 354:  # there is no content: an empty one ends that, but only where nobody would get it
                if codes[1] < 400:
                    raise smtplib.SMTPServerDisconnected(_answer(*refusal[1:]))
                self._smtp.send(b".\r\n")
                self._smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._smtp.close()
            raise ConnectionLost("unreachable", str(error)) from error
        if refusal is not None:
            raise self._fault(*refusal)

    def _expect_silence(self) -> None:
        """Raise SMTPServerDisconnected unless the server waits for the content: it hung up, or said something more.

        So nothing gets in doubt that nobody was there to take, and no other answer is taken for that to the final dot.
        """
        self._patience(0)
        with contextlib.suppress(ssl.SSLWantReadError):
            if self._smtp.file is None or self._smtp.file.read(1) is not None:
                raise smtplib.SMTPServerDisconnected("the mail server hung up, or said what nobody had asked")

    def _hand_over(self, message: bytes) -> tuple[int, bytes]:
        """The content and the final dot, and the answer. Once the dot is on its way only that can tell."""
        content = (b"\r\n" + message).replace(b"\r\n.", b"\r\n..")[2:]  # a dot at the start of a line is doubled
        after = self._together(self._coming) if self._coming is not None else b""
        left = memoryview(content + b".\r\n" + after)
        try:
            self._patience(CONTENT_SECONDS)
            while left and self._smtp.sock is not None:
                left = left[self._smtp.sock.send(left) :]
        except OSError as error:
            if len(left) > len(after):
                raise self._cut_short(error) from error
        try:
            self._patience(ANSWER_SECONDS)
            code, reply = self._smtp.getreply()
            self._patience(COMMAND_SECONDS)
        except (OSError, smtplib.SMTPException) as error:
            self._smtp.close()
            raise Unknown("unanswered", str(error)) from error
        return code, reply

    def _cut_short(self, error: OSError) -> Exception:
        """The fault of a letter whose final dot was not sent. A server that does not take it may say so before."""
        self._coming = None
        with contextlib.suppress(OSError, smtplib.SMTPException):
            self._patience(COMMAND_SECONDS)
            code, reply = self._smtp.getreply()
            self._smtp.close()
            if code >= 400:
                return self._fault("refused_content", code, reply)
        self._smtp.close()
        return ConnectionLost("unreachable", str(error))

    def _patience(self, seconds: int) -> None:
        if self._smtp.sock is not None:
            self._smtp.sock.settimeout(seconds)

    def _fault(self, reason: str, code: int, reply: bytes) -> Exception:
        """The class of a refusal. 421: the server is closing. A refused sender or a policy is no guest's fault."""
        answer = _answer(code, reply)
        if code == 421 or code < 400:
            self._smtp.close()
            return ConnectionLost("closing", answer)
        if self._coming is None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._smtp.rset()
        if code < 500:
            return Retryable("later", answer)
        status = status_of(answer)
        too_big = reason == "refused_sender" and code == 552  # RFC 1870
        if reason == "refused_sender" and not too_big:
            return Unwelcome(reason, answer)
        if status.startswith("5.7."):
            return Unwelcome("policy", answer)
        if status in NOBODY_THERE:
            return AddressGone("address_gone", answer)
        return Permanent("refused_content" if too_big else reason, answer)


def _notice_when_it_is_gone(sock: socket.socket | None) -> None:
    """Let the kernel ask a silent server whether it is there: a machine that vanished answers no final dot, and would
    otherwise be waited for as long as one that is slow. What this system does not have is left out.
    """
    if sock is None:
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in GONE_AFTER.items():
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def status_of(answer: str) -> str:
    """The enhanced status code of a mail server's answer (RFC 3463), such as "5.1.1"; empty where it gives none."""
    found = re.match(r"\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?!\S)", answer)
    return found[1] if found else ""


def _answer(code: int, reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return " ".join(f"{code} {text}".split())


def _refuse_clear_password() -> NoReturn:
    raise smtplib.SMTPNotSupportedError("no STARTTLS here, and a password must not travel in the clear")
