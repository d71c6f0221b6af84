from __future__ import annotations

from datetime import timedelta

from forums.clock import days, now
from forums.columns import Bilingual
from forums.invitations import letter_text
from forums.invitations.speaking import words
from forums.invitations.speaking.models import Speaking, SpeakingTexts
from forums.invitations.speaking.queries import texts_of
from forums.mail import outbox, post

# Whoever moves a session often moves it again: only where it came to rest is told.
SECOND_THOUGHTS = timedelta(minutes=10)


def batch_of(edition_id: int) -> str:
    """What the letters to all speakers of an edition are held back by."""
    return f"speakers:{edition_id}"


def asked(row: Speaking) -> None:
    """Will you speak? In the organiser's words."""
    texts = texts_of(row.edition)
    subject, body = (texts.subject, texts.body) if texts is not None else (words.SUBJECT, words.BODY)
    _write("speaking_invitation", row, f"asked:{row.asks}", texts, (subject, body))


def thanks(row: Speaking) -> None:
    """Thank you for having spoken. In the organiser's words, once."""
    texts = texts_of(row.edition)
    has_words = texts is not None and bool(texts.thanks_body)
    subject = texts.thanks_subject if texts is not None and has_words else words.THANKS_SUBJECT
    body = texts.thanks_body if texts is not None and has_words else words.THANKS_BODY
    _write("speaking_thanks", row, "thanks", texts, (subject, body))


def reminder(row: Speaking) -> None:
    """Your answer is awaited, or these are missing; at most one a day."""
    _write("speaking_reminder", row, f"reminded:{now():%Y%m%d}", texts_of(row.edition))


def moved(row: Speaking) -> None:
    """Your session takes place at another time or in another hall; an older letter of this kind is not sent."""
    batch = f"speaking:{row.id}:moved"
    outbox.withdraw(batch)
    occasion = f"moved:{row.appearance.session.revision}:{now():%Y%m%d%H%M%S%f}"
    _write("speaking_moved", row, occasion, texts_of(row.edition), batch=batch, hurry=False)


def cancelled(row: Speaking) -> None:
    """Your session does not take place, or not with you."""
    outbox.withdraw(f"speaking:{row.id}:moved")
    _write("speaking_cancelled", row, f"cancelled:{now():%Y%m%d%H%M%S%f}", texts_of(row.edition))


def _write(
    letter: str,
    row: Speaking,
    occasion: str,
    texts: SpeakingTexts | None,
    written: tuple[Bilingual, Bilingual] = (Bilingual(), Bilingual()),
    *,
    batch: str = "",
    hurry: bool = True,
) -> None:
    language, edition = row.language, row.edition
    values = words.values_of(row, texts, language)
    by = texts.materials_by if texts is not None else None
    post(
        letter=letter,
        event=f"speaking:{row.id}:{occasion}",
        to=row.email,
        name=values["name"],
        language=language,
        params={
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
            "contact_email": edition.contact_email,
            "speaking": [row.id, row.token_version],
            "link_mark": words.LINK_MARK,
            "subject": words.fill(written[0].local(language), values),
            "paragraphs": letter_text.paragraphs(words.fill(written[1].local(language), values)),
        },
        edition=edition,
        batch=batch or batch_of(edition.id),
        not_before=None if hurry else now() + SECOND_THOUGHTS,
    )
