"""Invitations to speak at the edition to come: who has confirmed with what, who declined, who is silent.

Nobody is written to: the letters are withdrawn before they go out.
"""

from __future__ import annotations

from datetime import timedelta

from forums import clock
from forums.activity.models import Actor
from forums.columns import Bilingual
from forums.demo.staff import Staff
from forums.editions.models import Edition
from forums.invitations.speaking import operations
from forums.invitations.speaking.emails import batch_of
from forums.invitations.speaking.operations import Given, Materials
from forums.invitations.speaking.queries import lines_of
from forums.mail.outbox import withdraw

_BIO = Bilingual("虚构的专家，长期研究铝箔轧制（示例）。", "An invented expert on the rolling of foil (synthetic).")
_ANSWERS = (
    Given("confirmed"),
    Given("confirmed", proposal="题目可否改为“铝箔绿色制造”？（示例）"),
    None,
    Given("declined", reason="当日另有会议（示例）。"),
)


def ask(edition: Edition, staff: Staff) -> None:
    """Ask the first on the programme, nine days ago; all but one have answered since."""
    for line, given in zip(lines_of(edition), _ANSWERS, strict=False):
        appearance = line.appearance
        with clock.frozen(clock.now() - timedelta(days=9)):
            email = f"speaker{appearance.id}@guests.example.org"
            operations.ask(appearance, email=email, language="zh", seen=0, actor=staff.organizer)
        row = next(each.speaking for each in lines_of(edition) if each.appearance is appearance)
        if row is None or given is None:
            continue
        guest = Actor.guest(row.name)
        with clock.frozen(clock.now() - timedelta(days=7)):
            operations.answer(row, given, actor=guest)
        if given is _ANSWERS[0]:
            operations.hand_in(row, Materials(_BIO, needs="需要激光笔（示例）。"), actor=guest)
    withdraw(batch_of(edition.id))
