"""Column types that both databases share: UTC moments and bilingual text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import DateTime, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Composite, composite, mapped_column
from sqlalchemy.types import TypeDecorator

Language = Literal["zh", "en"]


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC. SQLite keeps no zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no zone; store aware moments only")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


@dataclass(frozen=True)
class Bilingual:
    """One text in Chinese and English; either may be missing."""

    zh: str = ""
    en: str = ""

    def __post_init__(self) -> None:
        # A row that is not flushed yet has None where its columns' defaults will be.
        object.__setattr__(self, "zh", self.zh or "")
        object.__setattr__(self, "en", self.en or "")

    def local(self, language: str) -> str:
        """The text in the reader's language ("zh" or "en"), falling back to the other."""
        return (self.zh or self.en) if language == "zh" else (self.en or self.zh)

    def __bool__(self) -> bool:
        return bool(self.zh or self.en)


def bilingual(name: str, length: int | None = 300) -> Composite[Bilingual]:
    """A pair of columns `<name>_zh` and `<name>_en`; length None makes them unbounded text.

    Query one as `Model.title_zh` (typed code: `Model.__table__.c.title_zh`), or compare the pair:
    `Model.title == Bilingual(...)`.
    """
    kind = Text() if length is None else String(length)
    return composite(
        Bilingual,
        mapped_column(f"{name}_zh", kind, default="", server_default=""),
        mapped_column(f"{name}_en", kind, default="", server_default=""),
        return_none_on=None,
    )
