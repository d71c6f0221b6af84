"""One project, one team: who leads and helps, what is done next, visits, and what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from forums import clock
from forums.accounts.models import Account
from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agreements.drafting import ChangedMeanwhile, account_of
from forums.agreements.followup import alarms, queries
from forums.agreements.followup.models import Entered, NextAction, Obstacle, TeamMember, Visit
from forums.agreements.models import Project
from forums.agreements.review import NotNow
from forums.columns import Bilingual
from forums.directory.operations import find_or_create_organisation, find_or_create_person
from forums.errors import Refused
from forums.extensions import db

Row = TypeVar("Row", bound=Entered)


@dataclass(frozen=True)
class MemberFacts:
    """Who joins, as "leader", "member" or "unit": an account, or else a name of a person or of a unit."""

    role: str
    account: Account | None = None
    name: Bilingual = field(default_factory=Bilingual)
    email: str = ""
    unit: Bilingual = field(default_factory=Bilingual)
    duty: str = ""


@dataclass(frozen=True)
class ActionFacts:
    what: str
    due_on: date
    owner_id: int | None = None


@dataclass(frozen=True)
class VisitFacts:
    on: date
    visitors: str
    outcome: str


@dataclass(frozen=True)
class ObstacleFacts:
    problem: str
    found_on: date
    owner_id: int | None = None
    due_on: date | None = None


def join(project: Project, facts: MemberFacts, *, actor: Actor) -> TeamMember:
    """Put somebody on the project's team; a new leader follows the old one, who stays as a member.

    Somebody who is there already gets the new role and duty. Raises Refused.
    """
    refuse_set_aside(project)
    known = queries.team_of(project)
    row = _member_of(project, facts)
    there = next((member for member in known if _same_one(member, row)), None)
    row = there or row
    if facts.role == "leader":
        for member in known:
            if member.role == "leader" and member is not row:
                member.role = "member"
        db.session.flush()
    row.role, row.duty = facts.role, facts.duty.strip()
    db.session.add(row)
    record(actor, "project.member_joined", project, name=row.name.local("zh"), role=row.role)
    alarms.refresh([project.id])
    return row


def leave(project: Project, member: TeamMember, *, actor: Actor) -> None:
    """Take somebody off the team; what they own stays theirs until somebody else takes it over."""
    if member.left_at is None:
        member.left_at = clock.now()
        record(actor, "project.member_left", project, name=member.name.local("zh"))
        alarms.refresh([project.id])


def plan_action(project: Project, facts: ActionFacts, *, key: str = "", actor: Actor) -> NextAction:
    """Say what has to be done next. Raises Refused."""
    sent_before = made_by(NextAction, key)
    if sent_before is not None:
        return sent_before
    row = entered(NextAction(), project, key, actor)
    _apply_action(project, row, facts)
    return saved(project, row, "project.action_planned", actor)


def change_action(project: Project, row: NextAction, facts: ActionFacts, *, seen: int, actor: Actor) -> None:
    """Raises ChangedMeanwhile, NotNow once it is done, Refused."""
    check(row, seen)
    if row.done_on is not None:
        raise NotNow(_l("This is done already."))
    _apply_action(project, row, facts)
    saved(project, row, "project.action_changed", actor)


def finish_action(project: Project, row: NextAction, *, on: date, outcome: str, seen: int, actor: Actor) -> None:
    """Raises ChangedMeanwhile, NotNow, Refused for a day to come."""
    check(row, seen)
    if row.done_on is not None:
        raise NotNow(_l("This is done already."))
    refuse_future(project, on)
    row.done_on, row.outcome = on, outcome.strip()
    saved(project, row, "project.action_done", actor)


def record_visit(project: Project, facts: VisitFacts, *, key: str = "", actor: Actor) -> Visit:
    """Raises Refused for a day to come."""
    sent_before = made_by(Visit, key)
    if sent_before is not None:
        return sent_before
    row = entered(Visit(), project, key, actor)
    _apply_visit(project, row, facts)
    return saved(project, row, "project.visit_recorded", actor)


def change_visit(project: Project, row: Visit, facts: VisitFacts, *, seen: int, actor: Actor) -> None:
    """Raises ChangedMeanwhile, Refused."""
    check(row, seen)
    _apply_visit(project, row, facts)
    saved(project, row, "project.visit_changed", actor)


def report_obstacle(project: Project, facts: ObstacleFacts, *, key: str = "", actor: Actor) -> Obstacle:
    """Raises Refused."""
    sent_before = made_by(Obstacle, key)
    if sent_before is not None:
        return sent_before
    row = entered(Obstacle(), project, key, actor)
    _apply_obstacle(project, row, facts)
    return saved(project, row, "project.obstacle_reported", actor)


def change_obstacle(project: Project, row: Obstacle, facts: ObstacleFacts, *, seen: int, actor: Actor) -> None:
    """Raises ChangedMeanwhile, NotNow once it is gone, Refused."""
    check(row, seen)
    if row.resolved_on is not None:
        raise NotNow(_l("This obstacle is gone already."))
    _apply_obstacle(project, row, facts)
    saved(project, row, "project.obstacle_changed", actor)


def resolve_obstacle(project: Project, row: Obstacle, *, on: date, how: str, seen: int, actor: Actor) -> None:
    """Raises ChangedMeanwhile, NotNow, Refused."""
    check(row, seen)
    if row.resolved_on is not None:
        raise NotNow(_l("This obstacle is gone already."))
    refuse_future(project, on)
    if on < row.found_on:
        raise Refused(_l("It was found on %(day)s and cannot be gone before that.", day=row.found_on))
    row.resolved_on, row.resolution = on, how.strip()
    saved(project, row, "project.obstacle_resolved", actor)


def made_by(model: type[Row], key: str) -> Row | None:
    """The row that the same form made before."""
    return db.session.scalar(select(model).where(model.key == key)) if key else None


def entered(row: Row, project: Project, key: str, actor: Actor) -> Row:
    """A new row of the project, entered by the actor. Raises Refused."""
    refuse_set_aside(project)
    row.project_id, row.recorded_by_id, row.key = project.id, account_of(actor), key or None
    return row


def saved(project: Project, row: Row, action: str, actor: Actor, *, refresh: bool = True) -> Row:
    """The row written down, and the project's alarms after it."""
    db.session.add(row)
    record(actor, action, project)
    if refresh:
        alarms.refresh([project.id])
    return row


