"""What the tests of mail share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader

from tests.mail.notes import TEMPLATES, Letters


@pytest.fixture
def note(app: Flask) -> Iterator[None]:
    """A letter of the tests: it says `word`, and fails without it."""
    loader = app.jinja_env.loader
    assert loader is not None
    app.extensions.pop("letter_templates", None)
    app.jinja_env.loader = ChoiceLoader([DictLoader(TEMPLATES), loader])
    yield
    app.jinja_env.loader = loader
    app.extensions.pop("letter_templates", None)


@pytest.fixture(name="letters")
def every_letter(outbox: Letters) -> Letters:
    return outbox
