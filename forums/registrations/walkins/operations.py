from __future__ import annotations

from collections.abc import Collection

from forums.activity.models import Actor
from forums.editions.models import Edition
from forums.registrations.models import Category
from forums.registrations.operations import Applicant, Registered, fingerprint_of, register
from forums.registrations.walkins.queries import Known, known

SOURCE = "desk"


def register_walk_in(
    edition: Edition, applicant: Applicant, *, category: Category, key: str, seen: Collection[int] = (), actor: Actor
) -> Registered | Known:
    """Register somebody at the desk under a phone number; or who is known already and may be the same person.

    Ids in `seen` were looked at and are somebody else; the same name with the same number is never registered twice.
    Where all places are taken the person waits. The same form sent again (`key`) finds its own registration. Call it
    through settle().
    """
    found = known(edition, applicant.name, applicant.phone)
    if found.same is not None and found.same.idempotency_key == fingerprint_of(edition, applicant, key):
        return Registered(found.same, is_new=False, is_replay=True)
    if found.same is not None or any(row.id not in seen for row in found.alike):
        return found
    return register(edition, applicant, actor=actor, key=key, category=category, source=SOURCE)
