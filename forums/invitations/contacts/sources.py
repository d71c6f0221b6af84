"""Where people to write to are found: the directory, earlier invitations, experts, registrations, other lists.

Each source is one statement for its conditions. Who it finds is sorted like rows of a file: good ones, and those who
cannot come in with the reason, so that nobody without an address is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, String, func, literal, null, or_, select, tuple_

from forums.agenda.models import Appearance, Session
from forums.columns import Bilingual
from forums.directory.models import Organisation, Person
from forums.editions.models import Edition
from forums.errors import Refused
from forums.experts.models import Expert
from forums.extensions import db
from forums.invitations.contacts.models import TakenOff
from forums.invitations.contacts.reading import Candidate, Reading
from forums.invitations.models import Contact, ContactList, Invitation
from forums.mail.suppression.queries import suppressed_among
from forums.registrations.checkin.models import Passage
from forums.registrations.checkin.queries import CAME
from forums.registrations.models import OVER, Category, Registration

Conditions: TypeAlias = Mapping[str, Sequence[str]]
EARLIER = "earlier"  # instead of an edition: all of the series before the one that is being prepared
MOST_FOUND = 50_000
SHOWN = 20


class TooMany(Refused):
    """More people than one list may take at a time."""


@dataclass(frozen=True)
class Around:
    """For which edition people are sought, and what of its series the reader may see: categories by their code."""

    edition: Edition
    editions: Sequence[Edition] = ()
    lists: Sequence[ContactList] = ()
    categories: Mapping[str, Bilingual] = field(default_factory=dict)
    directory: bool = False
    whole_series: bool = False

    def edition_ids(self, conditions: Conditions) -> list[int]:
        """The editions that are meant, as far as the reader may manage them."""
        chosen = conditions.get("editions", ())
        return [
            one.id
            for one in self.editions
            if str(one.id) in chosen or (EARLIER in chosen and one.starts_on < self.edition.starts_on)
        ]


@dataclass
class Search:
    """Who was found, against the list they would go to: `fresh` would come in.

    `known` are on the list already, `away` were taken off it by hand; `wrong` have an address that cannot be used.
    """

    reading: Reading
    fresh: list[Candidate] = field(default_factory=list)
    known: int = 0
    away: int = 0
    suppressed: dict[str, str] = field(default_factory=dict)  # of those who would come, by address, and why

    @property
    def found(self) -> int:
        return self.reading.read

    @property
    def without_address(self) -> int:
        return sum(("email", "missing_email") in row.faults for row in self.reading.rejected)

    @property
    def wrong(self) -> int:
        return len(self.reading.rejected) - self.without_address


def search(source: str, conditions: Conditions, around: Around, row: ContactList | None = None) -> Search:
    """Find people, and hold them against a list if there is one. Raises TooMany."""
    found = Search(find(source, conditions, around))
    known: set[str] = set()
    away: set[str] = set()
    if row is not None:
        known = set(db.session.scalars(select(Contact.email).where(Contact.list_id == row.id)))
        away = set(db.session.scalars(select(TakenOff.email).where(TakenOff.list_id == row.id)))
    for one in found.reading.candidates:
        if one.email in known:
            found.known += 1
        elif one.email in away:
            found.away += 1
        else:
            found.fresh.append(one)
    found.suppressed = suppressed_among((one.email for one in found.fresh), around.edition.scopes)
    return found


def find(source: str, conditions: Conditions, around: Around) -> Reading:
    """The people of a source as contacts to be, each once, and those who cannot be. Raises TooMany."""
    rows = db.session.execute(SOURCES[source](conditions, around).limit(MOST_FOUND + 1)).all()
    if len(rows) > MOST_FOUND:
        raise TooMany(_l("These are more than %(n)d people. Narrow the search.", n=MOST_FOUND))
    letters = "".join(conditions.get("letters", ()))
    reading, first_row = Reading(), dict[str, int]()
    for typed in _once(_typed(row, letters) for row in rows):
        reading.take(0, typed, first_row, as_it_is=source == "list")
    return reading


def _typed(row: Any, letters: str) -> dict[str, str]:
    """A row as somebody would have typed it, in the language of the letters."""
    language = letters or row.language or ("zh" if row.name_zh else "en")
    return {
        "name": Bilingual(row.name_zh, row.name_en).local(language),
        "email": row.email or "",
        "organisation": Bilingual(row.organisation_zh, row.organisation_en).local(language),
        "title": Bilingual(row.title_zh, row.title_en).local(language),
        "language": language,
    }


def _once(rows: Iterator[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Each person once, as the first row has them: by the address, without one by name and organisation."""
    seen: set[tuple[str, ...]] = set()
    for typed in rows:
        address = typed["email"].strip().lower()
        key = (address,) if address else (typed["name"], typed["organisation"])
        if key not in seen:
            seen.add(key)
            yield typed


# ---- The statements

_CAME = select(Passage.registration_id).where(CAME)


def _directory(conditions: Conditions, around: Around) -> Select[Any]:
    people, units = Person.__table__.c, Organisation.__table__.c
    rows = _people().order_by(people.id)
    if not around.directory:
        return rows.where(literal(1) == 0)
    for words in _words(conditions, "q"):
        columns = [people[name] for name in ("name_zh", "name_en", "email", "title_zh", "title_en")]
        rows = rows.where(_holds(words, *columns, units.name_zh, units.name_en))
    for words in _words(conditions, "organisation"):
        rows = rows.where(_holds(words, units.name_zh, units.name_en, units.credit_code))
    if regions := conditions.get("region"):
        rows = rows.where(func.substr(units.credit_code, 3, 2).in_(regions))
    which = "".join(conditions.get("who", ()))
    is_expert = Person.id.in_(select(Expert.person_id))
    registered = Person.id.in_(select(Registration.person_id))
    wanted = {"experts": is_expert, "registered": registered, "never": ~registered}
    return rows.where(wanted[which]) if which in wanted else rows


