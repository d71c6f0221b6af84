"""Absolute links for letters, calendars and QR codes: built from PUBLIC_URL, with or without a request."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from forums import tokens


def external(endpoint: str, **values: Any) -> str:
    """The absolute address of an endpoint, as visitors reach it."""
    parts = urlsplit(current_app.config["PUBLIC_URL"])
    adapter = current_app.url_map.bind(parts.netloc, url_scheme=parts.scheme)
    return adapter.build(endpoint, values, force_external=True)


def capability_link(endpoint: str, purpose: str, row_id: int, version: int, **values: Any) -> str:
    """The private link of one row; whoever holds it may act on that row and on nothing else."""
    return external(endpoint, token=tokens.sign(purpose, row_id, version), **values)
