"""The two ways Billet runs, as real processes: one that does everything, and three beside a Redis."""

from __future__ import annotations

import re
import signal
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from lxml import html

from forums import transaction as transactions
from forums.extensions import db
from forums.mail import queue
from forums.mail.models import Letter
from forums.web import templating
from tests import servers
from tests.conftest import make_app
from tests.running import PATIENCE, billet, process, status, wait_for


def write_letter(app: Flask, event: str) -> None:
    with app.app_context(), transactions.transaction():
        params = {"name": "Somebody", "reset_link": "https://forum.example.org/"}
        queue(letter="password_changed", event=event, to="somebody@example.org", language="en", params=params)


def ask_for_a_new_password(port: str, email: str) -> None:
    """As a browser does: the form, then the post with its token and the cookie."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    address = f"http://127.0.0.1:{port}/sign-in/reset"
    page = html.fromstring(browser.open(address, timeout=PATIENCE).read())
    token = page.xpath("//form[.//input[@name='email']]//input[@name='csrf_token']/@value")[0]
    browser.open(address, urllib.parse.urlencode({"csrf_token": token, "email": email}).encode(), timeout=PATIENCE)


ABOUT_PASSWORDS = ("password_changed", "password_reset")


def states(app: Flask) -> list[str]:
    """Of the letters about passwords; the demonstration's own, and what its rules send, are another matter."""
    with app.app_context():
        asked = db.select(Letter.state).where(Letter.letter.in_(ABOUT_PASSWORDS))
        return list(db.session.scalars(asked.order_by(Letter.id)))


def test_the_pages_of_visitors_are_compiled_before_the_first_of_them_comes(tmp_path: Path) -> None:
    app = make_app(tmp_path / "data")
    templating.warm(app)
    compiled = {name for _, name in app.jinja_env.cache or {}}
    assert {"base.html", "components/forms.html", "registrations/register.html", "registrations/mine.html"} <= compiled
    assert "outcomes/report.html" not in compiled


def test_one_process_serves_and_loses_nothing_when_it_is_killed(tmp_path: Path) -> None:
    log, data, port = tmp_path / "log", tmp_path / "data", str(servers.free_port())
    environ = {"BILLET_DATA": str(data), "PORT": port}
    with billet(log, **environ) as running:
        said = log.read_text()
        assert f"http://127.0.0.1:{port}/" in said
        assert re.search(r"organizer@demo\.example\.org", said)
        assert str(data) in said
        assert status(port, "/sign-in") == 200
        with process("flask", "--app", "forums", "up", log=tmp_path / "second", **environ) as second:
            assert second.wait(PATIENCE) == 2
        assert f"Port {port} on 127.0.0.1 is taken" in (tmp_path / "second").read_text()
        running.send_signal(signal.SIGKILL)
        running.wait(PATIENCE)

    app = make_app(data)
    write_letter(app, "due while nobody serves")
    wait_for(lambda: status(port, "/healthz") == 0, log)
    log.unlink()
    with billet(log, **environ) as running:
        assert "Loading the demo data" not in log.read_text()
        wait_for(lambda: states(app) == ["sent"], log)
        assert list((data / "letters").glob("*.eml"))
        running.send_signal(signal.SIGINT)
        assert running.wait(PATIENCE) == 0
    assert "Traceback" not in log.read_text()


def test_with_redis_the_work_is_done_by_processes_of_their_own(tmp_path: Path, lend: Callable[..., None]) -> None:
    sink = servers.Sink()
    log, data = tmp_path / "log", tmp_path / "data"
    lend(data, "demo_data")
    environ = {
        "BILLET_DATA": str(data),
        "PORT": str(servers.free_port()),
        "REDIS_URL": servers.redis_url(15),
        "SMTP_URL": sink.url + "?starttls=0",
        "MAIL_FROM": "Forum Office <forum@example.org>",
    }
    with billet(log, **environ):
        app = make_app(data)
        write_letter(app, "due before there is a worker")
        with (
            process("celery", "-A", "worker", "worker", "-P", "threads", "-c", "2", log=log, **environ),
            process("celery", "-A", "worker", "beat", log=log, **environ),
        ):
            wait_for(lambda: states(app) == ["sent"], log)
            ask_for_a_new_password(environ["PORT"], "organizer@demo.example.org")  # the page rings the worker
            wait_for(lambda: states(app) == ["sent", "sent"], log)
    sink.stop()
    about = [letter for letter in sink.letters if re.search("password|密码", str(letter["Subject"]))]
    assert [letter["To"].addresses[0].addr_spec for letter in about] == [
        "somebody@example.org",
        "organizer@demo.example.org",
    ]


def test_a_database_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    environ = {
        "BILLET_DATA": str(tmp_path / "data"),
        "PORT": str(servers.free_port()),
        "DATABASE_URL": f"postgresql://billet@127.0.0.1:{servers.free_port()}/billet",
    }
    with process("flask", "--app", "forums", "up", log=tmp_path / "log", **environ) as running:
        assert running.wait(PATIENCE) == 2
    said = (tmp_path / "log").read_text()
    assert "The database cannot be made ready" in said
    assert "Traceback" not in said


def test_a_worker_without_redis_is_refused(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with process("celery", "-A", "worker", "worker", log=log, BILLET_DATA=str(tmp_path / "data")) as running:
        assert running.wait(PATIENCE) == 2
    assert "Set REDIS_URL" in log.read_text()
