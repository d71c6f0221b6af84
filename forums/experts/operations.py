from __future__ import annotations

from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.columns import Bilingual
from forums.directory.models import Person
from forums.directory.operations import change_person, find_or_create_organisation, find_or_create_person
from forums.errors import Refused
from forums.experts.models import Expert
from forums.extensions import db


@dataclass(frozen=True)
class Profile:
    """Who an expert is: the first three live in the directory."""

    name: Bilingual
    title: Bilingual = field(default_factory=Bilingual)
    organisation: Bilingual = field(default_factory=Bilingual)
    bio: Bilingual = field(default_factory=Bilingual)


def create_expert(profile: Profile, *, email: str | None = None, synthetic: bool = False, actor: Actor) -> Expert:
    """A new expert; with an e-mail, the person whom the directory knows by it. Raises Refused without a name."""
    if not profile.name:
        raise Refused(_l("An expert needs a name in Chinese or English."))
    organisation = find_or_create_organisation(profile.organisation) if profile.organisation else None
    person = find_or_create_person(
        profile.name, email=email, title=profile.title, organisation=organisation, synthetic=synthetic
    )
    expert = expert_of(person)
    expert.bio = expert.bio or profile.bio
    record(actor, "expert.created", expert, name=profile.name.local("zh"))
    return expert


def change_expert(expert: Expert, profile: Profile, *, actor: Actor) -> None:
    """Raises Refused without a name."""
    if not profile.name:
        raise Refused(_l("An expert needs a name in Chinese or English."))
    organisation = find_or_create_organisation(profile.organisation) if profile.organisation else None
    change_person(expert.person, name=profile.name, title=profile.title, organisation=organisation)
    expert.bio = profile.bio
    record(actor, "expert.changed", expert, name=profile.name.local("zh"))


def expert_of(person: Person) -> Expert:
    """The person's profile, made when there is none."""
    expert = db.session.scalar(select(Expert).where(Expert.person_id == person.id))
    if expert is None:
        expert = Expert(person=person)
        db.session.add(expert)
        db.session.flush()
    return expert
