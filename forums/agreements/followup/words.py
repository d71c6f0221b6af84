"""What follow-up says of its codes, in the language that is being spoken."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

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
        "no_visit": ngettext("no visit for %(num)s day", "no visit for %(num)s days", n),
        "no_progress": ngettext(
            "%(num)s day in the stage “%(what)s”", "%(num)s days in the stage “%(what)s”", n, what=what
        ),
        "paused": ngettext("“%(what)s” for %(num)s day", "“%(what)s” for %(num)s days", n, what=what),
        "milestone_overdue": ngettext(
            "milestone “%(what)s” overdue by %(num)s day", "milestone “%(what)s” overdue by %(num)s days", n, what=what
        ),
        "obstacle_open": ngettext(
            "obstacle open for %(num)s day: %(what)s", "obstacle open for %(num)s days: %(what)s", n, what=what
        ),
        "action_overdue": ngettext(
            "next action overdue by %(num)s day: %(what)s",
            "next action overdue by %(num)s days: %(what)s",
            n,
            what=what,
        ),
    }
    return str(said.get(row.rule, row.rule))
