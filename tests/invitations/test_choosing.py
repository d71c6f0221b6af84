"""To whom of its audience a campaign goes: those of one campaign, of a list, in a language, invited long enough ago."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest

from forums import clock
from forums.clock import now
from forums.extensions import db
from forums.invitations import freezing
from forums.invitations.contacts.operations import ListGone
from forums.invitations.models import Campaign
from forums.invitations.narrowing import Narrowing
from forums.invitations.steps import WrongState
from forums.transaction import transaction
from tests.cast import SYSTEM, Cast
from tests.client import Page, Reader
from tests.invitations.guests import SLUG, campaign, invitations, make_campaign, make_list, move, send, work
from tests.servers import Sink

CAMPAIGNS = f"/office/e/{SLUG}/campaigns"
DAY = timedelta(days=1)
Deliver = Callable[[], list[EmailMessage]]

pytestmark = pytest.mark.usefixtures("edition")


@pytest.fixture
def rounds(deliver: Deliver) -> tuple[int, int]:
    """Ten days ago guests 0 and 1 were invited, in Chinese, and now guests 2 and 3, in English; nobody has answered."""
    made = []
    for start, language, at in ((0, "zh", now() - 10 * DAY), (2, "en", now())):
        with clock.frozen(at):
            made.append(make_campaign(make_list(2, start=start, name=f"From {start}", language=language)))
            send(made[-1])
            deliver()
    return made[0], made[1]


@pytest.fixture
def office(page: Reader, cast: Cast) -> Reader:
    return page.sign_in(cast.organizer)


def shown(page: Page) -> list[str]:
    return [label.text.removeprefix("Guest ") for label in page.find("//tbody//label")]


def test_the_silent_of_one_campaign_or_of_all_narrowed_step_by_step(
    office: Reader, rounds: tuple[int, int], deliver: Deliver, sink: Sink
) -> None:
    there = office.post(f"{CAMPAIGNS}/reminders", {"campaign": str(rounds[1]), "key": "k"}).location
    assert shown(office.get(there)) == ["2", "3"]
    for asked, found in (
        ({"campaign": "0"}, ["0", "1", "2", "3"]),
        ({"language": "zh"}, ["0", "1"]),
        ({"days": "7"}, ["0", "1"]),
        ({"days": "7", "language": "en"}, []),
        ({"list": "2"}, ["2", "3"]),
        ({"campaign": str(rounds[0]), "unreminded": "y"}, ["0", "1"]),
    ):
        assert (
            office.post(f"{there}/narrowing", {"campaign": "0", "list": "0", "language": ""} | asked).location == there
        )
        page = office.get(there)
        assert shown(page) == found
        assert f"As things are now, {len(found)} letters go out." in page.words
    refused = office.post(f"{there}/narrowing", {"campaign": "0", "list": "99", "days": "-1"}, expected=200)
    assert "Not a valid choice" in refused.words
    assert "Number must be between 0 and 3650" in refused.words
    # The same press of Remind finds the draft as it has been narrowed since.
    assert office.post(f"{CAMPAIGNS}/reminders", {"campaign": str(rounds[1]), "key": "k"}).location == there
    ids = office.get(there).find("//input[@name='shown']/@value")
    draft = office.post(there, {"shown": ids, "chosen": ids[1:]}).location
    said = office.get(draft)
    assert "Of these only: those whom “First round” wrote to; those who got no reminder yet." in said.words
    assert said.find("//details[summary='Who gets the letter']//li/bdi[1]/text()") == ["Guest 1"]
    office.post(f"{draft}/freezing")
    assert "those who got no reminder yet" in office.get(draft).words
    office.post(f"{draft}/sending", {"number": "1"})
    work()
    sink.received.clear()
    deliver()
    assert sink.recipients == ["guest1@example.org"]
    again = office.post(f"{CAMPAIGNS}/reminders").location
    office.post(f"{again}/narrowing", {"campaign": "0", "list": "0", "language": "zh", "unreminded": "y"})
    assert shown(office.get(again)) == ["0"]


def test_who_joins_later_is_held_to_the_same_and_a_frozen_campaign_is_not_narrowed(
    office: Reader, rounds: tuple[int, int], deliver: Deliver
) -> None:
    there = office.post(f"{CAMPAIGNS}/reminders", {"campaign": str(rounds[0])}).location
    send(make_campaign(make_list(1, start=9, name="Late")))
    deliver()
    row_id = db.session.scalars(db.select(Campaign.id).where(Campaign.kind == "reminder")).one()
    move(row_id, "freezing")
    assert [one.name for one in invitations(row_id)] == ["Guest 0", "Guest 1"]
    office.post(f"{there}/narrowing", {"campaign": "0", "list": "0", "language": "en"})
    assert "The campaign has moved on meanwhile" in office.get(there.removesuffix("/people")).words
    with pytest.raises(WrongState), transaction():
        freezing.narrow(campaign(row_id), Narrowing(days=1), actor=SYSTEM)
    assert campaign(row_id).narrowed == {"campaign": rounds[0]}


def test_what_a_narrowing_names_stays_there_and_stays_chosen(
    office: Reader, rounds: tuple[int, int], deliver: Deliver
) -> None:
    """A list cannot go while a draft is narrowed down to it, and a campaign that sent nothing widens no choice."""
    unsent = make_campaign(make_list(1, start=9, name="Nobody yet"))
    there = office.post(f"{CAMPAIGNS}/reminders", {"campaign": str(unsent)}).location
    office.post(f"{there}/narrowing", {"campaign": str(unsent), "list": "1", "language": ""})
    chosen = office.get(there).find("//option[@selected]/@value")
    assert chosen == [str(unsent), "1", ""]
    deletion = f"/office/e/{SLUG}/contacts/1/deletion"
    with transaction():
        campaign(rounds[0]).list_id, campaign(rounds[0]).audience = 2, "list"
    kept = office.get(office.post(deletion).location)
    assert "The campaign “Reminder” goes only to people of this list." in kept.words
    office.post(f"{there}/narrowing", {"campaign": "0", "list": "0", "language": ""})
    office.post(deletion)
    # Another tab still offers the list.
    row_id = db.session.scalars(db.select(Campaign.id).where(Campaign.kind == "reminder")).one()
    with pytest.raises(ListGone), transaction():
        freezing.narrow(campaign(row_id), Narrowing(list=1), actor=SYSTEM)
    assert campaign(row_id).narrowed == {}
