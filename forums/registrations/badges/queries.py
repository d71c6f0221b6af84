from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, ScalarSelect, Select, case, func, or_, select
from sqlalchemy.orm import joinedload

from forums.editions.models import Edition
from forums.extensions import db
from forums.jobs.models import Job
from forums.registrations import queries as registrations
from forums.registrations.badges.models import BadgePrint, Certificate, PrintRun
from forums.registrations.badges.papers import BADGES
from forums.registrations.badges.setting import COLOURS, face_of
from forums.registrations.checkin.models import Passage
from forums.registrations.models import Category, Registration, State

# What a badge says; when one of these is another than was printed, the badge is printed again.
ON_THE_BADGE = ("name", "organisation", "title", "role", "category_id", "ticket_version")
BADGE_STATES = ("none", "changed", "printed")


def _last_print() -> ScalarSelect[int | None]:
    """The id of the latest badge of a registration, those of voided runs left out."""
    return (
        select(func.max(BadgePrint.id))
        .outerjoin(PrintRun)
        .where(BadgePrint.registration_id == Registration.id, PrintRun.voided_at.is_(None))
        .correlate(Registration)
        .scalar_subquery()
    )


def _differs() -> ColumnElement[bool]:
    told = [getattr(BadgePrint, name) != getattr(Registration, name) for name in ON_THE_BADGE]
    names = Category.__table__.c
    ours = case(dict(enumerate(COLOURS)), value=Category.position % len(COLOURS))
    colour = case((Category.colour != "", Category.colour), else_=ours)
    looks = names.name_zh + "\n" + names.name_en + "\n" + colour
    renamed = select(Category.id).where(Category.id == Registration.category_id, BadgePrint.standing != looks)
    return or_(BadgePrint.category_id.is_(None), *told, renamed.correlate(BadgePrint, Registration).exists())


def _badge_is(state: str) -> ColumnElement[bool]:
    """Whether a registration's badge is not printed yet, printed with other words than it would say now, or right."""
    last = _last_print()
    if state == "none":
        return last.is_(None)
    same = select(BadgePrint.id).where(BadgePrint.id == last).correlate(Registration)
    return same.where(_differs() if state == "changed" else ~_differs()).exists()


def candidates(
    edition: Edition,
    *,
    words: str = "",
    category_id: int | None = None,
    badge: str = "",
    no_email: bool = False,
    sort: str = "name",
) -> Select[Registration]:
    """Who holds a place, by name or by unit; `badge` is one of BADGE_STATES or empty for all."""
    statement = registrations.matching(
        edition, words=words, state=State.CONFIRMED, category_id=category_id, sort=sort or "name"
    )
    if badge in BADGE_STATES:
        statement = statement.where(_badge_is(badge))
    return statement.where(Registration.email.is_(None)) if no_email else statement


def ids_of(statement: Select[Registration], most: int) -> list[int]:
    """The ids of a list in its order, one more than `most` at the most."""
    return list(db.session.scalars(statement.with_only_columns(Registration.id).limit(most + 1)))


def in_order(edition: Edition, ids: Sequence[int]) -> list[int]:
    """Those ids that are confirmed registrations of the edition, in the order given, each once."""
    wanted = list(dict.fromkeys(ids))
    found: set[int] = set()
    for start in range(0, len(wanted), 500):
        statement = select(Registration.id).where(
            Registration.edition_id == edition.id,
            Registration.state == State.CONFIRMED,
            Registration.id.in_(wanted[start : start + 500]),
        )
        found.update(db.session.scalars(statement))
    return [one for one in wanted if one in found]


def badge_tally(edition: Edition) -> dict[str, int]:
    """How many confirmed people have no badge yet, a badge that says something old, and a right one."""
    latest = (
        select(BadgePrint.registration_id, func.max(BadgePrint.id).label("id"))
        .outerjoin(PrintRun)
        .join(Registration, Registration.id == BadgePrint.registration_id)
        .where(Registration.edition_id == edition.id, PrintRun.voided_at.is_(None))
        .group_by(BadgePrint.registration_id)
        .subquery()
    )
    counted = (
        select(func.count(), func.count(latest.c.id), func.count(case((_differs(), BadgePrint.id))))
        .select_from(Registration)
        .outerjoin(latest, latest.c.registration_id == Registration.id)
        .outerjoin(BadgePrint, BadgePrint.id == latest.c.id)
        .where(Registration.edition_id == edition.id, Registration.state == State.CONFIRMED)
    )
    total, printed, changed = db.session.execute(counted).one()
    return {"all": total, "none": total - printed, "changed": changed, "printed": printed - changed}


def last_prints(rows: Iterable[Registration]) -> dict[int, BadgePrint]:
    """Registration id → its latest badge, those of voided runs left out."""
    latest = (
        select(func.max(BadgePrint.id))
        .outerjoin(PrintRun)
        .where(BadgePrint.registration_id.in_([row.id for row in rows]), PrintRun.voided_at.is_(None))
        .group_by(BadgePrint.registration_id)
    )
    return {row.registration_id: row for row in db.session.scalars(select(BadgePrint).where(BadgePrint.id.in_(latest)))}


