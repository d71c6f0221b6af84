from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from forums import jobs
from forums.activity.models import Actor
from forums.activity.operations import record
from forums.clock import now
from forums.documents.models import Document
from forums.documents.operations import PDF, store
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.registrations.badges import queries
from forums.registrations.badges.models import BadgePrint, Certificate, PrintRun
from forums.registrations.badges.papers import PAPERS
from forums.registrations.badges.setting import Face, face_of
from forums.registrations.models import Registration, key_in, new_reference

PRINT = "badges.print"
PIECES = 1000  # in one file: what setting them takes grows with their number
MOST = 20_000  # at once
LARGEST = 500 * 1024 * 1024


class NobodyToPrint(Refused):
    """No one of those asked for holds a place, or came."""


class TooMany(Refused):
    """More pieces than are printed at once."""


class ReasonNeeded(Refused):
    """Badges that are right as they are were printed before: to print them again needs a reason."""


class TooEarly(Refused):
    """The event is not over, so nobody's days are known."""


class NotThere(Refused):
    """Who never came gets no certificate."""


def ask_for_prints(
    edition: Edition, ids: Sequence[int], *, paper: str, language: str, actor: Actor, reason: str = "", key: str = ""
) -> list[PrintRun]:
    """Queue many registrations, in files of up to PIECES. Raises TooMany, and what ask_for_print raises."""
    if len(ids) > MOST:
        raise TooMany(
            _l("At once, %(most)d pieces are printed at the most. Narrow the list, by category for example.", most=MOST)
        )
    parts = [ids[start : start + PIECES] for start in range(0, len(ids), PIECES)] or [ids]
    keys = [f"{key[:56]}.{number}" if key else None for number in range(len(parts))]
    return [
        ask_for_print(edition, part, paper=paper, language=language, reason=reason, key=part_key, actor=actor)
        for part, part_key in zip(parts, keys, strict=True)
    ]


def ask_for_print(
    edition: Edition,
    ids: Sequence[int],
    *,
    paper: str,
    language: str,
    actor: Actor,
    reason: str = "",
    key: str | None = None,
) -> PrintRun:
    """Queue the printing of these registrations, in this order.

    The same `key` again is the same run. Raises NobodyToPrint, ReasonNeeded or TooEarly.
    """
    key = key_in(edition, key)
    known = queries.run_of_key(key or "")
    if known is not None:
        return known
    found = queries.in_order(edition, ids)
    if not found:
        raise NobodyToPrint(_l("Nobody in this list holds a place, so there is nothing to print."))
    kind = PAPERS[paper].kind
    if kind == "certificate":
        _must_be_over(edition)
    again = queries.count_printed(found) if kind == "badge" and not reason.strip() else 0
    if again:
        raise ReasonNeeded(
            _l(
                "%(again)d of these %(all)d badges were printed before. Say why they are printed again, "
                "or choose those that are not printed yet.",
                again=again,
                all=len(found),
            )
        )
    run = PrintRun(
        edition=edition,
        key=key,
        paper=paper,
        language=language,
        reason=reason.strip()[:200],
        registration_ids=found,
        created_at=now(),
        by_id=actor.account_id,
        by=actor.label,
    )
    db.session.add(run)
    db.session.flush()
    run.job_id = jobs.start(PRINT, {"run_id": run.id}, actor=actor, edition=edition).id
    record(actor, "badges.asked", run, number=len(found))
    return run


def file_run(run: PrintRun, content: bytes, faces: Sequence[Face], *, count: int) -> Document:
    """Keep the run's file and note each badge in it: once, however often the job runs."""
    db.session.refresh(run, with_for_update={"of": PrintRun})
    if run.document is not None:
        return run.document
    by = Actor(run.by_id, run.by)
    run.document = store(
        BytesIO(content),
        display_name=f"{run.edition.slug}-{run.paper}-{run.id}.pdf",
        kind="print_run",
        actor=by,
        allowed=(PDF,),
        max_size=LARGEST,
        edition=run.edition,
    )
    run.count = count
    db.session.add_all(
        BadgePrint(
            **face.kept,
            run_id=run.id,
            paper=run.paper,
            language=run.language,
            reason=run.reason,
            at=run.created_at,
            by_id=run.by_id,
            by=run.by,
        )
        for face in faces
    )
    record(by, "badges.printed", run, number=count)
    return run.document


