"""The office's pages: lists, campaigns, and who may see them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from email.message import EmailMessage

import pytest

from forums.accounts.operations import give
from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations.models import Campaign, Contact, ContactList, Intake, Invitation, Recipient
from forums.mail.models import Letter
from forums.transaction import transaction
from tests.cast import SYSTEM, Cast, make_edition, make_series
from tests.client import Reader
from tests.invitations.guests import BODY, SLUG, campaign, here, invitations, make_campaign, make_list, move, send, work

LISTS = f"/office/e/{SLUG}/contacts"
CAMPAIGNS = f"/office/e/{SLUG}/campaigns"
# What a form of a campaign holds besides its words.
TERMS = {"language": "", "in_doubt": "hold", "budget_percent": "5"}
Deliver = Callable[[], list[EmailMessage]]

pytestmark = pytest.mark.usefixtures("edition")


@pytest.fixture
def office(page: Reader, cast: Cast) -> Reader:
    return page.sign_in(cast.organizer)


def test_from_nothing_to_sent(office: Reader, deliver: Deliver) -> None:
    """The whole way by hand: a list, rows, a campaign, a test, freezing, sending."""
    assert "Begin with a list" in office.get(CAMPAIGNS).words
    assert office.get(f"{CAMPAIGNS}/new", expected=303).location == LISTS
    assert "No list yet" in office.get(LISTS).words
    made = office.post(LISTS, {"name": "Experts"}).location
    assert "Nobody is on this list yet" in office.get(made).words
    filled = office.post(f"{made}/rows", {"rows": "姓名,邮箱\n李工,li@example.org\nAnn,ann@example.org\n坏,nowhere\n"})
    came_in = office.get(filled.location)
    assert came_in.find("//tbody/tr/td[1]/text() | //tbody//bdi/text()") == ["4", "坏", "nowhere"]
    assert len(office.get(made).find("//tbody/tr")) == 2
    form = office.get(f"{CAMPAIGNS}/new")
    words = {field.get("name"): field.text for field in form.find("//textarea")}
    subjects = dict.fromkeys(("subject_zh", "subject_en"), "Invitation: {edition}")
    shown = office.post(
        f"{CAMPAIGNS}/new", {"name": "First", "contact_list": "1", **TERMS, **subjects, **words}
    ).location
    assert "Draft" in office.get(shown).words
    office.post(f"{shown}/tests", {"letter": "en"})
    office.post(f"{shown}/freezing")
    for wrong, said in (("", "Type the number"), ("two", "in digits"), ("3", "3 is not how many letters go out")):
        refused = office.post(f"{shown}/sending", {"number": wrong}, expected=200)
        assert said in refused.words
        assert refused.find("//input[@name='number']")[0].get("value") == wrong
    office.post(f"{shown}/sending", {"number": "２"})
    assert office.get(shown).find("//*[@data-job]")
    work()
    assert office.get(shown).find(f"//*[@data-job='{shown}/progress.json']")
    assert office.get(f"{shown}/progress.json").json["over"] is False
    deliver()
    assert office.get(f"{shown}/progress.json").json == {
        "state": "done",
        "done": 2,
        "total": 2,
        "message": "",
        "over": True,
    }
    assert len(office.get(f"{shown}?state=sent").find("//section[h2/@id='recipients']//tbody/tr")) == 2


def test_an_upload(office: Reader) -> None:
    list_id = make_list(0)
    content = "姓名,邮箱,单位,职务\n李工,li@example.org,某单位,总工\n".encode("gb18030")
    office.post(f"{LISTS}/{list_id}/file", {"file": (io.BytesIO(content), "名单.csv")}, expected=303)
    assert db.session.scalars(db.select(Contact)).one().organisation == "某单位"
    assert db.session.scalars(db.select(Intake)).one().source == "名单.csv"
    bad = office.post(f"{LISTS}/{list_id}/file", {"file": (io.BytesIO(b"PK\x03\x04"), "x.xlsx")}, expected=200)
    assert "The workbook cannot be opened" in bad.words
    assert "This field is required" in office.post(f"{LISTS}/{list_id}/file", {}, expected=200).words


def test_pasting_again_adds_nobody_twice(office: Reader) -> None:
    list_id = make_list(2)
    for _ in range(2):
        office.post(f"{LISTS}/{list_id}/rows", {"rows": "Guest 1,GUEST1@example.org\nNew,new@example.org\n"})
    db.session.rollback()
    assert db.session.scalar(db.select(db.func.count(Contact.id))) == 3
    assert [(one.added, one.duplicate_count) for one in db.session.scalars(db.select(Intake).order_by(Intake.id))][
        1:
    ] == [
        (1, 1),
        (0, 2),
    ]


def test_a_wrong_placeholder_is_named_in_the_form(office: Reader) -> None:
    list_id = make_list(1)
    data = {"name": "x", "contact_list": str(list_id), "subject_en": "Hello {nmae}", "body_en": BODY.en} | TERMS
    page = office.post(f"{CAMPAIGNS}/new", data, expected=200)
    assert "{nmae} is no placeholder" in page.words
    assert "Each language needs both" in office.post(f"{CAMPAIGNS}/new", data | {"subject_en": ""}, expected=200).words
    assert db.session.scalar(db.select(db.func.count(Campaign.id))) == 0


def test_the_preview_for_a_chosen_guest_in_both_languages(office: Reader) -> None:
    campaign_id = make_campaign(make_list(3))
    url = f"{CAMPAIGNS}/{campaign_id}"
    third = db.session.scalars(db.select(Contact.id).order_by(Contact.id.desc())).first()
    english = office.get(f"{url}/letter?contact={third}&letter=en")
    assert "Dear Prof. Guest 2" in english.text
    assert "/answer/hidden" in english.text
    assert "尊敬的Guest 2" in office.get(f"{url}/letter?contact={third}&letter=zh").text
    shown = office.get(f"{url}?contact={third}&letter=en")
    assert "Invitation to Aluminium Summit 2027 (synthetic) for Guest 2" in shown.words
    [frame] = shown.find("//iframe")
    assert frame.get("src") == f"{url}/letter?contact={third}&letter=en"
    for junk in ("?contact=0", "?contact=99999999999999999999", "?contact=x&letter=fr"):
        assert "Guest 0" in office.get(f"{url}/letter{junk}").text


def test_holes_of_the_letter_are_named_with_whom_they_concern(office: Reader) -> None:
    campaign_id = make_campaign(make_list(3))
    url = f"{CAMPAIGNS}/{campaign_id}"
    assert "The letter has holes" not in office.get(url).words
    with transaction():
        contact = db.session.scalars(db.select(Contact).order_by(Contact.id)).all()[1]
        contact.title, contact.name = "", "Guest with the longest name"
    shown = office.get(url)
    assert "{title}: 1 guest has nothing there, such as Guest with the longest name: Dear Guest" in shown.words
    assert len(shown.find("//a[contains(@href, 'contact=2')]")) == 2  # who has no title has the longest name, too
    assert "Dear  Guest with the longest name" in office.get(f"{url}/letter?contact=2&letter=en").text


def test_the_log_filters_and_the_csv(office: Reader, deliver: Deliver) -> None:
    campaign_id = make_campaign(make_list(3))
    send(campaign_id)
    deliver()
    with transaction():
        row = invitations(campaign_id)[1]
        row.answer, row.note = "coming", "=HYPERLINK(1)"
    url = f"{CAMPAIGNS}/{campaign_id}"
    rows = "//section[h2/@id='recipients']//tbody/tr"
    assert len(office.get(url).find(rows)) == 3
    assert len(office.get(f"{url}?answer=coming").find(rows)) == 1
    assert len(office.get(f"{url}?q=guest2@").find(rows)) == 1
    assert "Nobody matches" in office.get(f"{url}?state=failed").words
    answer = office.get(f"{url}/recipients.csv")
    table = list(csv.reader(io.StringIO(answer.response.get_data().decode("utf-8-sig"))))
    assert [line[1] for line in table[1:]] == [f"guest{n}@example.org" for n in range(3)]
    assert (table[2][7], table[2][11]) == ("Coming", "'=HYPERLINK(1)")


def test_a_list_in_use_is_not_deleted(office: Reader) -> None:
    list_id = make_list(1)
    campaign_id = make_campaign(list_id)
    office.post(f"{LISTS}/{list_id}/deletion")
    assert "A campaign uses this list" in office.get(f"{LISTS}/{list_id}").words
    office.post(f"{CAMPAIGNS}/{campaign_id}/deletion")
    office.post(f"{LISTS}/{list_id}/deletion")
    office.get(f"{LISTS}/{list_id}", expected=404)


def test_renaming_and_taking_off(office: Reader) -> None:
    list_id = make_list(2)
    office.post(f"{LISTS}/{list_id}/name", {"name": "Members"})
    office.post(f"{LISTS}/{list_id}/people/1/removal")
    shown = office.get(f"{LISTS}/{list_id}")
    assert (shown.h1, len(shown.find("//tbody/tr"))) == ("Members", 1)
    office.post(f"{LISTS}/{list_id}/people/1/removal", expected=404)


def test_a_step_out_of_turn_is_explained(office: Reader) -> None:
    campaign_id = make_campaign(make_list(1))
    office.post(f"{CAMPAIGNS}/{campaign_id}/pause")
    assert "The campaign has moved on meanwhile" in office.get(f"{CAMPAIGNS}/{campaign_id}").words
    office.post(f"{CAMPAIGNS}/{campaign_id}/explosion", expected=404)
    office.get(f"{CAMPAIGNS}/{campaign_id}/sending", expected=405)
    assert campaign(campaign_id).state == "draft"


@pytest.mark.parametrize("url", [LISTS, CAMPAIGNS, f"{LISTS}/1", f"{CAMPAIGNS}/1"])
def test_as_many_queries_for_one_row_as_for_thirty(office: Reader, url: str, deliver: Deliver) -> None:
    list_id = make_list(1)
    send(make_campaign(list_id))
    deliver()
    one = office.get(url).queries
    office.post(f"{LISTS}/{list_id}/rows", {"rows": "\n".join(f"G{n},g{n}@example.org" for n in range(30))})
    for number in range(30):
        make_campaign(make_list(1, start=number, name=f"list {number}"), again=True)
    with transaction():
        for n in range(30):
            guest = Invitation(edition=here(), name="x", email=f"x{n}@example.org", language="en")
            db.session.add(Recipient(campaign_id=1, invitation=guest))
    many = office.get(url).queries
    assert len(many) == len(one)


def test_numbers_that_no_row_has_and_days_beyond_the_calendar(office: Reader) -> None:
    campaign_id = make_campaign(make_list(1))
    send(campaign_id)
    for button in ({}, {"leave": "1"}):
        said = office.post(f"{CAMPAIGNS}/{campaign_id}/trouble", {"chosen": "9" * 25} | button, expected=200)
        assert "Tick the letters that you mean." in said.words
    draft = TERMS | {"name": "Round", "contact_list": "1", "subject_en": "Come", "body_en": "Please."}
    said = office.post(f"{CAMPAIGNS}/new", draft | {"expires_at": "0001-01-01T00:00"}, expected=200)
    assert "“0001-01-01T00:00” is no day and time from 1900 to 2199" in said.words


def test_only_organizers_of_the_edition(page: Reader, cast: Cast) -> None:
    list_id = make_list(1)
    campaign_id = make_campaign(list_id)
    urls = [LISTS, f"{LISTS}/{list_id}", f"{LISTS}/{list_id}/rows", CAMPAIGNS, f"{CAMPAIGNS}/{campaign_id}"]
    urls += [f"{CAMPAIGNS}/{campaign_id}/{rest}" for rest in ("letter", "recipients.csv", "progress.json", "words")]
    for url in urls:
        page.sign_out()
        page.get(url, expected=303)
        page.sign_in(cast.staff)
        page.get(url, expected=403)
        page.sign_in(cast.outsider)
        page.get(url, expected=404)
    for step in ("freezing", "sending", "tests", "deletion"):
        page.post(f"{CAMPAIGNS}/{campaign_id}/{step}", expected=404)
    assert campaign(campaign_id).state == "draft"


def test_a_list_or_campaign_of_another_edition_is_not_there(office: Reader) -> None:
    list_id = make_list(1)
    campaign_id = make_campaign(list_id)
    make_edition(make_series("second"), slug="second")
    for url in (f"contacts/{list_id}", f"contacts/{list_id}/rows", f"campaigns/{campaign_id}"):
        office.get(f"/office/e/second/{url}", expected=404)
    office.post(f"/office/e/second/contacts/{list_id}/deletion", expected=404)
    data = {"name": "x", "contact_list": str(list_id), "subject_en": "Hello", "body_en": "Dear {name}"}
    assert office.post("/office/e/second/campaigns/new", data).location == "/office/e/second/contacts"


def test_a_list_of_the_series_is_for_those_who_manage_the_series(page: Reader, cast: Cast, edition: Edition) -> None:
    edition_id, series_id = edition.id, edition.series_id
    page.sign_in(cast.organizer)
    page.post(LISTS, {"name": "Everybody", "for_series": "y"})
    row = db.session.scalars(db.select(ContactList)).one()
    assert (row.series_id, row.edition_id) == (series_id, None)
    with transaction():
        give(cast.outsider, "organizer", scope=f"edition:{edition_id}", actor=SYSTEM)
    page.sign_in(cast.outsider)
    assert "Everybody" not in page.get(LISTS).words
    page.get(f"{LISTS}/1", expected=404)
    page.post(LISTS, {"name": "Mine", "for_series": "y"})
    assert db.session.scalars(db.select(ContactList).order_by(ContactList.id.desc())).first().edition_id == edition_id  # type: ignore[union-attr]


def test_the_outbox_of_a_letter_hides_the_answer_link(page: Reader, cast: Cast) -> None:
    campaign_id = make_campaign(make_list(1))
    send(campaign_id)
    letter = db.session.scalars(db.select(Letter)).one()
    page.sign_in(cast.staff)
    url = f"/office/e/{SLUG}/outbox/{letter.id}"
    assert "/answer/hidden" in page.get(f"{url}/html").text
    shown = page.get(url)
    assert "/answer/hidden" in shown.text
    assert "/answer/AAAA" not in shown.text
    move(campaign_id, "pause")
    assert "Held back" in page.get(url).words
