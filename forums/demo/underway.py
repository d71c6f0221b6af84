"""An edition that is going on while somebody tries Billet: every kind of category, answer, state and passage in it.

It began two days ago, so that the first two days are full and today's door is the visitor's own. Nobody is written to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import select

from forums import clock
from forums.activity.models import Actor
from forums.agenda.models import Session
from forums.agenda.operations import SessionFacts, create_session
from forums.columns import Bilingual
from forums.demo.guests import Guest, guests
from forums.demo.programme import Programme
from forums.demo.staff import Staff
from forums.editions.models import Edition, Series
from forums.editions.operations import EditionFacts, add_hall, create_edition, move
from forums.extensions import db
from forums.mail.operations import in_batch
from forums.mail.outbox import withdraw
from forums.registrations.categories.operations import CategoryFacts, add_category
from forums.registrations.checkin.models import Point
from forums.registrations.checkin.operations import PointFacts, Scan, add_point, check_in
from forums.registrations.deciding.operations import approve, decline
from forums.registrations.delegations.members import Member, register_members
from forums.registrations.delegations.operations import DelegationFacts, create_delegation
from forums.registrations.models import Category, Registration, State
from forums.registrations.operations import cancel, register
from forums.registrations.questions.models import Question
from forums.registrations.questions.operations import ChoiceFacts, QuestionFacts, add_question
from forums.registrations.questions.queries import questions_of
from forums.registrations.questions.words import USUAL_DIETS
from forums.registrations.waiting import accept_offer, pass_on_lapsed_offers
from forums.registrations.walkins.operations import SOURCE as AT_THE_DESK
from forums.registrations.wishes import Given, Wishes

SLUG = "demo-days"
_ZONE = ZoneInfo("Asia/Shanghai")
_LETTERS = "demo"


def load(series: Series, staff: Staff) -> Edition:
    """The edition with its people; the caller's transaction keeps it whole."""
    first_day = clock.now().astimezone(_ZONE).date() - timedelta(days=2)
    with _at(first_day, -60, "10:00"):
        edition = _edition(series, first_day, staff)
        entrance, hall = _points(edition, staff)
        workshop, visit = _sessions(edition, staff)
        categories = _categories(edition, staff)
        _questions(edition, categories, staff)
    with in_batch(_LETTERS):
        _Guests(edition, categories, (workshop, visit), staff).come()
        _unit(edition, categories["guest"], staff)
        _pass(edition, entrance, hall, staff)
    withdraw(_LETTERS)
    return edition


@contextmanager
def _at(first_day: date, days: int, clock_time: str) -> Iterator[None]:
    """Some days before or after the first, at this time there."""
    moment = datetime.combine(first_day + timedelta(days=days), time.fromisoformat(clock_time), tzinfo=_ZONE)
    with clock.frozen(moment):
        yield


def _edition(series: Series, first_day: date, staff: Staff) -> Edition:
    facts = EditionFacts(
        title=Bilingual("示例铝材技术交流周", "Sample Aluminium Technology Days (synthetic)"),
        kind="seminar",
        theme=Bilingual("从熔炼到应用", "From the melt to the part"),
        starts_on=first_day,
        ends_on=first_day + timedelta(days=3),
        summary=Bilingual(
            "这是虚构的示例活动，正在进行中：可以看报名、签到和统计，也可以放心试用。",
            "An invented event that is going on: look at its people, its door and its numbers, and try them.",
        ),
        venue=Bilingual("示例国际会展中心", "Sample International Exhibition Centre"),
        address=Bilingual("示例县示例大道1号", "1 Sample Avenue, Sample County"),
        hosts=Bilingual("示例有色金属协会", "Sample Association of Metals"),
        capacity=120,
        contact_email="forum@example.org",
    )
    edition = create_edition(series, slug=SLUG, facts=facts, synthetic=True, actor=staff.organizer)
    for code, zh, en, seats in (("A", "主会场", "Main hall", 120), ("B", "分会场", "Side hall", 40)):
        add_hall(edition, code=code, name=Bilingual(zh, en), capacity=seats, actor=staff.organizer)
    Programme(staff.organizer).plan(edition, first=42)
    move(edition, "published", actor=staff.organizer)
    return edition


def _points(edition: Edition, staff: Staff) -> tuple[Point, Point]:
    entrance = PointFacts(Bilingual("正门签到处", "Front entrance"))
    hall = PointFacts(Bilingual("主会场门口", "Main hall door"), both_ways=True, leads_to=edition.halls[0])
    return add_point(edition, entrance, actor=staff.organizer), add_point(edition, hall, actor=staff.organizer)


