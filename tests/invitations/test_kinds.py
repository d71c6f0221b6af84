"""Reminders, updates, cancellations and thanks: each to those whom it is for, with words of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.message import EmailMessage

import pytest

from forums.columns import Bilingual
from forums.extensions import db
from forums.invitations import freezing, sending
from forums.invitations.models import Invitation, Recipient
from forums.mail.models import Letter
from forums.registrations.checkin.operations import record_history
from forums.registrations.operations import cancel
from forums.transaction import transaction
from tests.cast import SYSTEM, Cast
from tests.client import Reader
from tests.invitations.guests import (
    SLUG,
    campaign,
    give_answer,
    here,
    invitations,
    make_campaign,
    make_kind,
    make_list,
    move,
    send,
    work,
)
from tests.registrations.make import make_registration
from tests.servers import Sink

Letters = Callable[[], list[Letter]]
Deliver = Callable[[], list[EmailMessage]]
CAMPAIGNS = f"/office/e/{SLUG}/campaigns"

pytestmark = pytest.mark.usefixtures("edition")


@pytest.fixture
def first(deliver: Deliver, sink: Sink) -> int:
    """Eight guests who have their invitation: 0 is coming, 1 is not, 2 sends a substitute, 3 came back on it, 4 has
    registered without answering, 5 and 6 are silent, and 7 was never reached.
    """
    sink.refusals["guest7@example.org"] = "550 5.1.1 No such user"
    campaign_id = make_campaign(make_list(8))
    send(campaign_id)
    deliver()
    give_answer(campaign_id, 0)
    give_answer(campaign_id, 1, answer="not_coming")
    give_answer(campaign_id, 2, answer="substitute", substitute_name="Sub", substitute_email="sub@example.org")
    give_answer(campaign_id, 3)
    with transaction():
        registration = invitations(campaign_id)[3].registration
        assert registration is not None
        cancel(registration, actor=SYSTEM)
    make_registration(here(), 4, email="guest4@example.org")
    deliver()
    sink.received.clear()
    return campaign_id


def written_to(sink: Sink) -> list[str]:
    return [address.removesuffix("@example.org") for address in sorted(sink.recipients)]


@pytest.mark.parametrize(
    "kind, audience, expected",
    [
        ("reminder", "silent", ["guest5", "guest6"]),
        ("reminder", "coming", ["guest0", "guest4", "sub"]),
        ("update", "expected", ["guest0", "guest4", "guest5", "guest6", "sub"]),
        ("cancellation", "invited", ["guest0", "guest1", "guest3", "guest4", "guest5", "guest6", "sub"]),
        ("thanks", "came", ["guest0", "sub"]),
    ],
)
def test_each_audience(first: int, deliver: Deliver, sink: Sink, kind: str, audience: str, expected: list[str]) -> None:
    if audience == "came":
        with transaction():
            ids = [invitations(first)[number].registration_id for number in (0, 2)]
            record_history(here(), [(one, here().starts_on) for one in ids if one], actor=SYSTEM)
    campaign_id = make_kind(kind, audience=audience)
    send(campaign_id)
    assert {str(message["Subject"]) for message in deliver()} == {
        sending.opening(kind, "").subject.en.replace("{edition}", "Aluminium Summit 2027 (synthetic)")
    }
    assert written_to(sink) == expected
    assert campaign(campaign_id).to_send == len(expected)


def test_only_what_asks_for_an_answer_has_a_button_to_it(first: int, deliver: Deliver) -> None:
    for kind in ("cancellation", "reminder"):
        send(make_kind(kind, body=Bilingual(en="Dear {name}"), subject=Bilingual(en=kind)))
        message = [one for one in deliver() if "guest5@" in str(one["To"])][-1]
        assert ("/answer/" in str(message.get_body(("plain",)))) == (kind == "reminder")


def test_a_reminder_uses_the_same_link_and_invites_nobody_anew(first: int, deliver: Deliver) -> None:
    before = len(db.session.scalars(db.select(Invitation)).all())
    send(make_kind("reminder"))
    deliver()
    assert len(db.session.scalars(db.select(Invitation)).all()) == before


def test_a_substitute_is_written_to_with_a_link_of_their_own(first: int, deliver: Deliver, page: Reader) -> None:
    send(make_kind("update", audience="coming", with_letter=True))
    texts = {str(one["To"]): one.get_body(("plain",)).get_content() for one in deliver()}
    [to_substitute] = [text for to, text in texts.items() if "sub@example.org" in to]
    [to_guest] = [text for to, text in texts.items() if "guest0@example.org" in to]
    link = re.search(r"https?://[^/\s]+(/answer/\S+)", to_substitute)
    assert link
    assert link[1].startswith("/answer/substitute/")
    assert "/answer/substitute/" not in to_guest
    page.get(link[1])


def test_left_out_by_choice(first: int, page: Reader, cast: Cast, deliver: Deliver, sink: Sink) -> None:
    """Guest 5 is unticked; a search keeps that; another visit shows it; freezing leaves them out."""
    page.sign_in(cast.organizer)
    there = page.post(f"{CAMPAIGNS}/reminders").location
    shown = page.get(there)
    assert shown.find("//input[@name='chosen']/@value") == shown.find("//input[@name='shown']/@value")
    fifth, sixth = shown.find("//input[@name='chosen']/@value")
    searched = page.post(there, {"shown": [fifth, sixth], "chosen": [sixth], "search": "1", "q": "guest6"}).location
    assert len(page.get(searched).find("//tbody/tr")) == 1
    assert page.get(there).find("//input[@name='chosen'][@checked]/@value") == [sixth]
    back = page.post(searched, {"shown": [sixth], "chosen": [sixth], "q": "guest6"}).location
    assert "1 person is left out" in page.get(back).words
    page.post(f"{back}/freezing")
    page.post(f"{back}/sending", {"number": "1"})
    work()
    deliver()
    assert written_to(sink) == ["guest6"]
    assert "left out by choice" in page.get(f"{back}?state=withheld").words
    assert "guest5@example.org,left out by choice" in page.get(f"{back}/skipped.csv").text
    again = page.get(page.post(f"{CAMPAIGNS}/reminders").location)
    assert [cell.text_content().split("20")[0].strip() for cell in again.find("//tbody/tr/td[5]")] == [
        "not yet",
        "1 time",
    ]


def test_nobody_but_the_audience_can_be_left_out(first: int) -> None:
    campaign_id = make_kind("reminder")
    everybody = [one.id for one in invitations(first)]
    with transaction():
        assert freezing.leave_out(campaign(campaign_id), everybody, [], actor=SYSTEM) == 2
    with pytest.raises(freezing.NothingToSend):
        move(campaign_id, "freezing")
    with transaction():
        assert freezing.leave_out(campaign(campaign_id), everybody, everybody, actor=SYSTEM) == 0
    move(campaign_id, "freezing", "thawing", "freezing")
    assert campaign(campaign_id).to_send == 2


def test_who_answers_before_the_letter_goes_out_is_not_reminded(
    first: int, deliver: Deliver, sink: Sink, outbox: Letters
) -> None:
    """Guest 5 before the letter is written, guest 6 when it waits in the outbox."""
    campaign_id = make_kind("reminder")
    move(campaign_id, "freezing", "sending")
    give_answer(first, 5, answer="not_coming")
    work()
    give_answer(first, 6, answer="not_coming")
    deliver()
    assert written_to(sink) == []
    rows = db.session.scalars(db.select(Recipient).where(Recipient.campaign_id == campaign_id).order_by(Recipient.id))
    assert [(row.withheld, row.letter and (row.letter.state, row.letter.reason)) for row in rows] == [
        ("changed", None),
        ("", ("cancelled", "answered")),
    ]
    with transaction():
        sending.finish()
    assert campaign(campaign_id).state == "done"


def test_a_kind_writes_to_its_own_audiences_only() -> None:
    with pytest.raises(sending.WrongAudience):
        make_kind("thanks", audience="silent")
    with pytest.raises(sending.WrongAudience):
        make_kind("update", audience="list")


def test_all_letters_in_one_language(first: int, deliver: Deliver) -> None:
    send(make_kind("reminder", language="zh"))
    assert {message["Content-Language"] for message in deliver()} == {"zh-CN"}
    with pytest.raises(sending.IncompleteText):
        make_kind("reminder", language="zh", subject=Bilingual(en="Hello"), body=Bilingual(en="Dear {name}"))


@pytest.mark.parametrize("kind", ["reminder", "update", "cancellation", "thanks"])
def test_the_form_of_each_kind(page: Reader, cast: Cast, kind: str) -> None:
    page.sign_in(cast.organizer)
    form = page.get(f"{CAMPAIGNS}/new?kind={kind}")
    fields = {field.get("name"): field.get("value") for field in form.find("//main//input[@type='text']")}
    fields |= {field.get("name"): field.text for field in form.find("//textarea")}
    fields["audience"] = form.find("//input[@name='audience'][@checked]/@value")[0]
    terms = {"name": "X", "language": "", "in_doubt": "resend", "budget_percent": "0"}
    late = page.post(f"{CAMPAIGNS}/new?kind={kind}", fields | terms | {"expires_at": "2020-01-01T10:00"}, expected=200)
    assert "This moment has passed" in late.words
    made = page.post(f"{CAMPAIGNS}/new?kind={kind}", fields | terms | {"expires_at": "2097-01-01T10:00"}).location
    assert "nobody in particular" in page.get(made).words
    row = campaign(1)
    assert (row.kind, row.in_doubt, row.budget_percent, str(row.expires_at)) == (
        kind,
        "resend",
        0,
        "2097-01-01 02:00:00+00:00",
    )
    changed = page.get(f"{made}/words")
    assert changed.find("//input[@name='expires_at']/@value") == ["2097-01-01T10:00"]