def _invitations(conditions: Conditions, around: Around) -> Select[Any]:
    rows = (
        _plain(Invitation)
        .join(Edition, Edition.id == Invitation.edition_id)
        .where(Invitation.edition_id.in_(around.edition_ids(conditions)))
        .order_by(Edition.starts_on.desc(), Invitation.id)
    )
    if answers := conditions.get("answer"):
        rows = rows.where(Invitation.answer.in_(answers), Invitation.withdrawn_at.is_(None))
    if conditions.get("experts"):
        known = select(Person.email).join(Expert, Expert.person_id == Person.id).where(Person.email.is_not(None))
        rows = rows.where(Invitation.email.in_(known))
    # By the registration that the answer made, or any other of the same address.
    addresses = select(Registration.edition_id, Registration.email).where(
        Registration.id.in_(_CAME), Registration.email.is_not(None)
    )
    came = or_(
        func.coalesce(Invitation.registration_id, 0).in_(_CAME),
        tuple_(Invitation.edition_id, Invitation.email).in_(addresses),
    )
    return _by_coming(rows, conditions, came)


def _experts(conditions: Conditions, around: Around) -> Select[Any]:
    """Those on a programme that was not cancelled."""
    state = "".join(conditions.get("session", ()))
    appearing = (
        select(Expert.person_id)
        .join(Appearance, Appearance.expert_id == Expert.id)
        .join(Session, Session.id == Appearance.session_id)
        .where(Session.edition_id.in_(around.edition_ids(conditions)))
        .where(Session.state == state if state else Session.state != "cancelled")
    )
    if roles := conditions.get("role"):
        appearing = appearing.where(Appearance.role.in_(roles))
    if standings := conditions.get("standing"):
        appearing = appearing.where(Appearance.standing.in_(standings))
    return _people().where(Person.id.in_(appearing)).order_by(Person.id)


def _registrations(conditions: Conditions, around: Around) -> Select[Any]:
    rows = (
        _plain(Registration)
        .join(Edition, Edition.id == Registration.edition_id)
        .where(Registration.edition_id.in_(around.edition_ids(conditions)))
        .order_by(Edition.starts_on.desc(), Registration.state.in_(OVER), Registration.id)
    )
    for name, column in (("state", Registration.state), ("region", Registration.region), ("role", Registration.role)):
        if chosen := conditions.get(name):
            rows = rows.where(column.in_(chosen))
    if codes := conditions.get("category"):
        rows = rows.join(Category, Category.id == Registration.category_id).where(Category.code.in_(codes))
    return _by_coming(rows, conditions, Registration.id.in_(_CAME))


def _list(conditions: Conditions, around: Around) -> Select[Any]:
    seen = {str(row.id): row.id for row in around.lists}
    chosen = [seen[list_id] for list_id in conditions.get("list", ()) if list_id in seen]
    rows = _plain(Contact).where(Contact.list_id.in_(chosen)).order_by(Contact.id)
    for words in _words(conditions, "q"):
        rows = rows.where(_holds(words, Contact.name, Contact.email, Contact.organisation, Contact.title))
    if language := conditions.get("language"):
        rows = rows.where(Contact.language.in_(language))
    return rows


SOURCES: dict[str, Callable[[Conditions, Around], Select[Any]]] = {
    "directory": _directory,
    "invitations": _invitations,
    "experts": _experts,
    "registrations": _registrations,
    "list": _list,
}


def _people() -> Select[Any]:
    """People of the directory with their organisation."""
    people, units = Person.__table__.c, Organisation.__table__.c
    columns: tuple[Any, ...] = (
        people.name_zh,
        people.name_en,
        people.email,
        units.name_zh.label("organisation_zh"),
        units.name_en.label("organisation_en"),
        people.title_zh,
        people.title_en,
        null().label("language"),
    )
    return select(*columns).select_from(Person).outerjoin(Organisation, Organisation.id == Person.organisation_id)


def _plain(model: type[Invitation | Registration | Contact]) -> Select[Any]:
    """Rows that hold a person in one language."""
    nothing = literal("", String)
    columns: tuple[Any, ...] = (
        model.name.label("name_zh"),
        nothing.label("name_en"),
        model.email,
        model.organisation.label("organisation_zh"),
        nothing.label("organisation_en"),
        model.title.label("title_zh"),
        nothing.label("title_en"),
        model.language,
    )
    return select(*columns).select_from(model)


def _by_coming(rows: Select[Any], conditions: Conditions, came: ColumnElement[bool]) -> Select[Any]:
    which = "".join(conditions.get("came", ()))
    return rows.where(came if which == "yes" else ~came) if which in {"yes", "no"} else rows


def _words(conditions: Conditions, name: str) -> list[str]:
    """The texts of a condition that say anything."""
    return [words for text in conditions.get(name, ()) if (words := text.strip())]


def _holds(words: str, *columns: Any) -> ColumnElement[bool]:
    return or_(*(column.icontains(words, autoescape=True) for column in columns))
