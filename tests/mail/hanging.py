"""A mail server that falls silent, or hangs up, where a test says so."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class HangingServer:
    """It greets and answers each command, until it comes to the `silent_at`th letter's command or final dot `at`.

    `at` is "RCPT", "DATA", "dot" (after it nothing comes) or "next" (it takes the letter and hangs up without a word).
    """

    def __init__(self, at: str, letter: int) -> None:
        self.at, self.letter = at, letter
        self.taken: list[str] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._listening.getsockname()[1]}"

    def stop(self) -> None:
        self._over.set()
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: socket.socket) -> None:
        with line, line.makefile("rwb", buffering=0) as talk:
            talk.write(b"220 here\r\n")
            recipient = ""
            for command in iter(talk.readline, b""):
                verb = command.decode().upper()[:4]
                if verb == "RCPT":
                    recipient = command.decode().partition("<")[2].partition(">")[0]
                if verb == self.at and len(self.taken) == self.letter:
                    self._over.wait()
                    return
                talk.write(b"354 go on\r\n" if verb == "DATA" else b"250 OK\r\n")
                if verb == "DATA":
                    while talk.readline() != b".\r\n":
                        pass
                    self.taken.append(recipient)
                    if self.at == "dot" and len(self.taken) == self.letter + 1:
                        self._over.wait()
                        return
                    talk.write(b"250 taken\r\n")
                    if self.at == "next" and len(self.taken) == self.letter + 1:
                        return


@contextmanager
def hanging(at: str, letter: int) -> Iterator[HangingServer]:
    server = HangingServer(at, letter)
    try:
        yield server
    finally:
        server.stop()
