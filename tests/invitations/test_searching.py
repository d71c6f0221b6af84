"""People are found where Billet knows them; filters are kept, and lists follow them without losing anybody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

import pytest
from sqlalchemy import insert

from forums.accounts.operations import give
from forums.agenda.operations import SessionFacts, add_appearance, create_session
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.experts.operations import Profile, create_expert
from forums.extensions import db
from forums.invitations.contacts.models import RejectedRow, SavedFilter
from forums.invitations.contacts.sources import Around, find
from forums.invitations.models import Contact, ContactList, Invitation
from forums.transaction import transaction
from tests.cast import SYSTEM, Cast, make_edition, make_series
from tests.client import Page, Reader
from tests.invitations.guests import SLUG, make_list
from tests.registrations.make import come, make_registration

LISTS = f"/office/e/{SLUG}/contacts"


@pytest.fixture
def earlier(edition: Edition) -> Edition:
    """The edition of 2096, with people invited, experts on its programme, and registrations."""
    row = make_edition(edition.series, slug="alu-2096", starts_on=date(2096, 3, 18), ends_on=date(2096, 3, 19))
    with transaction():
        for number, answer in enumerate(("none", "none", "coming", "not_coming", "substitute")):
            db.session.add(
                Invitation(
                    edition_id=row.id,
                    name=f"Guest {number}",
                    email=f"guest{number}@example.org",
                    title="Prof.",
                    language="en",
                    answer=answer,
                )
            )
        talk = create_session(row, SessionFacts(title=Bilingual("铝箔", "Foil"), state="published"), actor=SYSTEM)
        for name, email, role in (("陈一", "guest0@example.org", "speaker"), ("陈二", None, "chair")):
            profile = Profile(
                name=Bilingual(name, "Chen"), title=Bilingual("教授", "Professor"), organisation=Bilingual("示例大学")
            )
            add_appearance(talk, create_expert(profile, email=email, actor=SYSTEM), role=role, actor=SYSTEM)
    for number in (2, 3):
        registration = make_registration(row, number, email=f"guest{number}@example.org", region="34")
        if number == 2:
            with transaction():
                come(registration, date(2096, 3, 18))
    return row


def names(source: str, around: Around, **conditions: list[str]) -> list[str]:
    reading = find(source, conditions, around)
    return [one.name for one in reading.candidates] + [f"({row.typed['name']})" for row in reading.rejected]


def test_each_source_by_its_conditions(edition: Edition, earlier: Edition) -> None:
    around = Around(edition, [earlier, edition], directory=True, whole_series=True)
    then = {"editions": ["earlier"]}
    assert names("invitations", around, **then, answer=["none"]) == ["Guest 0", "Guest 1"]
    assert names("invitations", around, **then, answer=["none"], experts=["y"]) == ["Guest 0"]
    assert names("invitations", around, **then, came=["yes"]) == ["Guest 2"]
    assert names("invitations", around, **then, came=["no"], answer=["not_coming", "coming"]) == ["Guest 3"]
    assert names("invitations", around, editions=[str(edition.id)]) == []
    assert names("experts", around, **then) == ["陈一", "(陈二)"]
    assert names("experts", around, **then, role=["speaker"], letters=["en"]) == ["Chen"]
    assert names("experts", around, **then, session=["draft"]) == []
    assert names("experts", around, **then, standing=["confirmed", "declined"]) == []
    assert len(names("experts", around, **then, standing=["listed"])) == 2
    assert len(names("registrations", around, **then, state=["confirmed"], region=["34"])) == 2
    assert len(names("registrations", around, **then, came=["no"], role=["attendee"], category=["guest"])) <= 1
    assert names("registrations", around, **then, state=["cancelled"]) == []
    assert names("directory", around, who=["experts"], organisation=["示例大学"]) == ["陈一", "(陈二)"]
    assert names("directory", around, q=["guest0@"], who=["never"]) == ["陈一"]
    assert names("directory", Around(edition), who=["experts"]) == []
    assert names("invitations", Around(edition, [edition]), editions=["earlier", str(earlier.id)]) == []


@pytest.fixture
def office(page: Reader, cast: Cast, earlier: Edition) -> Reader:
    return page.sign_in(cast.organizer)


def address(source: str, **conditions: str | list[str]) -> str:
    return f"{LISTS}/search/{source}?{urlencode(conditions, doseq=True)}"


def figures(page: Page) -> Mapping[str, str]:
    labels = page.find("//dl[@class='stats']//dt/text()")
    values = page.find("//dl[@class='stats']//dd[contains(@class, 'stat-value')]/text()")
    return dict(zip(labels, values, strict=True))


def on_list(list_id: int) -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(db.select(Contact.name).where(Contact.list_id == list_id).order_by(Contact.id)))


def test_from_a_search_to_a_list_that_is_refreshed(office: Reader) -> None:
    """Found, counted, kept as a filter, made a list; later refreshed: who is new comes, nobody goes by himself."""
    query = urlencode({"editions": "earlier", "answer": ["none", "coming"]}, doseq=True)
    shown = office.get(f"{LISTS}/search/invitations?{query}")
    assert (figures(shown)["Found"], figures(shown)["Would come in"]) == ("3", "3")
    assert "People invited to all earlier editions, with the answer: No answer yet / Coming" in shown.words
    office.post(f"{LISTS}/filters", {"source": "invitations", "query": query, "name": "Silent"})
    kept = office.get(f"{LISTS}/filters")
    [use] = kept.find("//tbody/tr/th/a/@href")
    data = {"query": query, "goal": "new", "name": "Silent of 2096", "filter": "1"}
    assert "Give the new list a name" in office.post(use.split("?")[0], data | {"name": " "}, expected=200).words
    taken = office.post(use.split("?")[0], data)
    assert "There is a list of this name" in office.post(use.split("?")[0], data, expected=200).words
    assert "People invited to all earlier editions" in office.get(taken.location).words
    list_id = db.session.scalars(db.select(ContactList.id)).one()
    assert on_list(list_id) == ["Guest 0", "Guest 1", "Guest 2"]

    office.post(f"{LISTS}/{list_id}/people/2/removal")
    office.post(f"{LISTS}/{list_id}/rows", {"rows": "By hand, hand@example.org"})
    with transaction():
        for name, answer in (("Guest 0", "not_coming"), ("Guest 4", "coming")):
            db.session.scalars(db.select(Invitation).where(Invitation.name == name)).one().answer = answer
    refresh = f"{LISTS}/{list_id}/filters/1"
    found = office.get(refresh)
    assert (figures(found)["Would come in"], figures(found)["Taken off by hand"]) == ("1", "1")
    assert found.find("//form[@data-bulk]//tbody//bdi/text()")[::2] == ["Guest 0"]
    office.post(refresh)
    assert on_list(list_id) == ["Guest 0", "Guest 2", "By hand", "Guest 4"]
    [tick] = office.get(refresh).find("//form[@data-bulk]//tbody//input/@value")
    office.post(f"{LISTS}/{list_id}/removal", {"rows": [tick, "999999", "x"]})
    assert on_list(list_id) == ["Guest 2", "By hand", "Guest 4"]
    office.post(f"{LISTS}/filters/1/deletion")
    assert on_list(list_id) == ["Guest 2", "By hand", "Guest 4"]
    office.get(refresh, expected=404)


def test_who_has_no_address_is_named_and_completed(office: Reader) -> None:
    list_id = make_list(0)
    query = urlencode({"editions": "earlier"})
    shown = office.get(f"{LISTS}/search/experts?{query}&goal={list_id}")
    assert figures(shown)["Without an address"] == "1"
    assert "陈二 · 示例大学: The e-mail address is missing." in shown.words
    office.post(f"{LISTS}/filters", {"source": "experts", "query": query, "name": "On the programme"})
    taken = office.post(f"{LISTS}/search/experts", {"query": query, "goal": str(list_id), "filter": "1"}).location
    [wrong] = db.session.scalars(db.select(RejectedRow))
    office.post(f"{taken}/rows/{wrong.id}", {**wrong.typed, "email": "chen.er@example.org"})
    assert on_list(list_id) == ["陈一", "陈二"]
    again = office.get(office.post(f"{LISTS}/{list_id}/filters/1").location)  # who was completed is not asked for again
    assert (figures(again)["Found"], figures(again)["Could not be used"]) == ("2", "0")


def test_what_was_not_chosen_is_asked_for(office: Reader, cast: Cast) -> None:
    assert "Choose at least one edition" in office.get(address("invitations", letters="")).words
    assert "Choose a list" in office.get(address("list", letters="")).words
    assert "Not a valid choice" in office.get(address("invitations", editions="999", came="x")).words
    assert "Nobody is found" in office.get(address("directory", q="%_\\")).words
    office.get(f"{LISTS}/search/nowhere", expected=404)
    office.post(f"{LISTS}/filters", {"source": "list", "query": "", "name": "x"})
    office.post(f"{LISTS}/filters", {"source": "nowhere", "query": "", "name": "x"}, expected=404)
    assert "No filter is kept yet" in office.get(f"{LISTS}/filters").words
    assert db.session.scalars(db.select(SavedFilter)).all() == []


def test_only_what_the_reader_may_manage_is_found_or_shown(
    page: Reader, cast: Cast, edition: Edition, earlier: Edition
) -> None:
    """Whoever manages this edition alone sees neither the earlier one's people, nor filters that look into it."""
    earlier_id, series_id = earlier.id, edition.series_id
    with transaction():
        give(cast.outsider, "organizer", scope=f"edition:{edition.id}", actor=SYSTEM)
        for name, editions in (("Whole", ["earlier"]), ("Then", [str(earlier_id)]), ("Now", [str(edition.id)])):
            values = {"series_id": series_id, "name": name, "source": "invitations", "by": ""}
            db.session.execute(insert(SavedFilter).values(conditions={"editions": editions}, **values))
    list_id = make_list(0)
    page.sign_in(cast.outsider)
    assert page.get(f"{LISTS}/filters").find("//tbody//th/a/bdi/text()") == ["Now"]
    for filter_id in (1, 2):
        page.get(f"{LISTS}/{list_id}/filters/{filter_id}", expected=404)
        page.post(f"{LISTS}/filters/{filter_id}/deletion", expected=404)
    query = urlencode({"editions": earlier_id})
    assert "not a valid choice" in page.get(f"{LISTS}/search/invitations?{query}").words
    page.post(f"{LISTS}/search/invitations", {"query": query, "goal": str(list_id)}, expected=200)
    assert "not a valid choice" in page.get(address("invitations", editions="earlier")).words
    page.get(f"{LISTS}/search/directory")
    assert db.session.scalars(db.select(Contact)).all() == []
    other = make_edition(make_series("second"), slug="second").slug
    page.sign_in(cast.organizer)
    page.get(f"/office/e/{other}/contacts/{list_id}/filters/3", expected=404)
    assert "No filter is kept yet" in page.get(f"/office/e/{other}/contacts/filters").words
