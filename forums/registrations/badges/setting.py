"""From rows to what the templates of badges, certificates and sheets read: plain data, never typst source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from flask_babel import gettext as _
from flask_babel import ngettext

from forums import clock, links
from forums.columns import Bilingual, Language
from forums.documents.render.pdf import picture, printable, typeset
from forums.editions.models import Edition
from forums.mail.rendering import speaking
from forums.registrations.badges.models import BadgePrint, Certificate
from forums.registrations.badges.papers import Paper
from forums.registrations.delegations.words import role_word
from forums.registrations.models import Category, Registration
from forums.registrations.tickets import drawn_code, ticket_text

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
COLOURS = ("#22557f", "#b04a12", "#1c6b45", "#6b3fa0", "#8a6d00", "#4b5966")
FEWEST_HOSTS = 4  # lines of hosts that a certificate has room for
BLANK_LINES = 15  # of the sign-in sheet, for who is not on it
LONGEST_LATIN = "Bartholomew Featherstonehaugh-Cholmondeley Montgomery-Smythe"
LONGEST_CHINESE = "阿卜杜热西提·买买提明·吐尔逊江·艾合买提"
LONGEST_UNIT = "濉溪县先进铝基复合材料与轻量化结构件产业技术创新战略联盟（筹）秘书处"
LONGEST_TITLE = "Professor of Physical Metallurgy, Vice Chairman of the Committee"


@dataclass(frozen=True)
class Face:
    """What one badge says, and whose it is."""

    registration_id: int
    name: str
    organisation: str
    title: str
    category_id: int | None
    ticket_version: int
    reference: str
    category: Bilingual
    role: str
    colour: str

    @property
    def kept(self) -> dict[str, Any]:
        """The columns of BadgePrint that remember it."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in {"reference", "category", "colour"}
        } | {"standing": self.standing}

    @property
    def standing(self) -> str:
        """What the badge says of the category: both its names and its colour, a line each."""
        return f"{self.category.zh}\n{self.category.en}\n{self.colour}"


def face_of(row: Registration | BadgePrint) -> Face:
    """The badge of a registration as it is now, or as it was printed."""
    registration = row if isinstance(row, Registration) else row.registration
    category = row.category or registration.category
    return Face(
        registration_id=registration.id,
        name=row.name,
        organisation=row.organisation,
        title=row.title,
        category_id=row.category_id,
        ticket_version=row.ticket_version,
        reference=registration.reference,
        category=category.name,
        role=row.role,
        colour=colour_of(category),
    )


def colour_of(category: Category) -> str:
    """The organiser's colour of a category, or one of ours by its place in the list."""
    return category.colour if COLOUR.fullmatch(category.colour) else COLOURS[category.position % len(COLOURS)]


def badges(faces: Iterable[Face], edition: Edition, paper: Paper, language: str) -> dict[str, Any]:
    """What badge.typ reads. `language` ("zh", "en", "both") rules what the house says, not the person's words."""
    shown: dict[tuple[Bilingual, str], str] = {}

    def standing(face: Face, spoken: Language) -> str:
        role = "" if face.role == "attendee" else role_word(face.role)
        return printable(" · ".join(part for part in (face.category.local(spoken), role) if part))

    def item(face: Face) -> dict[str, Any]:
        kind = (face.category, face.role)
        if kind not in shown:
            shown[kind] = "  ".join(_each(language, lambda spoken: standing(face, spoken)))
        return {
            "name": printable(face.name) or face.reference,
            "organisation": printable(face.organisation),
            "title": printable(face.title),
            "category": shown[kind],
            "colour": face.colour,
            "reference": face.reference,
            "code": drawn_code(ticket_text(face.registration_id, face.ticket_version), face.reference),
        }

    return _about(edition, language, _badge_title) | {
        "event": _local(edition.title, language),
        "strip": False,
        **paper.size,
        "items": [item(face) for face in faces],
    }


