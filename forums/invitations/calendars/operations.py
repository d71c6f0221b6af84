from __future__ import annotations

from typing import Any

from forums.activity.models import Actor
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.editions.operations import after_change
from forums.invitations.calendars.models import CalendarVersion
from forums.invitations.calendars.queries import latest_version
from forums.statements import InsertOnce

TEXTS = ("title", "venue", "address")
_write = InsertOnce(CalendarVersion, "edition_id", "sequence")


def facts_of(edition: Edition) -> dict[str, str]:
    """What a calendar shows of an edition, in both languages, as JSON."""
    days = {"starts_on": edition.starts_on.isoformat(), "ends_on": edition.ends_on.isoformat()}
    texts = {name: getattr(edition, name) for name in TEXTS}
    return days | {f"{name}_{part}": getattr(text, part) for name, text in texts.items() for part in ("zh", "en")}


def current_version(edition: Edition, *, is_cancelled: bool = False) -> CalendarVersion:
    """What letters with a calendar say from now on: the version there is, or a new one where a fact changed.

    In the caller's transaction. Two that write at once agree, since a SEQUENCE is there once.
    """
    facts = facts_of(edition)
    while True:
        known = latest_version(edition)
        if known is not None and known.facts == facts and known.is_cancelled == is_cancelled:
            return known
        following = 0 if known is None else known.sequence + 1
        _write(edition_id=edition.id, sequence=following, facts=facts, is_cancelled=is_cancelled)


def version_to_show(edition: Edition, *, is_cancelled: bool = False) -> CalendarVersion:
    """As current_version(), but nothing is written: for the letter of a test, which tells the guests nothing."""
    facts, known = facts_of(edition), latest_version(edition)
    if known is not None and known.facts == facts and known.is_cancelled == is_cancelled:
        return known
    following = 0 if known is None else known.sequence + 1
    return CalendarVersion(edition_id=edition.id, sequence=following, facts=facts, is_cancelled=is_cancelled)


def told_in(version: CalendarVersion, language: str, *, turns: int = 0) -> dict[str, Any]:
    """The version as a letter keeps it among its parameters, in the letter's language.

    `turns` are those of the guest, whose own calendar was told more than the edition's facts have changed.
    """
    facts = version.facts

    def local(name: str) -> str:
        return Bilingual(facts[f"{name}_zh"], facts[f"{name}_en"]).local(language)

    return {
        "version": version.sequence,
        "sequence": version.sequence + turns,
        "is_cancelled": version.is_cancelled,
        "starts_on": facts["starts_on"],
        "ends_on": facts["ends_on"],
        "title": local("title"),
        "place": ", ".join(part for part in (local("venue"), local("address")) if part),
    }


def follow(edition: Edition, _actor: Actor) -> None:
    """An edition was changed: where calendars know it, the next letters bear a higher SEQUENCE."""
    known = latest_version(edition)
    if known is not None:
        current_version(edition, is_cancelled=known.is_cancelled)


after_change.append(follow)
