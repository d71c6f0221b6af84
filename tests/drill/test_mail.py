"""Letters on bad days, in full length: senders killed, servers that hang, clocks that jump. Prints a table."""

from __future__ import annotations

import os
import random
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade
from jinja2 import ChoiceLoader, DictLoader
from redis import Redis, RedisError
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import OperationalError

from forums import clock
from forums.activity.models import Activity
from forums.extensions import db
from forums.invitations import tasks as invitations
from forums.invitations.models import Campaign
from forums.mail import delivery, outbox, sweeping, transport
from forums.mail.models import Letter
from forums.transaction import transaction
from tests import servers
from tests.cast import hire, make_edition, make_series
from tests.client import Reader
from tests.conftest import make_app
from tests.drill import senders
from tests.drill.senders import Sender, Sink
from tests.drill.sink import chance
from tests.invitations.guests import campaign, make_campaign, make_list, move, send
from tests.mail.notes import TEMPLATES
from tests.running import process

RECIPIENTS = int(os.environ.get("RECIPIENTS", "10000"))
SOME = max(100, RECIPIENTS // 10)
KILLS = int(os.environ.get("KILLS", "20"))
SENDERS = 2
PATIENCE = 600.0
TOLD = ("failed", "unknown", "cancelled", "held")
OPEN = ("queued", "deferred", "sending", "held")
HEAD = f"{'case':<58}{'database':<12}{'letters':>8}{'taken':>8}{'lost':>6}{'twice':>6}{'doubt':>6}{'s':>7}"

pytestmark = pytest.mark.timeout(3600)


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    url = servers.create_database("drill_mail") if request.param == "postgresql" else ""
    app = make_app(tmp_path / "data", url)
    loader = app.jinja_env.loader
    assert loader is not None
    app.jinja_env.loader = ChoiceLoader([DictLoader(TEMPLATES), loader])
    # What a server may take to answer, in seconds that a drill has.
    monkeypatch.setattr(transport, "COMMAND_SECONDS", 2)
    monkeypatch.setattr(transport, "ANSWER_SECONDS", 3)
    with app.app_context():
        upgrade()
        make_edition()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(autouse=True, scope="module")
def head() -> None:
    print(f"\n{HEAD}\n{'-' * len(HEAD)}")


def write(count: int, **facts: Any) -> None:
    """Letters to guest0@example.org and so on."""
    moment = clock.now()
    rows = [
        {
            "letter": "note",
            "event": f"drill:{number}",
            "recipient": f"guest{number}@example.org",
            "domain": "example.org",
            "recipient_name": f"嘉宾{number}",
            "language": "zh",
            "params": {"word": f"w{number}", "link_it": False},
            "message_id": f"<{secrets.token_hex(16)}@billet.example>",
            "not_before": moment,
            "created_at": moment,
            **facts,
        }
        for number in range(count)
    ]
    with transaction() as session:
        session.execute(insert(Letter), rows)


def count(*states: str) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(Letter.state.in_(states))) or 0


@contextmanager
def sink(app: Flask, folder: Path, **rules: Any) -> Iterator[Sink]:
    with senders.sink(folder, **rules) as server:
        app.config["SMTP_URL"] = server.url
        yield server


class Case:
    """One line of the table. `lost` are those who got no letter, and whose letter nobody is shown as TOLD."""

    def __init__(self, name: str, server: Sink, letters: int) -> None:
        self.name, self.server, self.letters = name, server, letters
        self.began = time.monotonic()

    def close(self, remark: str = "") -> Case:
        db.session.rollback()
        taken = {recipient for recipient, _ in self.server.taken}
        told = set(db.session.scalars(select(Letter.recipient).where(Letter.state.in_(TOLD))))
        guests = Letter.letter.not_in(("campaign_expired", "campaign_paused"))
        everybody = set(db.session.scalars(select(Letter.recipient).where(guests)))
        self.taken, self.lost = len(taken), len(everybody - taken - told)
        self.twice, self.doubt = self.server.twice, count("unknown")
        self.print(remark)
        return self

    def print(self, remark: str) -> None:
        seconds = time.monotonic() - self.began
        database = db.engine.dialect.name
        figures = f"{self.letters:>8}{self.taken:>8}{self.lost:>6}{self.twice:>6}{self.doubt:>6}{seconds:>7.1f}"
        print(f"\r{self.name:<58}{database:<12}{figures}  {remark}", flush=True)


