"""The office's pages of suppressed addresses: listed, added, lifted, exported; each series sees its own."""

from __future__ import annotations

import csv
import io

import pytest
from flask import Flask

from forums.activity.models import Actor
from forums.columns import Bilingual
from forums.directory.operations import find_or_create_person
from forums.editions.models import Edition, Series
from forums.extensions import db
from forums.mail import queue
from forums.mail.suppression import operations
from forums.mail.suppression.models import HOUSE
from forums.transaction import transaction
from tests.cast import SYSTEM, Cast
from tests.client import Page, Reader
from tests.invitations.guests import make_campaign, make_list
from tests.mail.test_suppression import rows, suppress

OF_HOUSE = "/office/suppressions"
OF_SERIES = "/office/series/alu/suppressions"

pytestmark = pytest.mark.usefixtures("edition")


def addresses(page: Page) -> list[str]:
    return [cell.text_content().strip() for cell in page.find("//table//tbody/tr/td/a")]


@pytest.mark.parametrize("folder", [OF_HOUSE, OF_SERIES])
def test_pasted_addresses_are_suppressed_once(page: Reader, cast: Cast, edition: Edition, folder: str) -> None:
    scope = HOUSE if folder == OF_HOUSE else f"series:{edition.series_id}"
    page.sign_in(cast.organizer)
    assert "No address is suppressed" in page.get(folder).words
    page.get(f"{folder}/new")
    typed = {
        "addresses": "李工 <Li@Example.org>; wang@example.org\n\nli@example.org\nmailto:sun@bücher.example",
        "reason": "unsubscribed",
        "detail": "by phone, 20 November",
    }
    page.post(f"{folder}/new", typed)
    assert "3 were before." in page.get(page.post(f"{folder}/new", typed).location).words
    shown = page.get(folder)
    assert addresses(shown) == ["sun@xn--bcher-kva.example", "wang@example.org", "li@example.org"]
    assert {(row.scope, row.reason, row.created_by) for row in rows()} == {
        (scope, "unsubscribed", "Organizer (synthetic)")
    }
    assert addresses(page.get(f"{folder}?q=WANG")) == ["wang@example.org"]
    assert "No address matches" in page.get(f"{folder}?reason=bounced&q=wang").words


def test_what_is_no_address_stays_typed(page: Reader, cast: Cast) -> None:
    page.sign_in(cast.organizer)
    typed = {"addresses": "li@example.org\nnobody\nli@nowhere", "reason": "by_hand", "detail": "x"}
    assert "“Name <address>” is read too." in page.get(f"{OF_HOUSE}/new").words
    shown = page.post(f"{OF_HOUSE}/new", typed, expected=200)
    assert "No e-mail address: “nobody”, “li@nowhere”." in shown.words
    assert "li@example.org" in shown.find("//textarea[@name='addresses']")[0].text
    many = page.post(f"{OF_HOUSE}/new", typed | {"addresses": "a@example.org,b@example.org," * 501}, expected=200)
    assert "add at most 1000" in many.words
    assert rows() == []


def test_lifting_asks_why_and_stays_in_the_history(page: Reader, cast: Cast) -> None:
    suppress("li@example.org", reason="bounced", detail="550 5.1.1 no such user")
    suppress("li@example.org", reason="unsubscribed")
    bounced, wish = rows()
    page.sign_in(cast.admin)
    here = f"{OF_HOUSE}/{bounced.id}"
    assert "550 5.1.1 no such user" in page.get(here).words
    assert "Why may we write again: This field is required." in page.post(here, {"why": " "}, expected=200).words
    page.post(here, {"why": "The new mailbox works"})
    shown = page.get(here)
    assert "The new mailbox works" in shown.words
    assert shown.find("//textarea | //input[@name='why']") == []
    assert "wanted no more letters" in page.get(f"{OF_HOUSE}/{wish.id}").words
    assert "lifted already" in page.get(page.post(here, {"why": "again"}).location).words
    assert addresses(page.get(OF_HOUSE)) == ["li@example.org"]
    assert addresses(page.get(f"{OF_HOUSE}?show=lifted")) == ["li@example.org"]
    first, second = rows()
    assert (first.removed_by, first.removed_why, second.removed_at) == (
        "Admin (synthetic)",
        "The new mailbox works",
        None,
    )


def test_several_are_lifted_at_once_with_a_reason(page: Reader, cast: Cast, edition: Edition) -> None:
    own = f"series:{edition.series_id}"
    for number in range(4):
        suppress(f"guest{number}@example.org", scope=own, reason="bounced")
    suppress("house@example.org", reason="bounced")
    ticked = [str(row.id) for row in rows()][1:]
    page.sign_in(cast.organizer)
    assert "Tick the addresses first." in page.post(f"{OF_SERIES}/liftings", {"why": "x"}, expected=200).words
    shown = page.post(f"{OF_SERIES}/liftings?q=guest", {"row": ticked, "why": ""}, expected=200)
    assert "This field is required." in shown.words
    assert shown.find("//input[@name='row'][@checked]/@value") == ticked[2::-1]
    after = page.post(f"{OF_SERIES}/liftings", {"row": [*ticked, "x", "9" * 40], "why": "The relay was wrong"})
    assert "3 addresses are lifted." in page.get(after.location).words
    assert [(row.address, row.removed_why) for row in rows()] == [
        ("guest0@example.org", ""),
        *((f"guest{number}@example.org", "The relay was wrong") for number in (1, 2, 3)),
        ("house@example.org", ""),
    ]


