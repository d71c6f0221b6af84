"""What a campaign does by itself is told to whoever sent it, by a letter that has no part in the campaign."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.message import EmailMessage
from threading import Barrier

import pytest
from flask import Flask

from forums import clock
from forums.accounts.models import Account
from forums.clock import now
from forums.documents.fonts import FontMissing
from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations import sending, trouble
from forums.invitations import steps as invitations_steps
from forums.invitations.tasks import sweep
from forums.mail.models import Letter
from forums.mail.suppression.operations import suppress
from forums.transaction import transaction
from tests.cast import SYSTEM, Cast
from tests.client import Reader
from tests.invitations.guests import campaign, make_campaign, make_list, move, work
from tests.mail.notes import later
from tests.servers import Sink

Letters = Callable[[], list[Letter]]
Deliver = Callable[[], list[EmailMessage]]
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.usefixtures("edition")


@pytest.fixture
def sender(cast: Cast) -> Account:
    """The organiser, who reads English."""
    return cast.organizer


def send_by(account: Account | None, count: int, *, expires: timedelta | None = None) -> int:
    campaign_id = make_campaign(make_list(count))
    with transaction():
        campaign(campaign_id).expires_at = now() + expires if expires else None
    move(campaign_id, "freezing")
    with transaction():
        sending.send(campaign(campaign_id), actor=db.session.merge(account).actor if account else SYSTEM)
    work()
    return campaign_id


def notices(outbox: Letters) -> list[tuple[str, str, str]]:
    return [(one.letter, one.recipient, one.language) for one in outbox() if one.letter.startswith("campaign_")]


def text_of(message: EmailMessage) -> str:
    return " ".join(message.get_body(("plain",)).get_content().split())  # type: ignore[union-attr]


def test_an_end_is_told_once_by_however_many_beats(
    app: Flask, sender: Account, deliver: Deliver, sink: Sink, outbox: Letters
) -> None:
    campaign_id, start = send_by(sender, 2, expires=HOUR), Barrier(2)
    late = now() + 2 * HOUR

    def beat(_: int) -> None:
        with app.app_context(), clock.frozen(late):
            start.wait()
            sweep()
            db.session.remove()

    db.session.remove()
    with ThreadPoolExecutor(2) as beats:
        list(beats.map(beat, range(2)))
    with clock.frozen(late):
        sweep()
        [message] = deliver()
    assert notices(outbox) == [("campaign_expired", "organizer@example.org", "en")]
    assert str(message["Subject"]) == "2 letters not sent: First round"
    assert message["List-Unsubscribe"] is None
    assert "2 letters were not sent, and will not be." in text_of(message)
    assert f"/office/e/alu-2027/campaigns/{campaign_id}" in text_of(message)


def test_a_pause_is_told_once_and_its_letter_takes_no_part_in_the_campaign(
    sender: Account, deliver: Deliver, sink: Sink, outbox: Letters
) -> None:
    """The server that takes nothing from us takes this letter neither: it waits, and pauses nothing again."""
    sink.answers |= dict.fromkeys(
        (*(f"guest{n}@example.org" for n in range(3)), "organizer@example.org"), "550 5.7.26 No DMARC"
    )
    with transaction():
        suppress("organizer@example.org", reason="unsubscribed", actor=SYSTEM)
    campaign_id = send_by(sender, 3)
    for minutes in (0, 5, 10, 40):
        with clock.frozen(later(minutes=minutes)):
            deliver()
            sweep()
    assert notices(outbox) == [("campaign_paused", "organizer@example.org", "en")]
    told = outbox()[-1]
    assert (told.state, told.batch, told.params["waiting"]) == ("deferred", None, 3)
    move(campaign_id, "cancellation")
    sink.answers.clear()
    with clock.frozen(later(minutes=600)):
        [message] = deliver()
    assert sink.recipients == ["organizer@example.org"]
    said = text_of(message)
    assert "has paused by itself. 3 letters wait until you go on." in said
    assert "The mail server takes no letters from us by its rules" in said
    assert "550 5.7.26 No DMARC" in said


def test_each_pause_of_the_budget_is_told_in_the_language_of_whoever_is_there(
    edition: Edition, deliver: Deliver, sink: Sink, outbox: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is known to have sent it: the edition's contact is told, and nobody where it has none."""
    monkeypatch.setattr(trouble, "ENOUGH_TRIED", 2)
    sink.refusals |= dict.fromkeys((f"guest{n}@example.org" for n in (1, 4, 6)), "550 5.1.1 No such user")
    campaign_id = send_by(None, 9)
    deliver()
    move(campaign_id, "resumption")
    deliver()
    assert notices(outbox) == [("campaign_paused", "forum@example.org", "zh")] * 2
    with transaction():
        db.session.get_one(Edition, edition.id).contact_email = ""
    move(campaign_id, "resumption")
    deliver()
    assert campaign(campaign_id).state == "paused"
    assert len(notices(outbox)) == 2
    [first, _second] = [one for one in sink.letters if "forum@example.org" in one["To"]]
    assert "失败邮件过多：2 封中有 1 封失败。" in text_of(first)


def test_who_organises_it_no_more_is_not_told(sender: Account, outbox: Letters) -> None:
    send_by(sender, 1, expires=HOUR)
    with transaction():
        db.session.get_one(Account, sender.id).active = False
    with clock.frozen(now() + 2 * HOUR):
        sweep()
    assert notices(outbox) == [("campaign_expired", "forum@example.org", "zh")]


def test_a_scheduled_campaign_whose_letters_cannot_be_printed_pauses_and_goes_on_when_they_can(
    page: Reader, sender: Account, cast: Cast, deliver: Deliver, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> None:
        raise FontMissing

    campaign_id = make_campaign(make_list(2))
    with transaction():
        campaign(campaign_id).with_letter, campaign(campaign_id).starts_at = True, now() + HOUR
    move(campaign_id, "freezing")
    with transaction():
        sending.send(campaign(campaign_id), actor=sender.actor)
    with clock.frozen(now() + 2 * HOUR):
        with monkeypatch.context() as patch:
            patch.setattr(invitations_steps, "cjk_font", none)
            sweep()
            sweep()
        [message] = deliver()
        assert str(message["Subject"]) == "Paused by itself: First round"
        assert "2 letters wait until you go on. No Chinese font was found" in text_of(message)
        shown = page.sign_in(cast.organizer).get(f"/office/e/alu-2027/campaigns/{campaign_id}").words
        assert "The campaign has paused by itself. No Chinese font was found" in shown
        assert (campaign(campaign_id).state, campaign(campaign_id).started_at) == ("paused", None)
        move(campaign_id, "resumption")
        work()
        deliver()
        assert campaign(campaign_id).started_at is not None
    assert sorted(sink.recipients) == ["guest0@example.org", "guest1@example.org", "organizer@example.org"]


def test_a_pause_on_the_last_letter_says_that_none_waits(
    page: Reader, cast: Cast, sender: Account, deliver: Deliver, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trouble, "ENOUGH_TRIED", 1)
    sink.refusals["guest0@example.org"] = "550 5.1.1 No such user"
    campaign_id = send_by(sender, 1)
    [message] = deliver()
    said = "No letter of it waits: all have been tried. Too many letters failed: 1 of 1."
    assert said in text_of(message)
    assert said in page.sign_in(cast.organizer).get(f"/office/e/alu-2027/campaigns/{campaign_id}").words
