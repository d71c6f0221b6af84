from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    FileField,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from forums.agreements.changes import FIELDS
from forums.agreements.drafting import AgreementFacts, PartyFacts, ProjectFacts
from forums.agreements.followup.ladder import ORDER
from forums.agreements.lifecycle import kind_of
from forums.agreements.models import Agreement, Project, Scan, Segment
from forums.agreements.vocabulary import (
    BASES,
    BINDINGS,
    CHANNELS,
    DOCUMENT_STATES,
    KINDS,
    REGIONS,
    RELATIONS,
    ROLES,
    STAGES,
    Vocabulary,
    Words,
)
from forums.columns import Bilingual
from forums.directory.credit_code import BadCreditCode, read_credit_code
from forums.documents.forms import FileToKeep
from forums.money import LONGEST, BadAmount, parse
from forums.web.dates import DayField

NEW = "new"
UPLOAD = "upload"
MOST_PARTIES = 12


def printable(text: str | None) -> str | None:
    """Without the control characters that one of the databases refuses, and without space around."""
    if not text:
        return text
    return "".join(c for c in text if c in "\n\t" or (ord(c) >= 32 and not 0xD800 <= ord(c) < 0xE000)).strip()


def choices_of(
    words: Words, language: str, blank: Any = None, kept: Iterable[str | None] = ()
) -> list[tuple[str, Any]]:
    """The vocabulary as choices in the reader's language, behind an empty one if there is a word for it.

    Retired words are left out, but for those that the row has (`kept`).
    """
    if isinstance(words, Vocabulary):
        words = words.offered(*kept)
    first = [("", blank)] if blank is not None else []
    return [*first, *((code, word.local(language)) for code, word in words.items())]


def typed_version(text: str | None) -> int:
    """The version that a form carried; 0, which no row has, for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _text(label: Any, most: int = 300, **more: Any) -> StringField:
    return StringField(label, [Length(max=most)], filters=[printable], **more)


class PartyForm(Form):
    role = SelectField(_l("Role"))
    name_zh = _text(_l("Name (Chinese)"))
    name_en = _text(_l("Name (English)"))
    credit_code = _text(_l("Credit code"), 40)

    def validate_credit_code(self, field: Field) -> None:
        check_credit_code(field)


class AmountFields(FlaskForm):
    """An amount as it stands in the agreement, or that none is named."""

    amount = _text(
        _l("Amount, as it stands in the agreement"),
        LONGEST,
        description=_l("With its unit: 27.2亿元, 3000万元, about 20亿, USD 5 million."),
    )
    source_page = _text(_l("On which page it stands"), 40)
    undisclosed = BooleanField(_l("The amount is not disclosed"))
    basis = SelectField(_l("Basis"), description=_l("Bases are never added together; headlines use total investment."))

    def validate_amount(self, field: Field) -> None:
        if field.data and self.undisclosed.data:
            raise ValidationError(_l("Either give an amount or mark it as not disclosed."))
        if not self.undisclosed.data:
            try:
                parse(field.data or "")
            except BadAmount as no:
                raise ValidationError(no.message) from None


class LateForm(FlaskForm):
    """A form to change a row that somebody else may save first: nothing that either typed is lost.

    It carries the `version` that it shows and, in `opened`, what it showed.
    """

    version = HiddenField()
    opened = HiddenField()

    def remember(self) -> None:
        """Note what is shown, to tell later what this person changed."""
        self.opened.data = json.dumps({leaf.name: _plain(leaf) for leaf in _leaves(self)}, ensure_ascii=False)

    def merge(self, now: LateForm) -> None:
        """Take over what others changed and this person left alone; say theirs beside what both have changed.

        `now` is the same form filled with the row as it is.
        """
        try:
            opened = json.loads(self.opened.data or "{}")
        except ValueError:
            opened = {}
        others = {leaf.name: leaf for leaf in _leaves(now)}
        for leaf in _leaves(self):
            theirs = others.get(leaf.name)
            if theirs is None or _plain(leaf) == _plain(theirs):
                continue
            was = opened.get(leaf.name) if isinstance(opened, dict) else None
            if _plain(leaf) == was:
                leaf.data, leaf.raw_data, leaf.errors = theirs.data, None, []
            elif _plain(theirs) != was:
                leaf.said = _l("Now: %(value)s", value=_shown(theirs) or "—")
        self.version.data = now.version.data
        now.remember()
        self.opened.data = now.opened.data


def _leaves(form: Any) -> Iterator[Any]:
    """The fields that somebody types into, those of lists too."""
    for field in form:
        if isinstance(field, FieldList):
            for entry in field:
                yield from _leaves(entry.form)
        elif isinstance(field, FormField):
            yield from _leaves(field.form)
        elif not isinstance(field, HiddenField | FileField):
            yield field


def _plain(field: Any) -> str:
    return "" if field.data is None or field.data is False else str(field.data)


def _shown(field: Any) -> str:
    """What a field says, in the reader's words."""
    if isinstance(field, SelectField):
        return next((str(label) for code, label in field.choices or () if str(code) == str(field.data)), "")
    if isinstance(field, BooleanField):
        return str(_l("yes") if field.data else _l("no"))
    return _plain(field)


