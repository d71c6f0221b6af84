"""A campaign of 10,000 letters from the real outbox into postfix's smtp-sink, one commit for each letter.

Beside it run, in the same minutes, its ceiling R (smtp-source, one session, one connection) and what is often written:
templates rendered for each letter, EmailMessage and smtplib, without any database.
"""

from __future__ import annotations

import http.client
import os
import smtplib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from statistics import mean, median, quantiles
from typing import Any

import pytest
from flask import Flask, current_app
from flask_migrate import upgrade
from icalendar import Calendar, Event, vCalAddress
from sqlalchemy import String, cast, func, select, update

from forums.extensions import db
from forums.invitations import openings
from forums.invitations.models import Contact
from forums.mail import delivery, slices, writing
from forums.mail.compose import address_on_the_wire, compose
from forums.mail.models import Letter
from forums.mail.rendering import render
from forums.mail.transport import SmtpTransport, Written, parse_smtp_url
from forums.transaction import transaction
from tests import servers
from tests.bench import postfix
from tests.bench.figures import Figure, report
from tests.cast import hire, make_edition, make_series
from tests.conftest import make_app
from tests.invitations.guests import campaign, here, make_campaign, make_list, send
from tests.running import billet

LETTERS = int(os.environ.get("LETTERS", "10000"))
LETTERS_ON_POSTGRESQL = min(LETTERS, 3000)
NAIVE = 400
SIZE = 4096
BODY = openings.BODIES["invitation"]
READER_RESTS = 0.01
READ_SECONDS = 8.0


