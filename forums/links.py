"""Absolute links for letters, calendars and QR codes: built from PUBLIC_URL, with or without a request."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from werkzeug.routing import Map

from forums import tokens

_HERE = "TOKEN-STANDS-HERE"


def external(endpoint: str, **values: Any) -> str:
    """The absolute address of an endpoint, as visitors reach it."""
    return _address(current_app.url_map, current_app.config["PUBLIC_URL"], endpoint, values)


def capability_link(endpoint: str, purpose: str, row_id: int, version: int, **values: Any) -> str:
    """The private link of one row; whoever holds it may act on that row and on nothing else."""
    before, after = _around_token(
        current_app.url_map, current_app.config["PUBLIC_URL"], endpoint, tuple(sorted(values.items()))
    )
    return f"{before}{tokens.sign(purpose, row_id, version)}{after}"


@lru_cache(maxsize=1000)
def _around_token(routes: Map, public_url: str, endpoint: str, values: tuple[tuple[str, Any], ...]) -> tuple[str, str]:
    """What stands before and after the token: the same for all to whom a letter goes, and dearer than the token."""
    before, _, after = _address(routes, public_url, endpoint, {**dict(values), "token": _HERE}).partition(_HERE)
    return before, after


def _address(routes: Map, public_url: str, endpoint: str, values: dict[str, Any]) -> str:
    parts = urlsplit(public_url)
    return routes.bind(parts.netloc, url_scheme=parts.scheme).build(endpoint, values, force_external=True)
