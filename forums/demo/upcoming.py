"""The series a visitor may try: an edition to come, open for registration, and one that is going on."""

from __future__ import annotations

from datetime import date, timedelta

from forums import clock
from forums.agreements.drafting import add_segment
from forums.columns import Bilingual
from forums.demo import contacts, invited, speakers, underway
from forums.demo.programme import Programme
from forums.demo.projects import SEGMENTS
from forums.demo.staff import Staff
from forums.editions.operations import EditionFacts, add_hall, create_edition, create_series, move
from forums.registrations.checkin.operations import PointFacts, add_point

SLUG = "demo"
EDITION = "demo-2027"
_WISHED = date(2027, 3, 18)
_AHEAD = timedelta(days=60)


def load(staff: Staff) -> str:
    """The series, its edition at least two months ahead of today, and the one of these days."""
    series = create_series(
        slug=SLUG,
        title=Bilingual("示例产业峰会", "Sample industry summits (synthetic)"),
        summary=Bilingual("为演示而虚构的系列。", "A series invented for demonstration."),
        synthetic=True,
        actor=staff.organizer,
    )
    starts_on = max(_WISHED, clock.now().date() + _AHEAD)
    facts = EditionFacts(
        title=Bilingual("2027示例铝产业高峰论坛", "Sample Aluminium Industry Summit 2027 (synthetic)"),
        theme=Bilingual("绿色、轻量、循环", "Green, light, circular"),
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=1),
        summary=Bilingual(
            "这是虚构的示例论坛，可以放心试着报名。", "An invented forum: try to register, nobody minds."
        ),
        venue=Bilingual("示例国际会展中心", "Sample International Exhibition Centre"),
        address=Bilingual("示例县示例大道1号", "1 Sample Avenue, Sample County"),
        hosts=Bilingual("示例县人民政府\n示例有色金属协会", "Sample County Government\nSample Association of Metals"),
        capacity=300,
        contact_email="forum@example.org",
    )
    edition = create_edition(series, slug=EDITION, facts=facts, synthetic=True, actor=staff.organizer)
    for code, zh, en, seats in (
        ("A", "主会场", "Main hall", 300),
        ("B", "分会场一", "Side hall one", 120),
        ("C", "分会场二", "Side hall two", 80),
    ):
        add_hall(edition, code=code, name=Bilingual(zh, en), capacity=seats, actor=staff.organizer)
    door = PointFacts(Bilingual("主会场门口", "Main hall door"), both_ways=True, leads_to=edition.halls[0])
    add_point(edition, door, actor=staff.organizer)
    for code, name in SEGMENTS.items():
        add_segment(series, name, code=code, actor=staff.organizer)
    Programme(staff.organizer).plan(edition, first=30)
    move(edition, "published", actor=staff.organizer)
    invited.invite(edition, staff)
    speakers.ask(edition, staff)
    contacts.load(edition, underway.load(series, staff), staff)
    return "1 edition open for registration, 1 going on"
