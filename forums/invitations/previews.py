"""For whom a campaign's letter can be looked at before it is sent, and what is missing in it for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from forums.extensions import db
from forums.invitations import emails, letter_text, narrowing
from forums.invitations.letter_text import Guest
from forums.invitations.models import Campaign, Contact, Invitation, Recipient

# Placeholders that a guest may have nothing for.
OF_GUESTS = ("title", "organisation")
OF_EDITIONS = ("venue",)


@dataclass(frozen=True)
class Hole:
    """A placeholder of the letter for which there is nothing: for how many, and one of them (None: it is the edition).

    `line` is how the letter reads there.
    """

    placeholder: str
    people: int
    example: Contact | Invitation | None
    line: str = ""


def people_of(row: Campaign, search: str = "") -> Select[Any]:
    """Whom the campaign writes to, as things are now: contacts of a draft's list, otherwise invitations."""
    found = _people(row)
    if words := search.strip():
        model = _model(row)
        columns = (model.name, model.email, model.organisation)
        found = found.where(or_(*(column.icontains(words, autoescape=True) for column in columns)))
    return found


def person(row: Campaign, person_id: int) -> Contact | Invitation | None:
    """That one of them, or the first if there is none with that id."""
    model = _model(row)
    wished = person_id if 0 < person_id < 2**31 else 0
    found: Contact | Invitation | None = db.session.scalar(
        _people(row).order_by(None).order_by(model.id != wished, model.id).limit(1)
    )
    return found


def size(row: Campaign) -> int:
    """How many there are."""
    return db.session.scalar(select(func.count()).select_from(_people(row).order_by(None).subquery())) or 0


def longest_name(row: Campaign) -> Contact | Invitation | None:
    model = _model(row)
    found: Contact | Invitation | None = db.session.scalar(
        _people(row).order_by(None).order_by(func.length(model.name).desc(), model.id).limit(1)
    )
    return found


def holes(row: Campaign) -> list[Hole]:
    """What the letter names and the edition or some of the guests do not have."""
    texts = [getattr(text, code) for text in (row.subject, row.body) for code in ("zh", "en")]
    used = set().union(*map(letter_text.used, texts))
    found = [Hole(name, 0, None) for name in OF_EDITIONS if name in used and not getattr(row.edition, name)]
    model = _model(row)
    for name in (name for name in OF_GUESTS if name in used):
        without: Sequence[Any] = db.session.execute(
            _people(row)
            .where(_empty(getattr(model, name)))
            .order_by(None)
            .order_by(model.id)
            .with_only_columns(func.count().over(), model)
            .limit(1)
        ).all()
        found += [Hole(name, count, example, _line(row, name, example)) for count, example in without]
    return found


def _line(row: Campaign, placeholder: str, person: Contact | Invitation) -> str:
    """The first line of this person's letter that has the placeholder, as they would read it."""
    language = emails.language_of(row, person.language)
    guest = Guest(person.name, person.organisation, person.title)
    texts = (getattr(row.body, language), getattr(row.subject, language))
    lines = (line for text in texts for line in text.splitlines() if placeholder in letter_text.used(line))
    own = asdict(guest) | {"link": ""}
    read = letter_text.pieces(letter_text.fill(next(lines, ""), guest, row.edition, language))
    return "".join(piece["words"] if "words" in piece else own[piece["own"]] for piece in read)


def _model(row: Campaign) -> type[Contact | Invitation]:
    return Contact if row.state == "draft" and row.audience == "list" else Invitation


def _people(row: Campaign) -> Select[Any]:
    if row.state != "draft":
        mine = select(Recipient.invitation_id).where(Recipient.campaign_id == row.id, Recipient.withheld == "")
        return select(Invitation).where(Invitation.id.in_(mine)).order_by(Invitation.id)
    if row.audience == "list":
        return select(Contact).where(Contact.list_id == row.list_id).order_by(Contact.id)
    out = select(Recipient.invitation_id).where(Recipient.campaign_id == row.id)
    return select(Invitation).where(narrowing.whom(row), Invitation.id.not_in(out)).order_by(Invitation.id)


def _empty(column: Any) -> ColumnElement[bool]:
    return func.trim(column) == ""
