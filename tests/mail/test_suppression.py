"""Addresses that campaigns write to no more: who is on the list, what that stops, and how it is taken back."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

import pytest
from flask import Flask
from sqlalchemy import select

from forums.activity.models import Activity
from forums.editions.models import Edition
from forums.extensions import db
from forums.mail import queue, slices
from forums.mail.models import Letter
from forums.mail.suppression import operations, queries
from forums.mail.suppression.models import HOUSE, Suppression
from forums.mail.suppression.operations import AlreadyLifted
from forums.transaction import transaction
from tests.cast import SYSTEM
from tests.client import counted_queries
from tests.invitations.guests import campaign, make_campaign, make_list, move, send, work
from tests.servers import Received, Sink

Letters = Callable[[], list[Letter]]
Deliver = Callable[[], list[EmailMessage]]


def suppress(address: str, *, scope: str = HOUSE, reason: str = "by_hand", detail: str = "") -> bool:
    with transaction():
        return operations.suppress(address, scope=scope, reason=reason, detail=detail, actor=SYSTEM)


def rows() -> list[Suppression]:
    db.session.rollback()
    return list(db.session.scalars(select(Suppression).order_by(Suppression.id)))


def states(letters: Letters) -> dict[str, tuple[str, str]]:
    return {letter.recipient: (letter.state, letter.reason) for letter in letters()}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Li@Example.ORG ", "li@example.org"),
        ("li@Bücher.example", "li@xn--bcher-kva.example"),
        ("ＬＩ＠example.org", "li@example.org"),
        ("李@铝业.中国", "李@xn--vhqz83o.xn--fiqs8s"),
        ("no address", "no address"),
        ("李@-.org", "李@-.org"),
    ],
)
def test_an_address_is_kept_in_one_spelling(written: str, kept: str) -> None:
    assert queries.normal_address(written) == kept


def test_each_reason_stands_by_itself_and_only_once(app: Flask) -> None:
    assert suppress("Li@Bücher.example", reason="bounced", detail="550 5.1.1 no such user")
    assert not suppress("li@xn--bcher-kva.example", reason="bounced")
    assert suppress("li@bücher.example", reason="unsubscribed", scope="series:1")
    bounced, wish = rows()
    assert (bounced.scope, bounced.detail, bounced.created_by) == (HOUSE, "550 5.1.1 no such user", "system: tests")
    with transaction():
        operations.lift(bounced, why="the address works again", actor=SYSTEM)
    assert queries.suppressed_among(["LI@bücher.example", "other@example.org"], ["edition:9", "series:1", HOUSE]) == {
        "LI@bücher.example": "unsubscribed"
    }
    assert not queries.is_suppressed("li@bücher.example", ["series:2", HOUSE])
    with pytest.raises(AlreadyLifted), transaction():
        operations.lift(bounced, why="again", actor=SYSTEM)
    assert suppress("li@bücher.example", reason="bounced")
    assert [row.removed_why for row in queries.history(wish.address)] == ["", "", "the address works again"]
    said = db.session.scalars(select(Activity).order_by(Activity.id)).all()
    assert [line.action for line in said] == ["suppression.added"] * 2 + ["suppression.lifted", "suppression.added"]
    assert {line.detail["address"] for line in said} == {"l****@xn--bcher-kva.example"}


def test_many_addresses_are_asked_for_in_few_queries(app: Flask) -> None:
    with transaction():
        for number in range(0, 3_000, 500):
            operations.suppress(f"guest{number}@example.org", reason="bounced", actor=SYSTEM)
    asked = [f"Guest{number}@example.org" for number in range(3_000)]
    with counted_queries() as seen:
        found = queries.suppressed_among(asked, ["series:1", HOUSE])
    assert found == {f"Guest{number}@example.org": "bounced" for number in range(0, 3_000, 500)}
    assert len(seen) == 3


def test_freezing_leaves_them_out_and_counts_them(edition: Edition) -> None:
    own = f"series:{edition.series_id}"
    suppress("guest0@example.org", reason="unsubscribed", scope=own)
    suppress("guest1@example.org", reason="bounced")
    suppress("guest2@example.org", reason="unsubscribed", scope="series:999")
    campaign_id = make_campaign(make_list(4))
    move(campaign_id, "freezing")
    row = campaign(campaign_id)
    assert (row.to_send, row.suppressed_count, row.invalid_count, row.duplicate_count) == (2, 2, 0, 0)
    assert [(one["email"], one["reason"]) for one in row.skipped] == [
        ("guest0@example.org", "suppressed"),
        ("guest1@example.org", "suppressed"),
    ]
    move(campaign_id, "thawing")
    assert campaign(campaign_id).suppressed_count == 0


def test_what_waits_is_withdrawn_and_personal_letters_go(
    edition: Edition, deliver: Deliver, sink: Sink, outbox: Letters
) -> None:
    campaign_id = make_campaign(make_list(4))
    move(campaign_id, "freezing")
    suppress("guest0@example.org", reason="unsubscribed", scope=f"series:{edition.series_id}")
    send_frozen(campaign_id)
    suppress("guest1@example.org", reason="bounced")
    suppress("guest2@example.org", reason="unsubscribed", scope="series:999")
    with transaction():
        queue(letter="password_changed", event="t", to="guest1@example.org", language="en", name="Guest")
    deliver()
    assert sorted(sink.recipients) == ["guest1@example.org", "guest2@example.org", "guest3@example.org"]
    kept = [letter for letter in outbox() if letter.batch]
    assert [(letter.state, letter.reason) for letter in kept] == [
        ("cancelled", "suppressed"),
        ("cancelled", "suppressed"),
        ("sent", ""),
        ("sent", ""),
    ]


def test_who_unsubscribes_in_the_middle_of_a_slice_gets_no_letter(
    app: Flask, edition: Edition, deliver: Deliver, sink: Sink, outbox: Letters
) -> None:
    send(make_campaign(make_list(5)))

    def unsubscribe(_letter: Received) -> None:
        if len(sink.received) == 1:
            with app.app_context():
                suppress("guest3@example.org", reason="unsubscribed", scope=f"series:{edition.series_id}")
                db.session.remove()

    sink.on_letter = unsubscribe
    deliver()
    assert sorted(sink.recipients) == [f"guest{number}@example.org" for number in (0, 1, 2, 4)]
    assert states(outbox)["guest3@example.org"] == ("cancelled", "suppressed")


def test_a_slice_of_suppressed_letters_does_not_end_the_round(
    edition: Edition, deliver: Deliver, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "SLICE", 2)
    campaign_id = make_campaign(make_list(4))
    move(campaign_id, "freezing")
    for number in (0, 1):
        suppress(f"guest{number}@example.org")
    send_frozen(campaign_id)
    deliver()
    assert sorted(sink.recipients) == ["guest2@example.org", "guest3@example.org"]


def test_an_address_that_is_gone_is_suppressed_in_the_house(
    edition: Edition, deliver: Deliver, sink: Sink, outbox: Letters
) -> None:
    said = "550 5.1.1 No such user"
    sink.refusals["guest1@example.org"] = said
    first = make_list(3)
    send(make_campaign(first))
    deliver()
    [row] = rows()
    assert (row.address, row.scope, row.reason, row.detail) == ("guest1@example.org", HOUSE, "bounced", said)
    assert (row.created_by, row.letter.recipient) == ("system: mail", "guest1@example.org")  # type: ignore[union-attr]
    again = make_campaign(first, again=True)
    move(again, "freezing")
    assert (campaign(again).to_send, campaign(again).suppressed_count) == (2, 1)


def test_what_a_server_said_is_kept_on_one_line(app: Flask) -> None:
    suppress("li@example.org", reason="bounced", detail="550 5.1.1\r\nno\0such user " + "x" * 5_000)
    [row] = rows()
    assert row.detail.startswith("550 5.1.1 no such user xxx")
    assert len(row.detail) == 1_000


def test_a_letter_costs_no_query_of_its_own(edition: Edition, deliver: Deliver, sink: Sink) -> None:
    """However many letters a slice has, its addresses are asked for once."""
    seen: list[int] = []
    for count in (2, 12):
        send(make_campaign(make_list(count, start=len(sink.received), name=f"List {count}")))
        with counted_queries() as queries_seen:
            deliver()
        seen.append(sum("suppressions" in statement for statement in queries_seen))
    assert len(sink.received) == 14
    assert seen == [1, 1]


def send_frozen(campaign_id: int) -> None:
    move(campaign_id, "sending")
    work()