def badge_state(row: Registration, last: BadgePrint | None) -> str:
    """One of BADGE_STATES, for one row whose latest badge is known."""
    if last is None:
        return "none"
    differs = any(getattr(row, name) != getattr(last, name) for name in ON_THE_BADGE)
    renamed = last.standing is not None and last.standing != face_of(row).standing
    return "changed" if differs or renamed else "printed"


def badge_state_of(row: Registration) -> str:
    """One of BADGE_STATES, for one row."""
    return badge_state(row, last_prints([row]).get(row.id))


def count_printed(ids: Sequence[int]) -> int:
    """How many of these have a badge that is right as it is: to print it again needs a reason."""
    counted = 0
    for start in range(0, len(ids), 500):
        these = Registration.id.in_(ids[start : start + 500])
        counted += (
            db.session.scalar(select(func.count()).select_from(Registration).where(these, _badge_is("printed"))) or 0
        )
    return counted


def prints_of(row: Registration) -> list[BadgePrint]:
    """Every badge that was printed for this person, the latest first."""
    statement = select(BadgePrint).where(BadgePrint.registration_id == row.id).options(joinedload(BadgePrint.run))
    return list(db.session.scalars(statement.order_by(BadgePrint.id.desc())))


def prints(edition: Edition, *, again: bool = False) -> Select[BadgePrint]:
    """Every badge of the edition that was printed, the latest first; with `again`, reprints alone."""
    statement = (
        select(BadgePrint)
        .join(Registration)
        .where(Registration.edition_id == edition.id)
        .options(
            joinedload(BadgePrint.registration),
            joinedload(BadgePrint.category),
            joinedload(BadgePrint.run),
        )
        .order_by(BadgePrint.id.desc())
    )
    if not again:
        return statement
    first = select(func.min(BadgePrint.id)).group_by(BadgePrint.registration_id)
    return statement.where(BadgePrint.id.not_in(first))


def runs_of(edition: Edition) -> Select[PrintRun]:
    """The edition's print runs, the latest first."""
    return (
        select(PrintRun)
        .where(PrintRun.edition_id == edition.id)
        .options(joinedload(PrintRun.document))
        .order_by(PrintRun.id.desc())
    )


def run_of_key(key: str) -> PrintRun | None:
    """The run that this form has started already."""
    return db.session.scalar(select(PrintRun).where(PrintRun.key == key)) if key else None


def job_of(run: PrintRun) -> Job | None:
    """The job that makes the run's file."""
    return db.session.get(Job, run.job_id) if run.job_id else None


def last_badge_run(edition: Edition) -> PrintRun | None:
    """The latest run of badges: the door prints on the same paper."""
    from_runs = runs_of(edition).where(PrintRun.paper.in_(list(BADGES))).limit(1)
    return db.session.scalar(from_runs)


def days_attended(ids: Sequence[int]) -> dict[int, list[date]]:
    """Registration id → the days on which the person came; who never came is not in it."""
    came: dict[int, list[date]] = {}
    for start in range(0, len(ids), 500):
        seen = (
            select(Passage.registration_id, Passage.day)
            .where(Passage.registration_id.in_(ids[start : start + 500]), Passage.undone_at.is_(None))
            .distinct()
            .order_by(Passage.day)
        )
        for row_id, day in db.session.execute(seen):
            came.setdefault(row_id, []).append(day)
    return came


def came_to(row: Registration) -> bool:
    """Whether the person was seen on any day."""
    return bool(days_attended([row.id]))


def certificate_of(row: Registration) -> Certificate | None:
    """The valid certificate of this person."""
    return valid_certificates([row.id]).get(row.id)


def valid_certificates(ids: Sequence[int]) -> dict[int, Certificate]:
    """Registration id → the valid certificate."""
    found: dict[int, Certificate] = {}
    for start in range(0, len(ids), 500):
        valid = select(Certificate).where(
            Certificate.registration_id.in_(ids[start : start + 500]), Certificate.withdrawn_at.is_(None)
        )
        found.update((row.registration_id, row) for row in db.session.scalars(valid))
    return found


def certificate_by_code(code: str) -> Certificate | None:
    """The certificate that this code stands on, valid or withdrawn."""
    statement = select(Certificate).where(Certificate.code == code).options(joinedload(Certificate.edition))
    return db.session.scalar(statement)


def certificates(edition: Edition) -> Select[Certificate]:
    """The register of certificates, by number."""
    return (
        select(Certificate)
        .where(Certificate.edition_id == edition.id)
        .options(joinedload(Certificate.registration), joinedload(Certificate.edition))
        .order_by(Certificate.number)
    )


def hardest(edition: Edition) -> list[Registration]:
    """The people with the longest name and the longest unit, for a look before printing."""
    rows: dict[int, Registration] = {}
    for column in (Registration.name, Registration.organisation):
        statement = candidates(edition).order_by(None).order_by(func.length(column).desc(), Registration.id).limit(1)
        rows.update((row.id, row) for row in db.session.scalars(statement))
    return list(rows.values())


def in_sequence(ids: Sequence[int]) -> list[Registration]:
    """These registrations with their categories, in the order of the ids."""
    wanted = select(Registration).where(Registration.id.in_(ids)).options(joinedload(Registration.category))
    rows = {row.id: row for row in db.session.scalars(wanted)}
    return [rows[one] for one in ids if one in rows]
