"""The letter of a campaign, filled from what was rendered once, is byte for byte the letter that is rendered anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask

from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.invitations import emails, openings
from forums.invitations.letter_text import Guest
from forums.invitations.models import Campaign
from forums.mail import rendering
from forums.mail.compose import Envelope, Mailbox, compose
from tests.invitations.guests import BODY, SUBJECT

BARE = Bilingual(
    "{name}\n\n{organisation}\n请来。{name}：{link}，{title}", "{title}\n\nDear {name} {title},\n{link} {link}"
)
OURS = openings.BODIES["invitation"]
WRITTEN_AT = datetime(2026, 11, 23, tzinfo=UTC)
HOSTILE = (
    "李伟",
    "👩‍🔬 Zoë",
    "محمد \u200f\u202eevil\u202c",
    "{link}",
    "{{ 7 * 7 }} {% if %} %(name)s %s {0}",
    "O'Brien \"&amp; <script>alert(1)</script>",
    "a  b\t c",
    " spaced ",
    "\ue000\ue001",
    "line\r\nBcc: victim@example.org",
    "欧阳" * 40,
    "x" * 80,
)


def written(row: Campaign, guest: Guest, language: str, number: int) -> bytes:
    """The bytes of a guest's letter; number 0 is the letter of a test."""
    params = emails.preview(row, guest, language) | {"invitation": [number, 1] if number else None}
    parts = rendering.render("invitation", params, language, name=guest.name)
    sender, recipient = Mailbox("forum@billet.example"), Mailbox("li@example.org", guest.name)
    return compose(parts, Envelope("1@billet.example", WRITTEN_AT, sender, recipient, language))


@pytest.mark.parametrize("body", [BODY, BARE, OURS])
def test_filled_letters_are_the_rendered_ones(
    app: Flask, edition: Edition, body: Bilingual, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = Campaign(edition=edition, subject=Bilingual("{name}：{edition} {title}", SUBJECT.en), body=body)
    others = reversed(HOSTILE)
    guests = [Guest(name, next(others), name[:5] if number % 2 else "") for number, name in enumerate(HOSTILE)]
    guests += [Guest("Ann Lee"), Guest("Ann Lee", "Works")]

    def all_letters() -> list[bytes]:
        return [
            written(row, guest, language, number) for language in ("zh", "en") for number, guest in enumerate(guests)
        ]

    rendered = count(monkeypatch)
    filled = all_letters()
    # Once for each language and each set of values that are empty; the first guest gets the letter of a test.
    assert len(rendered) < len(filled) / 2
    monkeypatch.setattr(rendering, "is_prepared", lambda _letter: False)
    assert filled == all_letters()


def count(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows with each letter that is rendered from its templates."""
    rendered: list[str] = []
    words: Callable[..., rendering.Words] = rendering._Templates.words

    def counted(*args: object) -> rendering.Words:
        rendered.append("once more")
        return words(*args)

    monkeypatch.setattr(rendering._Templates, "words", counted)
    return rendered
