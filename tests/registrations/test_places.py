from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.extensions import db
from forums.registrations import places
from forums.registrations.models import Category
from forums.transaction import transaction
from tests.registrations.make import make_registrations


def add_category(edition: Edition, capacity: int | None, code: str = "expert") -> Category:
    with transaction():
        row = Category(edition=edition, code=code, name=Bilingual("专家", "Expert"), capacity=capacity, taken=0)
        db.session.add(row)
    return row


def test_claims_all_quotas_or_none(edition: Edition) -> None:
    small = add_category(edition, 1)
    with transaction():
        assert places.claim((small, edition)) is None
        assert places.claim((small, edition)) is small
    assert (edition.taken, small.taken) == (1, 1)


def test_a_quota_without_capacity_is_counted_and_never_full(edition: Edition) -> None:
    open_to_all = add_category(edition, None)
    with transaction():
        assert places.claim((edition, open_to_all), 100) is None
        assert places.claim((edition, open_to_all)) is edition
    assert (edition.taken, open_to_all.taken) == (100, 100)


def test_release_gives_back(edition: Edition) -> None:
    category = add_category(edition, 5)
    with transaction():
        places.claim((edition, category), 3)
        places.release((edition, category), 2)
    assert (edition.taken, category.taken) == (1, 1)


def test_the_database_refuses_what_the_code_would_oversell(edition: Edition) -> None:
    category = add_category(edition, 1)
    with pytest.raises(IntegrityError), transaction():
        category.taken = 2
    with pytest.raises(IntegrityError), transaction():
        places.release((edition,))


def test_reconcile_finds_and_repairs_drift(edition: Edition) -> None:
    make_registrations(edition, 3)
    assert places.reconcile() == []
    with transaction():
        edition.taken = 7
    [drift] = places.reconcile()
    assert drift == places.Drift("edition", edition.id, 7, 3)
    with transaction():
        places.reconcile(repair=True)
    assert edition.taken == 3
    assert places.reconcile() == []


def test_the_reconcile_command_reports_and_repairs(app, edition: Edition) -> None:
    make_registrations(edition, 2)
    run = app.test_cli_runner().invoke
    assert run(args=["reconcile"]).output == "All places agree.\n"
    with transaction():
        edition.taken = 9
    edition_id = edition.id
    db.session.remove()
    found = run(args=["reconcile"])
    assert (found.exit_code, found.output) == (1, f"edition {edition_id}: 9 taken, 2 confirmed\nRun with --repair.\n")
    assert run(args=["reconcile", "--repair"]).exit_code == 0
    assert run(args=["reconcile", "--json"]).output == "[]\n"
