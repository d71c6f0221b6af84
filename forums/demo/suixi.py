"""The five editions of 2016 to 2020: 41 projects and 304亿元, whatever else is planted among them.

Published are the editions' names and these sums; every row here is invented and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from forums import clock
from forums.agreements.drafting import add_segment
from forums.columns import Bilingual
from forums.demo import attendance, followup, frozen
from forums.demo.planted import TOLD_ELSEWHERE, Register, sign_planted
from forums.demo.programme import Programme
from forums.demo.projects import PROJECTS, SEGMENTS
from forums.demo.signing import Ceremony
from forums.demo.staff import Staff
from forums.editions.models import Edition, Series
from forums.editions.operations import EditionFacts, add_hall, create_edition, create_series, move

SLUG = "suixi"
SCANNED = {1, 16, 34}
FROZEN = {2019, 2020}
"""The years at whose end a statement was approved."""
_NOTE = Bilingual(
    "届次名称和合计数为公开报道所载；日期、场地、人员、项目和单位均为示例数据。",
    "The names of the editions and the totals were published; dates, venues, people, projects and firms are synthetic.",
)
_VENUE = Bilingual("示例会展中心（示例）", "Sample Exhibition Centre (synthetic)")


@dataclass(frozen=True)
class Year:
    """One edition as it was named; the days are invented."""

    starts_on: date
    title: Bilingual
    kind: str = "forum"


YEARS = (
    Year(
        date(2016, 9, 21),
        Bilingual("铝产业招商推介暨发展论坛", "Aluminum Industry Investment Promotion and Development Forum"),
    ),
    Year(
        date(2017, 9, 20),
        Bilingual("安徽淮北濉溪铝产业发展论坛", "Anhui Huaibei Suixi Aluminum Industry Development Forum"),
    ),
    Year(
        date(2018, 9, 19),
        Bilingual("中国铝箔产业发展（濉溪）高峰论坛", "China Aluminum Foil Industry Development (Suixi) Summit Forum"),
    ),
    Year(
        date(2019, 9, 18),
        Bilingual(
            "中国铝板带箔产业创新与绿色发展技术研讨会",
            "China Aluminum Sheet, Strip and Foil Industry Innovation and Green Development Technology Seminar",
        ),
        "seminar",
    ),
    Year(
        date(2020, 10, 21),
        Bilingual("中国（濉溪）铝箔创新与发展论坛", "China (Suixi) Aluminum Foil Innovation and Development Forum"),
    ),
)


def load(staff: Staff) -> str:
    """Everything of the series; the caller's transaction keeps it whole."""
    series, editions = _editions(staff)
    segments = {code: add_segment(series, name, code=code, actor=staff.organizer).id for code, name in SEGMENTS.items()}
    signed = _sign(segments, {year: Ceremony(edition, staff) for year, edition in editions.items()}, staff)
    frozen.publish(series, staff)
    came = attendance.record_all(list(editions.values()), actor=staff.organizer)
    programme = Programme(staff.organizer)
    for number, edition in enumerate(editions.values()):
        programme.plan(edition, first=4 * number)
    return f"5 editions, {signed} agreements, {came} people, {len(programme.experts)} experts"


def _editions(staff: Staff) -> tuple[Series, dict[int, Edition]]:
    title = Bilingual("濉溪铝产业系列论坛（示例数据）", "Suixi aluminium forums (synthetic data)")
    series = create_series(slug=SLUG, title=title, summary=_NOTE, synthetic=True, actor=staff.organizer)
    return series, {year.starts_on.year: _edition(series, year, staff) for year in YEARS}


def _edition(series: Series, year: Year, staff: Staff) -> Edition:
    facts = EditionFacts(
        title=year.title,
        kind=year.kind,
        starts_on=year.starts_on,
        ends_on=year.starts_on.replace(day=year.starts_on.day + 1),
        summary=_NOTE,
        venue=_VENUE,
        capacity=400,
        contact_email="forum@example.org",
    )
    with clock.frozen(datetime(year.starts_on.year, 5, 10, 2, tzinfo=UTC)):
        row = create_edition(
            series, slug=f"suixi-{year.starts_on.year}", facts=facts, synthetic=True, actor=staff.organizer
        )
        halls = (("A", "主会场", "Main hall", 300), ("B", "分会场", "Side hall", 120))
        for code, zh, en, seats in halls:
            add_hall(row, code=code, name=Bilingual(zh, en), capacity=seats, actor=staff.organizer)
        move(row, "published", actor=staff.organizer)
    with clock.frozen(datetime(year.starts_on.year, 12, 1, 2, tzinfo=UTC)):
        move(row, "closed", actor=staff.organizer)
    return row


def _sign(segments: dict[str, int], ceremonies: dict[int, Ceremony], staff: Staff) -> int:
    """Every agreement of every year, in the order of the years; how many there are."""
    register = Register({invented.number: invented for invented in PROJECTS}, segments)
    for year, at in ceremonies.items():
        for invented in PROJECTS:
            if invented.year == year and invented.number not in TOLD_ELSEWHERE:
                register.sign(
                    at, invented.number, invented.amount, binding=invented.binding, scanned=invented.number in SCANNED
                )
        sign_planted(year, register, at)
        if year in FROZEN:
            frozen.freeze(at.edition.series, year, staff)
    followup.follow_up(register.projects, staff)
    return sum(at.position for at in ceremonies.values())
