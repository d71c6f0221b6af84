from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    EmailField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from forums.columns import Bilingual
from forums.errors import Refused
from forums.invitations import letter_text
from forums.invitations.contacts.addresses import wrong_with_address
from forums.invitations.contacts.reading import REASONS
from forums.invitations.models import EMAIL
from forums.invitations.speaking import words
from forums.invitations.speaking.models import SILENT_DAYS, Speaking, SpeakingTexts
from forums.invitations.speaking.operations import Given, Texts
from forums.registrations.forms import trimmed
from forums.web.dates import DayField
from forums.web.kept import fresh_key

PAIRS = ("subject", "body", "thanks_subject", "thanks_body")
TOO_LONG = 4_000


def checked(_form: FlaskForm, field: Field) -> None:
    """Refuse placeholders that do not exist."""
    try:
        letter_text.check(field.data or "", words.PLACEHOLDERS)
    except Refused as no:
        raise ValidationError(no.message) from no


class TextsForm(FlaskForm):
    """What the organiser writes to speakers."""

    answer_by = DayField(_l("Answer awaited by"), [Optional()])
    materials_by = DayField(_l("Biography, photo and slides awaited by"), [Optional()])
    silent_days = IntegerField(
        _l("Silent after so many days without an answer"),
        [InputRequired(), NumberRange(1, 365)],
        render_kw={"inputmode": "numeric", "min": 1, "max": 365},
    )
    subject_zh = StringField(_l("Subject (Chinese)"), [Length(max=300), checked])
    subject_en = StringField(_l("Subject (English)"), [Length(max=300), checked])
    body_zh = TextAreaField(_l("Letter (Chinese)"), [Length(max=20_000), checked], render_kw={"rows": 14})
    body_en = TextAreaField(_l("Letter (English)"), [Length(max=20_000), checked], render_kw={"rows": 14})
    thanks_subject_zh = StringField(_l("Subject of the thanks (Chinese)"), [Length(max=300), checked])
    thanks_subject_en = StringField(_l("Subject of the thanks (English)"), [Length(max=300), checked])
    thanks_body_zh = TextAreaField(_l("Thanks (Chinese)"), [Length(max=20_000), checked], render_kw={"rows": 10})
    thanks_body_en = TextAreaField(_l("Thanks (English)"), [Length(max=20_000), checked], render_kw={"rows": 10})

    def show(self, row: SpeakingTexts | None) -> None:
        """What is written, or words to begin with."""
        given = {name: getattr(row, name) if row is not None else getattr(words, name.upper()) for name in PAIRS}
        for name, text in given.items():
            self[f"{name}_zh"].data, self[f"{name}_en"].data = text.zh, text.en
        self.silent_days.data = row.silent_days if row is not None else SILENT_DAYS
        if row is not None:
            self.answer_by.data, self.materials_by.data = row.answer_by, row.materials_by

    def texts(self) -> Texts:
        def both(name: str) -> Bilingual:
            return Bilingual(*((self[f"{name}_{language}"].data or "").strip() for language in ("zh", "en")))

        return Texts(
            **{name: both(name) for name in PAIRS},
            answer_by=self.answer_by.data,
            materials_by=self.materials_by.data,
            silent_days=self.silent_days.data,
        )

    def validate_body_zh(self, field: Field) -> None:
        """One language at least, and a subject to each letter."""
        for name in ("", "thanks_"):
            for language in ("zh", "en"):
                subject, body = self[f"{name}subject_{language}"].data, self[f"{name}body_{language}"].data
                if bool((subject or "").strip()) != bool((body or "").strip()):
                    raise ValidationError(_l("Each language needs both a subject and a text, or neither."))
            if not (self[f"{name}body_zh"].data or self[f"{name}body_en"].data):
                raise ValidationError(_l("Write the letter in Chinese, in English, or in both."))


class AskForm(FlaskForm):
    """Whom to ask, and in which language. `seen` are the letters that had asked when the page was made.

    `key` makes a second sending the same letter.
    """

    email = EmailField(
        _l("E-mail"),
        [DataRequired(), Length(max=EMAIL)],
        [trimmed],
        description=_l("Another address makes a new private link; the old one stops working."),
    )
    language = SelectField(_l("Language of letters"), choices=[("zh", "中文"), ("en", "English")])
    seen = HiddenField(default="0")
    key = HiddenField(default=fresh_key)

    def validate_email(self, field: Field) -> None:
        if wrong := wrong_with_address(field.data or ""):
            raise ValidationError(REASONS[wrong])


class NumberForm(FlaskForm):
    """How many letters the organiser means to send."""

    number = IntegerField(_l("How many letters go out?"), [InputRequired()])


class SpeakingForm(FlaskForm):
    """A speaker's answer; the link is secret enough."""

    class Meta:
        csrf = False

    answer = RadioField(
        _l("Will you speak?"),
        [InputRequired(_l("Choose one of the answers."))],
        choices=[("confirmed", _l("Yes, I confirm")), ("declined", _l("No, I have to decline"))],
    )
    reason = TextAreaField(_l("Reason, if you like"), [Length(max=TOO_LONG)], render_kw={"rows": 2})
    proposal = TextAreaField(_l("Another topic, or a remark on it"), [Length(max=TOO_LONG)], render_kw={"rows": 2})

    def show(self, row: Speaking) -> None:
        self.answer.data = None if row.state == "asked" else row.state
        self.reason.data, self.proposal.data = row.reason, row.proposal

    def given(self) -> Given:
        return Given(self.answer.data, (self.reason.data or "").strip(), (self.proposal.data or "").strip())


class MaterialsForm(FlaskForm):
    """What a speaker hands in."""

    class Meta:
        csrf = False

    bio_zh = TextAreaField(_l("Biography (Chinese)"), [Length(max=TOO_LONG)], render_kw={"rows": 5})
    bio_en = TextAreaField(_l("Biography (English)"), [Length(max=TOO_LONG)], render_kw={"rows": 5})
    photo = FileField(
        _l("Photo"), description=_l("JPEG or PNG, up to 10 MB."), render_kw={"accept": "image/jpeg,image/png"}
    )
    slides = FileField(
        _l("Slides"),
        description=_l("PDF or PPTX, up to 50 MB. They are for the hall and are not published."),
        render_kw={"accept": ".pdf,.pptx"},
    )
    needs = TextAreaField(_l("Arrival, equipment and other needs"), [Length(max=TOO_LONG)], render_kw={"rows": 3})

    def show(self, row: Speaking) -> None:
        bio = row.bio or row.appearance.expert.bio
        self.bio_zh.data, self.bio_en.data, self.needs.data = bio.zh, bio.en, row.needs

    def bio(self) -> Bilingual:
        return Bilingual((self.bio_zh.data or "").strip(), (self.bio_en.data or "").strip())
