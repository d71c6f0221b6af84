"""Moving a project from stage to stage. One step on is plain, a skip needs a reason, going back needs two people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from forums import clock
from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agreements.drafting import ChangedMeanwhile, SamePerson, account_of
from forums.agreements.followup import alarms, queries
from forums.agreements.followup.ladder import NEEDS_REASON, ORDER, STAGES, kind_of
from forums.agreements.followup.models import StageChange
from forums.agreements.models import Project
from forums.agreements.review import NeedsReason, NotNow
from forums.documents.models import Document
from forums.errors import Refused
from forums.extensions import db


@dataclass(frozen=True)
class Move:
    """To which stage, since which day, why (a skip, aside, back), and shown by which document or met milestone."""

    to: str
    on: date
    reason: str = ""
    document: Document | None = None
    milestone_id: int | None = None


def move(
    project: Project,
    wanted: Move,
    *,
    seen: int | None = None,
    key: str = "",
    past: queries.Past | None = None,
    actor: Actor,
) -> StageChange:
    """Change the project's stage, or propose it where that is a reversal. Lock the project first.

    `seen` is the number of the latest change on the page that the actor worked on; the same form sent again (`key`)
    finds its own row; `past` saves reading it again.

    Raises NeedsReason, NotNow, ChangedMeanwhile, NeedsAccount, Refused.
    """
    sent_before = _sent_before(key)
    if sent_before is not None:
        return sent_before
    account_id = account_of(actor)
    past = past or queries.Past.of(project)
    standing = past.standing(project)
    _check(project, wanted, seen, past)
    kind = kind_of(project.stage, standing, wanted.to)
    reason = wanted.reason.strip()[:2000]
    if kind in NEEDS_REASON and not reason:
        raise NeedsReason(_WHY[kind])
    row = StageChange(
        project_id=project.id,
        from_stage=project.stage,
        to_stage=wanted.to,
        resumes_at=wanted.to if wanted.to in ORDER else standing,
        kind=kind,
        changed_on=wanted.on,
        reason=reason,
        document=wanted.document,
        milestone_id=wanted.milestone_id,
        recorded_by_id=account_id,
        key=key or None,
    )
    if kind == "reversal":
        row.state = "proposed"
        db.session.add(row)
        record(actor, "project.reversal_proposed", project, before=row.from_stage, after=row.to_stage, reason=reason)
        return row
    db.session.add(row)
    _settle(row, "done", actor)
    project.stage = row.to_stage
    record(actor, "project.stage_changed", project, before=row.from_stage, after=row.to_stage, reason=reason)
    alarms.refresh([project.id])
    return row


def confirm(project: Project, *, seen: int, actor: Actor) -> StageChange:
    """The second person: the reversal takes effect. Raises NotNow, ChangedMeanwhile, SamePerson."""
    row = _waiting(project, seen)
    _refuse_proposer(row, actor)
    _settle(row, "done", actor)
    project.stage = row.to_stage
    record(actor, "project.reversal_confirmed", project, before=row.from_stage, after=row.to_stage)
    alarms.refresh([project.id])
    return row


def decline(project: Project, *, seen: int, actor: Actor) -> StageChange:
    """The second person says no: the stage stays. Raises NotNow, ChangedMeanwhile, SamePerson."""
    row = _waiting(project, seen)
    _refuse_proposer(row, actor)
    _settle(row, "declined", actor)
    record(actor, "project.reversal_declined", project)
    return row


def withdraw(project: Project, *, seen: int, actor: Actor) -> StageChange:
    """Who proposed a reversal takes it back. Raises NotNow, ChangedMeanwhile, Refused."""
    row = _waiting(project, seen)
    if row.recorded_by_id != account_of(actor):
        raise Refused(_l("Only who proposed this can withdraw it; another person confirms or declines it."))
    _settle(row, "withdrawn", actor)
    record(actor, "project.reversal_withdrawn", project)
    return row


def _check(project: Project, wanted: Move, seen: int | None, past: queries.Past) -> None:
    if project.merged_into_id is not None:
        raise NotNow(_l("This project is set aside as a duplicate: follow up the one that it counts for."))
    if seen is not None and seen != past.latest_id:
        raise ChangedMeanwhile(_l("Somebody has changed the stage since you opened the page. Look at it again."))
    if past.proposal is not None:
        raise NotNow(_l("A reversal of this project waits: it has to be confirmed, declined or withdrawn first."))
    if wanted.to not in STAGES:
        raise Refused(_l("“%(word)s” is not among the choices.", word=wanted.to))
    if wanted.to == project.stage:
        raise NotNow(_l("The project is in this stage already."))
    if wanted.on > queries.today_of(project):
        raise Refused(_l("%(day)s is still to come: plan it as a milestone instead.", day=wanted.on))
    last = past.last
    back = kind_of(project.stage, past.standing(project), wanted.to) == "reversal"
    if last is not None and wanted.on < last.changed_on and not back:
        raise Refused(_l("The last change was on %(day)s: this one cannot come before it.", day=last.changed_on))


def _sent_before(key: str) -> StageChange | None:
    return db.session.scalar(select(StageChange).where(StageChange.key == key)) if key else None


def _waiting(project: Project, seen: int) -> StageChange:
    row = queries.Past.of(project).proposal
    if row is None:
        raise NotNow(_l("No reversal waits here any more. Look at the history."))
    if row.id != seen:
        raise ChangedMeanwhile(_l("Somebody has changed the stage since you opened the page. Look at it again."))
    return row


def _refuse_proposer(row: StageChange, actor: Actor) -> None:
    if row.recorded_by_id == account_of(actor):
        raise SamePerson(_l("You proposed this reversal; another person confirms or declines it."))


def _settle(row: StageChange, state: str, actor: Actor) -> None:
    row.state, row.settled_by_id, row.settled_at = state, account_of(actor), clock.now()
    db.session.flush()


_WHY = {
    "skip": _l("This leaves stages out: say why."),
    "aside": _l("Say why the project does not go on."),
    "reversal": _l("This takes the project back: say why. A second person confirms it."),
}
