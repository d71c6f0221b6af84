"""A mail server that takes commands together, and answers what a test has written down for it."""

from __future__ import annotations

import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

HANG_UP, RESET, DRIP = b"hang up", b"reset", b"drip"
PIPELINING = b"250-here\r\n250-SIZE 10000000\r\n250 PIPELINING\r\n"
USUAL = {"DATA": b"354 go on\r\n", "dot": b"250 taken\r\n", "content": b""}


class ScriptedServer:
    """`said` holds the answers that are not the usual ones: to "MAIL 2" (the second that ever came) or to each "MAIL".

    So with "RCPT", "DATA", "content" (said after its first line) and "dot". An answer may be several lines. One
    that ends in HANG_UP or RESET closes the line, one that begins with DRIP comes byte by byte. `ehlo` are the answers
    to EHLO, by connection, the last for all that follow. `on_letter` is called before a letter's answer goes out.
    """

    def __init__(self, said: dict[str, bytes], ehlo: tuple[bytes, ...]) -> None:
        self.said, self.ehlo = said, ehlo
        self.taken: list[tuple[str, bytes]] = []  # recipient and content of each letter that came to its final dot
        self.cut_off: list[bytes] = []  # content that did not
        self.connections = 0
        self.on_letter: Callable[[str], None] | None = None
        self._counts: Counter[str] = Counter()
        self._hung_up = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._listening.getsockname()[1]}"

    @property
    def recipients(self) -> list[str]:
        return [recipient for recipient, _ in self.taken]

    def let_hang_up(self) -> None:
        """Wait until the line is closed, if any answer closes one."""
        if any(answer.endswith((HANG_UP, RESET)) for answer in self.said.values()):
            self._hung_up.wait(5)

    def stop(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            ehlo = self.ehlo[min(self.connections, len(self.ehlo) - 1)]
            self.connections += 1
            threading.Thread(target=self._talk, args=(line, ehlo), daemon=True).start()

    def _talk(self, line: socket.socket, ehlo: bytes) -> None:
        try:
            with line:
                self._listen(line, ehlo)
        except OSError:  # hung up, by either side
            self._hung_up.set()

    def _listen(self, line: socket.socket, ehlo: bytes) -> None:
        recipient = ""
        with line.makefile("rb") as heard:
            line.sendall(b"220 here\r\n")
            for command in heard:
                verb = command[:4].decode().upper()
                if verb == "EHLO":
                    line.sendall(ehlo)
                    continue
                if verb == "RCPT":
                    recipient = command.decode().partition("<")[2].partition(">")[0]
                if self._answer(line, verb).startswith(b"354") and verb == "DATA":
                    content = b""
                    while (text := heard.readline()) != b".\r\n":
                        if not text:
                            self.cut_off.append(content)
                            return
                        if not content:
                            self._answer(line, "content")
                        content += text
                    self.taken.append((recipient, content))
                    if self.on_letter:
                        self.on_letter(recipient)
                    self._answer(line, "dot")

    def _answer(self, line: socket.socket, what: str) -> bytes:
        """Raises ConnectionError when that was the last word."""
        self._counts[what] += 1
        usual = self.said.get(what, USUAL.get(what, b"250 OK\r\n"))
        answer = self.said.get(f"{what} {self._counts[what]}", usual)
        words = answer.removeprefix(DRIP).removesuffix(HANG_UP).removesuffix(RESET)
        for piece in [bytes([byte]) for byte in words] if answer.startswith(DRIP) else [words]:
            line.sendall(piece)
        if answer.endswith(RESET):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if answer.endswith((HANG_UP, RESET)):
            raise ConnectionError
        return words


@contextmanager
def scripted(said: dict[str, bytes], *ehlo: bytes) -> Iterator[ScriptedServer]:
    server = ScriptedServer(said, ehlo or (PIPELINING,))
    try:
        yield server
    finally:
        server.stop()
