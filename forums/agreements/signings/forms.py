from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from forums.agreements.forms import printable
from forums.agreements.models import Signing
from forums.agreements.signings.operations import Ceremony
from forums.documents.forms import FileToKeep
from forums.documents.operations import JPEG, PNG
from forums.editions.models import Edition
from forums.web.dates import DayField


class CeremonyForm(FlaskForm):
    """How an agreement was signed at one ceremony."""

    version = HiddenField()
    signatories = TextAreaField(
        _l("Signatories"), [Length(max=2000)], [printable], description=_l("One a line: name, office, for whom.")
    )
    witnesses = TextAreaField(_l("Witnesses"), [Length(max=2000)], [printable], description=_l("One a line."))
    photo = FileToKeep(_l("Photo of the ceremony"), allowed=(PNG, JPEG), description=_l("PNG or JPEG, at most 20 MB."))

    def fill(self, signing: Signing) -> None:
        self.signatories.data, self.witnesses.data = signing.signatories, signing.witnesses

    @property
    def ceremony(self) -> Ceremony:
        return Ceremony(self.signatories.data or "", self.witnesses.data or "", self.photo.arrival)


class FurtherForm(CeremonyForm):
    """A further ceremony of the same document."""

    edition = SelectField(_l("Edition"), [InputRequired(_l("Choose the edition."))])
    signed_on = DayField(_l("Signed on"), [InputRequired(_l("Enter the day, such as 2027-03-18."))])
    position = IntegerField(
        _l("Order in the ceremony"),
        [InputRequired(_l("Enter a number.")), NumberRange(1, 9999, _l("Enter a number from 1 to 9999."))],
        default=1,
    )

    def __init__(self, *args: Any, editions: list[Edition], language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.edition.choices = [(row.slug, f"{row.starts_on.year} {row.title.local(language)}") for row in editions]
