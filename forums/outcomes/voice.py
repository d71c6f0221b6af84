"""How a report speaks: names, dates and amounts in one language, out of a snapshot's plain JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date
from flask_babel import gettext as _

from forums import clock, money
from forums.columns import Bilingual, Language
from forums.documents.report import Cell, Column
from forums.outcomes.definitions import DEFINITIONS, UNITS, Definition

Content = dict[str, Any]
Linker = Callable[[str], str]


@dataclass(frozen=True)
class Voice:
    """A language, and where a figure's rows are to be seen (empty in files)."""

    language: Language
    link: Linker = lambda figure_id: ""

    def local(self, text: dict[str, str] | Bilingual | None) -> str:
        """A bilingual text in this language, or in the other where it is missing."""
        if not text:
            return ""
        return (text if isinstance(text, Bilingual) else Bilingual(**text)).local(self.language)

    def day(self, iso: str) -> str:
        """A date; words for none."""
        if not iso:
            return str(_("no date"))
        value = date.fromisoformat(iso)
        pattern, locale = ("y年M月d日", "zh") if self.language == "zh" else ("d MMMM y", "en")
        return str(format_date(value, pattern, locale=locale))

    def days(self, first: str, last: str) -> str:
        """A span of days; one of them where the other is missing."""
        if not (first and last):
            return self.day(first or last)
        return clock.days(date.fromisoformat(first), date.fromisoformat(last), self.language)

    def yuan(self, fen: int) -> str:
        """304亿元, or 30.4 billion yuan."""
        return money.format_yuan(fen, self.language)

    def value(self, definition: Definition, value: int | None, band: int | None = None) -> str:
        """A figure's value written out. What may not be told exactly says so."""
        if value is None:
            return self.withheld(band)
        return self.yuan(value) if definition.is_amount else f"{value:,}"

    def unit(self, definition: Definition, value: int | None) -> str:
        """The unit that stands behind a value: none behind an amount, which carries its own."""
        if definition.is_amount:
            return ""
        words = self.local(UNITS[definition.unit])
        return words.removesuffix("s") if value == 1 else words

    def change(self, figure_id: str, value: int | None, before: int | None) -> tuple[str, str]:
        """How much more or less than before in words, and the trend; empty where either cannot be told."""
        if value is None or before is None:
            return "", ""
        if value == before:
            return _("no change"), "same"
        definition = DEFINITIONS[figure_id]
        sign, trend = ("+", "up") if value > before else ("−", "down")
        size = self.value(definition, abs(value - before))
        gap = "" if self.language == "zh" else " "
        return f"{sign}{size}{gap}{self.unit(definition, abs(value - before))}".strip(), trend

    def amounts(self, label: str, *, fine: bool = False, weight: float = 1) -> Column:
        """A column of amounts in the one unit of its table: 亿元 (万元 for single projects), or million yuan."""
        unit = ("wan" if fine else "yi") if self.language == "zh" else "million"
        return Column(
            label, "amount", money.unit_label(unit, self.language), money.TABLE_UNITS[unit], places=2, weight=weight
        )

    def cell(self, cell: dict[str, Any]) -> Cell:
        """The amount of a tally's cell, or what stands in its place."""
        if cell["fen"] is not None:
            return int(cell["fen"])
        return self.withheld(cell["band"])

    def withheld(self, band: int | None) -> str:
        """What stands in place of an amount that may not be told."""
        return str(_("at most %(amount)s", amount=self.yuan(band)) if band else _("withheld"))
