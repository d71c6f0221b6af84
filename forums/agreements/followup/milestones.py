"""What a project is to reach by when, and the stage that follows from what it has reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l

from forums.activity.models import Actor
from forums.agreements.followup import queries, stages
from forums.agreements.followup.ladder import ORDER, PAUSED, kind_of
from forums.agreements.followup.models import Milestone
from forums.agreements.followup.stages import Move
from forums.agreements.followup.team import check, entered, made_by, refuse_future, saved
from forums.agreements.models import Project
from forums.agreements.review import NeedsReason
from forums.documents.models import Document
from forums.errors import Refused

STATES = ("scheduled", "met", "partial", "not_met")


@dataclass(frozen=True)
class MilestoneFacts:
    """A day by which something is reached: a `stage`, or what the `title` says."""

    due_on: date
    stage: str = ""
    title: str = ""


@dataclass(frozen=True)
class Verdict:
    """What became of a milestone. `note` says what is missing, or why stages were left out on the way."""

    state: str
    on: date | None = None
    note: str = ""
    document: Document | None = None


def plan(project: Project, facts: MilestoneFacts, *, key: str = "", actor: Actor) -> Milestone:
    """Raises Refused."""
    sent_before = made_by(Milestone, key)
    if sent_before is not None:
        return sent_before
    row = entered(Milestone(state="scheduled"), project, key, actor)
    _apply(row, facts)
    return saved(project, row, "project.milestone_planned", actor)


def change(project: Project, row: Milestone, facts: MilestoneFacts, *, seen: int, actor: Actor) -> None:
    """Another day, or other words. Raises ChangedMeanwhile, Refused."""
    check(row, seen)
    _apply(row, facts)
    saved(project, row, "project.milestone_changed", actor)


def judge(project: Project, row: Milestone, verdict: Verdict, *, seen: int, actor: Actor) -> bool:
    """Say whether it was met. One that stands for the next stage moves the project there, with the same evidence.

    Where stages lie between, they are left out only if the note says why; else the stage is only suggested. True if
    the project has moved. Raises ChangedMeanwhile, NeedsReason, Refused.
    """
    check(row, seen)
    note = verdict.note.strip()[:2000]
    if verdict.state not in STATES:
        raise Refused(_l("“%(word)s” is not among the choices.", word=verdict.state))
    if verdict.state in {"partial", "not_met"} and not note:
        raise NeedsReason(_l("Say what is missing."))
    if row.state == "met" and verdict.state != "met" and not note:
        raise NeedsReason(_l("It was met before: say why that is taken back."))
    if verdict.state == "met":
        if verdict.on is None:
            raise Refused(_l("Say on which day it was met."))
        refuse_future(project, verdict.on)
    row.state, row.note = verdict.state, note
    row.met_on = verdict.on if verdict.state in {"met", "partial"} else None
    row.document = verdict.document or row.document
    moved = _derive(project, row, actor)
    saved(project, row, "project.milestone_judged", actor, refresh=not moved)
    return moved


def suggestion(project: Project, rows: list[Milestone]) -> Milestone | None:
    """The met milestone of the latest stage that the project has not come to yet."""
    if project.stage not in (*ORDER, *PAUSED):
        return None
    standing = ORDER.index(queries.Past.of(project).standing(project))
    ahead = [row for row in rows if row.state == "met" and row.stage and ORDER.index(row.stage) > standing]
    return max(ahead, key=lambda row: ORDER.index(row.stage), default=None)


def _derive(project: Project, row: Milestone, actor: Actor) -> bool:
    if row.state != "met" or not row.stage or row.met_on is None or project.stage not in ORDER:
        return False
    kind = kind_of(project.stage, project.stage, row.stage)
    past = queries.Past.of(project)
    late = past.last is not None and row.met_on < past.last.changed_on
    if (
        late
        or past.proposal is not None
        or project.stage == row.stage
        or not (kind == "step" or (kind == "skip" and row.note))
    ):
        return False
    stages.move(project, Move(row.stage, row.met_on, row.note, row.document, row.id), past=past, actor=actor)
    return True


def _apply(row: Milestone, facts: MilestoneFacts) -> None:
    if facts.stage and facts.stage not in ORDER:
        raise Refused(_l("“%(word)s” is not among the choices.", word=facts.stage))
    if not facts.stage and not facts.title.strip():
        raise Refused(_l("Choose a stage, or say what is to be reached."))
    row.stage, row.title, row.due_on = facts.stage, facts.title.strip(), facts.due_on
