from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import Length, Optional, ValidationError

from forums import money
from forums.agreements.definitions.queries import Definition
from forums.agreements.forms import choices_of, printable
from forums.agreements.statements.operations import LONGEST_REASON, Wanted
from forums.agreements.vocabulary import BASES, HEADLINE_BASIS
from forums.editions.models import Edition
from forums.web.dates import SECONDS, MomentField


class DraftForm(FlaskForm):
    """Which tally to freeze; `as_of` is local to `zone`, and empty for now."""

    edition = SelectField(_l("What it is of"))
    as_of = MomentField(
        _l("As of"),
        [Optional()],
        format=list(SECONDS),
        render_kw={"step": "1"},
        description=_l("Leave it empty for now. An earlier moment gives what was on record then."),
    )
    basis = SelectField(_l("Basis"), default=HEADLINE_BASIS, description=_l("Bases are never added together."))
    unit = SelectField(_l("Unit of the tables"))
    definition = SelectField(_l("Counting definition"))
    key = HiddenField(default=lambda: secrets.token_urlsafe(18))

    def offer(self, language: str, editions: list[Edition], definitions: list[Definition], zone: str) -> None:
        """Set the choices in the reader's language."""
        self.zone, self.editions = zone, {row.slug: row for row in editions}
        whole = [("", _l("the whole series"))]
        self.edition.choices = [*whole, *((row.slug, row.title.local(language)) for row in reversed(editions))]
        self.basis.choices = choices_of(BASES, language)
        self.unit.choices = [(unit, money.unit_label(unit, language)) for unit in money.TABLE_UNITS]
        usual = [("", _l("the one that the series had chosen then"))]
        self.definition.choices = [
            *usual,
            *((row.key, f"{row.name.local(language)} · {row.version}") for row in definitions),
        ]
        self.as_of.label.text = _l("As of (%(zone)s)", zone=zone)
        if not self.unit.data:
            self.unit.data = money.table_unit(language)

    def fill(self, asked: Mapping[str, str], as_of: datetime | None) -> None:
        """What the address of a tally asks for, so that this very tally is frozen."""
        for field, name in ((self.edition, "edition"), (self.basis, "basis"), (self.unit, "unit")):
            if asked.get(name) in {code for code, _ in field.choices}:
                field.data = asked[name]
        if asked.get("rules") in {code for code, _ in self.definition.choices}:
            self.definition.data = asked["rules"]
        if as_of is not None:
            self.as_of.show(as_of.replace(microsecond=0), ZoneInfo(self.zone))

    def validate_as_of(self, field: MomentField) -> None:
        if field.data is not None and field.data.year < 1990:
            raise ValidationError(_l("Nothing was on record then: choose a moment after 1990."))

    def wanted(self) -> Wanted:
        """What was chosen, as an operation takes it."""
        return Wanted(
            edition=self.editions.get(self.edition.data),
            as_of=self.as_of.utc(ZoneInfo(self.zone)),
            basis=self.basis.data,
            unit=self.unit.data,
            definition=self.definition.data,
        )

    def typed_key(self) -> str:
        """The key that the form carried, or a new one in place of junk."""
        typed = printable(self.key.data) or ""
        return typed if 16 <= len(typed) <= 64 and typed.isascii() else secrets.token_urlsafe(18)


class WithdrawalForm(FlaskForm):
    reason = StringField(
        _l("Why it is withdrawn"),
        [Length(max=LONGEST_REASON)],
        filters=[printable],
        description=_l("It stays readable under its number, marked as withdrawn."),
    )

    def validate_reason(self, field: StringField) -> None:
        if not field.data:
            raise ValidationError(_l("Say why: the next person reads it."))