def sample(rows: Sequence[Registration], edition: Edition, paper: Paper, language: str) -> bytes:
    """A picture of the badges that are the hardest to fit: the edition's own, and the longest names there may be."""
    faces = [face_of(row) for row in rows]
    hard = faces[0].category if faces else Bilingual("特邀嘉宾", "Guest of honour")
    colours = [face.colour for face in faces] or [COLOURS[0]]

    def made_up(name: str, unit: str, title: str) -> Face:
        return Face(0, name, unit, title, None, 0, "0000-0000", hard, "attendee", colours[0])

    faces += [
        made_up(LONGEST_LATIN, LONGEST_UNIT, LONGEST_TITLE),
        made_up(LONGEST_CHINESE, LONGEST_UNIT, ""),
        made_up("张伟", "", ""),
    ]
    data = badges(faces, edition, paper, language) | {"strip": True}
    for item in data["items"]:
        item["code"] = drawn_code("SAMPLE " * 4, "SAMPLE")  # nobody enters with a picture of the office's screen
    return picture("badge.typ", data, issued=clock.now(), ppi=100)


def certificates(rows: Sequence[Certificate], edition: Edition, language: str) -> dict[str, Any]:
    """What certificate.typ reads, one page for each."""
    check = links.external("badges.verify")
    hosts = [line for line in edition.hosts.local(_first(language)).splitlines() if line.strip()]

    def item(row: Certificate) -> dict[str, Any]:
        address = links.external("badges.verify", code=row.code)
        return {
            "number": f"№ {row.full_number}",
            "name": printable(row.name) or "–",
            "organisation": printable(row.organisation),
            "statement": _each(language, lambda spoken: _statement(row, edition, spoken)),
            "check_code": row.code,
            "code": drawn_code(address, row.code),
            "hosts": [printable(line) for line in hosts[:FEWEST_HOSTS]],
            "issued": "  ".join(_each(language, lambda spoken: _day(row.issued_at.astimezone(edition.tz), spoken))),
        }

    return _about(edition, language, _certificate_title) | {
        "heading": _each(language, lambda _spoken: _certificate_title()),
        "words": {
            "opening": "  ".join(_each(language, lambda _spoken: _("This is to certify that"))),
            "check": " / ".join(_each(language, lambda _spoken: _("Anybody may check this certificate by its code:"))),
            "address": check,
        },
        "items": [item(row) for row in rows],
    }


def certificate_pdf(row: Certificate, language: str) -> bytes:
    """One certificate, tagged for readers of the screen."""
    return typeset("certificate.typ", certificates([row], row.edition, language), issued=row.issued_at)


def badge_pdf(row: BadgePrint, paper: Paper) -> bytes:
    """One badge as it was printed, alone on its page or sheet."""
    data = badges([face_of(row)], row.registration.edition, paper, row.language)
    return typeset(paper.template, data, issued=row.at, accessible=False)


def masked(name: str) -> str:
    """A name that only who knows it recognises: 张*, A** L**."""
    if len(name) == 0:
        return ""
    return " ".join(f"{word[0]}{'*' * min(max(len(word) - 1, 1), 3)}" for word in printable(name).split())


def _about(edition: Edition, language: str, title: Callable[[], str]) -> dict[str, Any]:
    names = _local(edition.title, language)
    return {
        "title": f"{' / '.join(_each(language, lambda _spoken: title()))} · {names[0] if names else edition.slug}",
        "author": "Billet",
        "description": names[-1] if names else "",
        "language": _first(language),
    }


def _badge_title() -> str:
    return str(_("Badges"))


def _certificate_title() -> str:
    return str(_("Certificate of attendance"))


