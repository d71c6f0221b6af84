from __future__ import annotations

import re

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError

from forums.agenda.models import Session, Track
from forums.agenda.operations import SessionFacts
from forums.agenda.words import KINDS, LANGUAGES, ROLES, STATES
from forums.editions.forms import MOST_PLACES, show, typed
from forums.editions.models import Edition
from forums.web.dates import MomentField
from forums.web.language import language as of_reader

NONE = ""  # what stands in a choice for "no hall", "no track"


class SessionForm(FlaskForm):
    revision = HiddenField()
    title_zh = StringField(_l("Title (Chinese)"), [Length(max=300)])
    title_en = StringField(_l("Title (English)"), [Length(max=300)])
    kind = SelectField(_l("Kind"), choices=list(KINDS.items()))
    state = SelectField(_l("State"), choices=list(STATES.items()), default="published")
    starts_at = MomentField(_l("Begins"), [Optional()], description=_l("Local time of the venue."))
    ends_at = MomentField(_l("Ends"), [Optional()], description=_l("Local time of the venue."))
    hall = SelectField(_l("Hall"))
    track = SelectField(_l("Track"))
    language = SelectField(_l("Language"), choices=list(LANGUAGES.items()))
    capacity = IntegerField(
        _l("Places to sign up for"),
        [Optional(), NumberRange(0, MOST_PLACES)],
        description=_l("Empty: open to everybody who has registered. With a number, people sign up for it."),
    )
    abstract_zh = TextAreaField(_l("Abstract (Chinese)"), [Length(max=20_000)])
    abstract_en = TextAreaField(_l("Abstract (English)"), [Length(max=20_000)])

    def __init__(self, edition: Edition, tracks: list[Track], session: Session | None = None) -> None:
        super().__init__()
        self.edition, self.tracks = edition, tracks
        self.hall.choices = [
            (NONE, _l("no hall")),
            *[(str(row.id), row.name.local(of_reader()) or row.code) for row in edition.halls],
        ]
        self.track.choices = [(NONE, _l("no track")), *[(str(row.id), row.name.local(of_reader())) for row in tracks]]
        if session is not None and session.language not in LANGUAGES:
            self.language.choices = [*LANGUAGES.items(), (session.language, session.language)]
        if session is not None and not self.is_submitted():
            self._fill(session)

    def validate_title_zh(self, field: Field) -> None:
        if not (field.data or self.title_en.data):
            raise ValidationError(_l("Give a title in Chinese or English."))

    def validate_ends_at(self, field: Field) -> None:
        if field.data and not self.starts_at.data:
            raise ValidationError(_l("Say when it begins, too."))
        if field.data and self.starts_at.data and field.data < self.starts_at.data:
            raise ValidationError(_l("It ends before it begins."))

    def facts(self) -> SessionFacts:
        """What was typed; local times become UTC."""
        return SessionFacts(
            title=typed(self, "title"),
            abstract=typed(self, "abstract"),
            kind=self.kind.data,
            state=self.state.data,
            language=self.language.data,
            starts_at=self.starts_at.utc(self.edition.tz),
            ends_at=self.ends_at.utc(self.edition.tz),
            hall=next((row for row in self.edition.halls if str(row.id) == self.hall.data), None),
            capacity=self.capacity.data,
            track=next((row for row in self.tracks if str(row.id) == self.track.data), None),
        )

    @property
    def seen(self) -> int | None:
        """The revision that the page carried, if it carried one."""
        text = self.revision.data or ""
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None

    def _fill(self, session: Session) -> None:
        self.revision.data = session.revision
        for name in ("kind", "state", "language", "capacity"):
            self[name].data = getattr(session, name)
        self.starts_at.show(session.starts_at, self.edition.tz)
        self.ends_at.show(session.ends_at, self.edition.tz)
        self.hall.data, self.track.data = str(session.hall_id or NONE), str(session.track_id or NONE)
        show(self, session, ("title", "abstract"))


class AppearanceForm(FlaskForm):
    expert = StringField(
        _l("Expert"),
        [DataRequired(), Length(max=400)],
        description=_l("A name from the list; whoever is not on it is added as a new expert."),
    )
    role = SelectField(_l("Role"), choices=list(ROLES.items()))


class TrackForm(FlaskForm):
    name_zh = StringField(_l("Name (Chinese)"), [Length(max=300)])
    name_en = StringField(_l("Name (English)"), [Length(max=300)])

    def validate_name_zh(self, field: Field) -> None:
        if not (field.data or self.name_en.data):
            raise ValidationError(_l("Give a name in Chinese or English."))


class ImportForm(FlaskForm):
    file = FileField(
        _l("Programme file"),
        [FileRequired(_l("Choose a file."))],
        description=_l("Billet or COSCUP JSON, or a c3voc schedule as JSON or XML; 10 MB at the most."),
    )
    cancel_vanished = BooleanField(
        _l("Cancel sessions that came from a file and are not in this one"),
        description=_l("Otherwise they are listed, and nothing happens to them."),
    )
