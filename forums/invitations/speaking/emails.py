from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from forums.clock import days, now
from forums.columns import Bilingual
from forums.invitations import letter_text
from forums.invitations.speaking import words
from forums.invitations.speaking.models import Speaking, SpeakingTexts
from forums.invitations.speaking.queries import changes_of, texts_of
from forums.mail import outbox, post

# What can be looked at before it is sent.
LETTERS = ("speaking_invitation", "speaking_reminder", "speaking_moved", "speaking_thanks")


def batch_of(edition_id: int) -> str:
    """What the letters to all speakers of an edition are held back by."""
    return f"speakers:{edition_id}"


def asked(row: Speaking) -> None:
    """Will you speak? In the organiser's words."""
    _write("speaking_invitation", row, f"asked:{row.asks}")


def thanks(row: Speaking) -> None:
    """Thank you for having spoken. In the organiser's words, once."""
    _write("speaking_thanks", row, "thanks")


def reminder(row: Speaking) -> None:
    """Your answer is awaited, or these are missing; at most one a day."""
    _write("speaking_reminder", row, f"reminded:{now():%Y%m%d}")


def moved(row: Speaking, changes: Sequence[str]) -> None:
    """Your session has another title, time or hall; an older letter of this kind is not sent."""
    batch = f"speaking:{row.id}:moved"
    outbox.withdraw(batch)
    occasion = f"moved:{row.appearance.session.revision}:{now():%Y%m%d%H%M%S%f}"
    _write("speaking_moved", row, occasion, batch=batch, changes=changes)


def cancelled(row: Speaking) -> None:
    """Your session does not take place, or not with you."""
    outbox.withdraw(f"speaking:{row.id}:moved")
    _write("speaking_cancelled", row, f"cancelled:{now():%Y%m%d%H%M%S%f}")


def preview(row: Speaking, letter: str, language: str) -> dict[str, Any]:
    """The parameters of one of LETTERS as it would be now, for the eyes of staff."""
    return _params(letter, row, language, changes_of(row, row.appearance.session))


def _write(
    letter: str,
    row: Speaking,
    occasion: str,
    *,
    batch: str = "",
    changes: Sequence[str] = (),
) -> None:
    params = _params(letter, row, row.language, changes)
    post(
        letter=letter,
        event=f"speaking:{row.id}:{occasion}",
        to=row.email,
        name=params["name"],
        language=row.language,
        params=params,
        edition=row.edition,
        batch=batch or batch_of(row.edition.id),
    )


def _params(letter: str, row: Speaking, language: str, changes: Sequence[str] = ()) -> dict[str, Any]:
    """What templates/email/speaking_…/ read."""
    texts = texts_of(row.edition)
    values = words.values_of(row, texts, language)
    subject, body = _organisers_words(letter, texts)
    by = texts.materials_by if texts is not None else None
    return {
        "name": values["name"],
        "edition_title": values["edition"],
        "topic": values["topic"],
        "slot": values["slot"],
        "hall": values["hall"],
        "answer_by": values["answer_by"],
        "materials_by": days(by, by, language) if by else "",
        "awaits_answer": row.state == "asked",
        "is_open_again": row.is_open_again,
        "missing": row.missing,
        "retitled_only": list(changes) == ["title"],
        "contact_email": row.edition.contact_email,
        "speaking": [row.id or 0, row.token_version],
        "link_mark": words.LINK_MARK,
        "subject": words.fill(subject.local(language), values),
        "paragraphs": letter_text.paragraphs(words.fill(body.local(language), values)),
    }


def _organisers_words(letter: str, texts: SpeakingTexts | None) -> tuple[Bilingual, Bilingual]:
    """Subject and text, for the letters that have their words from the organiser."""
    if letter == "speaking_invitation":
        return (texts.subject, texts.body) if texts is not None else (words.SUBJECT, words.BODY)
    if letter == "speaking_thanks":
        has_words = texts is not None and bool(texts.thanks_body)
        return (
            (texts.thanks_subject, texts.thanks_body)
            if texts and has_words
            else (words.THANKS_SUBJECT, words.THANKS_BODY)
        )
    return Bilingual(), Bilingual()
