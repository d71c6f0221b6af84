from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from forums import clock
from forums.activity.queries import history
from forums.directory.models import Person
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations import operations, queries, waiting
from forums.registrations.models import Registration
from forums.registrations.refusals import AddressTaken, NotLive, PlacesTaken
from forums.transaction import transaction
from tests.cast import SYSTEM, make_edition
from tests.registrations.make import applicant, make_registration, make_registrations, states
from tests.registrations.test_places import add_category


def cancel(row: Registration, reason: str = "") -> list[Registration]:
    with transaction():
        return operations.cancel(row, actor=SYSTEM, reason=reason)


def test_takes_a_place_and_writes_the_letter(edition: Edition, outbox) -> None:
    row = make_registration(edition, name="张三丰", email="Zhang@Example.ORG", organisation="濉溪铝业", language="zh")
    assert (row.state, row.email, edition.taken, row.category.taken) == ("confirmed", "zhang@example.org", 1, 1)
    assert row.search_text.split() == ["张三丰", "zhangsanfeng", "zsf", "濉溪铝业", "sxly", row.reference.lower()]
    assert row.person == db.session.query(Person).filter_by(email="zhang@example.org").one()
    [letter] = outbox()
    assert (letter.letter, letter.recipient, letter.language) == ("registration_confirmed", "zhang@example.org", "zh")
    assert letter.params["dates"] == "2097年3月18日至19日"
    assert [line.action for line in history(row)] == ["registration.created"]


def test_the_next_after_the_last_place_wait_in_order(app, outbox) -> None:
    edition = make_edition(capacity=2)
    rows = make_registrations(edition, 5)
    assert states() == ["confirmed"] * 2 + ["waitlisted"] * 3
    assert [queries.rank_of(row) for row in rows] == [None, None, 1, 2, 3]
    assert edition.taken == 2
    assert [(letter.letter, letter.params["rank"]) for letter in outbox()][2:] == [
        ("registration_waitlisted", rank) for rank in (1, 2, 3)
    ]


def test_a_cancellation_confirms_the_first_in_line(app, outbox) -> None:
    edition = make_edition(capacity=1)
    first, second, third = make_registrations(edition, 3)
    assert cancel(first, "ill") == [second]
    assert (first.state, first.reason, second.state, third.state) == (
        "cancelled",
        "ill",
        "confirmed",
        "waitlisted",
    )
    assert queries.rank_of(third) == 1
    assert edition.taken == 1
    assert [(letter.letter, letter.recipient) for letter in outbox()][3:] == [
        ("registration_cancelled", "guest1@example.org"),
        ("registration_promoted", "guest2@example.org"),
    ]


def test_who_waits_and_cancels_frees_no_place(app) -> None:
    edition = make_edition(capacity=1)
    _, second, third = make_registrations(edition, 3)
    assert cancel(second) == []
    assert queries.rank_of(third) == 1
    assert edition.taken == 1


def test_cancelling_twice_is_once(app, outbox) -> None:
    edition = make_edition(capacity=1)
    [row] = make_registrations(edition, 1)
    cancel(row)
    cancel(row)
    assert edition.taken == 0
    assert [letter.letter for letter in outbox()] == ["registration_confirmed", "registration_cancelled"]


def test_a_full_category_is_passed_over_in_line(app) -> None:
    edition = make_edition(capacity=2)
    small = add_category(edition, 1)
    wide = add_category(edition, None, "guest")
    with transaction():
        rows = [
            operations.register(edition, applicant(n), actor=SYSTEM, category=category).registration
            for n, category in enumerate((small, wide, small, wide), start=1)
        ]
    assert states() == ["confirmed", "confirmed", "waitlisted", "waitlisted"]
    assert cancel(rows[1]) == [rows[3]], "the expert before them still finds the experts' places full"
    assert cancel(rows[0]) == [rows[2]]


def test_more_places_confirm_those_who_wait(app) -> None:
    edition = make_edition(capacity=1)
    rows = make_registrations(edition, 4)
    with transaction():
        promoted = waiting.change_capacity(edition, 3, actor=SYSTEM)
    assert promoted == rows[1:3]
    assert states() == ["confirmed"] * 3 + ["waitlisted"]
    with pytest.raises(PlacesTaken, match="Places taken: 3"), transaction():
        waiting.change_capacity(edition, 2, actor=SYSTEM)
    assert edition.capacity == 3


