"""The list with 1,000 and with 100,000 registrations, and its files, on both databases."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import insert, text

from forums.accounts.models import Account
from forums.clock import now
from forums.columns import Bilingual
from forums.directory.models import Person
from forums.editions.models import Edition
from forums.extensions import db
from forums.jobs.models import Job
from forums.registrations.lists.asked import Asked
from forums.registrations.lists.operations import start_export
from forums.registrations.lists.selection import Chosen
from forums.registrations.models import Registration, new_reference, search_columns
from forums.registrations.operations import default_category
from forums.transaction import transaction
from tests import servers
from tests.bench.figures import Figure, report
from tests.cast import SYSTEM, hire, make_edition, make_series
from tests.client import Reader, counted_queries
from tests.conftest import DATABASES, make_app

FEW, MANY, EXPORTED = 1000, 100_000, 5000
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗梁宋郑谢韩唐冯于董萧"
GIVEN = "伟芳娜敏静秀丽强磊军洋勇艳杰涛明超霞平刚桂英华玉兰志建国文斌宇浩轩子涵欣怡梓晨"
PLACES, TRADES = (
    ("濉溪", "淮北", "合肥", "上海", "苏州", "郑州", "巩义", "佛山"),
    ("铝业", "新材料", "科技", "装备", "铝箔"),
)
SEARCHES = ("张伟", "zwj", "guest777@example.org", "1380000777", "濉溪铝业")
RUNS = 15


def fill(edition: Edition, count: int) -> None:
    """Registrations written in bulk: of a hundred, 80 confirmed, 15 waiting and 5 cancelled."""
    rng = random.Random(count)
    with transaction() as session:
        category = default_category(edition)
        person = Person(name=Bilingual("示例"))
        session.add(person)
        session.flush()
        fixed = {"edition_id": edition.id, "category_id": category.id, "person_id": person.id, "language": "zh"}
    started = now()
    for start in range(0, count, EXPORTED):
        rows = [fixed | one(rng, number, started) for number in range(start, start + min(EXPORTED, count))]
        with transaction() as session:
            session.execute(insert(Registration), rows)
    on_sqlite = db.engine.dialect.name == "sqlite"
    # As PostgreSQL does by itself within a minute; what is no write commits by itself there.
    with db.engine.connect().execution_options(billet_write=on_sqlite) as connection:
        connection.execute(text("ANALYZE" if on_sqlite else "VACUUM ANALYZE"))
        connection.commit()


def one(rng: random.Random, number: int, started: object) -> dict[str, object]:
    name = rng.choice(SURNAMES) + "".join(rng.choices(GIVEN, k=rng.choice((1, 2))))
    unit = f"{rng.choice(PLACES)}{''.join(rng.choices(GIVEN, k=2))}{rng.choice(TRADES)}有限公司"
    reference, state = (
        new_reference(),
        ("confirmed" if number % 100 < 80 else "waitlisted" if number % 100 < 95 else "cancelled"),
    )
    return {
        "name": name,
        "organisation": unit,
        "title": "工程师",
        "email": f"guest{number}@example.org",
        "phone": f"+86 138{number:08d}",
        "reference": reference,
        "state": state,
        "wait_sequence": number if state == "waitlisted" else None,
        "created_at": started + timedelta(seconds=number),  # type: ignore[operator]
        "confirmed_at": started,
        **search_columns(name, unit, reference),
    }


class Office:
    """A member of staff at the list of one edition."""

    def __init__(self, app: Flask, edition: Edition, account: Account) -> None:
        self.address = f"/office/e/{edition.slug}/registrations"
        self.reader = Reader(app).sign_in(account)

    def milliseconds(self, query: str) -> float:
        """The time of one page."""
        start = time.perf_counter()
        answer = self.reader.client.get(f"{self.address}?{query}", headers={"Accept-Language": "zh"})
        assert answer.status_code == 200
        return 1000 * (time.perf_counter() - start)

    def queries(self, query: str = "") -> int:
        with counted_queries() as seen:
            self.reader.client.get(f"{self.address}?{query}")
        return len(seen)

    def export_seconds(self, kind: str) -> float:
        """The best of three downloads of those who cancelled, checked for their number."""
        form = {"csrf_token": self.reader.csrf(), "format": kind, "query": "state=cancelled", "everyone": "1"}
        best = 60.0
        for _ in range(3):
            start = time.perf_counter()
            answer = self.reader.client.post(f"{self.address}/exports", data=form)
            best = min(best, time.perf_counter() - start)
            assert answer.status_code == 200
        if kind == "csv":
            assert answer.data.count(b"\n") == EXPORTED + 1
        return best


@pytest.fixture(params=DATABASES)
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    url = "" if request.param == "sqlite" else servers.create_database("bench_lists")
    made = make_app(tmp_path / "data", url)
    with made.app_context():
        upgrade()
        yield made
        db.session.remove()
        db.engine.dispose()


@pytest.mark.timeout(900)
def test_lists(app: Flask, tmp_path: Path) -> None:
    series, staff = make_series(), hire(make_series("other")).staff
    offices = []
    for slug, count in (("few", FEW), ("many", MANY)):
        edition = make_edition(db.session.merge(series), slug=slug, capacity=MANY)
        fill(edition, count)
        offices.append(Office(app, edition, db.session.merge(staff)))
    small, office = offices
    asked = {"first page": ""} | {f"search {words}": f"q={words}" for words in SEARCHES}
    # By turns, and the best of each, as other work on the machine would otherwise be part of the ratio.
    taken = {name: ([small.milliseconds(query)], [office.milliseconds(query)]) for name, query in asked.items()}
    for _ in range(RUNS):
        for name, query in asked.items():
            taken[name][0].append(small.milliseconds(query))
            taken[name][1].append(office.milliseconds(query))
    queries = max(map(office.queries, asked.values()))
    figures = [
        Figure(f"{name}, {MANY:,} rows beside {FEW:,}", min(of_many), "ms", min(of_few), 3, at_most=True)
        for name, (of_few, of_many) in taken.items()
    ]
    figures += [
        Figure("queries of a page, at most", queries, "", bar=5, at_most=True),
        Figure(f"{EXPORTED:,} rows as CSV", office.export_seconds("csv"), "s", bar=0.3, at_most=True),
        Figure(f"{EXPORTED:,} rows as XLSX", office.export_seconds("xlsx"), "s", bar=1, at_most=True),
    ]
    for kind in ("csv", "xlsx"):
        seconds, megabytes = job_of(app, db.session.merge(edition), kind)
        figures.append(Figure(f"{MANY:,} rows as {kind.upper()} by a job", seconds, "s"))
        figures.append(Figure("memory it grew by", megabytes, "MB", bar=150, at_most=True))
    report(f"lists-{db.engine.dialect.name}", figures)
    assert queries <= 5


WORK = """
import sys, time
from pathlib import Path
from tests.conftest import make_app
from forums.jobs.operations import run

def kilobytes(name):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(name))

app = make_app(Path(sys.argv[1]), sys.argv[2])
with app.app_context():
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts here
    before, start = kilobytes("VmRSS"), time.perf_counter()
    assert run(int(sys.argv[3]))
    print(time.perf_counter() - start, (kilobytes("VmHWM") - before) / 1024)
"""


def job_of(app: Flask, edition: Edition, kind: str) -> tuple[float, float]:
    """Seconds of the whole list's export in a process of its own, and the MB by which its peak lies above its start."""
    with transaction():
        job_id = start_export(edition, Chosen(Asked()), kind=kind, language="zh", actor=SYSTEM).id
    url = db.engine.url.render_as_string(hide_password=False) if db.engine.dialect.name == "postgresql" else ""
    command = [sys.executable, "-c", WORK, str(app.config["DATA"]), url.replace("+psycopg", ""), str(job_id)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": "."})
    db.session.rollback()
    job = db.session.get_one(Job, job_id)
    assert (job.state, job.result) == ("done", {"rows": MANY})
    seconds, megabytes = map(float, done.stdout.split())
    return seconds, megabytes