class ProjectForm(LateForm):
    name_zh = _text(_l("Project name (Chinese)"))
    name_en = _text(_l("Project name (English)"))
    aliases = TextAreaField(
        _l("Other names"), [Length(max=2000)], filters=[printable], description=_l("One a line; they are searched too.")
    )
    # The id "content" is that of the page's main part.
    content = TextAreaField(_l("What is built or done"), [Length(max=4000)], filters=[printable], id="what-is-built")
    enterprise_zh = _text(_l("Enterprise (Chinese)"))
    enterprise_en = _text(_l("Enterprise (English)"))
    credit_code = _text(
        _l("Its credit code"), 40, description=_l("18 characters; the code decides which organisation this is.")
    )
    site = _text(_l("Site"), 200, description=_l("Where it stands or will stand: the plot, the park, the township."))
    segment = SelectField(_l("Segment of the chain"))
    origin = SelectField(_l("Where the investor comes from"))
    channel = SelectField(_l("Channel"))
    stage = SelectField(_l("Stage"), default="agreement", description=_l("Later it moves step by step, in follow-up."))
    confidential = BooleanField(_l("Its amounts are confidential"))

    def offer_words(self, language: str, segments: list[Segment], row: Project | None = None) -> None:
        """Set the choices of a project; what `row` has stays among them, retired or not."""
        origin, channel = ([row.origin], [row.channel]) if row is not None else ([], [])
        offered = [one for one in segments if not one.retired or (row is not None and one.id == row.segment_id)]
        self.segment.choices = [("", _l("not stated")), *((str(one.id), one.name.local(language)) for one in offered)]
        self.origin.choices = choices_of(REGIONS, language, _l("not stated"), origin)
        self.channel.choices = choices_of(CHANNELS, language, _l("not stated"), channel)
        self.stage.choices = [(code, STAGES[code].local(language)) for code in ORDER]

    def validate_credit_code(self, field: Field) -> None:
        check_credit_code(field)

    def validate_name_zh(self, field: Field) -> None:
        if not (field.data or self.name_en.data):
            raise ValidationError(_l("Give the project a name in Chinese or English."))

    def fill(self, project: Project) -> None:
        """Show what is known of the project."""
        self.name_zh.data, self.name_en.data, self.aliases.data = project.name.zh, project.name.en, project.aliases
        self.content.data = project.content
        if project.organisation:
            self.enterprise_zh.data, self.enterprise_en.data = (
                project.organisation.name.zh,
                project.organisation.name.en,
            )
            self.credit_code.data = project.organisation.credit_code
        self.segment.data = str(project.segment_id or "")
        self.site.data, self.origin.data, self.channel.data = project.site, project.origin, project.channel
        self.confidential.data = project.confidential
        self.version.data = project.version
        self.remember()

    def project_facts(self) -> ProjectFacts:
        """What was typed, as an operation takes it."""
        return ProjectFacts(
            name=pair(self, "name"),
            enterprise=pair(self, "enterprise"),
            credit_code=self.credit_code.data or "",
            aliases=self.aliases.data or "",
            content=self.content.data or "",
            segment_id=int(self.segment.data) if self.segment.data else None,
            site=self.site.data or "",
            origin=self.origin.data,
            channel=self.channel.data,
            stage=self.stage.data,
            confidential=self.confidential.data,
        )