def test_more_places_on_the_edition_page_confirm_them_too(page, cast) -> None:
    edition = make_edition(capacity=1)
    make_registrations(edition, 3)
    page.sign_in(cast.organizer)
    address = f"/office/e/{edition.slug}/facts"

    def with_places(capacity: str) -> dict[str, str]:
        shown = page.get(address).find("//form[.//input[@name='capacity']]")[0]
        return {**dict(shown.form_values()), "capacity": capacity}

    page.post(address, with_places("2"))
    assert states() == ["confirmed", "confirmed", "waitlisted"]
    assert "Places taken: 2" in page.post(address, with_places("1"), expected=200).words


def test_nobody_is_confirmed_for_an_event_that_is_over(app) -> None:
    edition = make_edition(capacity=1)
    first, second = make_registrations(edition, 2)
    with clock.frozen(datetime(2097, 3, 21, tzinfo=UTC)):
        assert cancel(first) == []
    assert second.state == "waitlisted"


def test_the_same_form_twice_is_one_registration(edition: Edition, outbox) -> None:
    with transaction():
        first = operations.register_visitor(edition, applicant(), key="k", actor=SYSTEM)
    with transaction():
        again = operations.register_visitor(edition, applicant(email="GUEST1@example.org"), key="k", actor=SYSTEM)
    assert (again.registration, again.is_new, again.is_replay) == (first.registration, False, True)
    assert (len(outbox()), edition.taken) == (1, 1)


def test_a_key_leads_nobody_to_the_registration_of_another(edition: Edition) -> None:
    with transaction():
        first = operations.register_visitor(edition, applicant(1), key="k", actor=SYSTEM)
        second = operations.register_visitor(edition, applicant(2), key="k", actor=SYSTEM)
    assert second.is_new
    assert second.registration != first.registration


def test_an_address_registers_once_and_gets_its_link_again(edition: Edition, outbox) -> None:
    with clock.frozen(datetime(2097, 1, 1, 12, tzinfo=UTC)):
        for key in ("a", "b", "c"):
            with transaction():
                operations.register_visitor(edition, applicant(name="Somebody else"), key=key, actor=SYSTEM)
    assert states() == ["confirmed"]
    assert edition.taken == 1
    assert [letter.letter for letter in outbox()] == ["registration_confirmed", "already_registered"]


def test_after_a_cancellation_the_address_may_register_again(edition: Edition) -> None:
    cancel(make_registration(edition))
    assert make_registration(edition).state == "confirmed"
    assert states() == ["cancelled", "confirmed"]


def test_registration_closes(app) -> None:
    opens = datetime(2097, 1, 1, tzinfo=UTC)
    edition = make_edition(registration_opens=opens, registration_closes=opens + timedelta(days=10))
    for moment, is_open in ((opens - timedelta(seconds=1), False), (opens, True), (opens + timedelta(days=10), False)):
        with clock.frozen(moment):
            if is_open:
                with transaction():
                    operations.register_visitor(edition, applicant(), key="k", actor=SYSTEM)
            else:
                with pytest.raises(operations.RegistrationClosed), transaction():
                    operations.register_visitor(edition, applicant(9), key="k", actor=SYSTEM)


def test_changing_writes_a_letter_and_another_address_another_link(edition: Edition, outbox) -> None:
    row = make_registration(edition)
    with transaction():
        assert not operations.change(row, applicant(), actor=SYSTEM)
        assert operations.change(row, applicant(name="New Name"), actor=SYSTEM)
        assert (row.token_version, row.revision) == (1, 1)
        assert operations.change(row, applicant(name="New Name", email="new@example.org"), actor=SYSTEM)
    assert (row.token_version, row.revision, row.name_sort) == (2, 2, "new name")
    assert [(letter.letter, letter.recipient) for letter in outbox()][1:] == [
        ("registration_changed", "guest1@example.org"),
        ("registration_changed", "new@example.org"),
    ]


def test_changing_to_the_address_of_another_is_refused(edition: Edition) -> None:
    first, _ = make_registrations(edition, 2)
    with pytest.raises(AddressTaken), transaction():
        operations.change(first, applicant(2), actor=SYSTEM)
    cancel(first)
    with pytest.raises(NotLive), transaction():
        operations.change(first, applicant(1, name="X"), actor=SYSTEM)


def test_the_office_adds_people_without_email(edition: Edition, outbox) -> None:
    with transaction():
        category = operations.default_category(edition)
        for name in ("王一", "王二"):
            operations.add_by_hand(edition, applicant(name=name, email=None), category=category, actor=SYSTEM)
    assert states() == ["confirmed"] * 2
    assert outbox() == []
