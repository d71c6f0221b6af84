"""The way from what was announced to what counts, as a picture."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from forums import money
from forums.agreements.definitions.words import RULES
from forums.agreements.queries import Step
from forums.columns import Language
from forums.documents.charts import Fall, falls
from forums.documents.report import Chart


def way_chart(steps: Sequence[Step], unit: str, language: Language) -> Chart:
    """Amounts in the unit; where a confidential one is among them, projects instead."""
    in_money = all(step.level.fen is not None for step in steps)
    rows = []
    for step in steps:
        level = (step.level.fen or 0) if in_money else step.level.projects
        change = (step.change.fen or 0) if in_money else step.change.projects
        shown = _shown(change if step.rule else level, unit, in_money=in_money, signed=bool(step.rule))
        rows.append(
            Fall(str(RULES[step.rule][0]) if step.rule else _("As announced"), level, shown, whole=not step.rule)
        )
    net = (steps[-1].level.fen or 0) if in_money else steps[-1].level.projects
    rows.append(Fall(_("Net"), net, _shown(net, unit, in_money=in_money, signed=False), whole=True))
    what = money.unit_label(unit, language) if in_money else _("projects")
    return falls(_("From gross to net (%(unit)s)", unit=what), rows)


def _shown(value: int, unit: str, *, in_money: bool, signed: bool) -> str:
    words = money.in_unit(value, unit) if in_money else f"{value:,}"
    return f"+{words}" if signed and value > 0 else words.replace("-", "−")
