from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Result, Select, and_, case, func, or_, select, true, tuple_

from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations.contacts.addresses import meant
from forums.invitations.contacts.models import RejectedRow, SavedFilter, TakenOff
from forums.invitations.contacts.reading import FIELDS
from forums.invitations.models import Contact, ContactList, Intake
from forums.mail.suppression.models import Suppression

WARNINGS = ("any", "no_title", "twin", "suppressed")
SORTS = {
    "name": (Contact.name_sort, Contact.id),
    "organisation": (Contact.organisation, Contact.name_sort, Contact.id),
    "email": (Contact.email,),
    "latest": (Contact.id.desc(),),
    "added": (Contact.id,),
}
MOST_TITLES = 50  # forms of address that one page asks for

_HAS_NO_TITLE = Contact.title == ""


@dataclass(frozen=True)
class Asked:
    """Which people of a list are shown, in which order."""

    q: str = ""
    language: str = ""
    warning: str = ""
    intake: int = 0
    sort: str = "added"

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Asked:
        """From a page's query; what is none of the choices counts as not asked."""
        intake = given.get("intake", "")
        return cls(
            q=given.get("q", "").strip()[:200],
            language=given["language"] if given.get("language") in {"zh", "en"} else "",
            warning=given["warning"] if given.get("warning") in WARNINGS else "",
            intake=int(intake) if intake.isascii() and intake.isdigit() and len(intake) < 10 else 0,
            sort=given["sort"] if given.get("sort") in SORTS else "added",
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.q or self.language or self.warning or self.intake)

    def query(self, **changes: object) -> str:
        """As a page's query, with these changes."""
        values: dict[str, object] = {"q": self.q, "language": self.language, "warning": self.warning}
        values |= {"intake": self.intake, "sort": self.sort.replace("added", "")} | changes
        return urlencode([(name, str(value)) for name, value in values.items() if value])


@dataclass(frozen=True)
class Counts:
    """How many people are on a list, by the language of their letters and by what is to be looked at."""

    people: int
    chinese: int
    english: int
    no_title: int
    twins: int
    suppressed: int
    asked: int  # of those, how many the page asks for


def find_list(list_id: int, edition: Edition) -> ContactList | None:
    """A list of the edition or of its series."""
    row = db.session.get(ContactList, list_id)
    if row is None or row.series_id != edition.series_id or row.edition_id not in {None, edition.id}:
        return None
    return row


def contacts_of(row: ContactList, asked: Asked = Asked()) -> Select[Contact]:
    """The people of a list that are asked for, in the order asked for."""
    return select(Contact).where(Contact.list_id == row.id, *_conditions(row, asked)).order_by(*SORTS[asked.sort])


def _is_twin(row: ContactList) -> ColumnElement[bool]:
    """The same name at the same organisation with another address: one person, or two who are called alike."""
    alike = (Contact.name, Contact.organisation)
    several = select(*alike).where(Contact.list_id == row.id).group_by(*alike).having(func.count() > 1)
    return tuple_(*alike).in_(several)


def _is_suppressed(row: ContactList) -> ColumnElement[bool]:
    """Campaigns do not write to the address."""
    stands = select(Suppression.address).where(Suppression.scope.in_(row.scopes), Suppression.removed_at.is_(None))
    return Contact.email.in_(stands)


def _conditions(row: ContactList, asked: Asked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.q:
        columns = (Contact.name, Contact.email, Contact.organisation, Contact.title, Contact.name_sort)
        found.append(or_(*(column.icontains(asked.q, autoescape=True) for column in columns)))
    if asked.language:
        found.append(Contact.language == asked.language)
    if asked.warning:
        which = {"no_title": _HAS_NO_TITLE, "twin": _is_twin(row), "suppressed": _is_suppressed(row)}
        found.append(or_(*which.values()) if asked.warning == "any" else which[asked.warning])
    if asked.intake:
        found.append(Contact.intake_id == asked.intake)
    return found


def counts_of(row: ContactList, asked: Asked = Asked()) -> Counts:
    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    counted = select(
        func.count(),
        count(Contact.language == "zh"),
        count(Contact.language == "en"),
        count(_HAS_NO_TITLE),
        count(_is_twin(row)),
        count(_is_suppressed(row)),
        count(and_(true(), *_conditions(row, asked))),
    ).where(Contact.list_id == row.id)
    return Counts(*db.session.execute(counted).one())


def warnings_of(row: ContactList, contacts: Sequence[Contact]) -> dict[int, list[str]]:
    """What is to be looked at, by the contact's id: a form of address that is missing, the same person twice …"""
    twins = select(Contact.id).where(Contact.id.in_([one.id for one in contacts]), _is_twin(row))
    twin_ids = set(db.session.scalars(twins)) if contacts else set()
    return {one.id: warnings(one, is_twin=one.id in twin_ids) for one in contacts}


def warnings(contact: Any, *, is_twin: bool, is_suppressed: bool = False) -> list[str]:
    """The codes of what is to be looked at in one contact."""
    found = {"no_title": not contact.title, "twin": is_twin, "suppressed": is_suppressed}
    found |= {"mistyped": bool(meant(contact.email))}
    return [code for code, holds in found.items() if holds]


def exported(row: ContactList, asked: Asked) -> Result[Any]:
    """The people asked for as plain rows, with whether another is called alike."""
    columns = [*(getattr(Contact, name) for name in FIELDS), _is_twin(row).label("twin")]
    columns.append(_is_suppressed(row).label("suppressed"))
    return db.session.execute(contacts_of(row, asked).with_only_columns(*columns))


def without_title(row: ContactList) -> Select[Contact]:
    return contacts_of(row, Asked(warning="no_title", sort="organisation")).limit(MOST_TITLES)


def intakes_of(row: ContactList) -> Sequence[tuple[Intake, SavedFilter | None]]:
    """What was added lately, latest first, with the filter that brought it."""
    rows = (
        select(Intake, SavedFilter)
        .outerjoin(SavedFilter, SavedFilter.id == Intake.filter_id)
        .where(Intake.list_id == row.id)
        .order_by(Intake.id.desc())
        .limit(10)
    )
    return [(intake, kept) for intake, kept in db.session.execute(rows)]


def rejected_of(intake: Intake, *, mended: bool = False) -> Select[RejectedRow]:
    """The rows of an intake that could not come in, in the order of the file; without those that did after all."""
    rows = select(RejectedRow).where(RejectedRow.intake_id == intake.id)
    if not mended:
        rows = rows.where(RejectedRow.mended_at.is_(None))
    return rows.order_by(RejectedRow.number, RejectedRow.id)


def taken_off(row: ContactList) -> Select[TakenOff]:
    """Who was taken off a list by hand, latest first."""
    return select(TakenOff).where(TakenOff.list_id == row.id).order_by(TakenOff.id.desc())
