from __future__ import annotations

import unicodedata
from collections.abc import Collection
from contextlib import suppress
from typing import TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.columns import Bilingual
from forums.directory.models import Organisation, Person
from forums.errors import Refused
from forums.extensions import db
from forums.statements import InsertOnce

Row = TypeVar("Row", Organisation, Person)


class CodeTaken(Refused):
    """Another organisation has this credit code."""


def normal_email(text: str) -> str:
    """An e-mail address as we compare it: trimmed, half width, lower case, the domain in its ASCII form."""
    local, _, domain = unicodedata.normalize("NFKC", text.strip()).rpartition("@")
    with suppress(UnicodeError):  # a domain that cannot be is compared as it was typed
        domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain}".lower()


def normal_phone(text: str) -> str:
    """A phone number as we compare it: its half-width digits, as dialled in China.

    +86 138… → 138…, +86 561… → 0561….
    """
    digits = "".join(letter for letter in unicodedata.normalize("NFKC", text) if letter in "0123456789")
    digits = digits.removeprefix("00")
    if not (digits.startswith("86") and len(digits) > 11):
        return digits
    inland = digits.removeprefix("86")
    return inland if inland.startswith("0") or (inland.startswith("1") and len(inland) == 11) else f"0{inland}"


def find_or_create_organisation(
    name: Bilingual, *, credit_code: str | None = None, synthetic: bool = False
) -> Organisation:
    """The organisation with this credit code; without a code, the one with exactly this name; else a new one."""
    same = Organisation.credit_code == credit_code if credit_code else Organisation.name == name
    find = select(Organisation).where(same).order_by(Organisation.id)
    known = db.session.scalar(find)
    return known or _add_or_find(Organisation(name=name, credit_code=credit_code, synthetic=synthetic), find)


def find_or_create_person(
    name: Bilingual,
    *,
    email: str | None = None,
    phone: str | None = None,
    title: Bilingual | None = None,
    organisation: Organisation | None = None,
    synthetic: bool = False,
) -> Person:
    """The person with this e-mail; without one, whoever has this name and phone number and no e-mail either; else a
    new one. A name alone never identifies anybody.

    What is known already is not overwritten, only gaps are filled.
    """
    address = normal_email(email) if email else None
    find = select(Person).where(Person.email == address)
    if address:
        person = db.session.scalar(find.order_by(Person.id).limit(1))
    else:
        person = _of_phone(name, phone) if phone else None
    if person is None:
        person = _add_or_find(Person(name=name, email=address, synthetic=synthetic), find)
    person.phone = person.phone or phone
    person.title = person.title or title or Bilingual()
    if person.organisation_id is None and organisation is not None:
        person.organisation = organisation
    db.session.flush()
    return person


def remember_person(name: Bilingual, *, email: str | None, phone: str | None) -> int:
    """As find_or_create_person, for the id alone: who is new and has an e-mail takes one statement."""
    if email:
        new_id = _remember(name_zh=name.zh, name_en=name.en, email=normal_email(email), phone=phone)
        if new_id is not None:
            return new_id
    return find_or_create_person(name, email=email, phone=phone).id


_remember = InsertOnce(Person, "email")


def _of_phone(name: Bilingual, phone: str) -> Person | None:
    """Whoever has this name and, however it is written, this phone number, and no e-mail."""
    namesakes = select(Person).where(Person.email.is_(None), Person.phone.is_not(None), Person.name == name)
    number = normal_phone(phone)
    rows = db.session.scalars(namesakes.order_by(Person.id))
    return next((row for row in rows if normal_phone(row.phone or "") == number), None)


def _add_or_find(row: Row, find: Select[Row]) -> Row:
    """The new row, or the same one that somebody else has added since we looked for it."""
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        return db.session.scalars(find).one()
    return row


def organisations_named(names: Collection[Bilingual]) -> dict[Bilingual, Organisation]:
    """As find_or_create_organisation by exact name, for many at once; those that are new are not flushed."""
    found: dict[Bilingual, Organisation] = {}
    texts = sorted({text for name in names for text in (name.zh, name.en) if text})
    columns = Organisation.__table__.c
    for start in range(0, len(texts), 400):
        some = texts[start : start + 400]
        rows = select(Organisation).where(columns.name_zh.in_(some) | columns.name_en.in_(some))
        for row in db.session.scalars(rows.order_by(Organisation.id)):
            found.setdefault(row.name, row)
    for name in names:
        if name not in found:
            found[name] = Organisation(name=name, synthetic=False)
            db.session.add(found[name])
    return {name: found[name] for name in names}


def change_person(person: Person, *, name: Bilingual, title: Bilingual, organisation: Organisation | None) -> None:
    """What staff know better than the record."""
    person.name, person.title, person.organisation = name, title, organisation


def correct_person(person: Person, *, name: Bilingual, title: Bilingual, phone: str, actor: Actor) -> None:
    """Correct the record itself; registrations keep what their guests typed."""
    before = {"name": [person.name.zh, person.name.en], "phone": bool(person.phone)}
    person.name, person.title, person.phone = name, title, phone or None
    record(actor, "person.corrected", person, before=before, after={"name": [name.zh, name.en], "phone": bool(phone)})


def correct_organisation(organisation: Organisation, *, name: Bilingual, credit_code: str, actor: Actor) -> None:
    """Raises CodeTaken when another organisation has the credit code: then the two are one and the same."""
    code = credit_code or None
    holder = db.session.scalar(
        select(Organisation).where(Organisation.credit_code == code, Organisation.id != organisation.id)
    )
    if code is not None and holder is not None:
        raise CodeTaken(_l("%(code)s is the code of %(name)s.", code=code, name=holder.name.zh or holder.name.en))
    before = {"name": [organisation.name.zh, organisation.name.en], "credit_code": organisation.credit_code}
    organisation.name, organisation.credit_code = name, code
    after = {"name": [name.zh, name.en], "credit_code": code}
    record(actor, "organisation.corrected", organisation, before=before, after=after)


def add_person(
    name: Bilingual,
    *,
    title: Bilingual | None = None,
    organisation: Organisation | None = None,
    synthetic: bool = False,
) -> Person:
    """Somebody new, known by no e-mail; not flushed, so that many come in one statement."""
    person = Person(name=name, title=title or Bilingual(), organisation=organisation, synthetic=synthetic)
    db.session.add(person)
    return person
