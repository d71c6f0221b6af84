"""Finds what can be asked of the product as a reader finds it: by following links.

A page of each route, a form to each address, and the names that a view looks for in a request, shown or not.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from forums.extensions import db
from tests.client import Page, Reader

LEAVE_ALONE = ("security.logout", "language.switch", "security.change_password", "static", "bootstrap.static")
CHOSEN = {"select", "checkbox", "radio", "submit", "button"}
FILES = (".pdf", ".xlsx", ".png", ".svg", ".jpg", ".js")  # what takes longest to make, and holds no forms


@dataclass(frozen=True)
class Field:
    """A field as its page shows it: `kind` is its type, or the name of its element; `value` what it would send."""

    name: str
    kind: str
    value: str
    choices: tuple[str, ...] = ()
    needed: bool = False


@dataclass(frozen=True)
class Form:
    """What the page at the address `page` sends to `address`."""

    endpoint: str
    address: str
    page: str
    fields: tuple[Field, ...]

    @property
    def kinds(self) -> set[str]:
        return {one.kind for one in self.fields}


@dataclass
class Found:
    """By endpoints: a page of each route, and a form that is posted there, of several that with the most fields.

    `faults` are the addresses that were answered by a fault.
    """

    pages: dict[str, str] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


class Asked(ImmutableMultiDict[str, str]):
    """What came with a request; notes the names that are looked for in it, with the endpoint that looks."""

    names: dict[str, set[str]] = defaultdict(set)

    def _note(self, name: object) -> None:
        if request and request.endpoint and isinstance(name, str):
            self.names[request.endpoint].add(name)

    def __getitem__(self, name: str) -> str:
        self._note(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._note(name)
        return super().__contains__(name)

    def get(self, name: str, default: Any = None, type: Any = None) -> Any:  # noqa: A002  (as werkzeug has it)
        self._note(name)
        return super().get(name, default, type)

    def getlist(self, name: str, type: Any = None) -> list[Any]:  # noqa: A002
        self._note(name)
        return super().getlist(name, type)


@contextmanager
def noting(app: Flask) -> Iterator[dict[str, set[str]]]:
    """The names that each endpoint looks for among what is sent to it, while the block runs."""
    plain = app.request_class
    app.request_class = type("NotingRequest", (plain,), {"parameter_storage_class": Asked})
    try:
        yield Asked.names
    finally:
        app.request_class = plain


def endpoint_of(app: Flask, address: str, method: str = "GET") -> str:
    """Whose address it is; empty where it leads nowhere."""
    try:
        endpoint, _ = app.url_map.bind("localhost").match(urlsplit(address).path, method=method)
    except HTTPException:
        return ""
    return endpoint


def walk(reader: Reader, start: Iterable[str], found: Found) -> None:
    """Read these pages, and follow their links to the routes of which no page was read yet."""
    wanted = list(start)
    waiting, seen = deque(wanted), set(wanted)
    while waiting:
        address = waiting.popleft()
        endpoint = endpoint_of(reader.app, address)
        known = endpoint in found.pages and address not in wanted
        if not endpoint or known or endpoint in LEAVE_ALONE or urlsplit(address).path.endswith(FILES):
            continue
        onward = read(reader, address, found)
        for link in onward:
            path = link.split("#")[0]
            if path.startswith("/") and path not in seen:
                seen.add(path)
                waiting.append(path)


def read(reader: Reader, address: str, found: Found) -> list[str]:
    """Read one page, note its forms, and return where it leads."""
    answer = send(reader, "GET", address)
    if answer.status_code >= 500:
        found.faults.append(address)
    if answer.status_code in {301, 302, 303}:
        return [answer.headers["Location"]]
    if answer.status_code != 200:
        return []
    found.pages.setdefault(endpoint_of(reader.app, address), address)
    if answer.mimetype != "text/html":
        return []
    shown = Page(answer, [])
    for form in forms_of(shown, address, reader.app):
        other = found.forms.get(form.endpoint)
        if other is None or len(other.fields) <= len(form.fields):
            found.forms[form.endpoint] = form
    links: list[str] = shown.find("//a/@href | //iframe/@src")
    return links


def send(reader: Reader, method: str, address: str, **content: Any) -> TestResponse:
    with reader.app.app_context():
        answer = reader.client.open(address, method=method, **content)
        answer.get_data()  # to its end, which a file that is made while it is sent may not reach
    db.session.remove()
    return answer


def forms_of(page: Page, address: str, app: Flask) -> Iterator[Form]:
    for form in page.find("//form[@method='post']"):
        target = form.get("action") or address
        endpoint = endpoint_of(app, target, "POST")
        if endpoint and endpoint not in LEAVE_ALONE:
            yield Form(endpoint, target, address, tuple(_fields(form, page)))


def _fields(form: Any, page: Page) -> Iterator[Field]:
    elements = form.xpath(".//*[@name][self::input or self::select or self::textarea or self::button]")
    if form.get("id"):
        elements += page.find(f"//*[@name][@form='{form.get('id')}'][not(ancestor::form)]")
    seen = set()
    for one in elements:
        name, kind = one.get("name"), one.get("type") or one.tag
        if name == "csrf_token" or (name in seen and kind in CHOSEN):
            continue
        seen.add(name)
        choices = tuple(one.xpath(".//option/@value"))
        chosen = one.xpath(".//option[@selected]/@value") or [*filter(None, choices), ""][:1]
        value = (
            one.get("value", "y" if kind == "checkbox" else "") if one.tag != "textarea" else (one.text or "").strip()
        )
        yield Field(name, kind, chosen[0] if one.tag == "select" else value, choices, one.get("required") is not None)
