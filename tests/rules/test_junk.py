"""Junk in any field of any page, and in any address: a clear answer, never a fault.

Over the demonstration data, signed in as somebody with every role and with a private link of each kind, the walk reads
one page of each route and finds a form to each address. Then
- each page is asked with junk under every name that its view looks for in an address, shown or not;
- each form is sent with junk in all its fields, hidden ones and files too, and in those that only its view knows of.
  What is refused is then sent with what is valid, so that the operation behind the form meets all that the form lets
  pass, and the page after it shows what was stored; forms that appear there are sent as well;
- texts in addresses, the bytes of a query, and headers are junk in turn.
Forms are read alike on either database, so the databases share the turns: each has its own junk for days and numbers.

A fault is a status from 500 on, or an error in the log, such as a constraint that refused. Not seen here: texts lost
on the way (the rooms' own tests), what other roles see (test_access), two at once, and forms that only some state of
the data shows (some 30 of 190).
"""

from __future__ import annotations

import io
import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask, make_response, request
from sqlalchemy import select
from werkzeug.routing import UnicodeConverter
from werkzeug.test import TestResponse

from forums import tokens
from forums.accounts.models import Account
from forums.accounts.operations import give
from forums.extensions import Base, db, limiter
from forums.transaction import transaction
from forums.web.guards import policy_of
from tests.cast import SYSTEM
from tests.client import Page, Reader
from tests.rules.walking import CHOSEN, Form, Found, noting, read, send, walk

