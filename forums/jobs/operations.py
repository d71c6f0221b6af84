from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import OperationalError

from forums.activity.models import Actor, Row
from forums.clock import now
from forums.errors import Refused
from forums.extensions import db
from forums.jobs.models import Job
from forums.jobs.registry import work_of
from forums.masks import without_contact
from forums.transaction import nudge, transaction

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)
ASKEW = timedelta(minutes=2)  # clocks of machines differ a little
MOST_ATTEMPTS = 3


class Scoped(Row, Protocol):
    """A row that says where it belongs, narrowest scope first."""

    @property
    def scopes(self) -> list[str]: ...


def start(kind: str, params: dict[str, Any], *, actor: Actor, edition: Scoped | None = None) -> Job:
    """Queue a job in the caller's transaction; it runs after the commit."""
    row = Job(
        kind=kind,
        params=params,
        started_by_id=actor.account_id,
        edition_id=edition.id if edition is not None else None,
        scopes=edition.scopes if edition is not None else ["house"],
    )
    db.session.add(row)
    db.session.flush()
    nudge("jobs.run", row.id, queue="report")
    return row


def progress(job_id: int, *, done: int, total: int, message: str = "") -> None:
    """Say how far a running job is, and keep its lease. Commits by itself.

    `message` is an English message id, spoken in the reader's language where the catalogue has it.
    """
    with transaction() as session:
        session.execute(
            update(Job)
            .where(Job.id == job_id)
            .values(done=done, total=total, message=message[:500], leased_until=now() + LEASE)
        )


def run(job_id: int) -> bool:
    """Claim a due job and do its work. False when somebody else has it or it is over."""
    claimed = _claim(job_id)
    if claimed is None:
        return False
    kind, params = claimed
    try:
        result = (work_of(kind) or _unknown(kind))(job_id, params)
    except Refused as no:
        _finish(job_id, "failed", error=no.message)
    except OperationalError:
        # The database was away or busy: as if the worker had died, the lease runs out and the sweep runs it again.
        log.exception("job %s (%s) lost the database", job_id, kind)
    except Exception as fault:
        log.exception("job %s (%s) failed", job_id, kind)
        _finish(job_id, "failed", error=f"{type(fault).__name__}: {fault}")
    else:
        _finish(job_id, "done", result=result)
    return True


def due() -> list[int]:
    """Jobs that wait, or whose worker has died (its lease ran out)."""
    return list(db.session.scalars(select(Job.id).where(_is_due()).order_by(Job.id)))


def shorten_leases() -> None:
    """Bring back leases that end later than one taken now could: the clock was set back since.

    They are not ended: whoever lives renews them in time.
    """
    longest = now() + LEASE
    with transaction() as session:
        session.execute(
            update(Job)
            .where(Job.state == "running", Job.leased_until > longest + ASKEW)
            .values(leased_until=longest)
            .execution_options(synchronize_session=False)
        )


def release_abandoned() -> None:
    """Let every running job run again. Only for a process that knows itself to be the only worker, at its start."""
    with transaction() as session:
        session.execute(update(Job).where(Job.state == "running").values(state="queued", leased_until=None))


def _is_due() -> Any:
    return or_(Job.state == "queued", (Job.state == "running") & (Job.leased_until < now()))


def _claim(job_id: int) -> tuple[str, dict[str, Any]] | None:
    with transaction() as session:
        claim: CursorResult[Any] = session.execute(  # type: ignore[assignment]
            update(Job)
            .where(Job.id == job_id, _is_due())
            .values(state="running", leased_until=now() + LEASE, attempts=Job.attempts + 1)
        )
        if claim.rowcount != 1:
            return None
        row = session.get_one(Job, job_id)
        if row.attempts > MOST_ATTEMPTS:
            row.state, row.finished_at = "failed", now()
            row.error = f"given up after {MOST_ATTEMPTS} attempts: the worker died each time"
            return None
        return row.kind, dict(row.params)


def _finish(job_id: int, state: str, *, result: dict[str, Any] | None = None, error: str = "") -> None:
    with transaction() as session:
        session.execute(
            update(Job)
            .where(Job.id == job_id)
            .values(
                state=state,
                result=result,
                # A constraint of PostgreSQL tells whose address it was; not everybody who sees the bar may know it.
                error=without_contact(error),
                finished_at=now(),
                leased_until=None,
            )
        )


def _unknown(kind: str) -> Any:
    def refuse(job_id: int, params: dict[str, Any]) -> None:
        raise Refused(f"no room declares the job {kind!r}")

    return refuse
