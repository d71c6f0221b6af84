"""Whose fault it is decides what follows: for the letter, for its address and for its batch."""

from __future__ import annotations

import pytest
from flask import Flask

from forums import clock
from forums.mail import batches, outbox
from forums.mail.faults import AddressGone, Fault, Permanent, Retryable, Unknown, Unwelcome
from forums.mail.models import Letter
from forums.mail.suppression.queries import standing
from forums.transaction import transaction
from tests.cast import Cast
from tests.client import Reader
from tests.mail.notes import Deliver, Letters, later, states, write
from tests.servers import Sink

pytestmark = pytest.mark.usefixtures("note")
Told = list[tuple[str, str, type[Fault]]]
BATCH = "told:1"
NO_DMARC = "550 5.7.26 Unauthenticated mail is not accepted"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """What the batches of kind "told" hear; they pause when we are not welcome."""
    heard: Told = []
    monkeypatch.setattr(batches, "_listeners", dict(batches._listeners))

    @batches.on_fault("told")
    def listen(batch: str, letter: Letter, fault: Fault) -> None:
        heard.append((batch, letter.state, type(fault)))
        if isinstance(fault, Unwelcome):
            outbox.hold(batch)

    return heard


def test_a_batch_hears_of_what_went_wrong_and_of_nothing_else(
    letters: Letters, deliver: Deliver, sink: Sink, told: Told
) -> None:
    write(6, batch=BATCH)
    write(1, start=6)
    with transaction():
        letters()[1].params = {}
    sink.refusals |= {
        "guest2@example.org": "550 5.1.1 No such user",
        "guest3@example.org": "450 4.2.0 Greylisted",
        "guest6@example.org": "550 5.1.1 No such user",
    }
    sink.answers["guest4@example.org"] = "hang up"
    deliver()
    assert states(letters) == ["sent", "failed", "failed", "deferred", "unknown", "sent", "failed"]
    assert sorted(told, key=str) == sorted(
        [
            (BATCH, "failed", Permanent),
            (BATCH, "failed", AddressGone),
            (BATCH, "deferred", Retryable),
            (BATCH, "unknown", Unknown),
        ],
        key=str,
    )


def test_a_batch_that_is_not_welcome_stops_with_its_first_letter(
    letters: Letters, deliver: Deliver, sink: Sink, told: Told
) -> None:
    sink.answers |= {f"guest{number}@example.org": NO_DMARC for number in range(4)}
    write(4, batch=BATCH)
    deliver()
    assert told == [(BATCH, "deferred", Unwelcome)]
    assert states(letters) == ["held"] * 4
    assert (letters()[0].reason, letters()[0].error, letters()[0].attempts) == ("policy", NO_DMARC, 0)
    sink.answers.clear()
    with transaction():
        outbox.release(BATCH)
    with clock.frozen(later(minutes=2)):
        deliver()
    assert states(letters) == ["sent"] * 4
    assert len(sink.received) == 4


def test_other_letters_that_are_not_welcome_wait_and_the_outbox_says_so(
    letters: Letters, deliver: Deliver, sink: Sink, page: Reader, cast: Cast
) -> None:
    sink.answers["guest0@example.org"] = NO_DMARC
    write(2)
    write(1, start=2, batch="nobody-listens:1")
    sink.answers["guest2@example.org"] = NO_DMARC
    deliver()
    assert states(letters) == ["deferred", "sent", "deferred"]
    assert {(one.attempts, one.reason) for one in letters() if one.state == "deferred"} == {(1, "policy")}
    page.sign_in(cast.admin)
    assert f"takes no letters from us: “{NO_DMARC}”" in page.get("/office/outbox").words


def test_a_campaign_writes_no_more_where_nobody_is(letters: Letters, deliver: Deliver, sink: Sink) -> None:
    sink.refusals["guest0@example.org"] = "550 5.1.1 No such user"
    sink.refusals["guest1@example.org"] = "550 5.2.1 Mailbox disabled"
    write(1, batch="campaign:1")
    write(1, start=1, batch="campaign:1")
    write(1, start=2, batch="campaign:2", facts={"to": "guest0@example.org", "not_before": later(hours=1)})
    write(1, start=3, facts={"to": "guest0@example.org", "not_before": later(hours=1)})
    deliver()
    assert [(letter.state, letter.reason) for letter in letters()] == [
        ("failed", "address_gone"),
        ("failed", "refused_recipient"),
        ("cancelled", "suppressed"),
        ("queued", ""),
    ]
    [row] = standing("guest0@example.org")
    assert (row.reason, row.detail, row.letter_id) == ("bounced", "550 5.1.1 No such user", letters()[0].id)
    assert not standing("guest1@example.org")


def test_a_kind_has_one_listener(app: Flask, told: Told) -> None:
    with pytest.raises(ValueError, match="told"):
        batches.on_fault("told")(lambda *_: None)


def test_a_listener_that_fails_does_not_lose_what_became_of_the_letter(
    letters: Letters, deliver: Deliver, sink: Sink, told: Told
) -> None:
    @batches.on_fault("clumsy")
    def stumble(batch: str, letter: Letter, fault: Fault) -> None:
        outbox.hold(batch)
        raise ZeroDivisionError

    sink.refusals["guest0@example.org"] = "550 5.1.1 No such user"
    write(2, batch="clumsy:1")
    deliver()
    assert states(letters) == ["failed", "sent"]