@contextmanager
def billet_with(data: Path, letters: int, url: str = "") -> Iterator[Flask]:
    """An app with so many letters of campaigns in its outbox, half of them Chinese."""
    app = make_app(data, url)
    with app.app_context():
        upgrade()
        hire(make_series("other"))  # so that `up` finds somebody, and loads no demonstration
        make_edition()
        for half, language in enumerate(("zh", "en")):
            contacts = make_list(letters // 2, start=half * letters, name=language, language=language)
            with transaction() as session:
                named = update(Contact).where(Contact.list_id == contacts, Contact.language == "zh")
                session.execute(
                    named.values(name="嘉宾" + cast(Contact.id, String), organisation="濉溪铝业", title="教授")
                )
            campaign_id = make_campaign(contacts, body=BODY)
            with transaction():
                campaign(campaign_id).with_calendar = True
            send(campaign_id)
        yield app
        db.session.remove()
        db.engine.dispose()


@dataclass
class Run:
    """One sender's work: letters a second, and the MB it held after the first thousand and at its most later."""

    rate: float
    sent: int
    early: float = 0.0
    most: float = 0.0


def work_off(port: int) -> Run:
    """Deliver all that is due, as one worker does, slice after slice."""
    current_app.config["SMTP_URL"] = f"smtp://127.0.0.1:{port}"
    began, held = time.perf_counter(), []
    while delivery.deliver():
        held.append(resident())
    seconds = time.perf_counter() - began
    db.session.rollback()
    sent = db.session.scalar(select(func.count()).where(Letter.state == "sent")) or 0
    warm = held[1000 // slices.SLICE :] or held
    return Run(sent / seconds, sent, warm[0], max(warm))


def resident() -> float:
    """The MB that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


# ---- What it is measured against


def naive(port: int) -> float:
    """Letters per second of the loop that is often written, over one connection, with nothing to remember."""
    letters = db.session.scalars(
        select(Letter).order_by(func.abs(Letter.id * 7919 % 1009), Letter.id).limit(NAIVE)
    ).all()
    smtp = smtplib.SMTP("127.0.0.1", port)
    began = time.perf_counter()
    for letter in letters:
        parts = render(letter.letter, letter.params, letter.language, name=letter.recipient_name, masked=True)
        message = EmailMessage()
        message["From"] = current_app.config["MAIL_FROM"]
        message["To"] = f"{letter.recipient_name} <{letter.recipient}>"
        message["Subject"] = parts.subject
        message["Message-ID"] = letter.message_id
        message["Date"] = format_datetime(letter.created_at)
        message.set_content(parts.text)
        message.add_alternative(parts.html, subtype="html")
        message.add_alternative(naive_calendar(letter), "text", "calendar", params={"method": "REQUEST"})
        smtp.send_message(message)
    rate = len(letters) / (time.perf_counter() - began)
    smtp.quit()
    return rate


def naive_calendar(letter: Letter) -> bytes:
    edition, event, calendar = here(), Event(), Calendar()
    event.add("uid", letter.message_id)
    event.add("dtstamp", letter.created_at)
    event.add("dtstart", edition.starts_on)
    event.add("dtend", edition.ends_on)
    event.add("summary", edition.title.local(letter.language))
    event.add("location", edition.venue.local(letter.language))
    event.add("organizer", vCalAddress(f"mailto:{edition.contact_email}"))
    attendee = vCalAddress(f"mailto:{letter.recipient}")
    attendee.params["CN"] = letter.recipient_name
    event.add("attendee", attendee)
    for name, value in (("prodid", "-//naive//EN"), ("version", "2.0"), ("method", "REQUEST")):
        calendar.add(name, value)
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


# ---- Where the time goes


@dataclass
class Parts:
    """Milliseconds of each step for one letter, alone."""

    steps: dict[str, list[float]] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.steps.setdefault(name, []).append(1000 * (time.perf_counter() - began))


def parts_of(port: int, count: int = 300) -> Parts:
    """The same steps as delivery takes, one after the other, on letters that were sent."""
    parts = Parts()
    letters = db.session.execute(select(*delivery.LETTERS.c).order_by(delivery.LETTERS.c.id.desc()).limit(count)).all()
    transport = SmtpTransport(parse_smtp_url(f"smtp://127.0.0.1:{port}"))
    for letter in letters:
        with parts.step("render"):
            said = render(letter.letter, letter.params, letter.language, name=letter.recipient_name)
        with parts.step("compose"):
            message = compose(said, writing._envelope(letter))
        parts.sizes.append(len(message))
        with parts.step("SMTP"):
            wire = address_on_the_wire(letter.recipient)
            transport.send(Written("forum@billet.example", wire, message))
        with parts.step("commit"), transaction() as session:
            for state in ("sending", "sent"):
                mark: Any = update(delivery.LETTERS).where(delivery.LETTERS.c.id == letter.id)
                session.execute(mark.values(state=state))
    transport.close()
    return parts


# ---- Readers of pages meanwhile


def read_pages(port: int, seconds: float) -> list[float]:
    """Milliseconds in which one reader gets the edition's page, again and again."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.perf_counter()
        connection.request("GET", "/e/alu-2027/")
        answer = connection.getresponse()
        answer.read()
        times.append(1000 * (time.perf_counter() - began))
        assert answer.status == 200
        time.sleep(READER_RESTS)
    connection.close()
    return times


def p95(times: list[float]) -> float:
    return quantiles(times, n=20)[18]


def pages_while_sending(folder: Path, smtp: int) -> tuple[list[float], list[float], int]:
    """The times with nothing to send, those while the embedded worker sends, and how many letters went meanwhile."""
    port = servers.free_port()
    with billet_with(folder / "data", LETTERS) as app:
        with transaction() as session:
            session.execute(update(Letter).values(state="held"))
        environ = {
            "BILLET_DATA": str(folder / "data"),
            "PORT": str(port),
            "SMTP_URL": f"smtp://127.0.0.1:{smtp}?starttls=0",
            "MAIL_FROM": app.config["MAIL_FROM"],
        }
        with billet(folder / "log", **environ):
            read_pages(port, 2)
            idle = read_pages(port, READ_SECONDS)
        with transaction() as session:
            session.execute(update(Letter).values(state="queued"))
        with billet(folder / "log", **environ):  # beat rings delivery as it starts
            while not sent(app):
                time.sleep(0.05)
            before = sent(app)
            sending = read_pages(port, READ_SECONDS)
            return idle, sending, sent(app) - before


def sent(_app: Flask) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(Letter.state == "sent")) or 0


@pytest.mark.timeout(1800)
def test_sending(tmp_path: Path) -> None:
    with postfix.sink(tmp_path / "sink.log") as port:
        postfix.source(port, 500, SIZE)
        with billet_with(tmp_path / "sqlite", LETTERS):
            often_written = naive(port)
            ceilings = [postfix.source(port, 10_000, SIZE)]
            ours = work_off(port)
            ceilings.append(postfix.source(port, 10_000, SIZE))
            parts = parts_of(port)
        with billet_with(tmp_path / "pg", LETTERS_ON_POSTGRESQL, servers.create_database("bench_mail")):
            on_postgresql = work_off(port)
            ceilings.append(postfix.source(port, 10_000, SIZE))
        idle, sending, meanwhile = pages_while_sending(tmp_path, port)
    assert (ours.sent, on_postgresql.sent) == (LETTERS // 2 * 2, LETTERS_ON_POSTGRESQL // 2 * 2)
    r = median(ceilings)
    steps = [Figure(f"  of these: {name}", mean(times), "ms") for name, times in parts.steps.items()]
    report(
        "mail",
        [
            Figure("R: smtp-source, one session", r, "1/s"),
            Figure("one sender on SQLite", ours.rate, "1/s", r, 0.15),
            Figure("one sender on PostgreSQL", on_postgresql.rate, "1/s", r, 0.12),
            Figure("one sender against EmailMessage and smtplib", ours.rate, "1/s", often_written, 4),
            Figure(f"memory on top, over {LETTERS:,} letters", ours.most - ours.early, "MB", bar=30, at_most=True),
            Figure("a page while the embedded worker sends, p95", p95(sending), "ms", p95(idle), 2, at_most=True),
            Figure("  letters sent meanwhile", meanwhile / READ_SECONDS, "1/s"),
            Figure("a letter, alone", sum(mean(times) for times in parts.steps.values()), "ms"),
            *steps,
            Figure("size of a letter", mean(parts.sizes), "bytes"),
        ],
    )
