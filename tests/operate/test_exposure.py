"""What changes when Billet is reached over https, through a proxy, or without its Redis."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, request
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

import config
from forums import create_app
from forums.accounts.models import Account
from forums.celery_app import QUEUES
from forums.extensions import db
from forums.mail import queue
from forums.mail.models import Letter
from forums.transaction import transaction
from tests import servers
from tests.conftest import make_app

HTTPS = {"PUBLIC_URL": "https://forum.example.org", "SECRET_KEY": "k" * 32, "MAIL_FROM": "forum@example.org"}


@pytest.fixture
def exposed(tmp_path: Path, lend: Callable[..., None]) -> Iterator[Flask]:
    """Behind https and one proxy."""
    lend(tmp_path)
    yield from serving(make_app(tmp_path, **HTTPS, TRUSTED_PROXIES="1"))


def serving(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def forwarded(**headers: str) -> dict[str, str]:
    return {"X-Forwarded-Host": "forum.example.org", "X-Forwarded-Proto": "https"} | headers


def test_cookies_are_secure_and_the_browser_is_told_to_stay_on_https(exposed: Flask) -> None:
    answer = exposed.test_client().get("/sign-in", headers=forwarded())
    assert answer.status_code == 200
    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Lax"))
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_demo_accounts_are_not_brought_in(exposed: Flask) -> None:
    done = exposed.test_cli_runner().invoke(args=["demo"])
    assert done.exit_code == 1
    assert "refused behind an https PUBLIC_URL" in done.output
    assert db.session.scalar(select(func.count()).select_from(Account)) == 0


@pytest.mark.parametrize("host", ["evil.example.com", "forum.example.org.evil.example.com", "forum.example.org@evil"])
def test_other_hosts_are_refused(exposed: Flask, host: str) -> None:
    headers = forwarded() | {"X-Forwarded-Host": host}
    answer = exposed.test_client().get("/sign-in", headers=headers)
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert host not in answer.text


@pytest.mark.parametrize("more", [{"query_string": "q=%00"}, {"content_type": "application/json"}, {"method": "POST"}])
def test_what_else_is_wrong_with_a_request_to_no_host_is_not_told(exposed: Flask, more: dict[str, str]) -> None:
    """A page would need addresses, which there are none of for a host that cannot be."""
    answer = exposed.test_client().open("/sign-in", headers=forwarded() | {"X-Forwarded-Host": "[::1"}, **more)
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")


def test_the_health_of_the_machine_is_asked_for_on_the_machine(exposed: Flask) -> None:
    assert exposed.test_client().get("/healthz", base_url="http://127.0.0.1:8000").status_code == 200


@pytest.mark.parametrize(("proxies", "seen"), [("0", "127.0.0.1"), ("1", "198.51.100.7"), ("2", "203.0.113.9")])
def test_proxies_are_believed_by_number(tmp_path: Path, proxies: str, seen: str) -> None:
    app = make_app(tmp_path, **HTTPS, TRUSTED_PROXIES=proxies)
    addresses = []
    app.before_request(lambda: addresses.append(request.remote_addr))
    chain = {
        "X-Forwarded-For": "192.0.2.1, 203.0.113.9, 198.51.100.7",
        "X-Forwarded-Host": "forum.example.org, forum.example.org",
    }
    app.test_client().get("/healthz", headers=chain)
    assert addresses == [seen]


def test_a_redis_that_is_away_holds_nothing_up(tmp_path: Path, lend: Callable[..., None]) -> None:
    lend(tmp_path)
    redis = f"redis://127.0.0.1:{servers.free_port()}/0"
    for app in serving(create_app(config.read({"BILLET_DATA": str(tmp_path), "REDIS_URL": redis}), TESTING=True)):
        before = time.monotonic()
        with transaction():
            params = {"name": "A"}
            queue(letter="password_changed", event="a", to="a@b.example", language="en", params=params)
        assert app.test_client().get("/sign-in").status_code == 200
        assert time.monotonic() - before < 20
        assert db.session.scalar(select(func.count()).select_from(Letter)) == 1
    make_app(tmp_path)  # points the shared limiter and queue away from that address again


def test_what_is_rung_goes_to_its_own_queue_only(app: Flask) -> None:
    queues = app.extensions["celery"].amqp.queues
    assert {name: queue.routing_key for name, queue in queues.items()} == {name: name for name in QUEUES}


@pytest.mark.usefixtures("app")
def test_a_fault_of_the_database_never_repeats_what_was_typed() -> None:
    with pytest.raises(DBAPIError) as fault:
        db.session.execute(text("SELECT :typed FROM nowhere"), {"typed": "a private word"})
    assert "private" not in str(fault.value)