def void_run(run: PrintRun, *, actor: Actor) -> None:
    """Say that what the run printed was thrown away: its badges are not printed. Again is no change."""
    db.session.refresh(run, with_for_update={"of": PrintRun})
    if run.is_void:
        return
    run.voided_at, run.voided_by = now(), actor.label
    record(actor, "badges.voided", run, number=run.count)


def print_badge(
    row: Registration, *, actor: Actor, paper: str, language: str, reason: str = "", key: str | None = None
) -> BadgePrint:
    """Note one badge that is printed by itself. The same `key` again is the same print.

    Raises NobodyToPrint for who holds no place, ReasonNeeded where a right badge was printed before.
    """
    db.session.refresh(row, with_for_update={"of": Registration})
    known = db.session.scalar(select(BadgePrint).where(BadgePrint.key == key)) if key else None
    if known is not None and known.registration_id == row.id:
        return known
    if not row.is_confirmed:
        raise NobodyToPrint(_l("%(name)s holds no place, so there is no badge to print.", name=row.name))
    last = queries.last_prints([row]).get(row.id)
    if queries.badge_state(row, last) == "printed" and not reason.strip():
        raise ReasonNeeded(_l("This badge was printed before. Say why it is printed again."))
    made = BadgePrint(
        **face_of(row).kept,
        key=None if known is not None else key or None,
        paper=paper,
        language=language,
        reason=reason.strip()[:200],
        at=now(),
        by_id=actor.account_id,
        by=actor.label,
    )
    db.session.add(made)
    record(actor, "badge.printed", row, reason=made.reason)
    return made


def issue(edition: Edition, rows: Sequence[Registration], *, actor: Actor) -> list[Certificate]:
    """The certificates of those of `rows` who came, in that order: the valid ones, and new ones for the others.

    One whose name, unit or days are no longer right is withdrawn, and another is issued. Raises TooEarly.
    """
    _must_be_over(edition)
    # One at a time, so that numbers have no gap.
    db.session.scalar(select(Edition.id).where(Edition.id == edition.id).with_for_update())
    came = queries.days_attended([row.id for row in rows])
    valid = queries.valid_certificates([row.id for row in rows])
    highest = db.session.scalar(select(func.max(Certificate.number)).where(Certificate.edition_id == edition.id)) or 0
    issued: list[Certificate] = []
    for row in rows:
        days = [day.isoformat() for day in came.get(row.id, [])]
        if not days:
            continue
        certificate = valid.get(row.id)
        if certificate is not None and (certificate.name, certificate.organisation, certificate.days) != (
            row.name,
            row.organisation,
            days,
        ):
            withdraw(certificate, reason="", actor=actor)
            db.session.flush()
            certificate = None
        if certificate is None:
            highest += 1
            certificate = Certificate(
                edition=edition,
                registration=row,
                number=highest,
                code=new_reference(),
                name=row.name,
                organisation=row.organisation,
                days=days,
                issued_at=now(),
                issued_by=actor.label,
            )
            db.session.add(certificate)
            record(actor, "certificate.issued", row, number=highest)
        issued.append(certificate)
    return issued


def issue_one(row: Registration, *, actor: Actor) -> Certificate:
    """The certificate of one person. Raises TooEarly or NotThere."""
    issued = issue(row.edition, [row], actor=actor)
    if not issued:
        raise NotThere(_l("%(name)s was not checked in on any day, so no certificate can be issued.", name=row.name))
    return issued[0]


def withdraw(certificate: Certificate, *, reason: str, actor: Actor) -> None:
    """Make a certificate invalid; who checks it is told so. Again is no change."""
    if not certificate.is_valid:
        return
    certificate.withdrawn_at, certificate.withdrawn_by = now(), actor.label
    certificate.reason = reason.strip()[:200]
    record(
        actor, "certificate.withdrawn", certificate.registration, number=certificate.number, reason=certificate.reason
    )


def is_over(edition: Edition) -> bool:
    """Whether the last day of the event is behind us, where it is held."""
    return now().astimezone(edition.tz).date() > edition.ends_on


def _must_be_over(edition: Edition) -> None:
    """Staff may give certificates out on the last day."""
    if now().astimezone(edition.tz).date() < edition.ends_on:
        raise TooEarly(
            _l(
                "Certificates say on which days people came. They can be issued from the last day on, %(day)s.",
                day=edition.ends_on.isoformat(),
            )
        )
