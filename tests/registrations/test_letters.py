"""What the letters say and carry, in both languages and with the strangest names."""

from __future__ import annotations

from io import BytesIO

import pytest
from icalendar import Calendar
from pypdf import PdfReader

from forums import tokens
from forums.activity.models import Actor
from forums.documents.fonts import FontMissing
from forums.documents.render import pdf
from forums.mail.models import Letter
from forums.mail.rendering import render
from forums.registrations import emails, operations
from forums.registrations.models import Registration
from forums.registrations.tickets import ticket_png
from forums.transaction import transaction
from tests.cast import SYSTEM, make_edition
from tests.registrations.make import make_registration, make_registrations

STRANGE = '<b>\u202eمرحبا</b> {{7*7}} 🏆 "O\'Neill" & Söhne'


def rendered(letter: Letter, *, masked: bool = False):
    return render(letter.letter, letter.params, letter.language, name=letter.recipient_name, masked=masked)


def every_letter(edition, language: str, outbox, **facts: str) -> dict[str, Letter]:
    """One letter of each kind."""
    first = make_registration(edition, 1, language=language, **facts)
    second = make_registration(edition, 2, language=language, **facts)
    with transaction():
        operations.register_visitor(edition, operations.Applicant("X", first.email), key="k", actor=Actor.guest("x"))
        operations.change(first, operations.Applicant("新名 New", first.email, language=language), actor=SYSTEM)
        operations.cancel(first, actor=SYSTEM, reason="重复 twice")
        assert second.is_confirmed
    return {letter.letter: letter for letter in outbox()}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_letter_renders_with_the_strangest_name(app, outbox, language: str) -> None:
    letters = every_letter(make_edition(capacity=1), language, outbox, name=STRANGE, organisation="=1+1")
    assert set(letters) == {
        "registration_confirmed",
        "registration_waitlisted",
        "registration_promoted",
        "registration_changed",
        "registration_cancelled",
        "already_registered",
    }
    for name, letter in letters.items():
        parts = rendered(letter)
        assert letter.params["edition_title"] in parts.subject
        assert "\n" not in parts.subject
        assert "<b>" not in parts.html
        assert "{{7*7}}" in parts.text or name in {"registration_changed", "registration_cancelled"}
        assert "=1+1" in parts.text or name in {"registration_changed", "registration_cancelled"}
        assert ("重复 twice" in parts.text) == (name == "registration_cancelled")


def test_the_confirmation_carries_ticket_and_calendar(app, outbox) -> None:
    row = make_registration(make_edition(), language="zh")
    [letter] = outbox()
    parts = rendered(letter)
    inline, attached, calendar = parts.attachments
    assert (inline.inline_id, inline.content) == ("ticket", ticket_png(row.id, 1))
    assert 'src="cid:ticket"' in parts.html
    assert (attached.filename, attached.mimetype) == (f"ticket-{row.reference}.pdf", "application/pdf")
    [ticket] = PdfReader(BytesIO(attached.content)).pages
    assert row.reference in ticket.extract_text()
    assert f"/my/registration/{tokens.sign('registration', row.id, 1)}" in parts.text
    assert "/my/registration/hidden" in rendered(letter, masked=True).text
    assert tokens.sign("registration", row.id, 1) not in rendered(letter, masked=True).html
    entry = Calendar.from_ical(calendar.content)
    [event] = entry.walk("VEVENT")
    assert entry["METHOD"] == "PUBLISH"
    assert (event["SUMMARY"], event["STATUS"]) == ("2027 铝业高峰论坛（示例）", "CONFIRMED")
    assert (str(event["DTSTART"].dt), str(event["DTEND"].dt)) == ("2097-03-18", "2097-03-20")
    assert rendered(letter) == parts, "the same bytes each time"


def test_a_machine_without_a_chinese_font_still_writes_the_letter(app, outbox, monkeypatch) -> None:
    make_registration(make_edition())

    def none(*_args: object) -> None:
        raise FontMissing

    monkeypatch.setattr(pdf, "cjk_font", none)
    _, attached, _ = rendered(outbox()[0]).attachments
    assert attached.mimetype == "image/png"


def test_a_cancellation_takes_the_same_entry_back(app, outbox) -> None:
    row = make_registration(make_edition())
    with transaction():
        operations.cancel(row, actor=SYSTEM)
    first, second = (
        Calendar.from_ical(rendered(letter).attachments[-1].content).walk("VEVENT")[0] for letter in outbox()
    )
    assert first["UID"] == second["UID"]
    assert (first["SEQUENCE"], second["SEQUENCE"]) == (0, 1)
    assert second["STATUS"] == "CANCELLED"


def test_who_waits_gets_no_ticket(app, outbox) -> None:
    make_registrations(make_edition(capacity=1), 2)
    assert rendered(outbox()[1]).attachments == ()


def test_facts_are_json_of_the_row(app) -> None:
    row: Registration = make_registration(make_edition(), language="en")
    facts = emails.facts_of(row)
    assert (facts["dates"], facts["rank"], facts["state"]) == ("18–19 March 2097", None, "confirmed")
