"""Every endpoint names its policy, the app refuses to start otherwise, and nobody comes in without a grant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Blueprint, Flask
from werkzeug.routing import AnyConverter, Rule

from forums import create_app
from forums.editions.models import Edition
from forums.web import guards, health
from tests.cast import Cast
from tests.client import Reader


def staff_routes(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every rule that asks for a grant, with its policy."""
    for rule in app.url_map.iter_rules():
        policy = guards.policy_of(app.view_functions[rule.endpoint]) or ""
        if policy.startswith(("may:", "signed_in")):
            yield rule, policy


def address(app: Flask, rule: Rule, edition: Edition) -> str:
    """The rule's address at this edition; every other part is an id that need not exist."""
    known = {"edition": edition.slug, "series": edition.series.slug}
    values = {name: known.get(name, _any(rule, name)) for name in rule.arguments}
    with app.test_request_context():
        return app.url_map.bind("localhost").build(rule.endpoint, values, method=method(rule))


def _any(rule: Rule, name: str) -> str:
    converter = rule._converters[name]
    return min(converter.items) if isinstance(converter, AnyConverter) else "1"


def method(rule: Rule) -> str:
    return "GET" if "GET" in (rule.methods or ()) else "POST"


def test_an_endpoint_without_a_policy_stops_the_start(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = Blueprint("bare", __name__)
    bare.add_url_rule("/bare", "page", lambda: "anybody may read this")
    monkeypatch.setattr(health, "bp", bare)
    with pytest.raises(RuntimeError, match=r"endpoints without a policy: bare\.page"):
        create_app(app.extensions["settings"])


def test_staff_pages_send_strangers_to_sign_in(app: Flask, page: Reader, edition: Edition) -> None:
    for rule, _ in staff_routes(app):
        url = address(app, rule, edition)
        if method(rule) == "GET":
            assert page.get(url, expected=303).location.endswith("/sign-in"), url
        else:
            page.post(url, expected=403)


def test_an_edition_is_closed_to_staff_of_another_series(
    app: Flask, page: Reader, cast: Cast, edition: Edition
) -> None:
    page.sign_in(cast.outsider)
    for rule, policy in staff_routes(app):
        if policy == "signed_in" or policy.endswith(":anywhere"):
            continue
        url = address(app, rule, edition)
        answer = page.client.open(url, method=method(rule), data={"csrf_token": page.csrf()})
        assert answer.status_code in {403, 404}, f"{method(rule)} {url}: {answer.status_code}"


def test_office_addresses_are_for_staff_only(app: Flask) -> None:
    asking = {rule.rule for rule, _ in staff_routes(app)}
    open_doors = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/office") and rule.rule not in asking and not rule.endpoint.startswith("security.")
    ]
    assert open_doors == []
