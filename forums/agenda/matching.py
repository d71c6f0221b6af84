"""Which hall, track and expert of ours a key in a file stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from forums.activity.models import Actor
from forums.agenda.exchange.programme import Programme, ProgrammePerson
from forums.agenda.merging import merge
from forums.agenda.models import ImportedPerson, Track
from forums.columns import Bilingual
from forums.directory.models import Person
from forums.directory.operations import add_person, organisations_named
from forums.editions.models import Edition, Hall
from forums.editions.operations import add_hall
from forums.experts.models import Expert
from forums.extensions import db

LONGEST_CODE = 60
OWN_KEY = re.compile(r"expert-(\d{1,9})")  # how Billet names those in its files who came from none


def halls_for(edition: Edition, programme: Programme, *, actor: Actor) -> dict[str, Hall]:
    """By code, else by name in either language; else a new hall."""
    found = {}
    for written in programme.halls:
        code = written.key[:LONGEST_CODE]
        hall = named(edition.halls, code, written.name, "code")
        found[written.key] = hall or add_hall(
            edition, code=code, name=written.name, capacity=written.capacity, actor=actor
        )
    return found


def tracks_for(edition: Edition, programme: Programme) -> dict[str, Track]:
    """By key, else by name; else a new track."""
    tracks = list(db.session.scalars(select(Track).where(Track.edition_id == edition.id)))
    found = {}
    for written in programme.tracks:
        track = named(tracks, written.key, written.name, "key")
        if track is None:
            track = Track(edition_id=edition.id, key=written.key, name=written.name, position=len(tracks))
            db.session.add(track)
            tracks.append(track)
        found[written.key] = track
    return found


def named(rows: Iterable[Any], key: str, name: Bilingual, attribute: str) -> Any:
    rows = list(rows)
    names = {text.casefold() for text in (name.zh, name.en) if text}
    by_key = (row for row in rows if getattr(row, attribute) == key)
    by_name = (row for row in rows if names & {row.name.zh.casefold(), row.name.en.casefold()})
    return next(by_key, None) or next(by_name, None)


def people_for(edition: Edition, programme: Programme) -> tuple[dict[str, Expert], list[dict[str, Any]]]:
    """The expert for each person of the file, and whose biography was kept because it was edited here.

    A person is recognised by the id that an earlier file of this edition or series gave them, or by name and
    organisation together. A name alone never makes two people one.
    """
    mine = {row.source_key: row for row in imported_people(ImportedPerson.edition_id == edition.id)}
    taken = {row.expert_id for row in mine.values()}
    known = Known(edition, [person for person in programme.people if person.key not in mine])
    kept: list[dict[str, Any]] = []
    for person in programme.people:
        row = mine.get(person.key)
        if row is None:
            expert = known.expert(person, taken) or known.new_expert(person)
            if expert.id is not None:
                taken.add(expert.id)
            row = ImportedPerson(edition_id=edition.id, source_key=person.key, expert=expert, imported={})
            db.session.add(row)
            mine[person.key] = row
        kept.extend(keep_up(row, person))
    return {person.key: mine[person.key].expert for person in programme.people}, kept


def imported_people(condition: Any) -> list[ImportedPerson]:
    rows = select(ImportedPerson).where(condition).order_by(ImportedPerson.id)
    return list(db.session.scalars(rows.options(joinedload(ImportedPerson.expert), joinedload(ImportedPerson.edition))))


class Known:
    """Who might be meant by people that this edition has not met: asked for in a few questions, not one for each."""

    def __init__(self, edition: Edition, people: list[ProgrammePerson]) -> None:
        self.edition = edition
        self.by_key: dict[str, list[ImportedPerson]] = {}
        for keys in in_parts([person.key for person in people]):
            for row in imported_people(ImportedPerson.source_key.in_(keys)):
                self.by_key.setdefault(row.source_key, []).append(row)
        written_here = [int(own[1]) for person in people if (own := OWN_KEY.fullmatch(person.key))]
        self.by_id = {expert.id: expert for ids in in_parts(written_here) for expert in experts(Expert.id.in_(ids))}
        names = {person.organisation: None for person in people if person.organisation}
        self.organisations = organisations_named(names) if names else {}
        self.colleagues: dict[tuple[int, Bilingual], list[Expert]] = {}
        known_ids = [row.id for row in self.organisations.values() if row.id is not None]
        for ids in in_parts(known_ids):
            for expert in experts(Person.organisation_id.in_(ids)):
                place = (expert.person.organisation_id or 0, expert.person.name)
                self.colleagues.setdefault(place, []).append(expert)

    def expert(self, person: ProgrammePerson, taken: set[int]) -> Expert | None:
        """Somebody whom no other id of this edition stands for."""
        own = OWN_KEY.fullmatch(person.key)
        written_here = self.by_id.get(int(own[1])) if own else None
        if written_here is not None and written_here.person.name == person.name:
            return written_here
        candidates = [row.expert for row in self.by_key.get(person.key, []) if self.is_same(row, person)]
        organisation = self.organisations.get(person.organisation)
        if organisation is not None and organisation.id is not None:
            candidates += self.colleagues.get((organisation.id, person.name), [])
        return next((expert for expert in candidates if expert.id not in taken), None)

    def is_same(self, row: ImportedPerson, person: ProgrammePerson) -> bool:
        """A UUID means the same everywhere, any other id only within a series; the name must agree as well."""
        return row.expert.person.name == person.name and (
            is_uuid(person.key) or row.edition.series_id == self.edition.series_id
        )

    def new_expert(self, person: ProgrammePerson) -> Expert:
        organisation = self.organisations.get(person.organisation)
        expert = Expert(person=add_person(person.name, title=person.title, organisation=organisation), bio=person.bio)
        db.session.add(expert)
        return expert


def experts(condition: Any) -> list[Expert]:
    return list(db.session.scalars(select(Expert).join(Expert.person).where(condition).order_by(Expert.id)))


def in_parts(values: list[Any]) -> Iterator[list[Any]]:
    """Five hundred at a time: a statement takes so many parameters and no more."""
    for start in range(0, len(values), 500):
        yield values[start : start + 500]


def keep_up(row: ImportedPerson, person: ProgrammePerson) -> list[dict[str, Any]]:
    """Follow the file's biography, unless it was edited here."""
    bio = row.expert.bio
    merged = merge(
        {"bio_zh": bio.zh, "bio_en": bio.en}, {"bio_zh": person.bio.zh, "bio_en": person.bio.en}, row.imported
    )
    if merged.fingerprints != row.imported:
        row.imported = merged.fingerprints
    if merged.values:
        values = {"bio_zh": bio.zh, "bio_en": bio.en} | merged.values
        row.expert.bio = Bilingual(str(values["bio_zh"]), str(values["bio_en"]))
    if not merged.kept:
        return []
    return [{"id": None, "title": row.expert.person.name.local("zh"), "fields": merged.kept}]


def is_uuid(key: str) -> bool:
    try:
        UUID(key)
    except ValueError:
        return False
    return True
