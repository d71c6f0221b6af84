from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from forums.agreements.followup.models import Alarm, TeamMember
from forums.agreements.followup.words import alarm_words, stage_word
from forums.agreements.models import Project
from forums.clock import now
from forums.mail import post
from forums.mail.rendering import speaking


def reminder(project: Project, alarms: Iterable[Alarm], team: Iterable[TeamMember], *, event: str) -> None:
    """Your project waits, and this is why: to everybody on its team who has an address. It names no amounts."""
    rows = sorted(alarms, key=lambda row: (row.level != "red", row.since, row.id))
    for address, name, language, has_account in _readers(team):
        with speaking(language):
            facts: dict[str, Any] = {
                "name": name,
                "project": project.name.local(language),
                "enterprise": project.organisation.name.local(language) if project.organisation else "",
                "stage": stage_word(project.stage, language),
                "alarms": [{"level": row.level, "words": alarm_words(row, language, now().date())} for row in rows],
                "series": project.series.slug,
                "project_id": project.id,
                "has_account": has_account,
            }
        post(letter="project_reminder", event=event, to=address, name=name, language=language, params=facts)


def _readers(team: Iterable[TeamMember]) -> Iterator[tuple[str, str, str, bool]]:
    """(address, name, language, whether they can sign in), nobody twice."""
    told: set[str] = set()
    for member in team:
        if member.account is not None and member.account.active:
            address, name, language = member.account.email, member.account.name, member.account.language
        elif member.person is not None and member.person.email:
            address, language = member.person.email, "zh" if member.person.name.zh else "en"
            name = member.person.name.local(language)
        else:
            continue
        if address not in told:
            told.add(address)
            yield address, name, language, member.account is not None