def _sessions(edition: Edition, staff: Staff) -> tuple[Session, Session]:
    """A workshop and a visit on the last day, at the same time: whoever chooses both is told."""

    def session(kind: str, title: Bilingual, begins: str, ends: str, places: int) -> Session:
        on = edition.starts_on + timedelta(days=3)
        facts = SessionFacts(
            title=title,
            kind=kind,
            starts_at=datetime.combine(on, time.fromisoformat(begins), tzinfo=edition.tz).astimezone(UTC),
            ends_at=datetime.combine(on, time.fromisoformat(ends), tzinfo=edition.tz).astimezone(UTC),
            state="published",
            capacity=places,
        )
        return create_session(edition, facts, actor=staff.organizer)

    workshop = Bilingual("铝箔轧制工作坊（示例）", "Workshop: rolling foil (synthetic)")
    visit = Bilingual("再生铝工厂参观（示例）", "Visit to a recycling plant (synthetic)")
    return session("talk", workshop, "14:00", "15:30", 25), session("visit", visit, "14:30", "17:00", 20)


def _categories(edition: Edition, staff: Staff) -> dict[str, Category]:
    rules = {
        "guest": CategoryFacts(Bilingual("参会嘉宾", "Attendee"), capacity=60),
        "entrepreneur": CategoryFacts(
            Bilingual("企业家", "Entrepreneur"), capacity=9, offer_hours=24, colour="#1c6b45"
        ),
        "expert": CategoryFacts(Bilingual("专家", "Expert"), capacity=15, access="invitation", colour="#6b3fa0"),
        "media": CategoryFacts(Bilingual("媒体", "Media"), capacity=8, needs_approval=True, colour="#b04a12"),
    }
    return {code: add_category(edition, facts, code=code, actor=staff.organizer) for code, facts in rules.items()}


def _questions(edition: Edition, categories: dict[str, Category], staff: Staff) -> None:
    def ask(key: str, kind: str, zh: str, en: str, choices: Sequence[ChoiceFacts] = (), **facts: object) -> Question:
        asked = QuestionFacts(kind, Bilingual(zh, en), choices=tuple(choices), **facts)  # type: ignore[arg-type]
        return add_question(edition, asked, key=key, actor=staff.organizer)

    ask("diet", "diet", "用餐要求", "Diet", [ChoiceFacts(diet) for diet in USUAL_DIETS])
    dinner = ask(
        "dinner",
        "choice",
        "是否参加欢迎晚宴？",
        "Will you come to the welcome dinner?",
        [ChoiceFacts(Bilingual("参加", "Yes"), 45), ChoiceFacts(Bilingual("不参加", "No"))],
        required=True,
    )
    ask(
        "dinner-with", "number", "同行人数", "How many come with you", shown_if_choice_id=dinner.choices[0].id, most="3"
    )
    topics = (("铝箔", "Foil"), ("再生铝", "Recycling"), ("轻量化", "Light metal"), ("新能源", "New energy"))
    ask(
        "topics",
        "choices",
        "您关注哪些方向？",
        "What interests you?",
        [ChoiceFacts(Bilingual(zh, en)) for zh, en in topics],
    )
    ask(
        "newspaper",
        "text",
        "媒体名称",
        "Name of your newspaper or station",
        required=True,
        category_ids=(categories["media"].id,),
    )
    ask("arrival", "arrival", "抵达时间和车次", "Arrival", stage="confirmed")


