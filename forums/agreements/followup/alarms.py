"""Alarms as rows: raised, made more urgent and cleared as the rules say, and told to the team."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from forums import clock
from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agreements.drafting import ChangedMeanwhile
from forums.agreements.followup import emails, queries
from forums.agreements.followup.models import Alarm, RuleBook
from forums.agreements.followup.rules import MOST_DAYS, NAMES, STAGED, Rule, rings
from forums.agreements.models import Project
from forums.editions.models import Series
from forums.errors import Refused
from forums.extensions import db
from forums.transaction import transaction

AGAIN = timedelta(days=7)
CHUNK = 200


def refresh(project_ids: Collection[int]) -> None:
    """Bring the alarms of these projects up to date with their facts and the clock. Repeatable."""
    db.session.flush()
    facts = queries.facts_of(project_ids)
    rules = queries.rules_of_many({series_id for series_id, _ in facts.values()}) if facts else {}
    standing: dict[int, dict[tuple[str, int], Alarm]] = {}
    for alarm in queries.open_alarms(project_ids):
        standing.setdefault(alarm.project_id, {})[alarm.rule, alarm.subject_id] = alarm
    for project_id in project_ids:
        before = standing.get(project_id, {})
        now = {}
        if project_id in facts:
            series_id, known_facts = facts[project_id]
            now = {ring.key: ring for ring in rings(known_facts, rules[series_id])}
        for key, alarm in before.items():
            if key not in now:
                alarm.cleared_at = clock.now()
        for key, ring in now.items():
            known = before.get(key)
            row = known or Alarm(project_id=project_id, rule=ring.rule, subject_id=key[1])
            row.level, row.stage, row.counted_from, row.since = ring.level, ring.stage, ring.counted_from, ring.since
            row.subject = ring.subject.words[:300] if ring.subject else ""
            if known is None:
                db.session.add(row)
    db.session.flush()


def sweep() -> None:
    """Raise what has fallen due since the last time, and tell the teams. A second run at once changes nothing."""
    ids = queries.followed_ids()
    for start in range(0, len(ids), CHUNK):
        with transaction():
            some = queries.locked(ids[start : start + CHUNK])
            refresh(some)
            _remind(some)


def _remind(project_ids: Collection[int]) -> None:
    """A letter for each project with news: an alarm that is new or has turned red, or a week since the last letter."""
    by_project: dict[int, list[Alarm]] = {}
    for alarm in queries.open_alarms(project_ids):
        by_project.setdefault(alarm.project_id, []).append(alarm)
    news = {project_id: alarms for project_id, alarms in by_project.items() if any(_is_news(row) for row in alarms)}
    if not news:
        return
    teams, projects = queries.teams_of(news), queries.projects_by_id(news)
    for project_id, alarms in news.items():
        emails.reminder(projects[project_id], alarms, teams.get(project_id, []), event=_event(project_id, alarms))
        for alarm in alarms:
            alarm.reminded_at, alarm.reminded_level = clock.now(), alarm.level


def _is_news(alarm: Alarm) -> bool:
    if alarm.reminded_at is None or (alarm.level == "red" and alarm.reminded_level != "red"):
        return True
    return clock.now() - alarm.reminded_at >= AGAIN


def _event(project_id: int, alarms: list[Alarm]) -> str:
    """The same news have the same name, so that two sweeps at once write one letter."""
    said = ",".join(f"{row.id}{row.level}{_weeks(row.raised_at)}" for row in sorted(alarms, key=lambda row: row.id))
    return f"project:{project_id}:alarms:{hashlib.sha256(said.encode()).hexdigest()[:24]}"


def _weeks(since: datetime) -> int:
    return (clock.now() - since) // AGAIN


def keep_rules(series: Series, rules: Collection[Rule], *, seen: int, actor: Actor) -> None:
    """Set the series' own rules and apply them at once. Raises ChangedMeanwhile, Refused."""
    book = db.session.get(RuleBook, series.id, with_for_update=True)
    if seen != (book.version if book else 0):
        raise ChangedMeanwhile(_l("Somebody has changed the rules since you opened them. Look at them again."))
    _check_rules(rules)
    if book is None:
        book = RuleBook(series_id=series.id, rules=[], version=0)
        db.session.add(book)
    book.rules, book.version = [rule.as_json() for rule in rules], book.version + 1
    record(actor, "followup.rules_changed", series)
    refresh(list(db.session.scalars(select(Project.id).where(Project.series_id == series.id).order_by(Project.id))))


def _check_rules(rules: Collection[Rule]) -> None:
    seen: set[tuple[str, str]] = set()
    for rule in rules:
        if rule.name not in NAMES or (rule.stage and rule.name not in STAGED):
            raise Refused(_l("“%(word)s” is not among the choices.", word=rule.name))
        if (rule.name, rule.stage) in seen:
            raise Refused(_l("There are two rules of one kind for the same stage: keep one of them."))
        seen.add((rule.name, rule.stage))
        for days in (rule.yellow, rule.red):
            if days is not None and not 1 <= days <= MOST_DAYS:
                raise Refused(_l("A rule counts from 1 to %(n)s days.", n=MOST_DAYS))
        if rule.yellow is not None and rule.red is not None and rule.red < rule.yellow:
            raise Refused(_l("Red comes after yellow, so it has at least as many days."))
