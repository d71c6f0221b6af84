"""A mail server with bad days: python -m tests.drill.sink PORT LOG RULES. It writes down each letter it has taken.

It takes commands together, as most servers do.

A line of LOG is "recipient message-id", written before the letter's 250. RULES are JSON:

- closing_every: each so-many-th recipient is answered 421, and the line is closed
- grey: this share of recipients is put off, each the first time
- gone: this share of recipients is not known (550 5.1.1)
- unwelcome: no letter is taken (550 5.7.26)
- hang_at: {"rcpt"|"data"|"dot": n}: the n-th of these is never answered; a letter whose dot it was has been taken
- silent: so many connections are taken and never greeted
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import zlib
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Server:
    rules: dict[str, Any]
    log: int
    counts: dict[str, int] = field(default_factory=dict)
    put_off: set[str] = field(default_factory=set)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._nth("connection") <= self.rules.get("silent", 0):
                await asyncio.sleep(3600)
            await self._session(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        recipient = ""
        writer.write(b"220 drill\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            reply = "250 OK"
            if verb == b"EHLO":
                reply = "250-drill\r\n250 PIPELINING"
            elif verb == b"RCPT":
                recipient = line.partition(b"<")[2].partition(b">")[0].decode()
                reply = await self._at_rcpt(recipient)
                recipient = recipient if reply.startswith("250") else ""
            elif verb == b"DATA" and not recipient:
                reply = "503 5.5.1 Nobody to write to"
            elif verb == b"DATA":
                await self._perhaps_hang("data")
                writer.write(b"354 go on\r\n")
                message = await reader.readuntil(b"\r\n.\r\n")
                reply = await self._at_dot(recipient, message)
            elif verb == b"QUIT":
                reply = "221 bye"
            writer.write(reply.encode() + b"\r\n")
            if reply[:3] in {"221", "421"}:
                return

    async def _at_rcpt(self, recipient: str) -> str:
        number = await self._perhaps_hang("rcpt")
        if self.rules.get("closing_every") and number % self.rules["closing_every"] == 0:
            return "421 4.3.2 Closing"
        if chance(recipient, "gone") < self.rules.get("gone", 0):
            return "550 5.1.1 No such user"
        if chance(recipient, "grey") < self.rules.get("grey", 0) and recipient not in self.put_off:
            self.put_off.add(recipient)
            return "450 4.2.0 Greylisted"
        return "250 OK"

    async def _at_dot(self, recipient: str, message: bytes) -> str:
        if self.rules.get("unwelcome"):
            return "550 5.7.26 Unauthenticated mail is not accepted"
        identity = message.partition(b"\r\nMessage-ID: ")[2].partition(b"\r\n")[0].decode()
        os.write(self.log, f"{recipient} {identity}\n".encode())
        await self._perhaps_hang("dot")
        return "250 taken"

    async def _perhaps_hang(self, at: str) -> int:
        number = self._nth(at)
        if self.rules.get("hang_at", {}).get(at) == number:
            await asyncio.sleep(3600)
        return number

    def _nth(self, what: str) -> int:
        self.counts[what] = self.counts.get(what, 0) + 1
        return self.counts[what]


def chance(recipient: str, what: str) -> float:
    """The same number in 0 … 1 for the same recipient, each time."""
    return zlib.crc32(f"{what} {recipient}".encode()) / 2**32


async def serve(port: int, log: str, rules: dict[str, Any]) -> None:
    server = Server(rules, os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY))
    listening = await asyncio.start_server(server.talk, "127.0.0.1", port, limit=2**22)
    async with listening:
        await listening.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])))
