"""Bringing a programme into an edition: the same file twice changes nothing, and edits made in Billet stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agenda.exchange.programme import Problem, Programme, ProgrammeSession
from forums.agenda.matching import halls_for, people_for, tracks_for
from forums.agenda.merging import fingerprint, is_empty, merge
from forums.agenda.models import Appearance, ProgrammeImport, Session
from forums.agenda.operations import follow, follow_move, let_go, whereabouts
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.extensions import db


@dataclass
class ImportOutcome:
    """What came of an import: session rows counted, and lists of what a person should look at.

    `kept`: {"id", "title", "fields"} of what was edited here since and stays against the file; `vanished`: {"id",
    "title"} of sessions that came from a file and are not in this one; `cancelled` of them were cancelled on request.
    """

    format: str
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    cancelled: int = 0
    kept: list[dict[str, Any]] = field(default_factory=list)
    vanished: list[dict[str, Any]] = field(default_factory=list)
    problems: tuple[Problem, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"problems": [asdict(problem) for problem in self.problems]}


def import_programme(
    edition: Edition, programme: Programme, *, actor: Actor, cancel_vanished: bool = False
) -> ImportOutcome:
    """Create and update halls, tracks, experts and sessions as the file says."""
    # Two people who bring in the same file at once take turns.
    db.session.execute(select(Edition.id).where(Edition.id == edition.id).with_for_update())
    outcome = ImportOutcome(
        programme.format, read=programme.read, refused=programme.refused, problems=programme.problems
    )
    halls = halls_for(edition, programme, actor=actor)
    tracks = tracks_for(edition, programme)
    experts, kept_people = people_for(edition, programme)
    outcome.kept.extend(kept_people)
    db.session.flush()
    ids = Ids(
        {key: hall.id for key, hall in halls.items()},
        {key: track.id for key, track in tracks.items()},
        {key: expert.id for key, expert in experts.items()},
    )
    known = {session.source_key: session for session in sessions_of(edition)}
    before = {key: (session.state, whereabouts(session)) for key, session in known.items()}
    for written in programme.sessions:
        take(edition, written, known.get(written.key), ids, outcome)
    present = {session.key for session in programme.sessions} | set(programme.refused_keys)
    missing = [row for key, row in known.items() if key not in present and came_from_a_file(row)]
    db.session.flush()
    outcome.vanished = [{"id": row.id, "title": row.title.local("zh")} for row in missing]
    if cancel_vanished:
        outcome.cancelled = cancel_missing(missing)
    for key, session in known.items():
        state, was = before[key]
        if session.state != state:
            follow(session, actor)
        follow_move(session, was, actor)
    counts = {name: value for name, value in outcome.as_json().items() if isinstance(value, int | str)}
    record(actor, "programme.imported", edition, edition=edition, **counts)
    return outcome


def keep_record(edition: Edition, outcome: ImportOutcome, *, file_name: str, actor: Actor) -> ProgrammeImport:
    """The outcome as a row, to be looked at and downloaded later."""
    row = ProgrammeImport(
        edition_id=edition.id, actor_label=actor.label, file_name=file_name[:200], outcome=outcome.as_json()
    )
    db.session.add(row)
    db.session.flush()
    return row


def cancel_vanished(imported: ProgrammeImport, *, actor: Actor) -> int:
    """Cancel the sessions that this import found missing, as far as they still stand."""
    listed = [row["id"] for row in imported.outcome["vanished"]]
    rows = select(Session).where(Session.edition_id == imported.edition_id, Session.id.in_(listed))
    db.session.execute(select(Edition.id).where(Edition.id == imported.edition_id).with_for_update())
    standing = [row for row in db.session.scalars(rows) if came_from_a_file(row)]
    count = cancel_missing(standing)
    for row in standing:
        follow(row, actor)
    imported.outcome = imported.outcome | {"cancelled": imported.outcome["cancelled"] + count}
    record(actor, "programme.vanished_cancelled", imported, cancelled=count)
    return count


@dataclass(frozen=True)
class Ids:
    """The rows that stand for the file's keys."""

    halls: Mapping[str, int]
    tracks: Mapping[str, int]
    experts: Mapping[str, int]


def sessions_of(edition: Edition) -> list[Session]:
    rows = select(Session).where(Session.edition_id == edition.id).options(selectinload(Session.appearances))
    return list(db.session.scalars(rows))


