"""The same form sent twice, one after the other or at the same moment, does once what it says."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

import pytest

from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations import campaign_views, choosing_views
from forums.invitations.models import Campaign, Recipient
from forums.mail.models import Letter
from tests.cast import Cast
from tests.client import Reader
from tests.invitations.guests import BODY, SLUG, make_campaign, make_kind, make_list, send
from tests.servers import Sink

CAMPAIGNS = f"/office/e/{SLUG}/campaigns"
DRAFT = {"name": "First", "subject_en": "Come", "body_en": BODY.en, "language": "", "in_doubt": "hold"}
Letters = Callable[[], list[Letter]]
Deliver = Callable[[], list[EmailMessage]]

pytestmark = pytest.mark.usefixtures("edition")


@pytest.fixture
def office(page: Reader, cast: Cast) -> Reader:
    return page.sign_in(cast.organizer)


def drafts() -> int:
    db.session.rollback()
    return db.session.scalar(db.select(db.func.count(Campaign.id))) or 0


def test_one_draft(office: Reader) -> None:
    url, list_id = f"{CAMPAIGNS}/new", make_list(1)
    [key] = office.get(url).find("//form//input[@name='key']/@value")
    form = DRAFT | {"contact_list": str(list_id), "budget_percent": "5", "key": key}
    answers = office.post_at_once(url, form, times=3)
    assert {(one.status_code, one.headers["Location"]) for one in answers} == {(303, f"{CAMPAIGNS}/1")}
    assert office.post(url, form).location == f"{CAMPAIGNS}/1"
    assert drafts() == 1
    office.post(url, form | {"name": "Second"})  # whoever goes back and writes something else means it
    office.post(url, form | {"key": ""})
    assert drafts() == 3
    office.post(f"{CAMPAIGNS}/1/deletion")
    office.post(url, form)
    assert drafts() == 3


def test_one_reminder(office: Reader) -> None:
    url = f"{CAMPAIGNS}/reminders"
    assert {one.status_code for one in office.post_at_once(url, {"key": "x"})} == {303}
    office.post(url, {"key": "x"})
    assert drafts() == 1


def test_one_letter_to_oneself(office: Reader, outbox: Letters) -> None:
    url = f"{CAMPAIGNS}/{make_campaign(make_list(1))}"
    [key] = office.get(url).find("//form[contains(@action, '/tests')]//input[@name='key']/@value")
    form = {"letter": "en", "contact": "1", "key": key}
    assert {one.status_code for one in office.post_at_once(f"{url}/tests", form)} == {303}
    office.post(f"{url}/tests", form)
    assert len(outbox()) == 1
    office.post(f"{url}/tests", form | {"letter": "zh"})
    office.post(f"{url}/tests", form | {"key": ""})
    assert len(outbox()) == 3


def test_a_letter_that_failed_goes_again_once(office: Reader, deliver: Deliver, sink: Sink, outbox: Letters) -> None:
    """It fails again before the second click arrives: by its state alone it would go a third time."""
    sink.answers["guest0@example.org"] = "554 5.6.0 Not like this"
    campaign_id = make_campaign(make_list(2))
    send(campaign_id)
    deliver()
    failed = db.session.scalars(db.select(Recipient.id).order_by(Recipient.id)).all()[0]
    url = f"{CAMPAIGNS}/{campaign_id}/trouble"
    [key] = office.get(url).find("//form//input[@name='key']/@value")
    form = {"chosen": str(failed), f"email-{failed}": "guest0@example.org", "key": key}

    def states() -> list[str]:
        return [letter.state for letter in outbox()]

    assert {one.status_code for one in office.post_at_once(url, form)} == {303}
    assert states() == ["queued", "sent"]
    deliver()
    assert states() == ["failed", "sent"]
    office.get(url)
    office.post(url, form)
    assert states() == ["failed", "sent"]
    assert "1 letter goes out again." in office.get(url).words
    office.post(url, form | {"key": ""})
    assert states() == ["queued", "sent"]


@pytest.mark.parametrize("rest", ["freezing", "words", "tests", "deletion", "people", "people/narrowing"])
def test_a_draft_that_somebody_deletes_at_this_moment(
    office: Reader, monkeypatch: pytest.MonkeyPatch, rest: str
) -> None:
    """It was there when the page was asked for, and is gone when it is locked."""

    found = campaign_views.find
    row_id = make_kind("reminder")
    with monkeypatch.context() as patch:

        def gone(edition: Edition, campaign_id: int) -> Campaign:
            row = found(edition, campaign_id)
            with db.engine.begin() as another:
                another.execute(db.delete(Campaign))
            return row

        patch.setattr(campaign_views, "find", gone)
        patch.setattr(choosing_views, "find", gone)
        form = DRAFT | {"audience": "silent", "budget_percent": "5", "campaign": "0", "list": "0", "language": ""}
        office.post(f"{CAMPAIGNS}/{row_id}/{rest}", form, expected=404)
    office.post(f"{CAMPAIGNS}/reminders", {"campaign": "-" + "9" * 25})
    assert drafts() == 1
