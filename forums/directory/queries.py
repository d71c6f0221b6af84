from __future__ import annotations

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from forums.directory.models import Organisation, Person


def people(search: str = "") -> Select[Person]:
    """Everybody, latest first; `search` finds parts of names, e-mail, and the organisation's name."""
    rows = select(Person).options(joinedload(Person.organisation)).order_by(Person.id.desc())
    if not search.strip():
        return rows
    like = _part(search)
    names = Organisation.__table__.c
    return rows.outerjoin(Person.organisation).where(
        or_(
            *(
                func.lower(column).like(like, escape="\\")
                for column in (
                    Person.__table__.c.name_zh,
                    Person.__table__.c.name_en,
                    Person.email,
                    names.name_zh,
                    names.name_en,
                )
            )
        )
    )


def organisations(search: str = "") -> Select[Organisation]:
    """All organisations, latest first; `search` finds parts of names and of the credit code."""
    rows = select(Organisation).order_by(Organisation.id.desc())
    if not search.strip():
        return rows
    columns = Organisation.__table__.c
    like = _part(search)
    found = (
        func.lower(column).like(like, escape="\\") for column in (columns.name_zh, columns.name_en, columns.credit_code)
    )
    return rows.where(or_(*found))


def people_of(organisation: Organisation) -> Select[Person]:
    return select(Person).where(Person.organisation_id == organisation.id).order_by(Person.id)


def _part(search: str) -> str:
    """A LIKE pattern for text that contains this, with its own wildcards taken as letters."""
    text = search.strip().lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{text}%"