def take(edition: Edition, written: ProgrammeSession, row: Session | None, ids: Ids, outcome: ImportOutcome) -> None:
    """Create or update one session, and count it."""
    incoming = said(written, ids)
    if row is None:
        row = Session(edition_id=edition.id, source_key=written.key, revision=0, appearances=[])
        row.imported = {name: fingerprint(value) for name, value in incoming.items() if not is_empty(value)}
        write(row, incoming)
        db.session.add(row)
        outcome.created += 1
        return
    counted_on = incoming["state"] == "draft" and row.state == "published" and row.taken > 0
    if counted_on:
        incoming["state"] = row.state  # people have signed up: a file does not hide the session from them
    merged = merge(held(row), incoming, row.imported)
    kept = [*merged.kept, *(["state"] if counted_on else [])]
    if kept:
        outcome.kept.append({"id": row.id, "title": row.title.local("zh"), "fields": kept})
    if merged.fingerprints != row.imported:
        row.imported = merged.fingerprints
    if merged.values:
        write(row, held(row) | merged.values)
        row.revision += 1
        outcome.updated += 1
    else:
        outcome.unchanged += 1


def said(written: ProgrammeSession, ids: Ids) -> dict[str, Any]:
    """The fields as the file says them, with our ids in place of its keys."""
    return {
        "title_zh": written.title.zh,
        "title_en": written.title.en,
        "abstract_zh": written.abstract.zh,
        "abstract_en": written.abstract.en,
        "kind": written.kind,
        "state": written.state,
        "language": written.language,
        "starts_at": written.starts_at.isoformat() if written.starts_at else None,
        "ends_at": written.ends_at.isoformat() if written.ends_at else None,
        "hall": ids.halls.get(written.hall),
        "track": ids.tracks.get(written.track),
        # Two ids of the file may stand for one person here.
        "people": unique_first([[ids.experts[part.person], part.role] for part in written.people]),
    }


def unique_first(people: list[list[Any]]) -> list[list[Any]]:
    first: dict[int, list[Any]] = {}
    for person in people:
        first.setdefault(person[0], person)
    return list(first.values())


def held(row: Session) -> dict[str, Any]:
    """The same fields as the row has them."""
    return {
        "title_zh": row.title.zh,
        "title_en": row.title.en,
        "abstract_zh": row.abstract.zh,
        "abstract_en": row.abstract.en,
        "kind": row.kind,
        "state": row.state,
        "language": row.language,
        "starts_at": row.starts_at.isoformat() if row.starts_at else None,
        "ends_at": row.ends_at.isoformat() if row.ends_at else None,
        "hall": row.hall_id,
        "track": row.track_id,
        "people": [[each.expert_id, each.role] for each in row.appearances],
    }


def write(row: Session, values: dict[str, Any]) -> None:
    row.title = Bilingual(values["title_zh"], values["title_en"])
    row.abstract = Bilingual(values["abstract_zh"], values["abstract_en"])
    row.kind, row.state, row.language = values["kind"], values["state"], values["language"]
    starts_at, ends_at = (datetime.fromisoformat(at) if at else None for at in (values["starts_at"], values["ends_at"]))
    if starts_at is None or (ends_at is not None and ends_at < starts_at):
        ends_at = None  # one end was edited here and the other in the file; a session never ends before it starts
    row.starts_at, row.ends_at = starts_at, ends_at
    row.hall_id, row.track_id = values["hall"], values["track"]
    there = {each.expert_id: each for each in row.appearances}
    kept = {expert_id for expert_id, _ in values["people"]}
    for appearance in (each for each in row.appearances if each.expert_id not in kept and each.id is not None):
        let_go(appearance, Actor.system("import"))
    row.appearances = [
        placed(there.get(expert_id) or Appearance(expert_id=expert_id), role, position)
        for position, (expert_id, role) in enumerate(values["people"])
    ]


def placed(appearance: Appearance, role: str, position: int) -> Appearance:
    appearance.role, appearance.position = role, position
    return appearance


def came_from_a_file(row: Session) -> bool:
    return row.imported is not None and row.state != "cancelled"


def cancel_missing(rows: list[Session]) -> int:
    """Cancelled as if by the file, so that a session which comes back in a later file is revived."""
    for row in rows:
        row.state = "cancelled"
        row.revision += 1
        row.imported = (row.imported or {}) | {"state": fingerprint("cancelled")}
    return len(rows)
