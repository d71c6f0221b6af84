"""A campaign that goes wrong stops by itself, and says why."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from email.message import EmailMessage

import pytest
from flask import Flask

from forums import clock
from forums.activity.models import Activity
from forums.extensions import db
from forums.invitations import trouble
from forums.invitations.models import Campaign
from forums.mail import outcomes, sweeping
from forums.mail.models import Letter
from forums.transaction import transaction
from tests.cast import Cast
from tests.client import Reader
from tests.invitations.guests import SLUG, campaign, campaign_letters, make_campaign, make_list, move, send
from tests.mail.notes import later
from tests.servers import Received, Sink

Letters = Callable[[], list[Letter]]
Deliver = Callable[[], list[EmailMessage]]
pytestmark = pytest.mark.usefixtures("edition")
NO_DMARC = "550 5.7.26 Unauthenticated mail is not accepted"


def standing(campaign_id: int) -> tuple[str, str, str]:
    db.session.rollback()
    row = campaign(campaign_id)
    return row.state, row.paused_reason, row.paused_detail


def test_a_campaign_that_is_not_welcome_pauses_with_its_first_letter(
    deliver: Deliver, sink: Sink, outbox: Letters, page: Reader, cast: Cast
) -> None:
    campaign_id = make_campaign(make_list(25))
    sink.answers |= {f"guest{number}@example.org": NO_DMARC for number in range(25)}
    send(campaign_id)
    deliver()
    assert standing(campaign_id) == ("paused", "policy", NO_DMARC)
    assert {(letter.state, letter.attempts) for letter in campaign_letters(outbox())} == {("held", 0)}
    [line] = db.session.scalars(db.select(Activity).where(Activity.action == "campaign.paused"))
    assert (line.actor_label, line.detail) == ("system: mail", {"reason": "policy", "detail": NO_DMARC})
    shown = page.sign_in(cast.organizer).get(f"/office/e/{SLUG}/campaigns/{campaign_id}").words
    assert "has paused by itself. The mail server takes no letters from us" in shown
    assert NO_DMARC in shown
    sink.answers.clear()
    move(campaign_id, "resumption")
    with clock.frozen(later(minutes=2)):
        deliver()
    assert sorted(sink.recipients) == sorted(["forum@example.org", *(f"guest{n}@example.org" for n in range(25))])


@pytest.mark.parametrize("percent, tried", [(10, 20), (0, 40), (30, 40)])
def test_a_campaign_pauses_when_too_many_letters_fail(
    deliver: Deliver, sink: Sink, outbox: Letters, percent: int, tried: int
) -> None:
    """Every fifth address is dead: 4 of the first 20."""
    campaign_id = make_campaign(make_list(40))
    with transaction():
        db.session.get_one(Campaign, campaign_id).budget_percent = percent
    sink.refusals |= {f"guest{number}@example.org": "550 5.1.1 No such user" for number in range(4, 40, 5)}
    send(campaign_id)
    deliver()
    over = [letter.state for letter in campaign_letters(outbox()) if letter.state != "held"]
    assert len(over) == tried
    assert over.count("failed") == tried // 5
    assert standing(campaign_id) == (("paused", "budget", "4/20") if percent == 10 else ("running", "", ""))


def test_who_goes_on_after_the_budget_begins_a_new_count(
    deliver: Deliver, sink: Sink, outbox: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trouble, "ENOUGH_TRIED", 2)
    campaign_id = make_campaign(make_list(6))
    sink.refusals |= {f"guest{number}@example.org": "550 5.1.1 No such user" for number in (1, 4)}
    send(campaign_id)
    deliver()
    assert standing(campaign_id) == ("paused", "budget", "1/2")
    move(campaign_id, "resumption")
    assert standing(campaign_id) == ("running", "", "")
    deliver()
    assert standing(campaign_id) == ("paused", "budget", "1/3")
    states = [letter.state for letter in campaign_letters(outbox())]
    assert states == ["sent", "failed", "sent", "sent", "failed", "held"]


@pytest.mark.parametrize("step, state", [("pause", "held"), ("cancellation", "cancelled")])
@pytest.mark.parametrize("killed", [False, True])
def test_a_letter_on_its_way_at_a_pause_that_would_go_again_stays_behind(
    app: Flask,
    deliver: Deliver,
    sink: Sink,
    outbox: Letters,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    state: str,
    killed: bool,
) -> None:
    """It is not known whether it arrived: nobody answered, or the sender died."""
    campaign_id = make_campaign(make_list(3))
    with transaction():
        db.session.get_one(Campaign, campaign_id).in_doubt = "resend"
    send(campaign_id)

    def meanwhile(_letter: Received) -> None:
        with app.app_context():
            move(campaign_id, step)
            db.session.remove()

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    sink.on_letter = meanwhile
    sink.answers |= {f"guest{number}@example.org": "hang up" for number in range(3)}
    with monkeypatch.context() as patch:
        if killed:
            patch.setattr(outcomes, "in_doubt", die)
        with pytest.raises(KeyboardInterrupt) if killed else nullcontext():
            deliver()
    sweeping.sweep()
    with clock.frozen(later(minutes=5)):
        sweeping.sweep()
        deliver()
    assert len(sink.received) == 1
    assert {letter.state for letter in outbox()} == {state}
    assert sorted(letter.resent for letter in outbox()) == [0, 0, 1]
