"""Forty people press the button at once: real clients over HTTP, on both databases, with a control that must fail."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from flask import Flask
from lxml import html
from sqlalchemy import func, select
from werkzeug.serving import make_server

import forums.transaction
from forums.extensions import db
from forums.mail.models import Letter
from forums.registrations import places
from forums.registrations.models import Registration, State
from forums.registrations.queries import waiting_ids
from forums.transaction import transaction
from tests.cast import make_edition
from tests.registrations.make import form

CLIENTS = 40
PLACES = 25
URL = "/e/alu-2027/register"


@pytest.fixture
def address(app: Flask) -> Iterator[tuple[str, int]]:
    """Where the app answers real requests, one thread for each."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield "127.0.0.1", server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Client:
    """A visitor with a cookie, who loads the form and then waits for the others."""

    address: tuple[str, int]
    number: int
    start: threading.Barrier
    cookie: str = ""

    def ask(self, method: str, path: str, body: str = "") -> tuple[http.client.HTTPResponse, str]:
        connection = http.client.HTTPConnection(*self.address, timeout=60)
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        self.cookie = (answer.getheader("Set-Cookie") or self.cookie).split(";")[0]
        connection.close()
        return answer, text

    def register(self, times: int = 1) -> list[str]:
        """Where each POST of the same form led to."""
        answer, text = self.ask("GET", URL)
        assert answer.status == 200
        token = html.fromstring(text).xpath("//form[.//input[@name='key']]//input[@name='csrf_token']/@value")[0]
        [key] = html.fromstring(text).xpath("//input[@name='key']/@value")
        body = urlencode(form(self.number, key=key, csrf_token=token))
        self.start.wait()
        with ThreadPoolExecutor(times) as clicks:
            answers = list(clicks.map(lambda _: self.ask("POST", URL, body)[0], range(times)))
        assert {answer.status for answer in answers} == {303}
        return [answer.getheader("Location") or "" for answer in answers]


def rush(address: tuple[str, int], clients: int, times: int = 1) -> list[list[str]]:
    """Everybody loads the form, then all of them send it at once."""
    start = threading.Barrier(clients)
    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(lambda n: Client(address, n, start).register(times), range(clients)))


def confirmed() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(Registration.state == State.CONFIRMED)) or 0


def test_capacity_admits_exactly_so_many_and_the_rest_wait_in_order(address) -> None:
    edition = make_edition(capacity=PLACES)
    led_to = rush(address, CLIENTS)
    assert len({place for [place] in led_to}) == CLIENTS
    assert confirmed() == edition.taken == PLACES
    waiting = db.session.scalars(
        select(Registration).where(Registration.state == State.WAITLISTED).order_by(Registration.created_at)
    ).all()
    assert [row.wait_sequence for row in waiting] == list(range(1, CLIENTS - PLACES + 1))
    assert [row.id for row in waiting] == waiting_ids(edition)
    assert places.reconcile() == []
    letters = dict(db.session.execute(select(Letter.letter, func.count()).group_by(Letter.letter)).all())
    assert letters == {"registration_confirmed": PLACES, "registration_waitlisted": CLIENTS - PLACES}


def test_the_control_without_the_claim_oversells(address, monkeypatch: pytest.MonkeyPatch) -> None:
    make_edition(capacity=PLACES)
    _count_then_insert(monkeypatch)
    rush(address, CLIENTS)
    assert confirmed() > PLACES


def test_double_clicks_at_once_are_one_registration_each(address) -> None:
    edition = make_edition(capacity=4)
    led_to = rush(address, 6, times=4)
    assert [len(set(one)) for one in led_to] == [1] * 6
    db.session.rollback()
    assert db.session.scalar(select(func.count(Registration.id))) == 6
    assert (confirmed(), edition.taken) == (4, 4)


def _count_then_insert(monkeypatch: pytest.MonkeyPatch) -> None:
    """The claim as it is often written: count, and then insert."""
    counted = threading.local()

    @contextmanager
    def count_first() -> Iterator[object]:
        taken = db.session.scalar(select(func.count()).where(Registration.state == State.CONFIRMED)) or 0
        counted.is_free = taken < PLACES
        with transaction() as session:
            yield session

    def believe(quotas: Iterable[places.Quota], n: int = 1) -> places.Quota | None:
        return None if counted.is_free else places.in_order(quotas)[0]

    monkeypatch.setattr(forums.transaction, "transaction", count_first)
    monkeypatch.setattr(places, "claim", believe)
