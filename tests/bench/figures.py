"""One line per measured figure, beside a ceiling measured in the same run; all of them as JSON under results/."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Figure:
    """`ratio` is value / ceiling; it is ok when it is at least (or, where `at_most`, at most) `bar`."""

    name: str
    value: float
    unit: str
    ceiling: float | None = None
    bar: float | None = None
    at_most: bool = False

    @property
    def ratio(self) -> float | None:
        return self.value / self.ceiling if self.ceiling else None

    @property
    def verdict(self) -> str:
        measured = self.value if self.ratio is None else self.ratio
        if self.bar is None:
            return ""
        return "ok" if (measured <= self.bar if self.at_most else measured >= self.bar) else "short"

    def __str__(self) -> str:
        ceiling = f"{self.ceiling:12.1f}" if self.ceiling is not None else " " * 12
        ratio = f"{self.ratio:7.2f}" if self.ratio is not None else " " * 7
        bar = f"{'≤' if self.at_most else '≥'} {self.bar:g}" if self.bar is not None else ""
        return f"{self.name:<44}{self.value:12.1f} {self.unit:<6}{ceiling}{ratio}  {bar:<8}{self.verdict}"


def report(bench: str, figures: list[Figure]) -> None:
    """Print the figures and keep them. A figure that falls short is said, not failed: machines differ."""
    head = f"{'figure':<44}{'value':>12} {'unit':<6}{'ceiling':>12}{'ratio':>7}  bar"
    print("", head, *figures, sep="\n")
    RESULTS.mkdir(exist_ok=True)
    rows = [asdict(figure) | {"ratio": figure.ratio, "verdict": figure.verdict} for figure in figures]
    (RESULTS / f"{bench}.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
