"""kill -9, in small; make drill has it in full length, with much more that can go wrong."""

from __future__ import annotations

import time

import pytest

from forums.mail import sweeping
from tests.drill.senders import Sender, deliver_for_ever
from tests.mail.notes import Deliver, Letters, states, write
from tests.servers import Sink

pytestmark = pytest.mark.usefixtures("note")
KILLS, COUNT = 2, 24


@pytest.mark.parametrize("in_doubt", ["resend", "hold"])
def test_senders_that_are_killed_lose_nothing(letters: Letters, deliver: Deliver, sink: Sink, in_doubt: str) -> None:
    write(COUNT, facts={"resend_in_doubt": in_doubt == "resend"})
    for kill in range(KILLS):
        sender = Sender(deliver_for_ever)
        until = time.monotonic() + 60
        while len(sink.received) < (kill + 1) * COUNT // (KILLS + 1):
            assert time.monotonic() < until
            time.sleep(0.002)
        sender.kill()
    sweeping.sweep()
    deliver()
    doubt = states(letters).count("unknown")
    assert set(states(letters)) <= {"sent", "unknown"}
    assert len(set(sink.recipients)) + doubt >= COUNT
    twice = len(sink.recipients) - len(set(sink.recipients))
    most_twice, most_doubt = (KILLS, 0) if in_doubt == "resend" else (0, KILLS)
    assert twice <= most_twice
    assert doubt <= most_doubt
