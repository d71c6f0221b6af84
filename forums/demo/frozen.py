"""Statements of the demonstration data at the end of two years, and figures that others really published.

The published sums are those of the sources named; their single rows were not published here, so each table has only the
lines that are known.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from forums import clock
from forums.agreements import known
from forums.agreements.footing import operations as footing
from forums.agreements.footing.operations import TableFacts
from forums.agreements.models import Project
from forums.agreements.statements import operations
from forums.agreements.statements.operations import Wanted
from forums.agreements.vocabulary import HEADLINE_BASIS
from forums.demo.staff import Staff
from forums.editions.models import Series
from forums.extensions import db

PUBLISHED = (
    TableFacts(
        title="世界制造业大会2018—2020年签约项目 · World Manufacturing Convention, signed 2018–2020",
        source="安徽省公布的三届大会合计与分届数 · Totals and rows of the three conventions as published in Anhui",
        text=(
            "\t注册项目\t开工项目\t投资额（亿元）\n"
            "各届相加 · the rows together\t1,639\t1,514\t6,088.1\n"
            "合计\t1,640\t1,515\t6,443.1"
        ),
        note="合计比各届之和多1、1个项目和355亿元。 The totals exceed their rows by 1, 1 and 35.5 billion yuan.",
    ),
    TableFacts(
        title="铜川2017年签约 · Tongchuan, signed 2017",
        source="铜川市公布 · As published by the city of Tongchuan",
        text="\t项目\t投资额（亿元）\n合同 · contracts\t175\t423.26\n协议 · agreements\t44\t135.54\n合计\t219\t558.8",
        note="各行之和与合计相符。 The rows add up to the total.",
    ),
)


def freeze(series: Series, year: int, staff: Staff) -> None:
    """An approved statement of the whole series as of the last day of a year."""
    with clock.frozen(datetime(year, 12, 31, 2, tzinfo=UTC)):
        known.keep(set(db.session.scalars(select(Project.id).where(Project.series_id == series.id))), set())
        wanted = Wanted(edition=None, as_of=None, basis=HEADLINE_BASIS, unit="yi")
        row = operations.draft(series, wanted, key=f"demo-{series.slug}-{year}", actor=staff.organizer)
        operations.approve(row, sees_confidential=True, actor=staff.verifier)


def publish(series: Series, staff: Staff) -> None:
    """What others published, beside our own figures."""
    for number, facts in enumerate(PUBLISHED, 1):
        footing.publish(series, facts, key=f"demo-{series.slug}-published-{number}", actor=staff.organizer)
