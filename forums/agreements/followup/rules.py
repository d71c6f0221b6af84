"""When a project turns yellow or red: rules over its dates. Pure: no database, no clock.

Every rule counts whole days from one date: the last visit, the last change of stage, a day that was due. From the
`yellow`th day on the project is yellow, from the `red`th on red; a colour without days is not used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from forums.agreements.followup.ladder import ENDED, ORDER, PAUSED

Level = Literal["yellow", "red"]

NAMES = ("no_visit", "no_progress", "paused", "milestone_overdue", "obstacle_open", "action_overdue")
STAGED = ("no_visit", "no_progress")
"""Rules that may be given for one stage; without one they hold until the project operates."""
_AT_WORK = ORDER[: ORDER.index("operating")]
MOST_DAYS = 3650


@dataclass(frozen=True)
class Rule:
    """After how many days a project turns yellow and red, perhaps in one stage only."""

    name: str
    yellow: int | None
    red: int | None
    stage: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"rule": self.name, "stage": self.stage, "yellow": self.yellow, "red": self.red}


DEFAULTS = (
    Rule("no_visit", 60, 120),
    Rule("no_progress", 180, 365),
    Rule("no_progress", 120, 240, "approvals"),
    Rule("paused", 1, 30),
    Rule("milestone_overdue", 1, 30),
    Rule("obstacle_open", 30, 60),
    Rule("action_overdue", 1, 14),
)


@dataclass(frozen=True)
class Subject:
    """A milestone, obstacle or action, and the day from which its rule counts."""

    id: int
    counted_from: date
    words: str
    stage: str = ""


@dataclass(frozen=True)
class Facts:
    """What the rules look at in one project that somebody follows up. Subjects are those that are still open."""

    stage: str
    today: date
    stage_since: date
    visited_on: date
    milestones: tuple[Subject, ...] = ()
    obstacles: tuple[Subject, ...] = ()
    actions: tuple[Subject, ...] = ()


@dataclass(frozen=True)
class Ring:
    """A rule that holds: about which subject, how urgent, counted from which day, and in force since which."""

    rule: str
    level: Level
    counted_from: date
    since: date
    subject: Subject | None = None
    stage: str = ""

    @property
    def key(self) -> tuple[str, int]:
        return self.rule, self.subject.id if self.subject else 0


def rings(facts: Facts, rules: Iterable[Rule]) -> Iterator[Ring]:
    """Every rule that a project has come under today; none once it is over."""
    if facts.stage in ENDED:
        return
    chosen = _chosen(facts.stage, rules)
    for name, start in (("no_visit", facts.visited_on), ("no_progress", facts.stage_since)):
        if facts.stage in _AT_WORK or (name, facts.stage) in {(r.name, r.stage) for r in chosen}:
            yield from _ringing(chosen, name, start, facts)
    if facts.stage in PAUSED:
        yield from _ringing(chosen, "no_visit", facts.visited_on, facts)
        yield from _ringing(chosen, "paused", facts.stage_since, facts)
    for name, subjects in (
        ("milestone_overdue", facts.milestones),
        ("obstacle_open", facts.obstacles),
        ("action_overdue", facts.actions),
    ):
        for subject in subjects:
            yield from _ringing(chosen, name, subject.counted_from, facts, subject)


def _chosen(stage: str, rules: Iterable[Rule]) -> list[Rule]:
    """One rule of each name: that of the stage goes before the general one."""
    best: dict[str, Rule] = {}
    for rule in rules:
        if rule.stage in {"", stage} and (rule.name not in best or rule.stage):
            best[rule.name] = rule
    return list(best.values())


def _ringing(
    chosen: list[Rule], name: str, start: date, facts: Facts, subject: Subject | None = None
) -> Iterator[Ring]:
    rule = next((rule for rule in chosen if rule.name == name), None)
    if rule is None:
        return
    days = (facts.today - start).days
    levels: list[tuple[Level, int | None]] = [("yellow", rule.yellow), ("red", rule.red)]
    reached = [(level, limit) for level, limit in levels if limit is not None and days >= limit]
    if reached:
        first = min(limit for _, limit in reached)
        stage = subject.stage if subject else facts.stage
        yield Ring(name, reached[-1][0], start, start + timedelta(days=first), subject, stage)
