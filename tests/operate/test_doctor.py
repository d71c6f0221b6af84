"""The doctor names what is wrong and what to do; behind https, demo accounts keep Billet from serving."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

import config
from forums import clock
from forums.accounts.operations import create_demo_staff
from forums.extensions import db
from forums.mail import queue
from forums.operate.refusals import refuse_demo_accounts, refuse_taken_port, refuse_to_serve
from forums.transaction import transaction
from tests import servers
from tests.cast import SYSTEM
from tests.conftest import make_app

HTTPS = {"PUBLIC_URL": "https://forum.example.org", "SECRET_KEY": "k" * 32, "MAIL_FROM": "forum@example.org"}


def findings(app: Flask) -> dict[str, dict[str, str]]:
    done = app.test_cli_runner().invoke(args=["doctor", "--json"])
    found = {finding["subject"]: finding for finding in json.loads(done.output)}
    assert done.exit_code == any(finding["state"] == "problem" for finding in found.values())
    return found


def test_a_fresh_installation_has_no_problem_of_its_own(app: Flask) -> None:
    found = findings(app)
    assert {subject for subject, finding in found.items() if finding["state"] == "problem"} <= {"languages", "fonts"}
    assert found["database"]["finding"].startswith(db.engine.dialect.name)


def test_letters_that_nobody_delivers_are_a_problem(app: Flask) -> None:
    with transaction():
        params = {"name": "A"}
        queue(letter="password_changed", event="a", to="a@b.example", language="en", params=params)
    assert findings(app)["outbox"]["state"] == "ok"
    with clock.frozen(clock.now() + timedelta(minutes=11)):
        assert findings(app)["outbox"]["finding"] == "1 letter is due for more than 10 minutes"


def test_a_database_that_is_not_upgraded_says_how(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    with app.app_context():
        assert "flask --app forums up" in findings(app)["database"]["advice"]
        db.session.remove()
    with pytest.raises(SystemExit):
        refuse_to_serve(app)


def test_servers_that_are_away_are_named(tmp_path: Path) -> None:
    port = servers.free_port()
    away = {
        "REDIS_URL": f"redis://127.0.0.1:{port}/0",
        "SMTP_URL": f"smtp://127.0.0.1:{port}",
        "IMAP_URL": f"imap://forum:secret@127.0.0.1:{port}",
        "MAIL_FROM": "a@b.example",
    }
    app = make_app(tmp_path, f"postgresql://nobody@127.0.0.1:{port}/nothing", **away)
    with app.app_context():
        found = findings(app)
    assert [found[subject]["state"] for subject in ("database", "queue", "mail", "incoming")] == ["problem"] * 4
    assert "correct DATABASE_URL" in found["database"]["advice"]


def test_a_mail_server_that_answers_is_fine(tmp_path: Path) -> None:
    sink = servers.Sink()
    app = make_app(tmp_path, SMTP_URL=sink.url, MAIL_FROM="a@b.example")
    with app.app_context():
        assert findings(app)["mail"]["state"] == "ok"
    sink.stop()


def test_demo_accounts_are_refused_behind_https(app: Flask, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = config.read({"BILLET_DATA": str(tmp_path), **HTTPS})
    refuse_demo_accounts(settings)
    with transaction():
        create_demo_staff(actor=SYSTEM)
    refuse_demo_accounts(app.extensions["settings"])
    with pytest.raises(SystemExit) as end:
        refuse_demo_accounts(settings)
    assert end.value.code == 2
    assert "demo accounts" in capsys.readouterr().err


def test_a_host_that_is_not_ours_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        refuse_taken_port("203.0.113.7", servers.free_port())
    assert "Set HOST and PORT" in capsys.readouterr().err
