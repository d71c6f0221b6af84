"""What follow-up says of its codes, in the language that is being spoken."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums.agreements.followup.models import Alarm, Milestone
from forums.agreements.vocabulary import STAGES

RULES = {
    "no_visit": _l("no visit"),
    "no_progress": _l("no change of stage"),
    "paused": _l("stalled or suspended"),
    "milestone_overdue": _l("milestone overdue"),
    "obstacle_open": _l("obstacle not removed"),
    "action_overdue": _l("next action overdue"),
}
LEVELS = {"red": _l("red"), "yellow": _l("yellow"), "green": _l("green"), "none": _l("no team")}
MILESTONE_STATES = {
    "scheduled": _l("scheduled"),
    "met": _l("met"),
    "partial": _l("partially met"),
    "not_met": _l("not met"),
}
ROLES = {"leader": _l("Leader"), "member": _l("Member"), "unit": _l("Responsible unit")}


def stage_word(code: str, language: str) -> str:
    return STAGES[code].local(language) if code in STAGES else code


def milestone_name(row: Milestone, language: str) -> str:
    """What it is called: its own words, or the stage that it stands for."""
    return row.title or stage_word(row.stage, language)


def alarm_words(row: Alarm, language: str, today: date) -> str:
    """Why the project has turned yellow or red, with the days up to today."""
    n = max((today - row.counted_from).days, 0)
    what = row.subject or stage_word(row.stage, language)
    said = {
        "no_visit": _("no visit for %(n)s days", n=n),
        "no_progress": _("%(n)s days in the stage “%(what)s”", n=n, what=what),
        "paused": _("“%(what)s” for %(n)s days", n=n, what=what),
        "milestone_overdue": _("milestone “%(what)s” overdue by %(n)s days", n=n, what=what),
        "obstacle_open": _("obstacle open for %(n)s days: %(what)s", n=n, what=what),
        "action_overdue": _("next action overdue by %(n)s days: %(what)s", n=n, what=what),
    }
    return str(said.get(row.rule, row.rule))
