"""Numbers in addresses: a number that no database row can have is an address that leads nowhere (404)."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

LARGEST_ID = 2**31 - 1


class RowNumber(IntegerConverter):
    """`<int:…>`, up to the largest id that both databases hold."""

    def __init__(self, url_map: Map, **options: Any) -> None:
        super().__init__(url_map, **{"max": LARGEST_ID, **options})


def read_numbers(app: Flask) -> None:
    """Must come before the first route."""
    app.url_map.converters["int"] = RowNumber