def check(row: Entered, seen: int) -> None:
    """The next version of a row of which the actor had `seen` this one. Raises ChangedMeanwhile."""
    if row.version != seen:
        raise ChangedMeanwhile(_l("Somebody has changed this since you opened it. Look at it again."))
    row.version += 1


def refuse_set_aside(project: Project) -> None:
    if project.merged_into_id is not None:
        raise NotNow(_l("This project is set aside as a duplicate: follow up the one that it counts for."))


def refuse_future(project: Project, on: date) -> None:
    if on > queries.today_of(project):
        raise Refused(_l("%(day)s is still to come.", day=on))


def owner_in(project: Project, owner_id: int | None) -> int | None:
    """Raises Refused for somebody who is not on the team."""
    if owner_id is not None and owner_id not in {member.id for member in queries.team_of(project)}:
        raise Refused(_l("Choose somebody of the project's team."))
    return owner_id


def _apply_action(project: Project, row: NextAction, facts: ActionFacts) -> None:
    if row.owner_id != facts.owner_id or facts.owner_id is None:
        row.owner_id = owner_in(project, facts.owner_id)
    row.what, row.due_on = facts.what.strip(), facts.due_on


def _apply_visit(project: Project, row: Visit, facts: VisitFacts) -> None:
    refuse_future(project, facts.on)
    row.visited_on, row.visitors, row.outcome = facts.on, facts.visitors.strip(), facts.outcome.strip()


def _apply_obstacle(project: Project, row: Obstacle, facts: ObstacleFacts) -> None:
    refuse_future(project, facts.found_on)
    if row.owner_id != facts.owner_id or facts.owner_id is None:
        row.owner_id = owner_in(project, facts.owner_id)
    row.problem, row.found_on, row.due_on = facts.problem.strip(), facts.found_on, facts.due_on


def _member_of(project: Project, facts: MemberFacts) -> TeamMember:
    synthetic = bool(project.synthetic)
    if facts.role == "unit":
        if not facts.unit:
            raise Refused(_l("Give the name of the unit."))
        unit = find_or_create_organisation(facts.unit, synthetic=synthetic)
        return TeamMember(project_id=project.id, role="unit", organisation=unit)
    if facts.account is not None:
        return TeamMember(project_id=project.id, role=facts.role, account=facts.account)
    if not facts.name:
        raise Refused(_l("Choose an account, or give the name of somebody who has none."))
    organisation = find_or_create_organisation(facts.unit, synthetic=synthetic) if facts.unit else None
    person = find_or_create_person(
        facts.name, email=facts.email or None, organisation=organisation, synthetic=synthetic
    )
    return TeamMember(project_id=project.id, role=facts.role, person=person)


def _same_one(member: TeamMember, other: TeamMember) -> bool:
    pairs = ((member.account, other.account), (member.person, other.person), (member.organisation, other.organisation))
    if any(one is not None and one is two for one, two in pairs):
        return True
    # A name without an address never identifies anybody, but on one team nobody stands twice.
    nameless = member.person is not None and other.person is not None and other.person.email is None
    return nameless and member.name == other.name
