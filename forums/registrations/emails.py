"""The letters of this room, one function each. Facts are frozen when the row changes; files are made at delivery."""

from __future__ import annotations

from typing import Any

from babel.dates import format_date

from forums.clock import now
from forums.editions.models import Edition
from forums.extensions import db
from forums.mail import queue
from forums.registrations.models import Registration
from forums.registrations.queries import rank_of


def confirmed(row: Registration) -> None:
    """You have a place; ticket and calendar entry attached."""
    _write("registration_confirmed", row, "confirmed")


def waitlisted(row: Registration) -> None:
    """All places are taken; this is your rank."""
    _write("registration_waitlisted", row, "waitlisted")


def promoted(row: Registration) -> None:
    """A place became free and it is yours; ticket and calendar entry attached."""
    _write("registration_promoted", row, f"promoted:{row.revision}")


def changed(row: Registration) -> None:
    """Your details were changed; the private link in this letter is the one that works."""
    _write("registration_changed", row, f"changed:{row.revision}")


def cancelled(row: Registration) -> None:
    """Your registration was cancelled; the calendar entry takes itself back."""
    _write("registration_cancelled", row, f"cancelled:{row.revision}")


def already_registered(row: Registration) -> None:
    """Somebody registered with this address again: the private link once more, at most one letter an hour."""
    _write("already_registered", row, f"known:{now():%Y%m%d%H}")


def facts_of(row: Registration) -> dict[str, Any]:
    """What letters, tickets and calendar entries say about a registration, as JSON in its own language."""
    edition, language = row.edition, row.language
    return {
        "registration_id": row.id,
        "token_version": row.token_version,
        "ticket_version": row.ticket_version,
        "revision": row.revision,
        "state": str(row.state),
        "rank": rank_of(row),
        "reference": row.reference,
        "name": row.name,
        "organisation": row.organisation,
        "title": row.title,
        "email": row.email,
        "phone": row.phone,
        "reason": row.cancel_reason,
        "written_at": now().isoformat(),
        "edition_slug": edition.slug,
        "edition_title": edition.title.local(language),
        "venue": edition.venue.local(language),
        "address": edition.address.local(language),
        "dates": dates_of(edition, language),
        "starts_on": edition.starts_on.isoformat(),
        "ends_on": edition.ends_on.isoformat(),
        "contact_email": edition.contact_email,
    }


def dates_of(edition: Edition, language: str) -> str:
    """The days of the event in words: 2027年3月18日 – 2027年3月19日."""
    days = dict.fromkeys((edition.starts_on, edition.ends_on))
    pattern, locale = ("y年M月d日", "zh") if language == "zh" else ("d MMMM y", "en")
    return " – ".join(format_date(day, pattern, locale=locale) for day in days)


def _write(letter: str, row: Registration, what: str) -> None:
    if row.email is None:
        return
    db.session.flush()
    queue(
        letter=letter,
        event=f"registration:{row.id}:{what}",
        to=row.email,
        name=row.name,
        language=row.language,
        params=facts_of(row),
        edition=row.edition,
    )
