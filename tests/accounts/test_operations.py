from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from forums.accounts.models import Account
from forums.accounts.operations import AddressTaken, LastAdmin, change_account, create_account, give, take_back
from forums.accounts.policy import allowed
from forums.clock import now
from forums.editions.models import Edition
from forums.extensions import db
from forums.transaction import transaction
from tests.cast import SYSTEM, Cast


def test_an_address_belongs_to_one_account(cast: Cast) -> None:
    with pytest.raises(AddressTaken), transaction():
        create_account(email="ADMIN@example.org ", name="x", password=None, actor=SYSTEM)


def test_the_first_administrator_is_made_without_a_question(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["create-admin", "Lin@example.org", "--password", "a long password 77"])
    assert (done.exit_code, done.output) == (0, "lin@example.org may sign in at /sign-in.\n")
    account = db.session.scalars(select(Account)).one()
    assert (account.name, allowed(account, "accounts.manage")) == ("Lin", True)


def test_a_grant_reaches_its_scope_and_ends(app: Flask, cast: Cast, edition: Edition) -> None:
    assert allowed(cast.organizer, "editions.manage", edition)
    assert not allowed(cast.outsider, "editions.manage", edition)
    with transaction():
        give(cast.outsider, "staff", scope=f"edition:{edition.id}", until=now() + timedelta(hours=1), actor=SYSTEM)
    assert allowed(cast.outsider, "registrations.manage", edition)
    with transaction():
        give(cast.outsider, "staff", scope=f"edition:{edition.id}", until=now() - timedelta(hours=1), actor=SYSTEM)
    assert not allowed(cast.outsider, "registrations.manage", edition)


def test_the_last_administrator_stays(cast: Cast) -> None:
    with pytest.raises(LastAdmin), transaction():
        take_back(cast.admin.grants[0], actor=SYSTEM)
    with pytest.raises(LastAdmin), transaction():
        change_account(cast.admin, name="x", language="en", active=False, actor=SYSTEM)
    with transaction():
        give(cast.staff, "admin", actor=SYSTEM)
    with transaction():
        take_back(cast.admin.grants[0], actor=SYSTEM)
    assert not allowed(cast.admin, "accounts.manage")


def test_switching_off_ends_sessions(cast: Cast) -> None:
    before = cast.staff.fs_uniquifier
    with transaction():
        change_account(cast.staff, name="x", language="en", active=False, actor=SYSTEM)
    assert cast.staff.fs_uniquifier != before
    assert not allowed(cast.staff, "checkin")