class AgreementForm(AmountFields, LateForm):
    """What an agreement of a known project says."""

    title_zh = _text(_l("Title of the agreement (Chinese)"))
    title_en = _text(_l("Title of the agreement (English)"))
    number = _text(_l("Number"), 80)
    kind = SelectField(_l("Kind"))
    binding = SelectField(_l("Binding class"), description=_l("Intentions never enter contracted totals."))
    relation = SelectField(_l("How it stands to earlier signings"))
    earlier = SelectField(
        _l("Earlier agreement"), description=_l("For an upgrade, an increase or a change of investor: what it changes.")
    )
    signed_on = DayField(_l("Signed on"), [InputRequired()])
    position = IntegerField(_l("Order in the ceremony"), [InputRequired(), NumberRange(0, 9999)])
    document_state = SelectField(_l("State of the document"), default="signed")
    effective_on = DayField(_l("In force from"), [Optional()])
    expires_on = DayField(_l("Until"), [Optional()])
    parties = FieldList(FormField(PartyForm), _l("Parties"), min_entries=4, max_entries=MOST_PARTIES)
    scan = FileToKeep(
        _l("Scan"), description=_l("PDF, PNG or JPEG, at most 20 MB. Kept under its SHA-256 and served as a download.")
    )

    def offer(self, language: str, earlier: list[Agreement], row: Agreement | None = None) -> None:
        """Set the choices of an agreement; what `row` has stays among them, retired or not."""
        bases = [entry.basis for entry in row.amounts] if row is not None else []
        roles = [party.role for party in row.parties] if row is not None else []
        self.kind.choices = choices_of(KINDS, language, kept=[row.kind] if row is not None else [])
        self.binding.choices = choices_of(BINDINGS, language)
        self.relation.choices = choices_of(RELATIONS, language)
        self.document_state.choices = choices_of(DOCUMENT_STATES, language)
        self.basis.choices = choices_of(BASES, language, kept=bases)
        self.earlier.choices = [("", _l("none"))]
        self.earlier.choices += [(str(row.id), f"{row.number} {row.title.local(language)}".strip()) for row in earlier]
        usual = ("host", "investor", "project_company", "introducer")
        for number, party in enumerate(self.parties):
            party.role.choices = choices_of(ROLES, language, kept=roles)
            party.role.data = party.role.data or usual[min(number, 3)]

    def validate_title_zh(self, field: Field) -> None:
        if not (field.data or self.title_en.data):
            raise ValidationError(_l("Give the agreement a title in Chinese or English."))

    def fill_agreement(self, row: Agreement) -> None:
        """Show what the agreement says."""
        self.title_zh.data, self.title_en.data = row.title.zh, row.title.en
        for name in (
            "number",
            "kind",
            "binding",
            "relation",
            "document_state",
            "effective_on",
            "expires_on",
            "version",
        ):
            self[name].data = getattr(row, name)
        self.earlier.data = str(row.earlier_id or "")
        self.signed_on.data, self.position.data = row.signings[0].signed_on, row.signings[0].position
        while len(self.parties) < min(len(row.parties), MOST_PARTIES):
            self.parties.append_entry()
            self.parties[-1].role.choices = self.parties[0].role.choices
        for field, party in zip(self.parties, row.parties, strict=False):
            field.role.data, field.credit_code.data = party.role, party.organisation.credit_code
            field.name_zh.data, field.name_en.data = party.organisation.name.zh, party.organisation.name.en
        for entry in row.amounts:
            self.amount.data, self.basis.data, self.undisclosed.data = entry.source_text, entry.basis, entry.fen is None
            self.source_page.data = entry.source_page
        self.remember()

    def show_comments(self, comments: dict[str, str]) -> None:
        """Put what a reviewer said of single fields beside them."""
        for name, said in comments.items():
            self[_FIELD_OF.get(name, name)].said = said

    def facts(self) -> AgreementFacts:
        """What was typed, as an operation takes it."""
        return AgreementFacts(
            title=pair(self, "title"),
            kind=self.kind.data,
            binding=self.binding.data,
            signed_on=self.signed_on.data,
            basis=self.basis.data,
            amount=self.amount.data or "",
            undisclosed=self.undisclosed.data,
            source_page=self.source_page.data or "",
            number=self.number.data or "",
            relation=self.relation.data,
            earlier_id=int(self.earlier.data) if self.earlier.data else None,
            position=self.position.data,
            document_state=self.document_state.data,
            effective_on=self.effective_on.data,
            expires_on=self.expires_on.data,
            parties=tuple(
                PartyFacts(party.role.data, pair(party.form, "name"), party.credit_code.data or "")
                for party in self.parties
            ),
        )


