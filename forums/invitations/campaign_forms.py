from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from forums.clock import now
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.errors import Refused
from forums.invitations import audiences, letter_text
from forums.invitations.contacts.reading import REASONS
from forums.invitations.guests import GuestFacts
from forums.invitations.models import EMAIL, NAME, ORGANISATION, REASON, TITLE, Campaign, ContactList, Invitation
from forums.invitations.narrowing import Narrowing
from forums.invitations.sending import Words
from forums.web.dates import MomentField
from forums.web.kept import fresh_key

GUEST_FIELDS = ("name", "email", "organisation", "title", "language")
KIND_NAMES = {
    "invitation": _l("Invitation"),
    "reminder": _l("Reminder"),
    "update": _l("Update"),
    "cancellation": _l("Cancellation"),
    "thanks": _l("Thanks"),
}
KIND_WORDS = {
    "invitation": _l("Invites the people of a list. Each address is invited once, whatever lists it stands on."),
    "reminder": _l(
        "Asks again those who have an invitation and have not answered. Whoever answers before it goes out gets none."
    ),
    "update": _l("Tells those who are invited what has changed, such as the venue or the time."),
    "cancellation": _l("Tells those who are invited that the event does not take place."),
    "thanks": _l("Thanks those who came, once the event is over."),
}
# After "It goes to": whom each audience is made of.
AUDIENCE_WORDS = {
    "list": _l("the people of a list"),
    "invited": _l("everybody who got an invitation, whatever they answered"),
    "silent": _l("those who got an invitation, have not answered and have not registered"),
    "expected": _l("those who come and those who have not answered; not those who declined or gave up their place"),
    "coming": _l("those who come: they said so, or have registered"),
    "not_coming": _l("those who declined or gave up their place"),
    "came": _l("those who were checked in"),
}
LANGUAGE_NAMES = {
    "": _l("Each in the language of the guest"),
    "zh": _l("All in Chinese"),
    "en": _l("All in English"),
}
IN_DOUBT_WORDS = {
    "hold": _l("Hold it until somebody decides: nobody gets it twice, somebody may not get it"),
    "resend": _l("Send it again: everybody gets it, somebody may get it twice"),
}
# Why somebody gets no letter, found when the campaign was frozen.
SKIPPED_WORDS = {
    "invited": _l("has an invitation to this edition"),
    "same_address": _l("somebody else at this address gets it"),
    "suppressed": _l("wants no more letters, or cannot be reached at this address"),
    "withdrawn": _l("the invitation was withdrawn; they can be invited again on their own page"),
    **REASONS,
}
# Why a recipient gets none after all; "" is before it is written.
WITHHELD_WORDS = {
    "": _l("not written yet"),
    "left_out": _l("left out by choice"),
    "changed": _l("none: their answer changed before it went out"),
    "withdrawn": _l("none: the invitation was withdrawn before it was written"),
}
ENCLOSED = ("with_calendar", "with_letter")
# What a letter does in the guest's calendar, for the kinds that do anything there.
ASKS_CALENDARS = {
    **dict.fromkeys(
        ("invitation", "reminder"),
        _l("Mail programs then show Accept and Decline, and a change of date or place can be sent to the calendars."),
    ),
    "update": _l("The entry in the calendars of those who were asked before is moved or renamed."),
    "cancellation": _l("The entry in the calendars of those who were asked before is taken out."),
}


