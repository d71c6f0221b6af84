"""What many tests of registrations begin with."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.client import Reader


@pytest.fixture
def office(page: Reader, cast: Cast) -> Reader:
    """The pages as staff see them."""
    return page.sign_in(cast.staff)
