"""The promotion meeting held with an association of another city: three projects and 6.99亿元, in its own series."""

from __future__ import annotations

from datetime import date

from forums.agreements.drafting import add_segment
from forums.columns import Bilingual
from forums.demo.projects import PROMOTED, SEGMENTS
from forums.demo.signing import Ceremony
from forums.demo.staff import Staff
from forums.editions.operations import EditionFacts, add_hall, create_edition, create_series, move

SLUG = "suixi-promotion"


def load(staff: Staff) -> str:
    """The series, its edition and what was signed there."""
    series = create_series(
        slug=SLUG,
        title=Bilingual("濉溪铝产业推介会（示例数据）", "Suixi aluminium promotion meetings (synthetic data)"),
        synthetic=True,
        actor=staff.organizer,
    )
    facts = EditionFacts(
        title=Bilingual("铝产业推介会（上海）", "Aluminium Industry Promotion Meeting (Shanghai)"),
        kind="promotion",
        starts_on=date(2020, 6, 17),
        ends_on=date(2020, 6, 17),
        summary=Bilingual(
            "三个项目、合计6.99亿元为公开报道所载；其余均为示例数据。",
            "Three projects of 699 million yuan in all were published; everything else is synthetic.",
        ),
        venue=Bilingual("示例酒店（示例）", "Sample Hotel (synthetic)"),
        hosts=Bilingual("上海铝业行业协会", "Shanghai Aluminum Association"),
        capacity=120,
        contact_email="forum@example.org",
    )
    edition = create_edition(series, slug="shanghai", facts=facts, synthetic=True, actor=staff.organizer)
    add_hall(edition, code="A", name=Bilingual("会议厅", "Conference room"), capacity=120, actor=staff.organizer)
    move(edition, "published", actor=staff.organizer)
    move(edition, "closed", actor=staff.organizer)
    segments = {code: add_segment(series, name, code=code, actor=staff.organizer).id for code, name in SEGMENTS.items()}
    ceremony = Ceremony(edition, staff)
    for invented in PROMOTED:
        ceremony.sign(ceremony.project(invented.facts(segments)), invented.amount, binding=invented.binding)
    return f"1 edition, {ceremony.position} agreements"
