"""A job is done once, whatever happens to it on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from forums import jobs
from forums.clock import frozen, now
from forums.errors import Refused
from forums.extensions import db
from forums.jobs import operations, registry, tasks
from forums.jobs.models import Job
from forums.transaction import transaction
from tests.cast import SYSTEM

Work = Callable[[int, dict[str, Any]], dict[str, Any] | None]


@pytest.fixture
def job(app: Flask) -> Iterator[Callable[[Work], int]]:
    """Start a job that does this work; its id."""

    def begin(work: Work) -> int:
        registry._work["tests.work"] = work
        with transaction():
            return jobs.start("tests.work", {}, actor=SYSTEM).id

    yield begin
    del registry._work["tests.work"]


def state(job_id: int) -> tuple[str, str]:
    db.session.rollback()
    row = db.session.get_one(Job, job_id)
    return row.state, row.error


def test_a_job_whose_worker_died_does_not_wait_for_a_clock_that_was_set_back(job: Callable[[Work], int]) -> None:
    """Nor does anybody run beside one that lives: the lease is as long as it was meant to be."""

    def dies(_job_id: int, _params: dict[str, Any]) -> None:
        raise OperationalError("SELECT 1", {}, Exception("as if it had been killed"))

    job_id = job(dies)
    operations.run(job_id)
    before = now() - timedelta(hours=2)
    with frozen(before):
        tasks.sweep()
        assert operations.due() == []
    with frozen(before + operations.LEASE + timedelta(seconds=1)):
        assert operations.due() == [job_id]


def test_a_job_that_loses_its_database_runs_again(job: Callable[[Work], int]) -> None:
    runs = []

    def work(_job_id: int, _params: dict[str, Any]) -> dict[str, Any]:
        runs.append(1)
        if len(runs) == 1:
            raise OperationalError("SELECT 1", {}, Exception("the server closed the connection"))
        return {"runs": len(runs)}

    job_id = job(work)
    assert operations.run(job_id)
    assert state(job_id) == ("running", "")
    assert not operations.run(job_id)  # nobody else takes it while the lease lasts
    with frozen(now() + operations.LEASE + timedelta(seconds=1)):
        assert operations.due() == [job_id]
        assert operations.run(job_id)
    assert state(job_id) == ("done", "")


@pytest.mark.parametrize("fault", [ValueError("no such sheet"), Refused("no such sheet")])
def test_a_job_that_cannot_be_done_says_why_and_is_over(job: Callable[[Work], int], fault: Exception) -> None:
    def work(_job_id: int, _params: dict[str, Any]) -> None:
        db.session.execute(text("SELECT 1"))
        raise fault

    job_id = job(work)
    assert operations.run(job_id)
    assert state(job_id)[0] == "failed"
    assert "no such sheet" in state(job_id)[1]
    assert operations.due() == []


def test_what_a_job_failed_of_names_nobodys_address(job: Callable[[Work], int]) -> None:
    def work(_job_id: int, _params: dict[str, Any]) -> None:
        raise ValueError("Key (edition_id, email)=(1, zhang@example.org) already exists.")

    job_id = job(work)
    assert operations.run(job_id)
    assert state(job_id)[1] == "ValueError: Key (edition_id, email)=(1, z****@example.org) already exists."