def _statement(row: Certificate, edition: Edition, language: Language) -> str:
    days = [date.fromisoformat(day) for day in row.days]
    dates = clock.days(edition.starts_on, edition.ends_on, language)
    shape = "M月d日" if language == "zh" else "d MMMM"
    joined = ("、" if language == "zh" else ", ").join(str(format_date(day, shape, locale=language)) for day in days)
    venue = edition.venue.local(language)
    said: str = ngettext(
        "attended %(event)s (%(occasion)s) on %(num)s day: %(days)s.",
        "attended %(event)s (%(occasion)s) on %(num)s days: %(days)s.",
        len(days),
        event=printable(edition.title.local(language)),
        occasion=printable(("，" if language == "zh" else ", ").join(part for part in (dates, venue) if part)),
        days=joined,
    )
    return said


def _day(value: date | datetime, language: Language) -> str:
    shape = "y年M月d日" if language == "zh" else "d MMMM y"
    return str(format_date(value, shape, locale=language))


def _first(language: str) -> Language:
    return "en" if language == "en" else "zh"


def _each(language: str, say: Callable[[Language], str]) -> list[str]:
    """What is said in each language that is asked for, once where both say the same."""
    lines: list[str] = []
    asked: tuple[Language, ...] = ("zh", "en") if language == "both" else (_first(language),)
    for one in asked:
        with speaking(one):
            line = say(one)
        if line and line not in lines:
            lines.append(line)
    return lines


def _local(text: Bilingual, language: str) -> list[str]:
    return [printable(line) for line in _each(language, text.local)]


def sign_in_sheet(
    rows: Sequence[Registration], edition: Edition, days: Sequence[date], *, by: str, spoken: Language, at: datetime
) -> dict[str, Any]:
    """What sheet.typ reads: who is expected, by category, by initial or in one list, and room for who is not on it.

    Rows come sorted by name. Each row is numbered through the whole sheet, so that a missing page is noticed.
    """
    with speaking(spoken):
        groups: dict[str, list[dict[str, str]]] = {}
        if by == "category":  # in the organiser's order
            ordered = sorted({row.category for row in rows}, key=lambda one: (one.position, one.id))
            groups = {printable(one.name.local(spoken)): [] for one in ordered}
        for row in rows:
            groups.setdefault(_group(row, by, spoken), []).append(_line(row))
        numbered = 0
        for lines in groups.values():
            for line in lines:
                numbered += 1
                line["number"] = str(numbered)
        shown = [
            {"name": name, "count": ngettext("%(num)s person", "%(num)s people", len(lines)), "rows": lines}
            for name, lines in groups.items()
        ]
        blank = {"number": "", "name": "", "organisation": "", "reference": ""}
        shown.append({"name": _("Not on the list"), "count": "", "rows": [blank] * BLANK_LINES})
        when = at.astimezone(edition.tz).strftime("%Y-%m-%d %H:%M")
        shape = "M月d日" if spoken == "zh" else "d MMM"
        people = ngettext("%(num)s person", "%(num)s people", len(rows))
        return {
            "title": f"{_('Sign-in sheet')} · {printable(edition.title.local(spoken))}",
            "description": f"{clock.days(edition.starts_on, edition.ends_on, spoken)} · {people}",
            "author": "Billet",
            "language": spoken,
            "printed": _("As of %(when)s", when=when),
            "words": {
                "number": _("No."),
                "name": _("Name"),
                "organisation": _("Organisation"),
                "reference": _("Reference"),
                "page": _("Page {number} of {count}"),
            },
            "days": [str(format_date(day, shape, locale=spoken)) for day in days],
            "apart": by == "category",
            "groups": shown,
        }


def _group(row: Registration, by: str, spoken: Language) -> str:
    if by == "category":
        return printable(row.category.name.local(spoken))
    if by == "initial":
        initial = row.name_sort[:1].upper()
        return initial if "A" <= initial <= "Z" else "#"
    return ""


def _line(row: Registration) -> dict[str, str]:
    return {
        "name": printable(row.name) or row.reference,
        "organisation": printable(row.organisation),
        "reference": row.reference,
    }
