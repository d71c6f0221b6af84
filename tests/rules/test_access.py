"""Every route × method × role, on one's own and on a foreign edition: who gets in is what the table of policy says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule

from forums.accounts.policy import ACTIONS
from forums.web.guards import policy_of
from tests.cast import STAFF, Cast, make_edition
from tests.client import Reader

NOBODYS_ID = 999_999


def staff_routes(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Each rule and method that asks for an action, with that action."""
    for rule in app.url_map.iter_rules():
        policy = policy_of(app.view_functions[rule.endpoint]) or ""
        if policy.startswith("may:"):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield rule, method, policy


def address(app: Flask, rule: Rule) -> str:
    """The rule's address on the cast's edition, with ids that no row has."""
    values = {name: _value(name, rule._converters[name]) for name in rule.arguments}
    return app.url_map.bind("localhost").build(rule.endpoint, values)


def _value(name: str, converter: BaseConverter) -> object:
    if isinstance(converter, IntegerConverter):
        return NOBODYS_ID
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return {"edition": "alu-2027", "series": "alu"}.get(name, "nothing")


class Visitor:
    """Asks as this reader, with one token for all forms, and for JSON: the page that says no is proven elsewhere."""

    def __init__(self, page: Reader) -> None:
        self.page, self.form = page, {"csrf_token": page.csrf()}

    def status(self, method: str, url: str) -> int:
        """Of the answer, whatever it is."""
        data, headers = self.form if method == "POST" else None, {"Accept": "application/json"}
        with self.page.app.app_context():
            return self.page.client.open(url, method=method, data=data, headers=headers).status_code


@pytest.mark.parametrize("role", [name for name, _ in STAFF if name != "reviewer2"])
def test_a_role_reaches_what_the_table_gives_it_and_nothing_else(
    app: Flask, page: Reader, cast: Cast, role: str
) -> None:
    make_edition()
    visitor = Visitor(page.sign_in(getattr(cast, role)))
    wrong = []
    for rule, method, policy in staff_routes(app):
        _, action, *_ = policy.split(":")
        status = visitor.status(method, address(app, rule))
        may = role in ACTIONS[action]
        if (status == 403) == may or status >= 500:
            wrong.append((role, policy, method, rule.rule, status))
    assert wrong == []


def test_another_series_is_not_there_and_the_house_is_closed(app: Flask, page: Reader, cast: Cast) -> None:
    """The outsider has every working role, in another series only."""
    make_edition()
    visitor = Visitor(page.sign_in(cast.outsider))
    theirs = {action for action, roles in ACTIONS.items() if roles & {"organizer", "reviewer", "staff", "helper"}}
    wrong = []
    for rule, method, policy in staff_routes(app):
        _, action, *rest = policy.split(":")
        if rest == ["anywhere"]:
            continue
        expected = 404 if action in theirs and {"edition", "series"} & rule.arguments else 403
        status = visitor.status(method, address(app, rule))
        if status != expected:
            wrong.append((policy, method, rule.rule, status))
    assert wrong == []


def test_a_stranger_is_asked_to_sign_in(app: Flask, page: Reader) -> None:
    make_edition()
    visitor, wrong = Visitor(page), []
    for rule, method, policy in staff_routes(app):
        status = visitor.status(method, address(app, rule))
        if status != (303 if method == "GET" else 403):
            wrong.append((policy, method, rule.rule, status))
    assert wrong == []
