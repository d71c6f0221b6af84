"""No minute sees more letters than the limits let go, whoever sends; and nobody else waits for that."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask

from forums import clock
from forums.editions.models import Edition
from forums.extensions import db
from forums.mail import delivery, limits, outbox, slices, sweeping
from forums.mail.limits import Limits, take_turn
from forums.operate import doctor
from forums.transaction import transaction
from tests.cast import Cast
from tests.client import Reader
from tests.invitations.guests import SLUG, make_campaign, make_list, move
from tests.mail.notes import Deliver, Letters, later, states, write
from tests.servers import Sink

Limited = Callable[..., None]
pytestmark = pytest.mark.usefixtures("note")


@pytest.fixture
def limited(app: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> Limited:
    """Set the limits: letters a minute in all, and to each domain."""

    def set_to(relay: int = 0, **domains: int) -> None:
        monkeypatch.setitem(app.config, "SMTP_URL", sink.url)
        monkeypatch.setitem(app.config, "MAIL_PER_MINUTE", relay)
        named = {name.replace("_", ".").replace("others", "*"): rate for name, rate in domains.items()}
        monkeypatch.setitem(app.config, "MAIL_DOMAIN_PER_MINUTE", named)

    return set_to


def turn(domain: str = "qq.com") -> float:
    with transaction():
        return take_turn(Limits.current().waits(domain))


def test_a_turn_comes_when_its_time_has_come_for_the_server_and_for_the_domain(limited: Limited) -> None:
    limited(120, qq_com=60, others=30)
    begin = clock.now()
    with clock.frozen(begin):
        assert turn() == 0
        assert (turn(), turn("163.com")) == (1, 0.5)
    with clock.frozen(begin + timedelta(seconds=0.5)):
        assert turn("163.com") == 0
        assert turn() == 0.5
    with clock.frozen(begin + timedelta(seconds=1)):
        assert turn() == 0
        assert (turn(), turn("163.com"), turn("126.com")) == (1, 1.5, 0.5)
    with clock.frozen(begin - timedelta(hours=2)):
        assert turn() == 0
        assert turn() == 1


def test_two_senders_keep_one_limit_and_other_domains_do_not_wait(
    app: Flask, letters: Letters, deliver: Deliver, sink: Sink, limited: Limited
) -> None:
    limited(example_org=400)
    write(9, batch="campaign:1")
    for number in range(3):
        write(1, batch="campaign:1", start=20 + number, facts={"to": f"g{number}@elsewhere.example"})
    arrivals: list[tuple[str, float]] = []
    sink.on_letter = lambda letter: arrivals.append((letter.recipient, time.monotonic()))

    def task(_: int) -> None:
        with app.app_context():
            while delivery.deliver():
                pass
            db.session.remove()

    db.session.remove()
    with ThreadPoolExecutor(2) as two:
        list(two.map(task, range(2)))
    deliver()
    assert states(letters) == ["sent"] * 12
    assert len(set(sink.recipients)) == 12
    ours = [at for recipient, at in arrivals if recipient.endswith("@example.org")]
    others = [at for recipient, at in arrivals if not recipient.endswith("@example.org")]
    assert ours[-1] - ours[0] > 1.15
    assert max(others) < ours[5]


def test_a_slice_takes_what_has_its_turn_soon_and_personal_letters_first(letters: Letters, limited: Limited) -> None:
    limited(example_org=60)
    write(10, batch="campaign:1")
    write(2, start=10)
    write(3, batch="campaign:1", start=20)
    with transaction():
        for letter in letters()[12:]:
            letter.domain = "elsewhere.example"
    taken = slices.take("ours")
    assert [letter.id for letter in taken] == [11, 12, 1, 2, 13, 14, 15]


def test_the_next_slice_comes_when_its_turn_does(letters: Letters, limited: Limited) -> None:
    limited(example_org=6)
    write(3)
    with clock.frozen(later()):
        assert slices.countdown() == 0
        assert turn("example.org") == 0
        assert slices.countdown() == 10 - limits.AHEAD
        assert slices.take("ours") == []
        assert not delivery.deliver()
    limited(1)
    with clock.frozen(later(minutes=5)):
        assert len(slices.take("ours")) == 1
        assert turn("example.org") == 0
        assert slices.take("ours") == []
        assert slices.countdown() == limits.LONGEST_COUNTDOWN
        limited()
        assert (len(slices.take("ours")), slices.countdown()) == (2, 0)


def test_letters_that_have_their_turn_too_late_are_left_to_others(
    letters: Letters, deliver: Deliver, sink: Sink, limited: Limited, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pause in the middle: the rest of the slice is not kept from the next sender."""
    limited(example_org=120)
    monkeypatch.setattr(limits, "AHEAD", 0.3)
    monkeypatch.setattr(slices, "AHEAD", 0.3)
    write(2)
    monkeypatch.setattr(Limits, "share", lambda *_: None)
    sink.on_letter = lambda _letter: time.sleep(0.05)
    assert delivery.deliver()
    assert states(letters)[0] == "sent"
    assert {letter.lease for letter in letters()} == {None}


def test_nobody_who_sends_is_told_on_the_outbox_and_by_the_doctor(
    app: Flask, page: Reader, cast: Cast, letters: Letters
) -> None:
    page.sign_in(cast.admin)
    write(1, batch="campaign:1")
    with clock.frozen(later(minutes=5)):
        assert "no worker has been seen for 5 minutes" in page.get("/office/outbox").words
        sweeping.sweep()
        assert "no worker has been seen" not in page.get("/office/outbox").words
        assert next(one for one in doctor._outbox() if one.subject == "worker").state == "ok"
    with clock.frozen(later(minutes=18)):
        assert "no worker has been seen for 13 minutes" in page.get("/office/outbox").words
        assert next(one for one in doctor._outbox() if one.subject == "worker").state == "problem"
        with transaction():
            outbox.withdraw("campaign:1")
        assert "no worker has been seen" not in page.get("/office/outbox").words
        assert next(one for one in doctor._outbox() if one.subject == "worker").state == "note"


def test_nobody_who_sends_is_told_on_a_campaign_that_waits_for_its_letters(
    page: Reader, cast: Cast, edition: Edition
) -> None:
    campaign_id = make_campaign(make_list(2))
    move(campaign_id, "freezing", "sending")
    page.sign_in(cast.organizer)
    address = f"/office/e/{SLUG}/campaigns/{campaign_id}"
    assert "no worker has been seen" not in page.get(address).words
    with clock.frozen(later(minutes=5)):
        assert "no worker has been seen for 5 minutes" in page.get(address).words


def test_old_turns_are_forgotten(letters: Letters, limited: Limited) -> None:
    limited(others=60)
    turn("qq.com")
    with clock.frozen(later(days=2)):
        sweeping.sweep()
        assert set(limits.next_turns()) == {"sender"}