LONG = "😀\u202e\ufeff\ud7ff" + "长" * 300 + "x" * 4700  # three percent signs for each 长 take long to read
HUGE = "9" * 40
# By turns; beyond the ends of the calendar another zone has no name for a day and time.
DAYS = ("0001-01-01", "2199-12-31", "1900-01-01")
NUMBERS = (HUGE, "²", "2147483648")
TEXTS = (
    LONG, "\\", HUGE, "=HYPERLINK(1)\r\nBcc: a@b.c", "[]", "2147483648", "' OR 1=1<script>{{7*7}}%(x)s{0}", "NaN",
    "9999-12-31", "a@" + "b." * 200 + "c", "²", "1e400", "0001-01-01", "1" * 5000, "2024-02-30T25:61", "0",
)  # fmt: skip
JUNK = {
    "date": DAYS,
    "number": NUMBERS,
    "hidden": ("²", HUGE, "2147483648"),
    "choice": (HUGE, "nothing", "2147483648"),
}
UPLOADS = (
    ("无.pdf", b"\xff\xfe\x00junk" * 50),
    ("a.csv", "姓名,邮箱\n\0,\0\n".encode()),
    ("a.xlsx", b"PK\x03\x04" + b"\0" * 400),
    ("", b""),
    ("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 60),
    ("a.json", b"[" * 20_000),
)
VALID = {"date": "2097-03-18", "datetime-local": "2097-03-18T10:00", "number": "1", "email": "a@example.org"}
TURNS = {"sqlite": (0, 1), "postgresql": (2,)}
HEADERS = (
    {
        "Accept-Language": "zh;q=NaN,en;q=1e400," + "x" * 500,
        "If-None-Match": "*" * 300,
        "Cookie": "lang=\x7f; billet==",
    },
    {"If-Modified-Since": "Mon, 99 Foo 99999 99:99:99 GMT", "Range": f"bytes={HUGE}-,-1,5-2", "Accept": "a/b;q=x,;,"},
    {
        "Content-Type": "application/json",
        "Content-Length": "-5",
        "Host": "[::1",
        "Referer": "http://[",
        "Origin": "\x7f",
    },
)


def junk(kind: str, turn: int, at: int) -> str:
    """Texts differ from field to field of a form, and times rise; what else a form compares is the same."""
    if kind == "datetime-local":
        return f"{DAYS[turn]}T{at % 24:02}:00"
    pool = JUNK.get("choice" if kind in CHOSEN else kind)
    return pool[turn] if pool else TEXTS[(turn * 4 + at) % len(TEXTS)]


class Trial:
    """Sends junk, and keeps what was answered by a fault. `taken` names the endpoints whose forms were taken."""

    def __init__(self, reader: Reader, log: pytest.LogCaptureFixture) -> None:
        self.reader, self.log = reader, log
        self.taken: set[str] = set()
        self.faults: list[tuple[Any, ...]] = []

    def send(self, method: str, address: str, **content: Any) -> TestResponse:
        self.log.clear()
        answer = send(self.reader, method, address, **content)
        told = [record.getMessage() for record in self.log.records if record.levelno >= logging.ERROR]
        if answer.status_code >= 500 or told:
            self.faults.append((answer.status_code, method, address, str(content)[:1000], told))
        return answer

    def page(self, address: str, names: set[str], turns: Sequence[int]) -> None:
        """A page with junk in all that it looks for: something else under each name, and a day beyond the calendar."""
        mixed = {name: junk("text", turns[0], at) for at, name in enumerate(sorted(names))}
        for query in (mixed, dict.fromkeys(names, DAYS[turns[0]]))[: len(turns)]:
            self.send("GET", urlsplit(address).path, query_string=query)

    def form(self, endpoint: str, found: Found, looked_for: set[str], turns: Iterable[int]) -> list[str]:
        """A form with the junk of these turns, each time as its page shows it now; the addresses to which that led."""
        onward: list[str] = []
        for turn in turns:
            if onward:
                read(self.reader, found.forms[endpoint].page, found)
            onward += self._fill(found.forms[endpoint], looked_for, turn)
        return onward

    def _fill(self, form: Form, looked_for: set[str], turn: int) -> list[str]:
        """Junk in all fields at once; what is refused gets what is valid, until the form is taken or refused again.

        What the view is seen to look for besides is junk too. Returns where it led, if it was taken.
        """
        kinds = {one.name: one.kind for one in form.fields}
        uploads = [name for name, kind in kinds.items() if kind == "file"]
        valid: dict[str, list[str]] = defaultdict(list)  # rows of a table have fields of the same name
        for one in form.fields:
            valid[one.name].append(one.value or (VALID.get(one.kind, "x") if one.needed else ""))
        values = {name: [junk(kind, turn, at)] for at, (name, kind) in enumerate(kinds.items()) if kind != "file"}
        unmarked = {name for name, kind in kinds.items() if kind in CHOSEN | {"hidden"}}
        given: set[str] = set()
        while True:
            files = {name: upload(turn + at) for at, name in enumerate(uploads)}
            # Plain parts: what is thrown in would be three times as long in percent signs, and slow to read.
            data = {**values, **files, "csrf_token": self.reader.csrf()}
            answer = self.send("POST", form.address, data=data, content_type="multipart/form-data")
            if answer.status_code == 303:
                self.taken.add(form.endpoint)
                return [answer.headers["Location"]]
            besides = looked_for - data.keys() - {"lang"}
            refused = set() if answer.status_code != 200 else (marked(answer) & values.keys() or unmarked) - given
            if not refused and not besides:
                return []
            given |= refused
            values |= {name: valid[name] for name in refused} | {name: [junk("hidden", turn, 0)] for name in besides}


def upload(turn: int) -> tuple[io.BytesIO, str]:
    title, content = UPLOADS[turn % len(UPLOADS)]
    return io.BytesIO(content), title


def marked(answer: TestResponse) -> set[str]:
    """The fields that a page marks as wrong."""
    shown = Page(answer, [])
    marks = "//*[@aria-invalid='true'] | //*[contains(@class, 'is-invalid')] | //*[contains(@class, 'field-wrong')]//*"
    return set() if shown.tree is None else {name for one in shown.find(marks) if (name := one.get("name"))}


def private_pages(app: Flask) -> Iterator[str]:
    """The newest row's page of each kind of private link."""
    address = app.url_map.bind("localhost")
    kinds = [mapper.class_ for mapper in Base.registry.mappers if hasattr(mapper.class_, "token_version")]
    rows = [db.session.execute(select(kind.id, kind.token_version).order_by(kind.id.desc())).first() for kind in kinds]
    for rule in app.url_map.iter_rules():
        policy, _, purpose = (policy_of(app.view_functions[rule.endpoint]) or "").partition(":")
        if policy == "capability" and rule.arguments == {"token"} and "GET" in (rule.methods or ()):
            for row_id, version in filter(None, rows):
                yield address.build(rule.endpoint, {"token": tokens.sign(purpose, row_id, version)})


def destroys(form: Form) -> bool:
    return any(word in form.address for word in ("removal", "deletion", "cancellation", "withdrawal"))


@pytest.fixture
def trial(
    app: Flask, page: Reader, demo_data: None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> Trial:
    monkeypatch.setattr(limiter, "enabled", False)
    anybody = db.session.scalars(select(Account).where(Account.email == "staff@demo.example.org")).one()
    with transaction():
        for role in ("admin", "organizer", "reviewer", "auditor", "helper"):
            give(anybody, role, actor=SYSTEM)
    return Trial(page.sign_in(anybody), caplog)


START = [
    "/",
    "/office/",
    "/office/e/demo-days/",
    "/office/e/suixi-2020/",
    "/office/e/demo-2027/",
    "/office/series/suixi",
]


def test_no_junk_in_any_field_is_a_fault(app: Flask, trial: Trial) -> None:
    found, sent = Found(), set()
    turns = TURNS[db.engine.dialect.name]
    with noting(app) as looked_for:
        walk(trial.reader, [*START, *private_pages(app)], found)
        for endpoint, address in found.pages.items():
            if names := looked_for[endpoint] - {"lang", "page"}:
                trial.page(address, names | {"page"}, turns)
        while todo := sorted(found.forms.keys() - sent, key=lambda one: (destroys(found.forms[one]), one)):
            for endpoint in todo:
                sent.add(endpoint)
                kinds = found.forms[endpoint].kinds
                its_turns = turns if kinds & {"date", "datetime-local", "number"} else turns[:1]
                walk(trial.reader, trial.form(endpoint, found, looked_for[endpoint], its_turns)[-1:], found)
        walk(trial.reader, START, found)
    print(len(found.pages), "pages,", len(found.forms), "forms,", len(trial.taken), "taken")
    assert trial.faults == []
    assert found.faults == []
    assert len(found.forms) > 120
    assert len(trial.taken) > 80


def test_no_junk_in_an_address_or_a_header_is_a_fault(app: Flask, trial: Trial) -> None:
    known = {"edition": "demo-days", "series": "demo"}
    for rule in app.url_map.iter_rules():
        texts = {name for name in rule.arguments - known.keys() if type(rule._converters[name]) is UnicodeConverter}
        if texts or rule.endpoint in {"home.edition", "home.series", "agenda.session"}:
            method = "GET" if "GET" in (rule.methods or ()) else "POST"
            pattern = re.sub(r"<(?:\w+(?:\(.*?\))?:)?(\w+)>", r"{\1}", rule.rule)
            for said in ("%00", "%ed%a0%80%ff", HUGE, "%F0%9F%98%80" * 40):
                parts = dict.fromkeys(rule.arguments, said) | (known if texts else {})
                data = {"csrf_token": trial.reader.csrf()} if method == "POST" else None
                trial.send(method, pattern.format(**parts), data=data)
    for path in ("/", "/office/e/demo-days/registrations", "/e/demo-days/agenda.json", "/static/css/main.css"):
        for query in ("%ff%fe=%ff&q=%ed%a0%80&page=%ff", "q=%00", "a=1&" * 1500, "=&&=&%"):
            trial.send("GET", f"{path}?{query}")
        for headers in HEADERS:
            trial.send("GET", path, headers=headers)
    assert trial.faults == []


def test_a_planted_fault_is_found(app: Flask, trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    """In an address, in a field that no page shows, and behind a form, with a day that it lets pass."""
    for endpoint, fault in {
        "agenda.public": lambda _: int(request.args.get("hall") or 0),
        "editions.add_hall": lambda _: int(request.form.get("seen") or 0),
        "editions.change": lambda answer: (
            answer.status_code == 303 and range(1901, 2199).index(int(request.form["ends_on"][:4]))
        ),
    }.items():
        monkeypatch.setitem(app.view_functions, endpoint, with_fault(app.view_functions[endpoint], fault))
    pages, found = ["/e/demo-days/agenda", "/office/e/demo-days/", "/office/e/demo-days/facts"], Found()
    with noting(app) as looked_for:
        for address in pages:
            read(trial.reader, address, found)
        trial.page(pages[0], looked_for["agenda.public"], (0, 1))
        for endpoint in ("editions.add_hall", "editions.change"):
            trial.form(endpoint, found, looked_for[endpoint], (0, 1))
    assert {(status, address) for status, _, address, *_ in trial.faults} == {
        (500, "/e/demo-days/agenda"),
        (500, "/office/e/demo-days/halls"),
        (500, "/office/e/demo-days/facts"),
    }


def with_fault(view: Callable[..., Any], fault: Callable[[Any], object]) -> Callable[..., Any]:
    def planted(**values: Any) -> Any:
        answer = make_response(view(**values))
        fault(answer)
        return answer

    return planted
