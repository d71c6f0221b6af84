"""Mail servers that take commands together and then say, or do, what they should not: no letter twice, none halved."""

from __future__ import annotations

from itertools import zip_longest

import pytest
from flask import Flask

from forums.extensions import db
from forums.mail import delivery, outbox, transport
from forums.mail.faults import Fault
from forums.mail.transport import SmtpTransport, Written, parse_smtp_url
from forums.transaction import transaction
from tests.mail.notes import Letters, states, write
from tests.mail.scripted import DRIP, HANG_UP, PIPELINING, RESET, ScriptedServer, scripted

MESSAGE = b"Message-ID: <1@billet.example>\r\nSubject: hello\r\n\r\n.dot\r\n"
STUFFED = MESSAGE.replace(b"\r\n.", b"\r\n..")
LETTERS = [Written("a@billet.example", f"{number}@example.org", MESSAGE) for number in range(3)]


def hand_over(server: ScriptedServer, letters: list[Written]) -> list[str]:
    """What becomes of each: "sent", or the class of its fault. After one that closes the line the next is opened."""
    said: list[str] = []
    way: SmtpTransport | None = None
    for letter, coming in zip_longest(letters, letters[1:]):
        if way is None or said[-1] == "ConnectionLost":
            way = SmtpTransport(parse_smtp_url(server.url))
        try:
            way.send(letter, coming)
            said.append("sent")
            server.let_hang_up()
        except Fault as fault:
            said.append(type(fault).__name__)
    if way is not None:
        way.close()
    return said


@pytest.mark.parametrize(
    "said, second",
    [
        ({"MAIL": DRIP + b"250 OK\r\n", "RCPT": b"250-a\r\n250 b\r\n", "dot": DRIP + b"250-a\r\n250 b\r\n"}, "sent"),
        ({"dot 1": b"250 taken\r\n" + HANG_UP}, "ConnectionLost"),
        ({"dot 1": b"250 taken\r\n" + RESET}, "ConnectionLost"),
        ({"dot 1": b"250 taken\r\n250 taken\r\n"}, "ConnectionLost"),
        ({"MAIL 2": b"421 4.3.2 Enough\r\n" + HANG_UP}, "ConnectionLost"),
        ({"DATA 2": b"421 4.3.2 Enough\r\n" + HANG_UP}, "ConnectionLost"),
        # It asks for content and is gone: nothing was handed over, so nothing is in doubt.
        ({"DATA 2": b"354 go on\r\n" + HANG_UP}, "ConnectionLost"),
        ({"DATA 2": b"354 go on\r\n" + RESET}, "ConnectionLost"),
        # A word too many is no answer to the final dot.
        ({"DATA 2": b"354 go on\r\n250 OK\r\n"}, "ConnectionLost"),
        ({"RCPT 2": b"354 go on\r\n", "DATA 2": b"250 OK\r\n"}, "ConnectionLost"),
        # It asks for content that somebody would get, and we have none for them.
        ({"RCPT 2": b"252 Perhaps\r\n"}, "ConnectionLost"),
        ({"MAIL 2": b"550 5.1.0 Who?\r\n"}, "ConnectionLost"),
        ({"MAIL 2": b"552 5.3.4 Too big\r\n", "RCPT 2": b"503 No\r\n", "DATA 2": b"503 No\r\n"}, "Permanent"),
    ],
)
def test_a_letter_whose_server_loses_its_manners(said: dict[str, bytes], second: str) -> None:
    with scripted(said) as server:
        assert hand_over(server, LETTERS) == ["sent", second, "sent"]
        expected = [letter.recipient for letter in LETTERS if second == "sent" or letter is not LETTERS[1]]
        assert server.taken == [(recipient, STUFFED) for recipient in expected]
        assert set(server.cut_off) <= {b""}


def test_a_letter_that_was_taken_stays_so_when_the_next_one_could_not_be_announced() -> None:
    """The line breaks while the commands of the next letter are written: the dot had gone before them."""
    endless = Written("a@billet.example", "x" * 8_000_000, MESSAGE)
    with scripted({"dot 1": b"250 taken\r\n" + HANG_UP}) as server:
        assert hand_over(server, [LETTERS[0], endless]) == ["sent", "ConnectionLost"]
        assert server.recipients == ["0@example.org"]


def test_a_letter_that_is_refused_before_its_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "COMMAND_SECONDS", 1)
    big = Written("a@billet.example", "0@example.org", MESSAGE + b"x\r\n" * 3_000_000)
    with scripted({"DATA 1": b"354 go on\r\n", "content 1": b"552 5.3.4 Too big\r\n" + HANG_UP}) as server:
        assert hand_over(server, [big, LETTERS[1]]) == ["Permanent", "ConnectionLost"]
        assert server.recipients == []


@pytest.mark.usefixtures("note")
def test_the_next_server_may_lack_what_the_first_one_had(
    app: Flask, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The letter that was coming is withdrawn, so the line is closed; behind the next one no SMTPUTF8 is offered."""
    write(2)
    write(1, start=2, facts={"to": "李工@example.org"})

    def withdraw(_: str) -> None:
        with app.app_context():
            with transaction():
                outbox.withdraw_letters([2])
            db.session.remove()

    with scripted({}, b"250-here\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n", PIPELINING) as server:
        server.on_letter = withdraw
        monkeypatch.setitem(app.config, "SMTP_URL", server.url)
        delivery.deliver()
        assert states(letters) == ["sent", "cancelled", "failed"]
        assert letters()[2].reason == "smtputf8_missing"
        assert (server.recipients, server.connections) == (["guest0@example.org"], 2)
