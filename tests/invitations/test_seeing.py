"""What became of a campaign, who stands where, and letters that went wrong sent again."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from openpyxl import load_workbook

from forums.clock import now
from forums.extensions import db
from forums.invitations import answers, guests, queries
from forums.invitations.answers import Answer
from forums.invitations.freezing import leave_out
from forums.invitations.models import Contact, Invitation, Recipient
from forums.invitations.tasks import sweep
from forums.links import capability_link
from forums.mail.models import Letter
from forums.mail.suppression.operations import suppress
from forums.registrations.checkin.operations import record_history
from forums.transaction import transaction
from tests.cast import SYSTEM, Cast
from tests.client import Page, Reader
from tests.invitations.guests import (
    SLUG,
    answer_page,
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
from tests.servers import Sink

Letters = Callable[[], list[Letter]]
Deliver = Callable[[], list[EmailMessage]]
CAMPAIGNS, GUESTS = f"/office/e/{SLUG}/campaigns", f"/office/e/{SLUG}/guests"
ROWS = "//section[h2/@id='recipients']//tbody/tr"
GONE = "550 5.1.1 No such user"

pytestmark = pytest.mark.usefixtures("edition")


@pytest.fixture
def office(page: Reader, cast: Cast) -> Reader:
    return page.sign_in(cast.organizer)


@pytest.fixture
def sent(deliver: Deliver, sink: Sink, outbox: Letters) -> int:
    """Of six, 0 comes and came, 1 complained, 2 failed, 3 came back, 4 is in doubt, and 5 says nothing."""
    campaign_id = make_campaign(make_list(6))
    sink.refusals["guest2@example.org"] = GONE
    sink.answers["guest4@example.org"] = "hang up"
    send(campaign_id)
    deliver()
    with transaction():
        letters = outbox()
        letters[3].bounced_at, letters[3].bounce = now(), "5.2.2"
        letters[1].complained_at = now()
    give_answer(campaign_id, 0)
    give_answer(campaign_id, 1, answer="not_coming")
    with transaction():
        registration_id = invitations(campaign_id)[0].registration_id
        assert registration_id is not None
        record_history(here(), [(registration_id, here().starts_on)], actor=SYSTEM)
    deliver()
    for what in (sink.refusals, sink.answers, sink.received):
        what.clear()
    return campaign_id


def table(answer: Page) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.response.get_data().decode("utf-8-sig"))))


def steps_of(office: Reader, campaign_id: int) -> dict[str, int]:
    """The funnel of a campaign; each number is that of the people in the file behind it."""
    shown = office.get(f"{CAMPAIGNS}/{campaign_id}").find("//table[contains(@class, 'funnel')]//tr")
    found = {str(row.xpath("string(th)")): int(row.xpath("string(td[1])")) for row in shown}
    for row in shown:
        asked = str(row.xpath("string(th/a/@href)")).partition("?")[2].partition("#")[0]
        people = table(office.get(f"{CAMPAIGNS}/{campaign_id}/recipients.csv?{asked}"))[1:]
        assert len(people) == found[row.xpath("string(th)")], asked
    return found


def test_each_number_of_the_funnel_leads_to_its_people(office: Reader, sent: int) -> None:
    shown = office.get(f"{CAMPAIGNS}/{sent}")
    steps = {
        row.xpath("string(th)"): (int(row.xpath("string(td[1])")), row.xpath("string(th/a/@href)"))
        for row in shown.find("//table[contains(@class, 'funnel')]//tr")
    }
    assert {name: number for name, (number, _) in steps.items()} == {
        "To be written to": 6,
        "Delivered": 3,
        "Came back": 1,
        "Complained": 1,
        "Failed": 1,
        "In doubt": 1,
        "Answered": 2,
        "Coming": 1,
        "Registered": 1,
        "Came": 1,
    }
    for number, link in steps.values():
        assert len(office.get(link.partition("#")[0]).find(ROWS)) == number
    filtered = office.get(f"{CAMPAIGNS}/{sent}?state=failed&edition=x&_external=1")
    [link] = filtered.find("//a[text()='CSV']/@href")
    [line] = table(office.get(link))[1:]
    assert (line[0], line[6].startswith("There is no such mailbox"), line[6].endswith(GONE)) == ("Guest 2", True, True)
    workbook = load_workbook(io.BytesIO(office.get(link.replace("csv", "xlsx", 1)).response.get_data()))
    assert [cell.value for cell in workbook.active[2]][:2] == ["Guest 2", "guest2@example.org"]


def test_what_went_wrong_is_corrected_in_place_and_sent_again(
    office: Reader, sent: int, deliver: Deliver, sink: Sink
) -> None:
    """2 has a wrong address, 3 a full mailbox, 4 is sent again as it was; nobody else gets anything."""
    url = f"{CAMPAIGNS}/{sent}/trouble"
    shown = office.get(url)
    ids = dict(zip((2, 3, 4), sorted(map(int, shown.find("//input[@name='chosen']/@value"))), strict=True))
    old = [one.message_id for one in db.session.scalars(db.select(Letter).order_by(Letter.id))]
    typed = {f"email-{ids[n]}": f"guest{n}@example.org" for n in ids} | {"chosen": list(ids.values())}
    refused = office.post(url, typed | {f"email-{ids[2]}": "guest5@example.org"}, expected=200)
    assert "Guest 2: somebody else is invited at guest5@example.org" in refused.words
    assert refused.find(f"//input[@name='email-{ids[2]}']/@value") == ["guest5@example.org"]
    nonsense = office.post(url, typed | {f"email-{ids[2]}": "nowhere"}, expected=200)
    assert "This is no e-mail address" in nonsense.words
    for _ in range(2):
        office.post(url, typed | {f"email-{ids[2]}": "right@example.org"})
    assert campaign(sent).state == "running"
    messages = deliver()[-3:]
    assert sorted(sink.recipients) == ["guest3@example.org", "guest4@example.org", "right@example.org"]
    ids_sent = {str(one["To"]).partition("<")[2].rstrip(">"): str(one["Message-ID"]) for one in messages}
    assert ids_sent["guest4@example.org"] == old[4]
    assert ids_sent["guest3@example.org"] not in old
    assert "Nothing went wrong" in office.get(url).words
    assert db.session.scalars(db.select(Contact.email).where(Contact.name == "Guest 2")).one() == "right@example.org"
    sweep()
    assert campaign(sent).state == "done"


def test_whoever_got_the_letter_at_a_wrong_address_can_no_longer_answer(
    page: Reader, sent: int, deliver: Deliver, sink: Sink
) -> None:
    with transaction():
        row = db.session.scalars(queries.troubled(campaign(sent)).where(Letter.recipient == "guest2@example.org")).one()
        former = answer_page(row.invitation)
        guests.send_again(campaign(sent), {row.id: "right@example.org"}, actor=SYSTEM)
    assert "Will you come?" not in page.get(former, expected=404).words
    text = deliver()[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    theirs = answer_page(invitations(sent)[2])
    assert theirs != former
    assert theirs in text
    assert "Will you come?" in page.get(theirs).words


def test_so_can_no_longer_whoever_got_the_letter_of_a_substitute(page: Reader, deliver: Deliver, sink: Sink) -> None:
    send(make_campaign(make_list(1)))
    deliver()
    [row] = db.session.scalars(db.select(Invitation))
    with transaction():
        answers.answer(
            row, Answer("substitute", substitute_name="Sub", substitute_email="wrong@example.org"), actor=SYSTEM
        )
    sink.refusals["wrong@example.org"] = "552 5.2.2 Mailbox full"
    update = make_kind("update")
    send(update)
    deliver()
    former = page_of_substitute()
    with transaction():
        wrong = db.session.scalars(queries.troubled(campaign(update))).one()
        guests.send_again(campaign(update), {wrong.id: "sub@example.org"}, actor=SYSTEM)
    [*_, letter] = deliver()
    theirs = page_of_substitute()
    assert theirs != former
    page.get(former, expected=404)
    assert "You are registered" in page.get(theirs).words
    assert theirs in letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert answer_page(db.session.scalars(db.select(Invitation)).one()) not in letter.as_string()


def page_of_substitute() -> str:
    db.session.rollback()
    row = db.session.scalars(db.select(Invitation)).one()
    link = capability_link("invitations.register_substitute", "substitute", row.id, row.substitute_version)
    return "/answer/substitute/" + link.rpartition("/")[2]


def test_a_letter_in_doubt_is_left_as_it_is(office: Reader, sent: int, deliver: Deliver, sink: Sink) -> None:
    url = f"{CAMPAIGNS}/{sent}/trouble"
    everybody = office.get(url).find("//input[@name='chosen']/@value")
    office.post(url, {"leave": "1", "chosen": everybody})
    assert len(office.get(url).find("//input[@name='chosen']")) == 2
    assert "Tick the letters" in office.post(url, {"again": "1"}, expected=200).words
    deliver()
    assert sink.received == []


def test_nothing_is_sent_again_to_who_wants_no_letters(sent: int) -> None:
    with transaction():
        suppress("guest2@example.org", reason="unsubscribed", actor=SYSTEM)
        row = db.session.scalars(queries.troubled(campaign(sent)).where(Letter.recipient == "guest2@example.org")).one()
        with pytest.raises(guests.WrongAddress, match="do not write to guest2"):
            guests.send_again(campaign(sent), {row.id: "guest2@example.org"}, actor=SYSTEM)


def test_sent_again_while_it_is_paused_it_waits(deliver: Deliver, sink: Sink, outbox: Letters) -> None:
    campaign_id = make_campaign(make_list(2))
    sink.refusals["guest0@example.org"] = GONE
    send(campaign_id)
    deliver()
    move(campaign_id, "pause")
    with transaction():
        row = db.session.scalars(db.select(Recipient).order_by(Recipient.id)).first()
        assert row is not None
        guests.send_again(campaign(campaign_id), {row.id: "new@example.org"}, actor=SYSTEM)
    assert [letter.state for letter in outbox()] == ["failed", "sent", "held"]


def test_everybody_who_is_invited_once_with_their_standing(office: Reader, sent: int, deliver: Deliver) -> None:
    assert "Nobody matches" in office.get(f"{GUESTS}?q=nobody").words
    send(make_kind("reminder"))
    deliver()
    shown = office.get(GUESTS)
    assert [row.xpath("string(td[2]/a)") for row in shown.find("//tbody/tr")] == [f"Guest {n}" for n in range(6)]
    for query, expected in (
        ("answer=coming", [0]),
        ("place=came", [0]),
        ("place=none", [1, 2, 3, 4, 5]),
        ("letter=not_reached", [2]),
        ("missing=title", []),
        ("q=guest3@", [3]),
    ):
        lines = table(office.get(f"{GUESTS}.csv?{query}"))[1:]
        assert [line[0] for line in lines] == [f"Guest {n}" for n in expected], query
    lines = table(office.get(f"{GUESTS}.csv"))
    assert [lines[1][n] for n in (4, 6, 9, 15, 16)] == ["1", "First round", "Coming", "Confirmed", "yes"]
    assert lines[6][4] == "2"
    assert len(shown.queries) == len(office.get(f"{GUESTS}?q=guest3@").queries)


def test_one_guest_is_corrected_and_shows_who_wrote_to_them(office: Reader, sent: int) -> None:
    row = invitations(sent)[5]
    url = f"{GUESTS}/{row.id}"
    assert "First round" in office.get(url).words
    facts = {"name": "Guest Five", "email": "GUEST5@example.org", "language": "zh", "organisation": "", "title": "Dr"}
    office.post(url, facts)
    row = db.session.get_one(Invitation, row.id)
    assert (row.name, row.email, row.title, row.language) == ("Guest Five", "guest5@example.org", "Dr", "zh")
    again = office.post(url, facts | {"email": "guest0@example.org"}, expected=200)
    assert "somebody else is invited at guest0@example.org" in again.words
    assert "corrected the invitation" in office.get(url).words
    office.get(f"{GUESTS}/999999", expected=404)


def test_a_corrected_address_ends_the_former_link_and_gets_the_last_letter(
    office: Reader, sent: int, deliver: Deliver, sink: Sink
) -> None:
    row = invitations(sent)[5]
    former, url = answer_page(row), f"{GUESTS}/{row.id}"
    send(make_kind("reminder"))
    deliver()
    sink.received.clear()
    assert "its link has ended" not in office.get(url).words
    office.post(url, {"name": "Guest 5", "email": "five@example.org", "language": "en"})
    office.get(former, expected=404)
    shown = office.get(url)
    assert "The last letter went to guest5@example.org, and its link has ended." in shown.words
    [last] = shown.find(f"//form[contains(@action, '{url}/letter')]//input[@name='last']/@value")
    for _ in range(2):
        office.post(f"{url}/letter", {"last": last})
    [letter] = deliver()[-1:]
    assert sink.recipients == ["five@example.org"]
    theirs = answer_page(invitations(sent)[5])
    assert theirs in letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert str(letter["Subject"]).startswith("Invitation to")  # not the reminder, though it came later
    assert "Will you come?" in office.get(theirs).words
    assert "its link has ended" not in office.get(url).words
    office.post(f"{url}/letter", {"last": "x"})
    row = invitations(sent)[5]
    with transaction():
        suppress("five@example.org", reason="unsubscribed", actor=SYSTEM)
        last_letter = guests.last_letter(row)
        assert last_letter is not None
        assert last_letter.letter_id is not None
        with pytest.raises(guests.WrongAddress, match="do not write to five"):
            guests.send_last_again(row, last_letter.letter_id, actor=SYSTEM)
    assert len(sink.recipients) == 1


def test_whether_the_corrected_address_has_a_link(office: Reader, sent: int, deliver: Deliver) -> None:
    row = invitations(sent)[5]
    url, facts = f"{GUESTS}/{row.id}", {"name": "Guest 5", "language": "en"}
    for email in ("five@example.org", "guest5@example.org"):
        office.post(url, facts | {"email": email})
    assert f"At {row.email} they have no link yet." in office.get(url).words  # its letter has the link before the last
    send(make_kind("reminder"))
    deliver()
    shown = office.get(url)
    assert "no link yet" not in shown.words
    assert len(shown.find(f"//form[contains(@action, '{url}/letter')]")) == 1


def test_what_waits_goes_to_the_corrected_address(deliver: Deliver, sink: Sink, outbox: Letters) -> None:
    campaign_id = make_campaign(make_list(2))
    send(campaign_id)
    move(campaign_id, "pause")
    for number, email in enumerate(("zero@example.org", "one@example.org")):
        row = invitations(campaign_id)[number]
        with transaction():
            guests.change_guest(row, guests.GuestFacts("Guest", email), actor=SYSTEM)
    assert [one.state for one in outbox()] == ["cancelled"] * 2 + ["held"] * 2
    move(campaign_id, "resumption")
    letters = deliver()
    assert sorted(sink.recipients) == ["one@example.org", "zero@example.org"]
    assert answer_page(invitations(campaign_id)[0]) in letters[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_nobody_is_invited_yet(office: Reader) -> None:
    assert "Nobody is invited yet" in office.get(GUESTS).words
    assert table(office.get(f"{GUESTS}.csv"))[1:] == []


def test_the_funnel_adds_up_without_those_who_were_left_out_or_answered_first(
    office: Reader, sent: int, deliver: Deliver, sink: Sink
) -> None:
    """Of the silent, 3 is left out, 4 answers once it is settled, and 5 is put off by their server."""
    reminder = make_kind("reminder")
    silent = [invitations(sent)[number].id for number in (3, 4, 5)]
    with transaction():
        assert leave_out(campaign(reminder), silent, silent[1:], actor=SYSTEM) == 1
    move(reminder, "freezing")
    give_answer(sent, 4, answer="not_coming")
    sink.refusals["guest5@example.org"] = "450 4.2.0 Later"
    move(reminder, "sending")
    work()
    deliver()
    none = {"Answered": 0, "Coming": 0, "Registered": 0, "Came": 0}
    assert steps_of(office, reminder) == {"To be written to": 1, "Not out yet": 1, "Delivered": 0} | none
    assert {"Guest 5", "Guest 4", "Guest 3"} <= {
        row[0] for row in table(office.get(f"{CAMPAIGNS}/{reminder}/recipients.csv"))
    }
    move(reminder, "cancellation")
    assert steps_of(office, reminder) == {"To be written to": 1, "Delivered": 0, "Never went out": 1} | none
    assert [row[4] for row in table(office.get(f"{GUESTS}.csv?q=guest"))[1:]] == ["1", "1", "0", "1", "1", "1"]
