"""A client that reads each page as a strict reader would."""

from __future__ import annotations

import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from threading import Barrier
from typing import Any

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from lxml import html
from sqlalchemy import event
from werkzeug.test import TestResponse

from forums.accounts.models import Account
from forums.extensions import db

MOST_QUERIES = 30
CHANCE = re.compile(r'(?:nonce|value)="[^"]{20,}"|[0-9a-f]{16,}|[\w.-]{40,}|\d{4}-\d\d-\d\d[T ][\d:.+]+')
MOST_OF_A_CHANGE = 55  # a form writes into more tables than a page reads


class Page:
    """One answer, with its document parsed and the number of queries it took."""

    def __init__(self, response: TestResponse, queries: list[str]) -> None:
        self.response = response
        self.queries = queries
        self.status = response.status_code
        self.location = response.headers.get("Location", "")
        self.text = (
            response.get_data(as_text=True) if response.mimetype.startswith(("text/", "application/json")) else ""
        )
        self.tree = html.fromstring(self.text) if response.mimetype == "text/html" and self.text.strip() else None

    @property
    def json(self) -> Any:
        return self.response.get_json()

    @property
    def words(self) -> str:
        """The page's visible text, with white space folded."""
        assert self.tree is not None
        body = self.tree.find("body")
        return " ".join((body if body is not None else self.tree).text_content().split())

    def find(self, path: str) -> list[Any]:
        """XPath over the document."""
        assert self.tree is not None
        return self.tree.xpath(path)

    @property
    def source(self) -> str:
        """The page's source without nonces, tokens, checksums and moments: any short text may stand there by chance."""
        return CHANCE.sub("", self.text)

    @property
    def h1(self) -> str:
        return " ".join(self.find("//h1")[0].text_content().split())


class Reader:
    """Gets and posts; every HTML page must pass `check`. Sign in as somebody with sign_in(account)."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()
        self.language = "en"

    def sign_in(self, account: Account) -> Reader:
        uniquifier = account.fs_uniquifier
        with self.client.session_transaction() as session:
            session["_user_id"] = uniquifier
            session["_fresh"] = True
            session["fs_cc"] = "set"
        return self

    def sign_out(self) -> Reader:
        with self.client.session_transaction() as session:
            session.clear()
        return self

    def get(self, url: str, *, expected: int = 200, **kwargs: Any) -> Page:
        return self.open("GET", url, expected=expected, **kwargs)

    def post(self, url: str, data: dict[str, Any] | None = None, *, expected: int = 303, **kwargs: Any) -> Page:
        """Post a form with a valid CSRF token."""
        return self.open("POST", url, data={"csrf_token": self.csrf(), **(data or {})}, expected=expected, **kwargs)

    def post_at_once(self, url: str, data: dict[str, Any], times: int = 2) -> list[TestResponse]:
        """The same form, sent so often at the same moment by this reader."""
        form, start = {"csrf_token": self.csrf(), **data}, Barrier(times)
        with self.client.session_transaction() as session:
            mine = dict(session)

        def send(_: int) -> TestResponse:
            client = self.app.test_client()
            with client.session_transaction() as theirs:
                theirs.update(mine)
            start.wait()
            with self.app.app_context():
                return client.post(url, data=form, headers={"Accept-Language": self.language})

        db.session.remove()
        with ThreadPoolExecutor(times) as clicks:  # each at the moment that the test's clock shows
            sent = [clicks.submit(copy_context().run, send, number) for number in range(times)]
        return [one.result() for one in sent]

    def open(self, method: str, url: str, *, expected: int, **kwargs: Any) -> Page:
        headers = {"Accept-Language": self.language, **kwargs.pop("headers", {})}
        db.session.remove()
        # A context of its own: the test's `g` must not carry the last reader's account and language into this request.
        with self.app.app_context(), counted_queries() as queries:
            response = self.client.open(url, method=method, headers=headers, **kwargs)
        db.session.remove()
        page = Page(response, queries)
        assert page.status == expected, f"{method} {url}: {page.status}, expected {expected}\n{page.text[:3000]}"
        assert "Content-Security-Policy" in response.headers
        most = MOST_QUERIES if method == "GET" else MOST_OF_A_CHANGE
        assert len(queries) <= most, f"{method} {url} took {len(queries)} queries:\n" + "\n".join(queries)
        # A sandboxed document (a letter as its recipient sees it) is shown inside a page and is none itself.
        sandboxed = "sandbox" in response.headers["Content-Security-Policy"]
        if page.tree is not None and not sandboxed and response.status_code not in {301, 302, 303, 304}:
            check(page, url, self.app)
        return page

    def csrf(self) -> str:
        """A token as Flask-WTF signs it for this session."""
        with self.client.session_transaction() as session:
            kept = session.setdefault("csrf_token", secrets.token_hex(20))
        token: str = URLSafeTimedSerializer(self.app.secret_key, salt="wtf-csrf-token").dumps(kept)  # type: ignore[arg-type, assignment]
        return token


@contextmanager
def counted_queries() -> Any:
    """The SQL that runs inside the block, without BEGIN, SAVEPOINT and their ends, and PRAGMA."""
    seen: list[str] = []

    def note(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def check(page: Page, url: str, app: Flask) -> None:
    """One h1, a lang, labelled fields, form actions that exist, nonces, nothing inline."""
    tree, where = page.tree, f"{url}\n{page.text[:1500]}"
    assert tree is not None
    assert len(tree.xpath("//h1")) == 1, f"{len(tree.xpath('//h1'))} h1 in {where}"
    assert tree.get("lang") in {"zh-Hans", "en"}, f"lang {tree.get('lang')!r} in {where}"
    title = tree.findtext(".//title")
    assert title, f"no title in {where}"
    assert title.strip(), f"empty title in {where}"
    nonce = re.search(r"'nonce-([^']+)'", page.response.headers["Content-Security-Policy"])
    assert nonce, f"no nonce in the policy of {where}"
    for element in tree.xpath("//script | //style"):
        assert element.get("nonce") == nonce[1], f"a {element.tag} without the nonce in {where}"
    assert not tree.xpath("//@style"), f"inline style {tree.xpath('//*[@style]')[0].attrib} in {where}"
    handlers = [name for element in tree.iter() for name in element.attrib if name.lower().startswith("on")]
    assert not handlers, f"inline handlers {handlers} in {where}"
    assert not tree.xpath("//a[starts-with(@href, 'javascript:')]"), where
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids)), f"repeated ids {sorted(i for i in set(ids) if ids.count(i) > 1)} in {where}"
    for form in tree.xpath("//form"):
        _check_form(form, url, app)
    for image in tree.xpath("//img"):
        assert image.get("alt") is not None, f"img without alt in {where}"


def _check_form(form: Any, url: str, app: Flask) -> None:
    action, method = form.get("action") or url, (form.get("method") or "get").upper()
    path = action.split("?")[0].split("#")[0]
    assert path.startswith("/"), f"form action {action!r} in {url}"
    app.url_map.bind("localhost").match(path, method=method)
    if method == "POST":
        assert form.xpath(".//input[@name='csrf_token']"), f"no CSRF token in the form to {action} in {url}"
    for field in form.xpath(".//input[not(@type='hidden' or @type='submit')] | .//select | .//textarea"):
        identity = field.get("id")
        labelled = field.get("aria-label") or field.get("aria-labelledby") or field.xpath("ancestor::label")
        labelled = labelled or (identity and field.getroottree().xpath("//label[@for=$i]", i=identity))
        assert labelled, f"field {field.get('name')!r} without a label in {url}"
