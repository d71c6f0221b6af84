"""What came of what came in: bounces and their letters, forged ones, repeated ones, and the pipe of a mail server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from forums import clock
from forums.activity.models import Actor
from forums.errors import Refused
from forums.extensions import db
from forums.mail import batches, queue
from forums.mail.addresses import own_address
from forums.mail.faults import Fault
from forums.mail.incoming import commands, operations, tasks
from forums.mail.incoming.models import IncomingMail
from forums.mail.incoming.operations import decide, take_in
from forums.mail.models import Letter
from forums.mail.suppression.queries import suppressed_among
from forums.transaction import transaction
from tests.cast import make_edition
from tests.mail.incoming import samples
from tests.mail.incoming.samples import GUEST

SOMEBODY = Actor(1, "Somebody")


@pytest.fixture(autouse=True)
def box(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "MAIL_INCOMING", "replies+*@mail.example.org")


def sent(number: int = 0, *, batch: str | None = None, state: str = "sent", edition: object = None) -> Letter:
    """A letter to guest<number>@example.org that went out."""
    with transaction():
        row = queue(
            letter="password_changed",
            event=f"test:{number}",
            to=f"guest{number}@example.org",
            language="en",
            batch=batch,
            edition=edition,  # type: ignore[arg-type]
        )
        row.state = state
        row.sent_at = row.created_at if state == "sent" else None
    return row


def take(raw: bytes, to: str = "") -> tuple[str, str]:
    """Kind and outcome of what was filed."""
    row = take_in(raw, way="pipe", to=to)
    return (row.kind, row.outcome) if row else ("", "filed before")


def bounced(letter: Letter) -> str | None:
    db.session.expire_all()
    return letter.bounce if letter.bounced_at else None


def is_suppressed() -> bool:
    return GUEST in suppressed_among([GUEST], ["house"])


def test_a_hard_bounce_marks_its_letter_and_suppresses_its_address_once(app: Flask) -> None:
    edition = make_edition()
    letter = sent(edition=edition)
    raw = samples.report(to=own_address("bounce", letter.id))
    assert take(raw) == ("bounce", "suppressed")
    assert bounced(letter) == "5.1.1"
    assert is_suppressed()
    row = db.session.scalars(db.select(IncomingMail)).one()
    assert (row.letter_id, row.edition_id, row.sender) == (letter.id, edition.id, "mailer-daemon@mx.example.net")
    assert take(raw) == ("", "filed before")
    assert take(samples.report(to=own_address("bounce", letter.id), number=2)) == ("bounce", "repeated")


def forged(letter: Letter) -> bytes:
    return samples.report(to=f"replies+b{letter.id}-aaaaaaaaaa@mail.example.org")


def of_nobody(letter: Letter) -> bytes:
    return samples.report(original=f"<{'0' * 32}@{letter.message_id.partition('@')[2]}")


MADE: list[tuple[Callable[[Letter], bytes], str, str | None, bool]] = [
    (lambda letter: samples.qmail(letter.message_id), "suppressed", "5.1.1", True),
    (lambda letter: samples.chinese(letter.message_id, "收件人邮箱不存在"), "suppressed", "5.1.1", True),
    (lambda letter: samples.exchange(letter.message_id), "suppressed", "5.1.10", True),
    (lambda letter: samples.report(original=letter.message_id), "suppressed", "5.1.1", True),
    # The letter was forwarded: what is dead is not the address that we wrote to.
    (lambda letter: samples.report(original=letter.message_id, recipient="x@y.example"), "bounced", "5.1.1", False),
    (lambda letter: samples.report(original=letter.message_id, status="5.2.2"), "bounced", "5.2.2", False),
    (lambda letter: samples.report(original=letter.message_id, action="delayed", status="4.4.1"), "noted", None, False),
    (lambda letter: samples.vacation(letter.message_id), "noted", None, False),
    (lambda letter: samples.human(letter.message_id), "waiting", None, False),
    # Forged, of another letter, or of none.
    (forged, "unmatched", None, False),
    (of_nobody, "unmatched", None, False),
    (lambda letter: samples.report(to=own_address("bounce", letter.id + 1)), "unmatched", None, False),
    (lambda letter: samples.human(""), "unmatched", None, False),
]


@pytest.mark.parametrize(("made", "outcome", "bounce", "suppressed"), MADE)
def test_what_a_message_changes(
    app: Flask, made: Callable[[Letter], bytes], outcome: str, bounce: str | None, suppressed: bool
) -> None:
    letter = sent()
    assert take(made(letter))[1] == outcome
    assert bounced(letter) == bounce
    assert is_suppressed() == suppressed


def test_a_letter_that_never_went_out_cannot_bounce(app: Flask) -> None:
    letter = sent(state="held")
    assert take(samples.report(to=own_address("bounce", letter.id))) == ("bounce", "unmatched")
    assert bounced(letter) is None


def test_an_address_and_a_message_id_that_do_not_agree_name_no_letter(app: Flask) -> None:
    first, second = sent(0), sent(1)
    raw = samples.report(to=own_address("bounce", first.id), original=second.message_id)
    assert take(raw) == ("bounce", "unmatched")


@pytest.fixture
def told() -> Iterator[list[tuple[str, str]]]:
    """What the senders of batches named test:… hear."""
    heard: list[tuple[str, str]] = []

    def hear(batch: str, letter: Letter, fault: Fault) -> None:
        heard.append((batch, fault.reason))

    batches.on_fault("test")(hear)
    yield heard
    batches._listeners.pop("test")


def test_an_objection_to_us_is_told_to_the_campaign(app: Flask, told: list[tuple[str, str]]) -> None:
    for number, status in enumerate(("5.7.26", "5.7.1", "5.2.2")):
        letter = sent(number, batch="test:1")
        take(samples.report(to=own_address("bounce", letter.id), status=status, number=number))
    assert told == [("test:1", "policy"), ("test:1", "came_back"), ("test:1", "came_back")]
    assert not is_suppressed()


def test_an_address_that_asks_for_no_more_letters_gets_none(app: Flask) -> None:
    letter = sent()
    assert take(samples.human(""), to=own_address("unsubscribe", letter.id)) == ("unsubscribe", "suppressed")
    assert is_suppressed()


def test_the_same_bounce_ten_times_at_once_is_filed_once(app: Flask) -> None:
    letter = sent()
    raw, outcomes = samples.report(to=own_address("bounce", letter.id)), []

    def run() -> None:
        with app.app_context():
            outcomes.append(take(raw)[1])

    threads = [threading.Thread(target=run) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [*["filed before"] * 9, "suppressed"]


def test_a_person_decides_about_what_somebody_wrote(app: Flask) -> None:
    letter = sent()
    row = take_in(samples.human(letter.message_id, says="He does not work here any more."), way="imap")
    assert row is not None
    with transaction():
        decide(row, "bounce", actor=SOMEBODY)
    assert (row.outcome, row.decision, row.decided_by) == ("decided", "bounce", "Somebody")
    assert bounced(letter) == "5.1.1"
    assert is_suppressed()
    with pytest.raises(Refused), transaction():
        decide(row, "ignore", actor=SOMEBODY)


def test_what_belongs_to_no_letter_is_not_read_and_soon_forgotten(app: Flask) -> None:
    letter = sent()
    for raw in (samples.human("").replace(b"human-1", b"private"), samples.human(letter.message_id)):
        take(raw)
    kept = db.session.scalars(db.select(IncomingMail).order_by(IncomingMail.id)).all()
    assert [(row.outcome, row.excerpt != "") for row in kept] == [("unmatched", False), ("waiting", True)]
    with clock.frozen(clock.now() + timedelta(days=31)):
        tasks.forget()
    assert [row.outcome for row in db.session.scalars(db.select(IncomingMail))] == ["waiting"]


def test_the_pipe_takes_anything_and_asks_to_wait_while_the_database_is_away(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = sent()
    run = app.test_cli_runner().invoke
    words = ["--recipient", own_address("bounce", letter.id)]
    assert run(commands.receive_mail, words, input=samples.report()).output == "bounce: suppressed\n"
    assert run(commands.receive_mail, input=b"\xff\0" * 5_000_000).output == "other: unmatched\n"
    assert run(commands.receive_mail, input=b"").exit_code == 0

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(operations, "_understand", broken)
        assert run(commands.receive_mail, input=samples.human("")).output == "other: unreadable\n"

    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr(operations, "_write", away)
    again = run(commands.receive_mail, input=samples.qmail(""))
    assert (again.exit_code, again.output) == (75, "")
