"""Senders that die, clocks that jump, letters whose time is over: nothing is lost, and nothing goes twice unasked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from forums import clock
from forums.extensions import db
from forums.mail import batches, delivery, leases, outbox, slices, sweeping
from forums.mail.faults import Fault, Unknown
from forums.mail.models import Letter
from forums.mail.outbox import NotResendable
from forums.transaction import transaction
from tests.cast import SYSTEM
from tests.mail.notes import Deliver, Letters, later, states, write
from tests.servers import Received, Sink

pytestmark = pytest.mark.usefixtures("note")
RESEND = {"resend_in_doubt": True}


class StoppedHere(BaseException):
    """The process was killed: nothing of ours catches this."""


@pytest.fixture
def kill(deliver: Deliver, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> Deliver:
    """Deliver, and be killed when the third letter has been accepted and not been marked."""
    original = delivery._hand_over

    def killed(*args: object) -> object:
        outcome = original(*args)  # type: ignore[arg-type]
        if len(sink.received) == 3:
            raise StoppedHere
        return outcome

    def run() -> list[object]:
        with monkeypatch.context() as patch:
            patch.setattr(delivery, "_hand_over", killed)
            with pytest.raises(StoppedHere):
                deliver()
        return []

    return run  # type: ignore[return-value]


def elsewhere() -> None:
    """Whoever died did so on another machine: nothing is known of them here."""
    leases.forget(leases.holders().dead)


def numbers(sink: Sink) -> list[int]:
    return [int(one.recipient.removeprefix("guest").partition("@")[0]) for one in sink.received]


def test_a_letter_in_the_hand_of_the_dead_is_in_doubt_and_the_others_go_on(
    letters: Letters, deliver: Deliver, sink: Sink, kill: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, type[Fault]]] = []
    monkeypatch.setattr(
        batches, "_listeners", {"told": lambda batch, _letter, fault: heard.append((batch, type(fault)))}
    )
    write(5, batch="told:1")
    kill()
    assert states(letters) == ["sent", "sent", "sending", "queued", "queued"]
    assert sweeping.sweep()
    deliver()
    assert states(letters) == ["sent", "sent", "unknown", "sent", "sent"]
    assert letters()[2].reason == "interrupted"
    assert heard == [("told:1", Unknown)]
    assert numbers(sink) == [0, 1, 2, 3, 4]
    assert leases.holders() == leases.Holders(frozenset(), frozenset())


def test_a_letter_that_may_goes_again_once_for_each_death(
    letters: Letters, deliver: Deliver, sink: Sink, kill: Deliver
) -> None:
    write(5, facts=RESEND)
    kill()
    sweeping.sweep()
    deliver()
    assert states(letters) == ["sent"] * 5
    assert [letter.resent for letter in letters()] == [0, 0, 1, 0, 0]
    assert sorted(numbers(sink)) == [0, 1, 2, 2, 3, 4]
    assert len({one.message_id for one in sink.received}) == 5


def test_two_beats_count_one_death_once(app: Flask, letters: Letters, kill: Deliver) -> None:
    write(3, facts=RESEND)
    kill()

    def beat(_: int) -> None:
        with app.app_context():
            sweeping.sweep()
            db.session.remove()

    db.session.remove()
    with ThreadPoolExecutor(4) as beats:
        list(beats.map(beat, range(4)))
    assert (letters()[2].state, letters()[2].resent) == ("queued", 1)


def test_a_death_elsewhere_is_told_by_the_clock(letters: Letters, deliver: Deliver, sink: Sink, kill: Deliver) -> None:
    write(5)
    kill()
    elsewhere()
    with clock.frozen(later(minutes=1)):
        assert not sweeping.sweep()
        deliver()
    assert len(sink.received) == 3
    with clock.frozen(later(minutes=30)):
        assert sweeping.sweep()
        deliver()
    assert states(letters) == ["sent", "sent", "unknown", "sent", "sent"]


def test_a_letter_that_was_put_off_does_not_wait_for_a_clock_that_was_set_back(
    letters: Letters, deliver: Deliver, sink: Sink
) -> None:
    write(2)
    sink.refusals["guest0@example.org"] = "450 4.2.0 Greylisted"
    deliver()
    sink.refusals.clear()
    assert states(letters) == ["deferred", "sent"]
    assert not sweeping.sweep()  # its minute is not over
    with clock.frozen(later(hours=-2)):
        assert sweeping.sweep()
        deliver()
    assert states(letters) == ["sent", "sent"]
    write(1, start=2, facts={"not_before": later(hours=5)})  # this one is wanted then, and not earlier
    with clock.frozen(later(hours=-2)):
        assert not sweeping.sweep()


def test_by_the_clock_a_letter_goes_again_after_twice_the_time(
    letters: Letters, deliver: Deliver, sink: Sink, kill: Deliver
) -> None:
    """A clock that jumped makes a sender look dead that waits for its answer: the answer has time to come."""
    write(3, facts=RESEND)
    kill()
    elsewhere()
    for wait, state in ((16, "unknown"), (17, "unknown"), (35, "queued")):
        with clock.frozen(later(minutes=wait)):
            sweeping.sweep()
            assert states(letters)[2] == state
    with clock.frozen(later(minutes=36)):
        deliver()
    assert (letters()[2].state, letters()[2].resent, len(sink.received)) == ("sent", 1, 4)


@pytest.mark.parametrize("facts", [{}, RESEND])
def test_an_unanswered_letter_goes_again_three_times_at_most(
    letters: Letters, deliver: Deliver, sink: Sink, facts: dict[str, bool]
) -> None:
    sink.answers["guest0@example.org"] = "hang up"
    write(1, facts=facts)
    for turn in range(6):
        with clock.frozen(later(hours=turn)):
            sweeping.sweep()
            deliver()
    assert (len(sink.received), letters()[0].resent) == ((4, 3) if facts else (1, 0))
    assert (letters()[0].state, letters()[0].reason) == ("unknown", "unanswered")


@pytest.mark.parametrize("hours", [2, -2])
def test_a_clock_that_jumps_while_letters_go_out(
    app: Flask, letters: Letters, deliver: Deliver, sink: Sink, hours: int
) -> None:
    """In the middle of a slice the clock is set, and a beat and another sender act by the new time."""
    write(6, facts=RESEND)

    def meanwhile(_letter: Received) -> None:
        if len(sink.received) == 3:
            with app.app_context(), clock.frozen(later(hours=hours)):
                sweeping.sweep()
                delivery.deliver()
                db.session.remove()

    sink.on_letter = meanwhile
    deliver()
    with clock.frozen(later(hours=hours)):
        sweeping.sweep()
        deliver()
    assert sorted(numbers(sink)) == [0, 1, 2, 3, 4, 5]
    assert states(letters) == ["sent"] * 6
    assert {letter.resent for letter in letters()} == {0}


def test_a_clock_that_was_set_back_holds_nothing_up(letters: Letters, deliver: Deliver, sink: Sink) -> None:
    with clock.frozen(later(hours=2)):
        write(3)
    with transaction():
        letters()[1].lease, letters()[1].leased_until = "elsewhere", later(hours=2, minutes=10)
    deliver()
    assert states(letters) == ["sent"] * 3


def test_one_task_that_comes_ten_times_at_once_sends_each_letter_once(
    app: Flask, letters: Letters, deliver: Deliver, sink: Sink
) -> None:
    write(40)

    def task(_: int) -> None:
        with app.app_context():
            sweeping.sweep()
            while delivery.deliver():
                pass
            db.session.remove()

    db.session.remove()
    with ThreadPoolExecutor(10) as ten:
        list(ten.map(task, range(10)))
    assert sorted(numbers(sink)) == list(range(40))
    assert states(letters) == ["sent"] * 40


def test_nothing_is_sent_after_its_time(letters: Letters, deliver: Deliver, sink: Sink) -> None:
    until = {"expires_at": later(hours=1)}
    write(3, batch="told:1", facts=until)
    write(1, start=3, batch="told:2", facts=until)
    write(2, start=4)
    with transaction():
        outbox.hold("told:2")
        letters()[2].state, letters()[2].resent = "deferred", 1
    with clock.frozen(later(hours=2)):
        deliver()
        assert numbers(sink) == [4, 5]
        sweeping.sweep()
        sweeping.sweep()
        assert states(letters) == ["cancelled", "cancelled", "unknown", "cancelled", "sent", "sent"]
        assert {letter.reason for letter in letters() if letter.state == "cancelled"} == {"expired"}
        with pytest.raises(NotResendable), transaction():
            outbox.resend(letters()[2], actor=SYSTEM)


def test_a_letter_whose_time_ends_while_it_waits_its_turn_is_not_sent(
    app: Flask, letters: Letters, deliver: Deliver, sink: Sink
) -> None:
    write(4, facts={"expires_at": later(hours=1)})

    def end(_letter: Received) -> None:
        if len(sink.received) == 2:
            with app.app_context(), db.engine.begin() as connection:
                connection.execute(update(Letter).values(expires_at=later(seconds=-1)))

    sink.on_letter = end
    deliver()
    assert numbers(sink) == [0, 1]
    sweeping.sweep()
    assert states(letters) == ["sent", "sent", "cancelled", "cancelled"]


def test_leases_are_shorter_than_what_is_believed_of_them() -> None:
    assert slices.ASKEW < slices.SLICE_LEASE < delivery.SENDING_LEASE < timedelta(hours=1)
