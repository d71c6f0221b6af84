"""Addresses that say what a letter to them is about, and the return path of what goes out."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

import pytest
from flask import Flask

from forums.mail import queue
from forums.mail.addresses import own_address, own_addresses
from forums.mail.compose import LONGEST_LOCAL_PART
from forums.transaction import transaction
from tests.servers import Sink

Deliver = Callable[[], list[EmailMessage]]


@pytest.mark.parametrize("pattern", ["replies+*@mail.example.org", "*@replies.example.org", f"{'r' * 39}.*@a.example"])
def test_an_address_of_ours_is_read_back_and_no_other(
    app: Flask, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    assert own_address("bounce", 7) == ""
    assert list(own_addresses("replies+b7-aaaaaaaaaa@mail.example.org")) == []
    monkeypatch.setitem(app.config, "MAIL_INCOMING", pattern)
    bounce, reply = own_address("bounce", 999_999_999), own_address("reply", 7)
    assert len(bounce.rpartition("@")[0]) <= LONGEST_LOCAL_PART
    text = f"To: Office <{bounce.upper()}>, {reply}; x{reply}, {reply}x, {reply.replace('r7', 'r8')}"
    assert list(own_addresses(text)) == [("bounce", 999_999_999), ("reply", 7)]
    assert list(own_addresses(own_address("bounce", 7).replace("b7", "r7"))) == []


def test_what_comes_back_names_its_letter(
    app: Flask, deliver: Deliver, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAIL_INCOMING", "replies+*@mail.example.org")
    with transaction():
        letter_id = queue(
            letter="password_changed", event="test:1", to="guest@example.org", name="Guest", language="en"
        ).id
    [message] = deliver()
    assert str(message["From"]) == app.config["MAIL_FROM"]
    [received] = sink.received
    assert list(own_addresses(received.sender)) == [("bounce", letter_id)]