class CampaignForm(FlaskForm):
    """The draft of one kind: an invitation goes to a list, the others to an audience of those invited.

    `key` makes a second sending the same draft.
    """

    key = HiddenField(default=fresh_key)
    name = StringField(
        _l("Name of the campaign"), [DataRequired(), Length(max=200)], description=_l("For your own eyes.")
    )
    contact_list = SelectField(_l("To the people of"), coerce=int)
    include_invited = BooleanField(
        _l("Write again to people who have an invitation to this edition already"),
        description=_l("Without this, each address is invited once, whatever lists it stands on."),
    )
    audience = RadioField(_l("Who gets it?"), [InputRequired(_l("Choose whom it is for."))])
    language = SelectField(_l("Language of the letters"), choices=list(LANGUAGE_NAMES.items()))
    subject_zh = StringField(_l("Subject (Chinese)"), [Length(max=300)])
    subject_en = StringField(_l("Subject (English)"), [Length(max=300)])
    body_zh = TextAreaField(_l("Letter (Chinese)"), [Length(max=20_000)], render_kw={"rows": 16})
    body_en = TextAreaField(_l("Letter (English)"), [Length(max=20_000)], render_kw={"rows": 16})
    with_calendar = BooleanField(_l("Ask the guest's calendar as well"))
    with_letter = BooleanField(
        _l("Attach the formal letter as PDF"),
        description=_l("One for each guest, on the edition's letterhead, with seal and signature."),
    )
    starts_at = MomentField(
        _l("Send not before"),
        [Optional()],
        description=_l("Local time of the venue; empty: as soon as you say so."),
    )
    expires_at = MomentField(
        _l("Send nothing after"),
        [Optional()],
        description=_l("Local time of the venue. What has not gone out by then never does; you are told how many."),
    )
    in_doubt = RadioField(
        _l("If a breakdown leaves it open whether a letter arrived"), choices=list(IN_DOUBT_WORDS.items())
    )
    budget_percent = IntegerField(
        _l("Pause when more than so many percent of the letters fail"),
        [InputRequired(), NumberRange(0, 100)],
        description=_l("Counted once 20 letters were tried; 0: never pause for that."),
    )

    validate_subject_zh = validate_subject_en = validate_body_zh = validate_body_en = lambda self, field: _placeholders(
        field
    )

    def __init__(self, kind: str, edition: Edition, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.edition = kind, edition
        if kind in ASKS_CALENDARS:
            self.with_calendar.description = ASKS_CALENDARS[kind]
        else:
            del self.with_calendar
        if kind == "invitation":
            del self.audience
        else:
            del self.contact_list, self.include_invited
            self.audience.choices = [(one, AUDIENCE_WORDS[one]) for one in audiences.OFFERED[kind]]

    def validate_starts_at(self, field: MomentField) -> None:
        moment = field.utc(self.edition.tz)
        if moment and moment <= now():
            raise ValidationError(_l("This moment has passed. Choose a later one, or leave it empty."))

    def validate_expires_at(self, field: MomentField) -> None:
        self.validate_starts_at(field)
        if field.data and self.starts_at.data and field.data <= self.starts_at.data:
            raise ValidationError(_l("It would end before it begins."))

    def show(self, words: Words | Campaign) -> None:
        """What a campaign says, or begins with."""
        for name in ("name", "audience", "include_invited", "language", "in_doubt", "budget_percent", *ENCLOSED):
            if name in self:
                self[name].data = getattr(words, name)
        if "contact_list" in self:
            self.contact_list.data = words.contact_list.id if words.contact_list else None
        for name in ("starts_at", "expires_at"):
            self[name].show(getattr(words, name), self.edition.tz)
        for name in ("subject", "body"):
            for language in ("zh", "en"):
                self[f"{name}_{language}"].data = getattr(getattr(words, name), language)

    def words(self, lists: dict[int, ContactList]) -> Words:
        def both(name: str) -> Bilingual:
            return Bilingual(*((self[f"{name}_{language}"].data or "").strip() for language in ("zh", "en")))

        is_invitation = self.kind == "invitation"
        return Words(
            name=self.name.data.strip(),
            contact_list=lists[self.contact_list.data] if is_invitation else None,
            subject=both("subject"),
            body=both("body"),
            include_invited=is_invitation and self.include_invited.data,
            kind=self.kind,
            audience="list" if is_invitation else self.audience.data,
            language=self.language.data,
            starts_at=self.starts_at.utc(self.edition.tz),
            expires_at=self.expires_at.utc(self.edition.tz),
            in_doubt=self.in_doubt.data,
            budget_percent=self.budget_percent.data,
            with_calendar="with_calendar" in self and self.with_calendar.data,
            with_letter=self.with_letter.data,
        )


class NarrowForm(FlaskForm):
    """To whom of its audience a draft goes."""

    campaign = SelectField(_l("Written to by"), coerce=int)
    list = SelectField(_l("On the list"), coerce=int)
    language = SelectField(_l("Letters in"), choices=[("", _l("Either language")), ("zh", "中文"), ("en", "English")])
    days = IntegerField(
        _l("Invited at least so many days ago"),
        [Optional(), NumberRange(0, 3650)],
        render_kw={"inputmode": "numeric", "min": 0},
    )
    unreminded = BooleanField(_l("Only who got no reminder yet"))

    def __init__(self, campaigns: Mapping[int, str], lists: Mapping[int, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.campaign.choices = [(0, _l("Any campaign of the edition")), *campaigns.items()]
        self.list.choices = [(0, _l("Any list, or none")), *lists.items()]

    def show(self, asked: Narrowing) -> None:
        for name in ("campaign", "list", "language", "unreminded"):
            self[name].data = getattr(asked, name)
        self.days.data = asked.days or None

    def asked(self) -> Narrowing:
        return Narrowing(
            campaign=self.campaign.data,
            list=self.list.data,
            language=self.language.data,
            days=self.days.data or 0,
            unreminded=self.unreminded.data,
        )


class SendForm(FlaskForm):
    """How many letters go out, typed by whoever lets them go."""

    number = StringField(
        _l("How many letters go out?"),
        [DataRequired(_l("Type the number of letters to send."))],
        render_kw={"inputmode": "numeric", "autocomplete": "off", "maxlength": 20},
    )

    def validate_number(self, field: Field) -> None:
        if self.count is None:
            raise ValidationError(_l("Type the number of letters to send, in digits."))

    @property
    def count(self) -> int | None:
        """1,200 and １２００ are 1200."""
        digits = unicodedata.normalize("NFKC", self.number.data or "").replace(",", "").replace(" ", "")
        return int(digits) if digits.isdecimal() and len(digits) < 10 else None


class GuestForm(FlaskForm):
    """Somebody who is invited."""

    name = StringField(_l("Name"), [DataRequired(), Length(max=NAME)])
    email = StringField(
        _l("E-mail"), [DataRequired(), Length(max=EMAIL)], render_kw={"inputmode": "email", "spellcheck": "false"}
    )
    organisation = StringField(_l("Organisation"), [Length(max=ORGANISATION)])
    title = StringField(_l("Form of address or post"), [Length(max=TITLE)])
    language = SelectField(_l("Letters in"), choices=[("zh", "中文"), ("en", "English")])

    def show(self, row: Invitation) -> None:
        for name in GUEST_FIELDS:
            self[name].data = getattr(row, name)

    def facts(self) -> GuestFacts:
        return GuestFacts(**{name: " ".join((self[name].data or "").split()) for name in GUEST_FIELDS})


class WithdrawalForm(FlaskForm):
    """Why invitations are withdrawn, and whether a letter says so."""

    reason = TextAreaField(
        _l("Why it is withdrawn"),
        [DataRequired(_l("Say why, so that others understand it later.")), Length(max=REASON)],
        description=_l("For the record of the office. It is not told to anybody else."),
        render_kw={"rows": 2},
    )
    letter = BooleanField(
        _l("Tell them by letter"),
        description=_l(
            "Only those to whom a letter has gone out, and who was to come in their place. "
            "Where their calendar was asked, the letter takes the event out of it."
        ),
    )


def _placeholders(field: Field) -> None:
    try:
        letter_text.check(field.data or "")
    except Refused as no:
        raise ValidationError(no.message) from no