@contextmanager
def sending(work: Callable[[], None] = senders.deliver_for_ever, number: int = SENDERS) -> Iterator[list[Sender]]:
    """Senders that are killed at the end, however it comes."""
    running = [Sender(work) for _ in range(number)]
    try:
        yield running
    finally:
        for one in running:
            one.kill()


def until(happened: Callable[[], bool], seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, {state: count(state) for state in (*OPEN, "sent", "unknown", "failed")}
        time.sleep(0.02)


def all_settled() -> bool:
    return count(*OPEN) == 0


def kill_and_replace(running: list[Sender], work: Callable[[], None] = senders.deliver_for_ever) -> None:
    at = random.randrange(len(running))
    running[at].kill()
    running[at] = Sender(work)


# ---- Senders that are killed


@pytest.mark.parametrize("in_doubt", ["resend", "hold"])
def test_senders_are_killed(app: Flask, tmp_path: Path, in_doubt: str) -> None:
    write(RECIPIENTS, resend_in_doubt=in_doubt == "resend")
    with sink(app, tmp_path) as server:
        case = Case(f"{KILLS} × kill -9 of {SENDERS} senders, {in_doubt}", server, RECIPIENTS)
        with sending() as running:
            for kill in range(KILLS):
                until(lambda kill=kill: server.count > (kill + 1) * RECIPIENTS // (KILLS + 2))  # type: ignore[misc]
                time.sleep(random.random() * 0.02)
                kill_and_replace(running)
            until(all_settled)
        case.close()
    assert case.lost == 0
    assert case.twice <= (KILLS if in_doubt == "resend" else 0)
    assert case.doubt <= (0 if in_doubt == "resend" else KILLS)


@pytest.mark.parametrize("work", [senders.marks_before_it_sends, senders.commits_each_fiftieth])
def test_bad_senders_are_found_out(app: Flask, tmp_path: Path, work: Callable[[], None]) -> None:
    """The control: the same drill on senders that do it wrong."""
    letters = max(1000, SOME)
    write(letters)
    with sink(app, tmp_path) as server:
        case = Case(f"control: {work.__name__.replace('_', ' ')}, {KILLS} × kill -9", server, letters)
        with sending(work, 1) as running:
            for kill in range(KILLS):
                due = (kill + 1) * letters // (KILLS + 2)
                until(lambda due=due: server.count > due or count("queued") == 0)  # type: ignore[misc]
                kill_and_replace(running, work)
            until(lambda: count("queued") == 0)
            time.sleep(0.5)
        case.close("as it should" if server.twice else "")
    assert case.lost + case.twice > KILLS // 4


def test_one_task_comes_ten_times(app: Flask, tmp_path: Path) -> None:
    write(SOME)
    with sink(app, tmp_path) as server:
        case = Case("one task delivered 10 × at once", server, SOME)
        crowd = [Sender(senders.deliver_once) for _ in range(10)]
        assert [one.wait() for one in crowd] == [0] * 10
        until(all_settled, 10)
        case.close()
    assert (case.taken, case.lost, case.twice) == (SOME, 0, 0)


def test_two_beats_while_senders_are_killed(app: Flask, tmp_path: Path) -> None:
    def sweep_for_ever() -> None:
        while True:
            sweeping.sweep()
            time.sleep(0.02)

    write(SOME, resend_in_doubt=True)
    with sink(app, tmp_path) as server:
        case = Case("two beats, and 5 × kill -9", server, SOME)
        with sending(sweep_for_ever, 2), sending() as running:
            for kill in range(5):
                until(lambda kill=kill: server.count > (kill + 1) * SOME // 7)  # type: ignore[misc]
                kill_and_replace(running)
            until(all_settled)
        case.close()
    assert case.lost == 0
    assert case.twice <= 5


# ---- Servers that refuse, hang or go


def test_a_server_with_bad_manners(app: Flask, tmp_path: Path) -> None:
    write(SOME)
    with sink(app, tmp_path, closing_every=100, grey=0.3, gone=0.05) as server:
        case = Case("421 every 100th, 30 % greylisted, 5 % unknown (550 5.1.1)", server, SOME)
        moment = clock.now()
        for hours in range(3):
            with clock.frozen(moment + timedelta(hours=hours)):
                while delivery.deliver():
                    pass
        tried = db.session.execute(select(func.max(Letter.attempts)).where(Letter.state == "sent")).scalar()
        case.close(f"{count('failed')} failed, {tried} attempts at most")
        gone = {address for n in range(SOME) if chance(address := f"guest{n}@example.org", "gone") < 0.05}
        failed = db.session.scalars(select(Letter.recipient).where(Letter.state == "failed")).all()
    assert set(failed) == gone
    assert (case.taken, case.lost, case.twice) == (SOME - len(gone), 0, 0)
    assert tried == 2


def test_nobody_is_welcome(app: Flask, tmp_path: Path) -> None:
    send(make_campaign(make_list(SOME)))
    with sink(app, tmp_path, unwelcome=True) as server:
        case = Case("550 5.7.26 for all, of a campaign", server, SOME)
        while delivery.deliver():
            pass
        row = db.session.scalars(select(Campaign)).one()
        case.close(f"campaign {row.state}: {row.paused_reason}; {count('failed')} failed")
        assert (row.state, count("held"), count("failed"), count("sent")) == ("paused", SOME, 0, 0)


@pytest.mark.parametrize("at", ["rcpt", "data", "dot"])
def test_a_server_that_hangs(app: Flask, tmp_path: Path, at: str) -> None:
    where = {"rcpt": "at a recipient", "data": "before the final dot", "dot": "after the final dot"}[at]
    write(SOME)
    with sink(app, tmp_path, hang_at={at: SOME // 2}) as server:
        case = Case(f"a hang {where}", server, SOME)
        moment = clock.now()
        for minutes in (0, 5, 10):
            with clock.frozen(moment + timedelta(minutes=minutes)):
                while delivery.deliver():
                    pass
        case.close()
    assert (case.lost, case.twice, case.doubt) == (0, 0, 1 if at == "dot" else 0)
    assert case.taken == SOME


def test_connections_that_are_half_open(app: Flask, tmp_path: Path) -> None:
    write(SOME)
    with sink(app, tmp_path, silent=2) as server:
        case = Case("half-open: 2 connections taken and never greeted", server, SOME)
        moment = clock.now()
        for minutes in (0, 5, 10):
            with clock.frozen(moment + timedelta(minutes=minutes)):
                while delivery.deliver():
                    pass
        case.close()
    assert (case.taken, case.lost, case.twice, case.doubt) == (SOME, 0, 0, 0)


def test_the_database_is_started_anew(app: Flask, tmp_path: Path) -> None:
    """One process of PostgreSQL is killed, so it ends all others, recovers and goes on, three times."""
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no server that could go away")
    with transaction() as session:
        # The tests' PostgreSQL may forget its last half second; one that keeps what it confirmed does not.
        session.execute(text("ALTER DATABASE drill_mail SET synchronous_commit = on"))
    db.session.remove()
    db.engine.dispose()
    write(RECIPIENTS)
    with sink(app, tmp_path) as server:
        case = Case("database killed and started anew, 3 ×", server, RECIPIENTS)
        with sending():
            for kill in range(3):
                until(lambda kill=kill: server.count > (kill + 1) * RECIPIENTS // 5)  # type: ignore[misc]
                kill_the_database()
            until(lambda: quietly(all_settled))
        case.close()
    assert (case.taken, case.lost, case.twice) == (RECIPIENTS, 0, 0)


def kill_the_database() -> None:
    pids = select(text("pid FROM pg_stat_activity WHERE datname = 'drill_mail' AND pid <> pg_backend_pid()"))
    found: list[int] = []

    def look() -> bool:
        found[:] = db.session.scalars(pids).all()
        return bool(found)

    until(lambda: quietly(look), 60)
    os.kill(found[0], signal.SIGKILL)
    time.sleep(0.5)  # until the others have been told
    until(lambda: quietly(lambda: count("sent") >= 0), 60)


def quietly(look: Callable[[], bool]) -> bool:
    """Whether it is so; not while the database is away."""
    try:
        return look()
    except OperationalError:
        db.session.remove()
        db.engine.dispose()
        return False


# ---- The broker


def test_the_broker_forgets_and_goes_away(app: Flask, tmp_path: Path) -> None:
    """A real worker and a real beat: the broker is emptied, then gone for a minute, and at last does not answer."""
    with redis(tmp_path) as broker, sink(app, tmp_path) as server:
        environ = {
            "BILLET_DATA": app.config["DATA"],
            "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
            "REDIS_URL": broker.url,
            "SMTP_URL": server.url,
            "MAIL_FROM": app.config["MAIL_FROM"],
        }
        send(make_campaign(make_list(RECIPIENTS)))
        second = make_campaign(make_list(SOME, start=RECIPIENTS))
        move(second, "freezing")
        case = Case("broker emptied, then down for 60 s", server, RECIPIENTS + SOME)
        log = tmp_path / "worker.log"
        queue = ("celery", "--quiet", "-A", "worker")
        with process(*queue, "worker", "-c", "2", log=log, **environ), process(*queue, "beat", log=log, **environ):
            until(lambda: server.count > RECIPIENTS // 4)
            broker.empty()
            until(lambda: server.count > RECIPIENTS // 2)
            broker.stop()
            waited = press_send(environ, second)
            time.sleep(60)
            broker.start()
            until(lambda: server.count >= RECIPIENTS + SOME and all_settled())
        case.close(f"Send answered in {waited:.2f} s")
    assert (case.lost, case.twice) == (0, 0)
    assert waited < 1.5


def test_the_send_button_when_the_broker_does_not_answer(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forums.transaction._bell._silent_until", 0.0)  # it is not known to be silent
    with redis(tmp_path) as broker, sink(app, tmp_path) as server:
        campaign_id = make_campaign(make_list(SOME))
        move(campaign_id, "freezing")
        environ = {
            "BILLET_DATA": app.config["DATA"],
            "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
            "REDIS_URL": broker.url,
        }
        case = Case("broker takes the connection and says nothing", server, SOME)
        broker.hang()
        waited = press_send(environ, campaign_id)
        case.close(f"Send answered in {waited:.2f} s")
        assert waited < 1.5


def press_send(environ: dict[str, str], campaign_id: int) -> float:
    """Seconds that the organiser waits; then the campaign is running."""
    own = {key: value for key, value in environ.items() if key not in {"BILLET_DATA", "DATABASE_URL"}}
    app = make_app(Path(environ["BILLET_DATA"]), environ["DATABASE_URL"], **own)
    app.config["RING_THE_QUEUE"] = True
    with app.app_context():
        letters = campaign(campaign_id).to_send
        office = Reader(app).sign_in(hire(make_series("elsewhere")).organizer)
        page = f"/office/e/alu-2027/campaigns/{campaign_id}"
        office.get(page)
        began = time.monotonic()
        office.post(f"{page}/sending", {"number": str(letters)})
        waited = time.monotonic() - began
        db.session.rollback()
        assert campaign(campaign_id).state == "running"
        db.session.remove()
        db.engine.dispose()
    return waited


@dataclass
class Broker:
    """A Redis of our own."""

    port: int
    folder: Path
    running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        program = servers.redis_program()
        if program is None:
            pytest.skip("no redis-server on this machine")
        command = [program, "--port", str(self.port), "--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        out = subprocess.DEVNULL
        self.running = subprocess.Popen(command, stdout=out, stderr=out, preexec_fn=servers.die_with_parent())  # noqa: PLW1509
        until(self._answers, 30)

    def stop(self) -> None:
        if self.running is not None:
            self.running.kill()
            self.running.wait(30)
            self.running = None

    def hang(self) -> None:
        """It takes connections and does not answer."""
        assert self.running is not None
        os.kill(self.running.pid, signal.SIGSTOP)

    def empty(self) -> None:
        with Redis.from_url(self.url) as client:
            client.flushall()

    def _answers(self) -> bool:
        try:
            with Redis.from_url(self.url) as client:
                return bool(client.ping())
        except RedisError:
            return False


@contextmanager
def redis(folder: Path) -> Iterator[Broker]:
    broker = Broker(servers.free_port(), folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


# ---- Clocks, pauses, and what organisers do


@pytest.mark.parametrize("hours", [2, -2])
def test_a_sender_whose_clock_is_wrong(app: Flask, tmp_path: Path, hours: int) -> None:
    write(SOME, resend_in_doubt=True)
    with sink(app, tmp_path) as server:
        case = Case(f"one of two clocks is {hours:+d} h off", server, SOME)
        with sending(number=1), sending(senders.with_clock_off_by(hours, senders.deliver_for_ever), 1):
            until(all_settled)
        case.close()
    assert (case.taken, case.lost, case.twice, case.doubt) == (SOME, 0, 0, 0)


def test_a_pause_in_the_middle(app: Flask, tmp_path: Path) -> None:
    write(RECIPIENTS, batch="campaign:1")
    with sink(app, tmp_path) as server:
        case = Case("pause and resume in the middle", server, RECIPIENTS)
        with sending():
            until(lambda: server.count > RECIPIENTS // 3)
            with transaction():
                outbox.hold("campaign:1")
            at_once = server.count
            time.sleep(1)
            after = server.count - at_once
            with transaction():
                outbox.release("campaign:1")
            until(all_settled)
        case.close(f"{after} after the pause, of {SENDERS} senders")
    assert after <= SENDERS
    assert (case.taken, case.lost, case.twice) == (RECIPIENTS, 0, 0)


def test_one_letter_cannot_be_written(app: Flask, tmp_path: Path) -> None:
    write(1000)
    with transaction() as session:
        session.execute(
            update(Letter).where(Letter.recipient == "guest500@example.org").values(params={"link_it": False})
        )
    with sink(app, tmp_path) as server:
        case = Case("one letter of 1,000 fails to render", server, 1000)
        while delivery.deliver():
            pass
        case.close()
        [failed] = db.session.scalars(select(Letter).where(Letter.state == "failed"))
        assert (case.taken, case.lost, case.twice, failed.reason) == (999, 0, 0, "render")
        assert "word" in failed.error


def test_the_time_was_over_before_the_server_came_back(app: Flask, tmp_path: Path) -> None:
    campaign_id = make_campaign(make_list(SOME))
    with transaction():
        campaign(campaign_id).expires_at = clock.now() + timedelta(hours=1)
    send(campaign_id)
    with sink(app, tmp_path) as server, clock.frozen(clock.now() + timedelta(hours=2)):
        case = Case("expiry passed while the server was down", server, SOME)
        sweeping.sweep()
        while delivery.deliver():
            pass
        invitations.sweep()
        row = db.session.scalars(select(Campaign)).one()
        told = db.session.scalars(select(Activity).where(Activity.action == "campaign.expired")).one()
        case.close(f"campaign {row.state}, organiser told of {told.detail['unsent']}")
        while delivery.deliver():
            pass
        assert [recipient for recipient, _ in server.taken] == ["forum@example.org"]
        reasons = set(db.session.scalars(select(Letter.reason).where(Letter.batch.is_not(None))))
        assert (case.taken, count("cancelled"), reasons) == (0, SOME, {"expired"})
        assert (row.state, row.unsent, told.detail["unsent"]) == ("expired", SOME, SOME)
