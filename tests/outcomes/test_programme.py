"""What a report says of the agenda: sessions by day, experts by pinyin, each counted once."""

from datetime import UTC, datetime

from forums.agenda import queries as agenda
from forums.agenda.models import Appearance, Session
from forums.columns import Bilingual
from forums.directory.models import Organisation, Person
from forums.editions.models import Edition
from forums.experts.models import Expert
from forums.extensions import db
from forums.outcomes import programme
from forums.outcomes.queries import figures
from forums.transaction import transaction
from tests.cast import make_edition, make_series


def make_expert(zh: str, en: str = "") -> Expert:
    organisation = Organisation(name=Bilingual(f"{zh}的单位", ""), synthetic=True)
    expert = Expert(person=Person(name=Bilingual(zh, en), organisation=organisation, synthetic=True))
    db.session.add(expert)
    db.session.flush()
    return expert


def make_session(edition: Edition, key: str, hour: int | None, *experts: Expert, **more: object) -> Session:
    """`hour` counts from midnight UTC on the first of May 2027; None leaves the time open."""
    starts = None if hour is None else datetime(2027, 5, 1 + hour // 24, hour % 24, tzinfo=UTC)
    values = {"title": Bilingual(f"场次{key}", f"Session {key}"), "state": "published", **more}
    session = Session(edition=edition, source_key=key, starts_at=starts, **values)
    session.appearances = [Appearance(expert=expert, role="speaker", position=n) for n, expert in enumerate(experts)]
    db.session.add(session)
    return session


def make_agenda(edition: Edition) -> None:
    """Three sessions on two days of Shanghai and one without a time; and two that were cancelled."""
    with transaction():
        zhao, li = make_expert("赵一"), make_expert("李二", "Li Er")
        hall = edition.halls[0]
        make_session(edition, "b", 20, zhao, hall=hall)  # the second of May in Shanghai
        make_session(edition, "a", 2, zhao, li, hall=hall)
        make_session(edition, "a2", 3, zhao, hall=edition.halls[1])
        make_session(edition, "open", None)
        make_session(edition, "gone", 4, make_expert("王三"), state="cancelled")
        make_session(edition, "gone too", None, zhao, state="cancelled")


def test_days_are_those_of_the_editions_zone_and_sum_to_the_figure(app, edition):
    make_agenda(edition)
    found = programme.outline(edition)
    assert found["days"] == [
        {"date": "2027-05-01", "sessions": 2, "halls": 2, "speakers": 2},
        {"date": "2027-05-02", "sessions": 1, "halls": 1, "speakers": 1},
        {"date": "", "sessions": 1, "halls": 0, "speakers": 0},
    ]
    counted = {figure.id: figure.value for figure in figures(edition.series, edition)}
    assert (counted["sessions"], counted["experts"]) == (4, 2)
    assert [row["time"] for row in found["sessions"]] == ["10:00", "11:00", "04:00", ""]
    assert found["sessions"][0]["title"] == {"zh": "场次a", "en": "Session a"}


def test_experts_stand_by_pinyin_with_their_sessions(app, edition):
    make_agenda(edition)
    listed = [(row["name"]["zh"], row["organisation"]["zh"], row["sessions"]) for row in programme.expert_list(edition)]
    assert listed == [("李二", "李二的单位", 1), ("赵一", "赵一的单位", 3)]


def test_who_appears_in_two_editions_is_one_expert_of_the_series(app, edition):
    last = make_edition(edition.series, slug="alu-2028")
    with transaction():
        expert = make_expert("赵一")
        make_session(edition, "a", 1, expert)
        make_session(last, "a", 1, expert)
    counted = {figure.id: figure.value for figure in figures(edition.series)}
    assert (counted["sessions"], counted["experts"]) == (2, 1)


def test_another_series_has_nothing_of_it(app, edition):
    make_agenda(edition)
    other = make_edition(make_series("other"), slug="other-1").series
    assert (agenda.count_sessions(other), agenda.count_experts(other)) == (0, 0)
