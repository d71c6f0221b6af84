"""Many people pick the last places of a choice at once: as many have it as there are, the others choose again."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

from lxml import html
from sqlalchemy import func, select

from forums.extensions import db
from forums.registrations import places
from forums.registrations.models import Registration
from forums.registrations.questions.models import PickedChoice
from tests.cast import make_edition
from tests.registrations.asking import Picked, ask, choice
from tests.registrations.make import form, make_registration
from tests.registrations.test_rush import URL, Client, address

__all__ = ["address"]

CLIENTS = 16
PLACES = 5


class Picker(Client):
    """A visitor who picks a choice, and another one where it is full."""

    def pick(self, field: str, wanted: Picked, instead: Picked) -> list[int]:
        """The status of each answer to the form."""
        _, text = self.ask("GET", URL)
        page = html.fromstring(text)
        [key] = page.xpath("//input[@name='key']/@value")
        [token] = page.xpath("//form[.//input[@name='key']]//input[@name='csrf_token']/@value")
        sent = form(self.number, key=key, csrf_token=token)
        self.start.wait()
        answer, text = self.ask("POST", URL, urlencode(sent | {field: wanted.id}))
        if answer.status == 303:
            return [303]
        assert f'id="{field}-error"' in text
        again, _ = self.ask("POST", URL, urlencode(sent | {field: instead.id}))
        return [answer.status, again.status]


def test_the_last_places_of_a_choice(address) -> None:
    edition = make_edition(capacity=CLIENTS + 5)
    make_registration(edition, 99)
    visit = ask(edition, "choice", "Visit", choices=[("Foil works", PLACES), "None"], required=True)
    wanted, instead = choice(visit, "Foil works"), choice(visit, "None")
    start = threading.Barrier(CLIENTS)
    with ThreadPoolExecutor(CLIENTS) as pool:
        statuses = list(
            pool.map(lambda n: Picker(address, n, start).pick(f"q{visit.id}", wanted, instead), range(CLIENTS))
        )
    assert sorted(map(len, statuses)) == [1] * PLACES + [2] * (CLIENTS - PLACES)
    assert {answers[-1] for answers in statuses} == {303}
    db.session.rollback()
    held = select(PickedChoice.choice_id, func.count()).where(PickedChoice.held).group_by(PickedChoice.choice_id)
    assert dict(db.session.execute(held).all()) == {wanted.id: PLACES, instead.id: CLIENTS - PLACES}
    assert db.session.scalar(select(func.count(Registration.id))) == CLIENTS + 1
    assert places.reconcile() == []