class _Guests:
    """Sixty days of registrations, decisions and a waiting list that moves."""

    def __init__(
        self, edition: Edition, categories: dict[str, Category], sessions: Sequence[Session], staff: Staff
    ) -> None:
        self.edition, self.categories, self.sessions, self.staff = edition, categories, sessions, staff
        self.queue = guests()
        self.questions = {row.key: row for row in questions_of(edition)}

    def come(self) -> None:
        first_day = self.edition.starts_on
        for number in range(36):
            with _at(first_day, -55 + number * 3 // 2, f"{9 + number % 9:02}:{number * 7 % 60:02}"):
                self._register("guest", number)
        for number in range(10):
            with _at(first_day, -40 + 2 * number, f"{10 + number % 6}:20"):
                self._register("expert", number, source="office")
        self._requests()
        self._line()
        for number, guest in enumerate(islice(guests(with_email=False), 3)):
            with _at(first_day, number % 2, f"08:{40 + number}"):
                register(
                    self.edition,
                    guest.applicant,
                    category=self.categories["guest"],
                    person=guest.person,
                    actor=self.staff.drafter,
                    source=AT_THE_DESK,
                )

    def _requests(self) -> None:
        """Media: of seven who asked, three are in, one is not, and three wait for an answer."""
        first_day = self.edition.starts_on
        asked = []
        for number in range(7):
            with _at(first_day, -12 + 2 * number, "15:30"):
                asked.append(self._register("media", number))
        with _at(first_day, -2, "11:00"):
            for row in asked[:3]:
                approve(row, actor=self.staff.organizer)
            decline(asked[3], reason="媒体席位有限（示例）。", actor=self.staff.organizer)

    def _line(self) -> None:
        """Entrepreneurs: nine places and seventeen who want one; one place is accepted, one offer runs out."""
        first_day, actor = self.edition.starts_on, self.staff.organizer
        rows = []
        for number in range(17):
            with _at(first_day, -30 + number, "09:45"):
                rows.append(self._register("entrepreneur", number))
        with _at(first_day, -9, "10:00"):
            cancel(rows[0], reason="行程有变（示例）", actor=Actor.guest(rows[0].name))
        with _at(first_day, -9, "16:00"):
            accept_offer(rows[9], actor=Actor.guest(rows[9].name))
        with _at(first_day, -6, "10:00"):
            cancel(rows[1], actor=Actor.guest(rows[1].name))
        with _at(first_day, -4, "10:00"):
            pass_on_lapsed_offers(self.edition, actor=actor)
        with _at(first_day, -4, "18:00"):
            accept_offer(rows[11], actor=Actor.guest(rows[11].name))

    def _register(self, code: str, number: int, source: str = "public") -> Registration:
        guest = next(self.queue)
        wishes = Wishes(
            (self.sessions[number % 2],) if number % 4 < 2 and code != "media" else (), self._said(code, number)
        )
        return register(
            self.edition,
            guest.applicant,
            category=self.categories[code],
            wishes=wishes,
            person=guest.person,
            actor=Actor.guest(guest.applicant.name) if source == "public" else self.staff.organizer,
            source=source,
        ).registration

    def _said(self, code: str, number: int) -> tuple[Given, ...]:
        asked = self.questions
        diet, dinner, topics = asked["diet"], asked["dinner"], asked["topics"]
        said = [
            Given(dinner, choices=(dinner.choices[number % 3 // 2],)),
            Given(topics, choices=tuple(topics.choices[number % 3 : number % 3 + 2])),
        ]
        if number % 3 == 0:
            said.append(Given(diet, choices=(diet.choices[number // 3 % len(diet.choices)],)))
        if number % 6 == 0:
            said.append(Given(asked["dinner-with"], text="1"))
        if code == "media":
            said.append(Given(asked["newspaper"], text=f"示例日报（{number + 1}）"))
        return tuple(said)


def _unit(edition: Edition, category: Category, staff: Staff) -> None:
    """A unit with eight places and five people, two of them without an address."""
    facts = DelegationFacts(
        "示例市经济和信息化局（示例）", "联络员（示例）", "unit@guests.example.org", "19900020000", note="示例代表团"
    )
    people: list[Guest] = [*islice(guests(), 70, 73), *islice(guests(with_email=False), 10, 12)]
    roles = ("attendee", "attendee", "companion", "attendee", "driver")
    with _at(edition.starts_on, -20, "14:00"):
        unit = create_delegation(edition, category, facts, places_given=8, actor=staff.organizer, key=None)
        members = [Member(guest.applicant, role) for guest, role in zip(people, roles, strict=True)]
        register_members(unit, members, actor=Actor.guest(facts.contact_name))


def _pass(edition: Edition, entrance: Point, hall: Point, staff: Staff) -> None:
    """The first two days at both points: most come, some on one day only, some go out of the hall and come back."""
    for day, absent in ((0, 5), (1, 3)):
        for number, row in enumerate(_confirmed(edition)):
            if number % absent == 1 or (row.created_at.astimezone(_ZONE).date() - edition.starts_on).days > day:
                continue
            scans = [(entrance, "in", f"{8 + (40 + number) // 60:02}:{(40 + number) % 60:02}")]
            if number % 2 == 0:
                scans.append((hall, "in", f"10:{number % 60:02}"))
            if number % 6 == 0:
                scans += [(hall, "out", f"11:{number % 60:02}"), (hall, "in", f"13:{number % 60:02}")]
            for point, way, clock_time in scans:
                with _at(edition.starts_on, day, clock_time):
                    check_in(edition, Scan(row.reference, way), actor=staff.drafter, point=point)


def _confirmed(edition: Edition) -> list[Registration]:
    statement = select(Registration).where(Registration.edition_id == edition.id, Registration.state == State.CONFIRMED)
    return list(db.session.scalars(statement.order_by(Registration.id)))
