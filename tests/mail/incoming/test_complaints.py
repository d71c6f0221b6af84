"""Who calls a letter spam gets no more letters of campaigns; who forges such a report changes nothing."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from forums.extensions import db
from forums.mail.addresses import own_address
from forums.mail.incoming import commands
from forums.mail.incoming.models import IncomingMail
from forums.mail.models import Letter
from forums.mail.suppression.links import unsubscribe_link
from forums.mail.suppression.operations import lift
from forums.mail.suppression.queries import standing, suppressed_among
from forums.transaction import transaction
from tests.mail.incoming import samples
from tests.mail.incoming.samples import GUEST, complaint
from tests.mail.incoming.test_taking_in import SOMEBODY, bounced, box, sent, take

__all__ = ["box"]
Made = Callable[[Letter], bytes]


def reasons(address: str = GUEST) -> list[str]:
    db.session.rollback()
    return [row.reason for row in standing(address)]


PROVEN: dict[str, Made] = {
    "by its Message-ID": lambda letter: complaint(original=letter.message_id, recipient="redacted"),
    "by its return path": lambda letter: complaint(return_path=own_address("bounce", letter.id)),
    "by its link": lambda letter: complaint(unsubscribe=unsubscribe_link(letter)),
    "by its mailbox": lambda letter: complaint(unsubscribe=f"mailto:{own_address('unsubscribe', letter.id)}"),
    "by its headers alone": lambda letter: complaint(original=letter.message_id, kind="text/rfc822-headers"),
    # Whom the report names is not known to be the one who complained: the letter was its recipient's.
    "of another recipient": lambda letter: complaint(original=letter.message_id, recipient="guest9@example.org"),
    "cut short": lambda letter: complaint(original=letter.message_id)[:-12],
}


def test_a_complaint_suppresses_the_address_of_its_letter_once(app: Flask) -> None:
    for number, (how, made) in enumerate(PROVEN.items()):
        letter = sent(number)
        raw = made(letter)
        assert take(raw) == ("complaint", "suppressed"), how
        assert (reasons(letter.recipient), bounced(letter)) == (["complained"], None), how
        assert letter.complained_at is not None
        assert take(raw) == ("", "filed before")
    assert reasons("guest9@example.org") == []
    assert take(raw.replace(b"arf-1", b"arf-2")) == ("complaint", "repeated")
    with transaction():
        lift(standing(letter.recipient)[0], why="They wrote to us", actor=SOMEBODY)
    assert take(raw.replace(b"arf-1", b"arf-3")) == ("complaint", "repeated")
    assert reasons(letter.recipient) == []


FORGED: dict[str, Made] = {
    "no letter of ours": lambda letter: complaint(),
    "a recipient alone": lambda letter: complaint(fields=f"Original-Rcpt-To: {letter.recipient}"),
    "a false seal": lambda letter: complaint(return_path=f"replies+b{letter.id}-aaaaaaaaaa@mail.example.org"),
    "a false link": lambda letter: complaint(unsubscribe=f"https://forum.example.org/unsubscribe/{'A' * 32}"),
    "two letters": lambda letter: complaint(original=letter.message_id, return_path=own_address("bounce", sent(1).id)),
    "a letter that never went out": lambda letter: complaint(original=sent(2, state="held").message_id),
    "a letter in its words": lambda letter: complaint().replace(b"This is", letter.message_id.encode()),
    "no report at all": lambda letter: complaint(original=letter.message_id)[:400],
}


def test_a_complaint_that_no_letter_proves_changes_nothing_and_is_shown(app: Flask) -> None:
    letter = sent()
    for number, (how, made) in enumerate(FORGED.items()):
        assert take(made(letter).replace(b"arf-1", b"arf-%d" % number)) == ("complaint", "unreadable"), how
    assert suppressed_among([f"guest{number}@example.org" for number in range(3)], ["house"]) == {}
    assert set(db.session.scalars(db.select(IncomingMail.detail))) == {"unproven"}


def test_other_feedback_changes_nothing(app: Flask) -> None:
    letter = sent()
    for number, feedback in enumerate(("not-spam", "fraud", "virus", "auth-failure", "other", "", "opt-out")):
        raw = complaint(original=letter.message_id, feedback=feedback, number=number)
        assert take(raw) == ("complaint", "noted"), feedback
    assert (reasons(), letter.complained_at) == ([], None)


def test_complaints_and_bounces_come_in_any_order_and_by_the_pipe(app: Flask) -> None:
    letter = sent()
    run = app.test_cli_runner().invoke
    assert run(commands.receive_mail, input=complaint(original=letter.message_id)).output == "complaint: suppressed\n"
    assert take(samples.qmail(letter.message_id)) == ("bounce", "suppressed")
    assert take(complaint(original=letter.message_id, feedback="not-spam", number=2)) == ("complaint", "noted")
    assert reasons() == ["complained", "bounced"]
