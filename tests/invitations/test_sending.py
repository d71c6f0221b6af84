"""Every guest exactly once: frozen, sent, paused, resumed, run again."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

import pytest
from flask import Flask

from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations import sending
from forums.invitations.letter_text import Guest, NothingToSee, WrongPlaceholder
from forums.invitations.models import Contact, Invitation
from forums.invitations.sending import IncompleteText, NothingToSend, WrongState
from forums.invitations.tasks import expand, sweep
from forums.jobs.models import Job
from forums.mail.models import Letter
from forums.transaction import transaction
from tests.cast import SYSTEM, Cast
from tests.client import counted_queries
from tests.invitations.guests import campaign, invitations, make_campaign, make_list, move, send, work
from tests.servers import Received, Sink

Letters = Callable[[], list[Letter]]
Deliver = Callable[[], list[EmailMessage]]

pytestmark = pytest.mark.usefixtures("edition")


def guests(*numbers: int) -> list[str]:
    return [f"guest{number}@example.org" for number in numbers]


def test_every_guest_gets_one_letter(deliver: Deliver, sink: Sink) -> None:
    campaign_id = make_campaign(make_list(25))
    send(campaign_id)
    messages = deliver()
    assert sorted(sink.recipients) == sorted(guests(*range(25)))
    assert str(messages[3]["Subject"]).endswith("for Guest 3")
    assert messages[0]["Reply-To"].addresses[0].addr_spec == "forum@example.org"
    sweep()
    assert campaign(campaign_id).state == "done"


def test_running_everything_again_sends_nothing_twice(deliver: Deliver, sink: Sink, outbox: Letters) -> None:
    campaign_id = make_campaign(make_list(12))
    send(campaign_id)
    deliver()
    job = db.session.scalars(db.select(Job)).one()
    for _ in range(3):
        expand(job.id, {"campaign_id": campaign_id})
        deliver()
        sweep()
    assert len(outbox()) == len(sink.received) == 12


def test_expansion_that_stopped_half_way_goes_on(deliver: Deliver, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "BATCH", 4)
    campaign_id = make_campaign(make_list(10))
    move(campaign_id, "freezing", "sending")
    with transaction():
        assert sending.expand(campaign_id) == (4, 10)
    deliver()
    assert len(sink.received) == 4
    sweep()
    assert campaign(campaign_id).state == "running"
    work()
    deliver()
    assert sorted(sink.recipients) == sorted(guests(*range(10)))
    job = db.session.scalars(db.select(Job)).one()
    assert (job.state, job.done, job.total) == ("done", 10, 10)


def test_a_batch_of_letters_takes_as_many_statements_as_one_letter() -> None:
    taken = []
    for number, count in enumerate((1, 40)):
        campaign_id = make_campaign(make_list(count, start=100 * number, name=f"list {number}"))
        move(campaign_id, "freezing", "sending")
        with transaction(), counted_queries() as statements:
            assert sending.expand(campaign_id) == (count, count)
        taken.append(len(statements))
    assert taken[0] == taken[1]


def test_a_second_campaign_leaves_out_who_is_invited(deliver: Deliver, sink: Sink) -> None:
    send(make_campaign(make_list(3)))
    second = make_campaign(make_list(5, start=1, name="Members"))
    send(second)
    deliver()
    assert sorted(sink.recipients) == sorted(guests(*range(6)))
    row = campaign(second)
    assert (row.to_send, row.duplicate_count, row.invalid_count) == (3, 2, 0)
    assert [(one["email"], one["reason"]) for one in row.skipped] == [(g, "invited") for g in guests(1, 2)]


def test_unless_it_says_so(deliver: Deliver, sink: Sink) -> None:
    list_id = make_list(2)
    send(make_campaign(list_id))
    send(make_campaign(list_id, again=True))
    deliver()
    assert sorted(sink.recipients) == sorted(guests(0, 1) * 2)
    assert len(db.session.scalars(db.select(Invitation)).all()) == 2  # one link and one answer each


def test_who_got_their_letter_before_the_campaign_was_cancelled_is_invited(deliver: Deliver, sink: Sink) -> None:
    list_id = make_list(3)
    first = make_campaign(list_id)
    send(first)
    with transaction():
        held = db.session.scalars(db.select(Letter).order_by(Letter.id)).all()[1:]
        for letter in held:
            letter.state = "held"
    deliver()
    move(first, "cancellation")
    send(make_campaign(list_id))
    deliver()
    assert sorted(sink.recipients) == guests(0, 1, 2)


def test_freezing_counts_addresses_that_cannot_be_used() -> None:
    list_id = make_list(3)
    with transaction():
        db.session.scalars(db.select(Contact)).first().email = "李@example.org"  # type: ignore[union-attr]
    campaign_id = make_campaign(list_id)
    move(campaign_id, "freezing")
    row = campaign(campaign_id)
    assert (row.state, row.to_send, row.invalid_count) == ("frozen", 2, 1)
    assert row.skipped[0]["reason"] == "local_part"


def test_freezing_nobody_is_refused() -> None:
    with pytest.raises(NothingToSend):
        move(make_campaign(make_list(0)), "freezing")


def test_who_joins_the_list_later_gets_no_letter_and_thawing_asks_again(sink: Sink, deliver: Deliver) -> None:
    list_id = make_list(2)
    campaign_id = make_campaign(list_id)
    move(campaign_id, "freezing")
    with transaction():
        db.session.add(Contact(list_id=list_id, name="Late", email="late@example.org"))
    assert len(invitations(campaign_id)) == 2
    move(campaign_id, "thawing")
    assert invitations(campaign_id) == []
    send(campaign_id)
    deliver()
    assert sorted(sink.recipients) == sorted([*guests(0, 1), "late@example.org"])


def test_pause_in_the_middle_and_resume(app: Flask, sink: Sink, deliver: Deliver, outbox: Letters) -> None:
    campaign_id = make_campaign(make_list(8))
    send(campaign_id)

    def pause(_letter: Received) -> None:
        if len(sink.received) == 3:
            with app.app_context():
                move(campaign_id, "pause")
                db.session.remove()

    sink.on_letter = pause
    deliver()
    assert len(sink.received) == 3
    assert sorted(letter.state for letter in outbox()) == ["held"] * 5 + ["sent"] * 3
    sweep()
    assert campaign(campaign_id).state == "paused"
    move(campaign_id, "resumption")
    deliver()
    assert sorted(sink.recipients) == sorted(guests(*range(8)))


def test_pause_stops_the_expansion_too(sink: Sink, deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "BATCH", 2)
    campaign_id = make_campaign(make_list(5))
    move(campaign_id, "freezing", "sending")
    with transaction():
        sending.expand(campaign_id)
    move(campaign_id, "pause")
    work()
    deliver()
    assert sink.received == []
    move(campaign_id, "resumption")
    work()
    deliver()
    assert sorted(sink.recipients) == sorted(guests(*range(5)))


def test_cancelling_sends_nothing_more(sink: Sink, deliver: Deliver, outbox: Letters) -> None:
    campaign_id = make_campaign(make_list(3))
    send(campaign_id)
    move(campaign_id, "cancellation")
    deliver()
    assert sink.received == []
    assert {letter.state for letter in outbox()} == {"cancelled"}
    second = make_campaign(make_list(3, name="Again"))
    move(second, "freezing")
    assert campaign(second).to_send == 3


@pytest.mark.parametrize(
    "before, allowed",
    [
        ((), {"freezing"}),
        (("freezing",), {"thawing", "sending", "cancellation"}),
        (("freezing", "sending"), {"pause", "cancellation"}),
        (("freezing", "sending", "pause"), {"resumption", "cancellation"}),
        (("freezing", "sending", "cancellation"), set()),
    ],
)
def test_each_step_from_its_own_state_only(before: tuple[str, ...], allowed: set[str], outbox: Letters) -> None:
    for step in sending.STEPS:
        campaign_id = make_campaign(make_list(1), again=True)
        move(campaign_id, *before)
        if step in allowed:
            move(campaign_id, step)
        else:
            with pytest.raises(WrongState):
                move(campaign_id, step)


def test_pressing_send_twice_sends_once(deliver: Deliver, sink: Sink) -> None:
    campaign_id = make_campaign(make_list(2))
    move(campaign_id, "freezing", "sending")
    with pytest.raises(WrongState):
        move(campaign_id, "sending")
    work()
    deliver()
    assert len(sink.received) == 2


def test_a_letter_in_the_language_of_each_guest(deliver: Deliver, sink: Sink) -> None:
    send(make_campaign(make_list(1, language="zh")))
    send(
        make_campaign(
            make_list(1, start=1, name="b", language="zh"),
            subject=Bilingual(en="Hello"),
            body=Bilingual(en="Dear {name}"),
        )
    )
    first, second = deliver()
    assert str(first["Subject"]) == "邀请函：2027 铝业高峰论坛（示例）"
    assert (first["Content-Language"], second["Content-Language"]) == ("zh-CN", "en")
    text = second.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Please answer here" in text
    assert "/answer/" in text


def test_placeholders_are_filled_once_and_markup_stays_text(deliver: Deliver) -> None:
    list_id = make_list(1)
    with transaction():
        contact = db.session.scalars(db.select(Contact)).one()
        contact.name, contact.organisation = "{link} <b>Bo</b> {{7*7}}", "{name}"
    send(
        make_campaign(
            list_id, subject=Bilingual(en="{organisation}"), body=Bilingual(en="｛name｝ { Edition }\n\n{link}")
        )
    )
    [message] = deliver()
    assert str(message["Subject"]) == "{name}"
    html = message.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "{link} &lt;b&gt;Bo&lt;/b&gt; {{7*7}} Aluminium Summit 2027 (synthetic)" in html
    assert html.count("/answer/") == 1


@pytest.mark.parametrize(
    "text, named",
    [
        ("Dear {nmae}", "{nmae}"),
        ("{}", "{}"),
        ("{name.__class__}", "{name.__class__}"),
        ("{{ 7*7 }}", "{ 7*7 }"),
        ("{name", "{"),
        ("%(x)s {姓名}", "{姓名}"),
    ],
)
def test_a_wrong_placeholder_is_named(text: str, named: str) -> None:
    list_id = make_list(1)
    with pytest.raises(WrongPlaceholder) as refusal:
        make_campaign(list_id, subject=Bilingual(en="Hello"), body=Bilingual(en=text))
    assert named in refusal.value.message


@pytest.mark.parametrize("subject, body", [("", ""), ("Hello", ""), ("", "Dear {name}")])
def test_half_a_letter_is_refused(subject: str, body: str) -> None:
    list_id = make_list(1)
    with pytest.raises(IncompleteText):
        make_campaign(list_id, subject=Bilingual(en=subject), body=Bilingual(en=body))


@pytest.mark.parametrize("unseen", ["\u200b", "\u3164 \u2800\n", "\ufeff\u00ad\ue000"])
def test_a_letter_that_shows_nothing_is_refused(unseen: str) -> None:
    list_id = make_list(1)
    for subject, body in (
        (Bilingual(unseen, "Hello"), Bilingual("", "Dear {name}")),
        (Bilingual("请", "Hello"), Bilingual(unseen, "x")),
    ):
        with pytest.raises(NothingToSee):
            make_campaign(list_id, subject=subject, body=body)
    make_campaign(list_id, body=Bilingual(f"{unseen}。", f"{unseen}{{name}}"))


def test_a_test_letter_goes_to_whoever_asks_and_invites_nobody(deliver: Deliver, sink: Sink, cast: Cast) -> None:
    campaign_id = make_campaign(make_list(2))
    for _ in range(2):
        with transaction():
            sending.send_test(campaign(campaign_id), Guest("Guest 0"), "en", cast.organizer)
    first, second = deliver()
    assert sink.recipients == ["organizer@example.org"] * 2
    assert str(first["Subject"]) == "[Test] Invitation to Aluminium Summit 2027 (synthetic) for Guest 0"
    assert "/answer/" not in str(first)
    assert first["Message-ID"] != second["Message-ID"]
    assert invitations(campaign_id) == []


def test_one_letter_that_fails_to_render_stops_nobody(deliver: Deliver, sink: Sink, outbox: Letters) -> None:
    campaign_id = make_campaign(make_list(5))
    send(campaign_id)
    with transaction():
        outbox()[2].params = {}
    deliver()
    assert sorted(sink.recipients) == sorted(guests(0, 1, 3, 4))
    assert [(letter.state, letter.reason) for letter in outbox() if letter.state != "sent"] == [("failed", "render")]
    sweep()
    assert campaign(campaign_id).state == "done"


def test_only_a_draft_is_changed_or_deleted() -> None:
    campaign_id = make_campaign(make_list(1))
    move(campaign_id, "freezing")
    with pytest.raises(WrongState), transaction():
        sending.delete_campaign(campaign(campaign_id), actor=SYSTEM)
    move(campaign_id, "thawing")
    with transaction():
        sending.delete_campaign(campaign(campaign_id), actor=SYSTEM)


def test_an_edition_lets_go_of_its_campaigns(edition: Edition, outbox: Letters) -> None:
    send(make_campaign(make_list(2)))
    assert len(outbox()) == 2
    assert {letter.batch for letter in outbox()} == {"campaign:1"}