_FIELD_OF = {"title": "title_zh", "amounts": "amount", "scans": "scan"}


class NewAgreementForm(ProjectForm, AgreementForm):
    """An agreement of a project that is chosen or, with the choice NEW, described in the same form."""

    project = SelectField(_l("Project"))

    def offer_projects(self, language: str, projects: list[Project]) -> None:
        self.project.choices = [(NEW, _l("a new project, described below"))]
        self.project.choices += [(str(row.id), row.name.local(language)) for row in projects]

    def validate_name_zh(self, field: Field) -> None:
        if self.project.data == NEW:
            super().validate_name_zh(field)


class CorrectionForm(AmountFields):
    """Another amount for what was approved, with the reason and the document that proves it."""

    reason = TextAreaField(_l("Why"), [InputRequired(), Length(max=2000)], filters=[printable])
    proof = SelectField(_l("Evidence"))
    evidence = FileToKeep(
        _l("Another document"), description=_l("PDF, PNG or JPEG; kept with the entry and served as a download.")
    )

    def __init__(self, *args: Any, language: str, scans: list[Scan], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.basis.choices = choices_of(BASES, language)
        self.proof.choices = [(str(row.id), row.document.display_name) for row in reversed(scans)]
        self.proof.choices += [(UPLOAD, _l("another document, attached below"))]

    def validate_proof(self, field: Field) -> None:
        if field.data == UPLOAD and not self.evidence.data:
            raise ValidationError(_l("Attach the document that proves the correction."))


class CancellationForm(FlaskForm):
    on = DayField(_l("Cancelled on"), [InputRequired()])
    cause = TextAreaField(_l("Why"), [InputRequired(), Length(max=2000)], filters=[printable])


class DocumentForm(FlaskForm):
    """Another state of the document: steps on, steps over others, and steps back."""

    to_state = SelectField(_l("The document is now"))
    since = DayField(_l("Since"), [InputRequired()])
    because = TextAreaField(
        _l("Why"), [Length(max=2000)], filters=[printable], description=_l("Needed for all but the next step.")
    )

    def __init__(self, *args: Any, language: str, state: str, day: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if day is not None:
            self.since.data = day
        told = {"step": "", "skip": _l("leaves out steps"), "reversal": _l("back: a second person confirms")}
        self.to_state.choices = []
        for wanted in ("step", "skip", "reversal"):
            for code, word in DOCUMENT_STATES.items():
                if kind_of(state, code) == wanted:
                    note = f" ({told[wanted]})" if told[wanted] else ""
                    self.to_state.choices.append((code, f"{word.local(language)}{note}"))


class FieldComments(Form):
    """A comment for each field of an agreement."""


for _name, _label in FIELDS.items():
    setattr(FieldComments, _name, _text(_label, 500))


class ReturnForm(FlaskForm):
    comment = TextAreaField(_l("What is missing or wrong"), [Length(max=2000)], filters=[printable])
    comments = FormField(FieldComments, _l("Field by field"))

    def validate_comment(self, field: Field) -> None:
        if not field.data and not any(self.comments.data.values()):
            raise ValidationError(_l("Say what is missing or wrong, here or beside a field."))


class DuplicateForm(FlaskForm):
    into = SelectField(_l("It is the same as"))
    reason = _text(_l("Why"), 2000)

    def __init__(self, *args: Any, language: str, projects: list[Project], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.into.choices = [(str(row.id), f"{row.name.local(language)} (#{row.id})") for row in projects]


class SegmentForm(FlaskForm):
    name_zh = _text(_l("Name (Chinese)"))
    name_en = _text(_l("Name (English)"))


def check_credit_code(field: Field) -> None:
    try:
        read_credit_code(field.data or "")
    except BadCreditCode as no:
        raise ValidationError(no.message) from None


def pair(form: Any, name: str) -> Bilingual:
    """The two fields `<name>_zh` and `<name>_en` as one text."""
    return Bilingual(form[f"{name}_zh"].data or "", form[f"{name}_en"].data or "")