def test_a_series_sees_its_own_and_learns_of_the_house_by_asking(page: Reader, cast: Cast, edition: Edition) -> None:
    own = f"series:{edition.series_id}"
    suppress("own@example.org", scope=own)
    suppress("other@example.org", scope="series:999")
    suppress("house@example.org", reason="complained", detail="told the provider")
    suppress("own@example.org", reason="bounced")
    of_own, of_other, of_house, _ = (row.id for row in rows())
    page.sign_in(cast.organizer)
    assert addresses(page.get(OF_SERIES)) == ["own@example.org"]
    assert "only an administrator can lift that" in page.get(f"{OF_SERIES}?q=house@example.org").words
    assert "only an administrator can lift that" not in page.get(f"{OF_SERIES}?q=house").words
    assert "Came back" in page.get(f"{OF_SERIES}/{of_own}").words
    for foreign in (of_other, of_house, 999_999):
        page.get(f"{OF_SERIES}/{foreign}", expected=404)
        page.post(f"{OF_SERIES}/{foreign}", {"why": "mine"}, expected=404)
    page.sign_out().sign_in(cast.outsider)
    page.get(f"{OF_SERIES}/{of_own}", expected=404)
    page.get(OF_HOUSE, expected=403)


def test_a_letter_is_linked_for_those_who_may_read_it(page: Reader, cast: Cast) -> None:
    with transaction():
        theirs = db.session.scalars(db.select(Series).where(Series.slug == "other")).one()
        letter = queue(letter="invitation", event="x", to="a@example.org", name="", language="en", params={})
        scope = f"series:{theirs.id}"
        operations.suppress("a@example.org", reason="unsubscribed", actor=SYSTEM, scope=scope, letter_id=letter.id)
    [row] = rows()
    url = f"/office/series/other/suppressions/{row.id}"
    link = "//a[contains(@href, '/office/outbox/')]"
    assert len(page.sign_in(cast.organizer).get(url).find(link)) == 1
    assert page.sign_out().sign_in(cast.outsider).get(url).find(link) == []


def test_the_list_goes_out_as_a_file(page: Reader, cast: Cast, app: Flask) -> None:
    with transaction():
        evil = Actor.guest("=1+1")
        operations.suppress("=cmd@example.org", reason="by_hand", detail="=HYPERLINK(1)", actor=evil)
        operations.suppress("li@example.org", reason="bounced", actor=SYSTEM)
    page.sign_in(cast.admin)
    answer = page.get(f"{OF_HOUSE}.csv").response
    head, *lines = csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")))
    assert head[:3] == ["Address", "For", "Reason"]
    assert [line[:4] for line in lines] == [
        ["li@example.org", "The whole house", "Came back", ""],
        ["'=cmd@example.org", "The whole house", "By hand", "'=HYPERLINK(1)"],
    ]
    only = page.get(f"{OF_HOUSE}.csv?reason=bounced").response.get_data(as_text=True)
    assert ("li@example.org" in only, "cmd@example.org" in only) == (True, False)


def test_pages_of_people_letters_and_lists_say_that_campaigns_do_not_write(
    page: Reader, cast: Cast, edition: Edition
) -> None:
    own = f"series:{edition.series_id}"
    list_id = make_list(2)
    campaign_id = make_campaign(list_id)
    with transaction():
        person = find_or_create_person(Bilingual("李工", ""), email="guest0@example.org")
        queue(letter="password_changed", event="t", to="guest0@example.org", language="en", edition=edition)
    person_id = person.id
    suppress("guest0@example.org", scope=own, reason="bounced", detail="550 5.1.1 no such user")
    page.sign_in(cast.admin)
    pages = (f"/office/people/{person_id}", "/office/outbox/1", "/office/e/alu-2027/outbox/1")
    for here in pages:
        shown = page.get(here)
        assert "Campaigns do not write to this address: Came back" in shown.words, here
        assert "550 5.1.1 no such user" in shown.words
        assert shown.find(f"//a[@href='{OF_HOUSE}/{rows()[0].id}']"), here
    said = page.get(f"/office/e/alu-2027/contacts/{list_id}").words
    assert said.count("gets no letters of campaigns: Came back") == 1
    assert page.get("/office/e/alu-2027/campaigns").find(f"//a[@href='{OF_SERIES}']")
    preview = page.get(f"/office/e/alu-2027/campaigns/{campaign_id}/letter")
    assert "Please send me no more such letters" in preview.words
    assert "/unsubscribe/hidden?" in preview.text
    assert page.get("/office/outbox").find(f"//a[@href='{OF_HOUSE}']")
    page.sign_out().sign_in(cast.staff)
    assert not page.get("/office/outbox/1").find("//a[contains(@href, 'suppressions')]")
