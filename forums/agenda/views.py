from __future__ import annotations

from flask import Blueprint

from forums.agenda import queries  # noqa: F401

bp = Blueprint("agenda", __name__)
