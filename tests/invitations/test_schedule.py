"""Campaigns that begin later, that nobody waits for any more, and the count that whoever sends has to know."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest

from forums import clock
from forums.activity.models import Activity
from forums.clock import now
from forums.extensions import db
from forums.invitations import sending
from forums.invitations.models import Campaign, ContactList
from forums.invitations.sending import WrongState, WrongTimes
from forums.invitations.tasks import sweep
from forums.mail.models import Letter
from forums.transaction import transaction
from tests.cast import Cast
from tests.client import Reader
from tests.invitations.guests import SLUG, campaign, make_campaign, make_kind, make_list, move, work
from tests.servers import Sink

Letters = Callable[[], list[Letter]]
Deliver = Callable[[], list[EmailMessage]]
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.usefixtures("edition")


def timed(count: int = 3, *, starts: timedelta | None = None, expires: timedelta | None = None) -> int:
    """A frozen campaign; its id."""
    campaign_id = make_campaign(make_list(count))
    with transaction():
        row = campaign(campaign_id)
        row.starts_at, row.expires_at = (now() + wait if wait else None for wait in (starts, expires))
    move(campaign_id, "freezing")
    return campaign_id


def state(campaign_id: int) -> tuple[str, int]:
    db.session.rollback()
    row = campaign(campaign_id)
    return row.state, row.unsent


def test_it_begins_when_it_is_due_once_and_late_if_need_be(deliver: Deliver, sink: Sink) -> None:
    campaign_id = timed(starts=HOUR, expires=5 * HOUR)
    move(campaign_id, "sending")
    sweep()
    assert state(campaign_id) == ("scheduled", 0)
    with clock.frozen(now() + 4 * HOUR):
        for _ in range(2):  # two beats
            sweep()
        assert state(campaign_id) == ("running", 0)
        work()
        deliver()
        sweep()
    assert state(campaign_id) == ("done", 0)
    assert len(sink.received) == 3
    lines = db.session.scalars(db.select(Activity).where(Activity.action == "campaign.sent")).all()
    assert [line.actor_label for line in lines] == ["system: schedule"]


def test_a_schedule_can_be_called_off(deliver: Deliver, sink: Sink) -> None:
    for step, after in (("cancellation", "cancelled"), ("thawing", "draft")):
        campaign_id = timed(starts=HOUR)
        move(campaign_id, "sending", step)
        with clock.frozen(now() + 2 * HOUR):
            sweep()
            work()
            deliver()
        assert state(campaign_id) == (after, 0)
        if after == "draft":
            assert sink.received == []


def test_nothing_is_sent_after_its_end_and_the_organiser_is_told(
    deliver: Deliver, sink: Sink, page: Reader, cast: Cast, outbox: Letters
) -> None:
    """The server was down from before the start until after the end."""
    campaign_id = timed(starts=HOUR, expires=2 * HOUR)
    url = f"/office/e/{SLUG}/campaigns/{campaign_id}"
    page.sign_in(cast.organizer).post(f"{url}/sending", {"number": "3"})
    with clock.frozen(now() + 3 * HOUR):
        for _ in range(2):  # two beats
            sweep()
            work()
            deliver()
    [told] = sink.letters
    assert sink.recipients == ["organizer@example.org"]
    text = told.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "3 letters were not sent, and will not be." in text
    assert url in text
    assert state(campaign_id) == ("expired", 3)
    assert "3 letters not sent" in page.get(f"/office/e/{SLUG}/campaigns").words
    assert "3 letters were not sent" in page.get(f"/office/e/{SLUG}/campaigns/{campaign_id}").words
    [line] = db.session.scalars(db.select(Activity).where(Activity.action == "campaign.expired"))
    assert line.detail == {"unsent": 3}
    again = make_campaign(db.session.scalars(db.select(ContactList.id)).one())
    move(again, "freezing")
    assert campaign(again).to_send == 3  # they were never invited


@pytest.mark.parametrize("paused", [False, True])
def test_its_end_in_the_middle(
    deliver: Deliver, sink: Sink, outbox: Letters, monkeypatch: pytest.MonkeyPatch, paused: bool
) -> None:
    """Two were sent, one waits in the outbox and one has no letter yet."""
    monkeypatch.setattr(sending, "BATCH", 3)
    campaign_id = timed(4, expires=HOUR)
    move(campaign_id, "sending")
    with transaction():
        sending.expand(campaign_id)
    sink.answers["guest2@example.org"] = "450 4.2.0 Greylisted"
    deliver()
    if paused:
        move(campaign_id, "pause")
    with clock.frozen(now() + 2 * HOUR):
        work()
        sweep()
        with pytest.raises((WrongState, WrongTimes)):
            move(campaign_id, "resumption")
        deliver()
    assert state(campaign_id) == ("expired", 2)
    assert sorted(sink.recipients) == ["forum@example.org", "guest0@example.org", "guest1@example.org"]
    assert [(one.state, one.reason) for one in outbox()][2] == ("cancelled", "expired")


def test_sending_after_its_end_is_refused(page: Reader, cast: Cast) -> None:
    campaign_id = timed(expires=HOUR)
    with clock.frozen(now() + 2 * HOUR):
        page.sign_in(cast.organizer)
        url = f"/office/e/{SLUG}/campaigns/{campaign_id}"
        assert "has passed" in page.post(f"{url}/sending", {"number": "3"}, expected=200).words
    assert state(campaign_id) == ("frozen", 0)


def test_it_cannot_end_before_it_begins() -> None:
    with pytest.raises(WrongTimes):
        make_kind("reminder", starts_at=now() + 2 * HOUR, expires_at=now() + HOUR)


def test_the_words_of_what_ended_too_early_make_one_new_draft(
    page: Reader, cast: Cast, deliver: Deliver, sink: Sink
) -> None:
    """Guest 0 got the letter before the campaign was cancelled: the copy goes to the others."""
    sink.refusals |= dict.fromkeys(("guest1@example.org", "guest2@example.org"), "450 4.2.0 Later")
    campaign_id = timed(starts=HOUR, expires=2 * HOUR)
    there = f"/office/e/{SLUG}/campaigns/{campaign_id}"
    office = page.sign_in(cast.organizer)
    refused = office.get(office.post(f"{there}/copies", {"key": "k"}).location)
    assert "The campaign has moved on meanwhile" in refused.words
    assert "Copy into a new draft" not in refused.words
    with transaction():
        campaign(campaign_id).starts_at, campaign(campaign_id).narrowed = None, {"language": "en"}
    move(campaign_id, "sending")
    work()
    deliver()
    move(campaign_id, "cancellation")
    [form] = office.get(there).find("//form[contains(@action, '/copies')]")
    made = {office.post(form.get("action"), {"key": form.fields["key"]}).location for _ in range(2)}
    assert len(made) == 1
    assert "First round, again" in office.get(made.pop()).h1
    first, second = campaign(campaign_id), db.session.scalars(db.select(Campaign).order_by(Campaign.id.desc())).first()
    assert second is not None
    kept = ("subject", "body", "kind", "audience", "list_id", "narrowed", "with_calendar", "in_doubt", "budget_percent")
    assert [getattr(second, name) for name in kept] == [getattr(first, name) for name in kept]
    assert (second.state, second.expires_at) == ("draft", None)
    move(second.id, "freezing")
    assert (campaign(second.id).to_send, campaign(second.id).duplicate_count) == (2, 1)
