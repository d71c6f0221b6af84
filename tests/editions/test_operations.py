from __future__ import annotations

import pytest
from flask import Flask

from forums.columns import Bilingual
from forums.editions import queries
from forums.editions.models import Edition
from forums.editions.operations import EditionFacts, NotReady, SlugTaken, add_hall, change_edition, create_series, move
from forums.errors import Refused
from forums.extensions import db
from forums.transaction import transaction
from tests.cast import SYSTEM, make_edition, make_series


def test_an_edition_keeps_what_was_decided(edition: Edition) -> None:
    db.session.rollback()
    row = queries.edition_by_slug("alu-2027")
    assert row is not None
    assert (row.title.zh, row.venue.en, row.capacity, row.taken, row.state) == (
        "2027 铝业高峰论坛（示例）",
        "Exhibition Centre",
        100,
        0,
        "published",
    )
    assert [hall.code for hall in row.halls] == ["A", "B"]


def test_a_refused_change_leaves_nothing_behind(app: Flask) -> None:
    make_series()

    def two_at_once() -> None:
        with transaction():
            create_series(slug="second", title=Bilingual("二"), actor=SYSTEM)
            create_series(slug="alu", title=Bilingual("三"), actor=SYSTEM)

    with pytest.raises(SlugTaken):
        two_at_once()
    assert [row.slug for row in queries.all_series()] == ["alu"]


@pytest.mark.parametrize("slug", ["", "Ä", "a/b", "a b", "-a", "a" * 61, "a\n"])
def test_slugs_that_cannot_stand_in_an_address(app: Flask, slug: str) -> None:
    with pytest.raises(Refused), transaction():
        create_series(slug=slug, title=Bilingual("一"), actor=SYSTEM)


def test_capacity_never_falls_below_what_is_taken(edition: Edition) -> None:
    facts = EditionFacts(title=edition.title, starts_on=edition.starts_on, ends_on=edition.ends_on, capacity=4)
    with transaction():
        edition.taken = 5
    with pytest.raises(Refused, match="5"), transaction():
        change_edition(edition, facts, actor=SYSTEM)


def test_states_move_only_along_their_ways(app: Flask) -> None:
    row = make_edition(published=False)
    with pytest.raises(NotReady), transaction():
        move(row, "archived", actor=SYSTEM)
    with transaction():
        move(row, "published", actor=SYSTEM)
    assert row.is_public


def test_two_halls_cannot_share_a_code(edition: Edition) -> None:
    with pytest.raises(Refused), transaction():
        add_hall(edition, code="A", name=Bilingual("另"), capacity=None, actor=SYSTEM)
