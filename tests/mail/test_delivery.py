"""From the outbox to a real SMTP server, on both databases: exactly once, whatever goes wrong in between."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from forums import clock
from forums.activity.models import Actor
from forums.extensions import db
from forums.mail import delivery, outbox, queue, slices, sweeping, writing
from forums.mail.models import Letter
from forums.mail.outbox import NotResendable
from forums.transaction import transaction
from tests.mail.notes import Deliver, Letters, later, states, write
from tests.servers import Received, Sink

SOMEBODY = Actor(1, "Somebody")


pytestmark = pytest.mark.usefixtures("note")


def test_each_letter_once_over_one_connection(letters: Letters, deliver: Deliver, sink: Sink) -> None:
    write(30)
    deliver()
    assert sorted(sink.recipients) == sorted(f"guest{n}@example.org" for n in range(30))
    assert sink.connections == 1
    assert {letter.state for letter in letters()} == {"sent"}
    assert sorted(one.message_id for one in sink.received) == sorted(letter.message_id for letter in letters())
    deliver()
    assert len(sink.received) == 30


def test_what_a_message_carries(app: Flask, deliver: Deliver, letters: Letters) -> None:
    write()
    [message] = deliver()
    [letter] = letters()
    assert message["To"].addresses[0].display_name == "嘉宾0"
    assert str(message["From"]) == app.config["MAIL_FROM"]
    assert message["Date"].datetime == letter.created_at.replace(microsecond=0)
    assert message.get_body(("html",)).get_content().strip() == "<p>w0</p>"


def test_more_than_a_slice(deliver: Deliver, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SLICE", 4)
    write(9)
    deliver()
    assert len(set(sink.recipients)) == len(sink.recipients) == 9
    assert sink.connections == 3


def test_two_workers_share_the_letters(app: Flask, deliver: Deliver, sink: Sink) -> None:
    """A second delivery starts while the first is in the middle of its slice."""
    write(6)
    seen: list[bool] = []

    def second(_letter: Received) -> None:
        if len(sink.received) == 1:
            with app.app_context():
                write(3, start=6)
                seen.append(delivery.deliver())
                db.session.remove()

    sink.on_letter = second
    deliver()
    assert sorted(sink.recipients) == [f"guest{n}@example.org" for n in range(9)]
    assert seen == [True]


def test_letters_of_campaigns_let_others_go_first(
    deliver: Deliver, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "SLICE", 1)
    write(2, batch="campaign:1")
    write(1, start=5)
    deliver()
    assert sink.recipients[0] == "guest5@example.org"


def test_one_letter_that_cannot_be_written_fails_alone(letters: Letters, deliver: Deliver, sink: Sink) -> None:
    write(5)
    with transaction():
        letters()[2].params = {"link_it": False}
    deliver()
    assert states(letters) == ["sent", "sent", "failed", "sent", "sent"]
    failed = letters()[2]
    assert (failed.reason, failed.error) == ("render", "UndefinedError: 'word' is undefined")
    assert len(sink.received) == 4


def test_a_database_that_is_away_fails_no_letter(
    letters: Letters, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("the server closed the connection"))

    write(2)
    with monkeypatch.context() as patch:
        patch.setattr(writing, "render", away)
        patch.setattr(delivery, "DATABASE_AWAY", (0, 0))
        with pytest.raises(OperationalError):
            deliver()
    assert states(letters) == ["queued", "queued"]
    with clock.frozen(later(minutes=30)):
        deliver()
    assert states(letters) == ["sent", "sent"]


def test_a_letter_without_templates_fails_alone(letters: Letters, deliver: Deliver) -> None:
    write(2)
    with transaction():
        letters()[0].letter = "no_such_letter"
    deliver()
    assert states(letters) == ["failed", "sent"]


@pytest.mark.parametrize("address", ["李工@example.org", "nobody", "a@b\r\nBcc: x@example.org", ""])
def test_what_is_no_address_fails_alone(letters: Letters, deliver: Deliver, sink: Sink, address: str) -> None:
    write(2)
    with transaction():
        letters()[0].recipient = address
    deliver()
    assert states(letters) == ["failed", "sent"]
    assert letters()[0].reason == ("smtputf8_missing" if "李" in address else "address_invalid")
    assert sink.recipients == ["guest1@example.org"]


def test_nothing_is_injected_through_a_name(letters: Letters, deliver: Deliver, sink: Sink) -> None:
    write(word="x\r\nBcc: victim@example.org")
    with transaction():
        letters()[0].recipient_name = 'a"\r\nBcc: victim@example.org\r\n\r\nbody'
    [message] = deliver()
    assert message["Bcc"] is None
    assert message["To"].addresses[0].addr_spec == "guest0@example.org"
    assert sink.recipients == ["guest0@example.org"]


def test_smtputf8_is_asked_for_where_the_server_has_it_and_the_address_needs_it(
    letters: Letters, deliver: Deliver, sink: Sink
) -> None:
    sink.smtputf8 = True
    write(3)
    with transaction():
        _, second, third = letters()
        second.recipient, third.recipient = "李工@铝业.中国", "wang@铝业.中国"
    deliver()
    assert states(letters) == ["sent"] * 3
    assert sink.recipients == ["guest0@example.org", "李工@xn--vhqz83o.xn--fiqs8s", "wang@xn--vhqz83o.xn--fiqs8s"]
    assert ["SMTPUTF8" in options for options in sink.options] == [False, True, False]
    plain, _, idna = (one.content.partition(b"\r\n\r\n")[0] for one in sink.received)
    assert plain.isascii()
    assert idna.isascii()


def test_a_refused_recipient_fails(letters: Letters, deliver: Deliver, sink: Sink) -> None:
    sink.refusals["guest1@example.org"] = "550 5.1.1 No such user"
    write(3)
    deliver()
    assert states(letters) == ["sent", "failed", "sent"]
    assert (letters()[1].reason, letters()[1].error) == ("address_gone", "550 5.1.1 No such user")
    assert sink.connections == 1


def test_greylisting_waits_longer_each_time_and_is_given_up(letters: Letters, deliver: Deliver, sink: Sink) -> None:
    sink.refusals["guest0@example.org"] = "450 4.2.0 Greylisted"
    write(2)
    moment = clock.now()
    for attempt, wait in enumerate(delivery.BACKOFF, start=1):
        with clock.frozen(moment):
            deliver()
            assert states(letters) == ["deferred", "sent"]
            letter = letters()[0]
            assert (letter.attempts, letter.not_before) == (attempt, moment + wait)
        with clock.frozen(moment + wait - timedelta(seconds=1)):
            deliver()
            assert letters()[0].attempts == attempt
        moment += wait
    with clock.frozen(moment):
        deliver()
    assert (letters()[0].state, letters()[0].reason) == ("failed", "given_up")
    assert letters()[0].error == "450 4.2.0 Greylisted"


def test_greylisting_ends(letters: Letters, deliver: Deliver, sink: Sink) -> None:
    sink.refusals["guest0@example.org"] = "450 4.2.0 Greylisted"
    write(1)
    deliver()
    sink.refusals.clear()
    with clock.frozen(later(minutes=2)):
        deliver()
    assert states(letters) == ["sent"]
    assert (letters()[0].reason, letters()[0].error) == ("", "")


def test_a_tired_server_costs_no_attempt_and_no_letter(letters: Letters, deliver: Deliver, sink: Sink) -> None:
    sink.answers["guest2@example.org"] = "421 4.3.2 Closing"
    write(5)
    deliver()
    assert states(letters) == ["sent", "sent", "deferred", "sent", "sent"]
    assert letters()[2].attempts == 0
    assert sink.connections == 2
    sink.answers.clear()
    with clock.frozen(later(minutes=2)):
        deliver()
    assert states(letters) == ["sent"] * 5
    assert len(sink.received) == 5


def test_a_server_that_takes_nothing_is_left_alone(letters: Letters, deliver: Deliver, sink: Sink) -> None:
    for number in range(5):
        sink.refusals[f"guest{number}@example.org"] = "421 4.3.2 Closing"
    write(5)
    deliver()
    assert sink.connections == 1
    assert states(letters) == ["deferred"] * 5
    assert {letter.attempts for letter in letters()} == {0}
    assert {letter.lease for letter in letters()} == {None}


def test_without_a_server_everything_waits(
    app: Flask, letters: Letters, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SMTP_URL", "smtp://127.0.0.1:1")
    write(3)
    deliver()
    assert states(letters) == ["deferred"] * 3
    assert {(letter.reason, letter.attempts) for letter in letters()} == {("unreachable", 0)}


def test_a_refused_sender_fails_nobody_at_once(letters: Letters, deliver: Deliver, sink: Sink) -> None:
    sink.at_mail = "550 5.7.1 Sender not allowed"
    write(2)
    deliver()
    assert [(one.state, one.reason) for one in letters()] == [("deferred", "refused_sender")] * 2


def test_an_unanswered_letter_is_unknown_and_not_resent_by_itself(
    letters: Letters, deliver: Deliver, sink: Sink
) -> None:
    sink.answers["guest1@example.org"] = "hang up"
    write(3)
    deliver()
    assert states(letters) == ["sent", "unknown", "sent"]
    assert letters()[1].reason == "unanswered"
    with clock.frozen(later(days=2)):
        sweeping.sweep()
        deliver()
    assert len(sink.received) == 3


def test_a_server_that_swallows_letters_is_given_one(letters: Letters, deliver: Deliver, sink: Sink) -> None:
    for number in range(5):
        sink.answers[f"guest{number}@example.org"] = "hang up"
    write(5)
    deliver()
    assert states(letters) == ["unknown", *["deferred"] * 4]
    assert {letter.attempts for letter in letters()} == {0}
    sink.answers.clear()
    with clock.frozen(later(minutes=2)):
        deliver()
    assert states(letters) == ["unknown", *["sent"] * 4]


@pytest.mark.parametrize("by_smtp", [True, False])
def test_the_only_sender_takes_up_at_once_what_it_left(
    app: Flask, letters: Letters, monkeypatch: pytest.MonkeyPatch, by_smtp: bool
) -> None:
    write(4)
    until = later(minutes=10)
    with transaction():
        first, second, third, _ = letters()
        first.state, first.lease, first.leased_until = "sending", "gone", until
        second.lease, second.leased_until = "gone", until
        third.state, third.lease = "sent", None
    monkeypatch.setitem(app.config, "SMTP_URL", "smtp://127.0.0.1:1" if by_smtp else "")
    sweeping.release_abandoned()
    assert states(letters) == ["unknown" if by_smtp else "queued", "queued", "sent", "queued"]
    assert len(list(db.session.scalars(slices.due()))) == (2 if by_smtp else 3)


def test_a_person_resends_what_is_in_doubt_under_the_same_id(letters: Letters, deliver: Deliver, sink: Sink) -> None:
    sink.answers["guest0@example.org"] = "hang up"
    write()
    deliver()
    sink.clear()
    with transaction():
        letter = db.session.get_one(Letter, letters()[0].id)
    with transaction():
        outbox.resend(letter, actor=SOMEBODY)
    deliver()
    assert [one.message_id for one in sink.received] == [letters()[0].message_id]
    with pytest.raises(NotResendable), transaction():
        outbox.resend(letters()[0], actor=SOMEBODY)


def test_an_answer_that_comes_after_the_lease_still_counts(
    app: Flask, letters: Letters, deliver: Deliver, sink: Sink
) -> None:
    write()

    def meanwhile(_letter: Received) -> None:
        with app.app_context(), db.engine.begin() as connection:
            connection.execute(update(Letter).values(state="unknown", reason="interrupted"))

    sink.on_letter = meanwhile
    deliver()
    assert states(letters) == ["sent"]


@pytest.mark.parametrize("together", [False, True])
def test_a_pause_takes_effect_with_the_next_letter(
    app: Flask, letters: Letters, deliver: Deliver, sink: Sink, together: bool
) -> None:
    sink.pipelining = together
    write(6, batch="campaign:1")

    def pause(_letter: Received) -> None:
        if len(sink.received) == 2:
            with app.app_context():
                with transaction():
                    outbox.hold("campaign:1")
                db.session.remove()

    sink.on_letter = pause
    deliver()
    assert states(letters) == ["sent", "sent", "held", "held", "held", "held"]
    deliver()
    assert len(sink.received) == 2
    with transaction():
        outbox.release("campaign:1")
    deliver()
    assert states(letters) == ["sent"] * 6
    assert len(set(sink.recipients)) == len(sink.recipients) == 6


def test_a_withdrawn_batch_is_never_sent(letters: Letters, deliver: Deliver, sink: Sink) -> None:
    write(3, batch="campaign:1")
    write(1, start=5)
    with transaction():
        assert outbox.withdraw("campaign:1") == 3
    deliver()
    assert sink.recipients == ["guest5@example.org"]


def test_nothing_before_its_time(letters: Letters, deliver: Deliver) -> None:
    with transaction():
        queue(
            letter="note",
            event="x",
            to="a@example.org",
            language="en",
            params={"word": "w", "link_it": False},
            not_before=later(hours=1),
        )
    assert deliver() == []
    with clock.frozen(later(hours=2)):
        assert sweeping.sweep()
        assert [str(message["Subject"]) for message in deliver()] == ["Cancel: w"]


def test_the_embedded_default_writes_files(app: Flask, letters: Letters) -> None:
    write(2)
    folder = Path(app.config["DATA"]) / "letters"
    before = set(folder.glob("*.eml"))
    delivery.deliver()
    assert len(set(folder.glob("*.eml")) - before) == 2
    assert states(letters) == ["sent", "sent"]


def test_what_was_written_long_ago_is_written_again(
    letters: Letters, deliver: Deliver, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink.pipelining = True
    monkeypatch.setattr(writing, "KEPT_SECONDS", -1.0)
    write(3)
    deliver()
    assert states(letters) == ["sent"] * 3
    assert sorted(sink.recipients) == ["guest0@example.org", "guest1@example.org", "guest2@example.org"]
    assert sink.connections == 3  # the one of which the server was told is not the one that went
