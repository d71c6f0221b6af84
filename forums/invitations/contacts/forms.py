from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from forums.agenda.words import ROLES as APPEARANCE_ROLES
from forums.agenda.words import STATES as SESSION_STATES
from forums.directory.regions import ABROAD, REGIONS
from forums.imports.forms import FileForm, RowsForm, file_field, rows_field
from forums.invitations.contacts.addresses import meant, readable
from forums.invitations.contacts.reading import FIELDS, REASONS, Rejected
from forums.invitations.contacts.sources import EARLIER, Around
from forums.invitations.forms import ANSWER_NAMES
from forums.invitations.models import EMAIL, NAME, ORGANISATION, TITLE, Contact
from forums.registrations.lists.columns import ROLES as REGISTRATION_ROLES
from forums.registrations.words import STATES as REGISTRATION_STATES


class ListForm(FlaskForm):
    name = StringField(
        _l("Name of the list"),
        [DataRequired(), Length(max=200)],
        description=_l("For your own eyes, like “Experts of 2026” or “Member enterprises”."),
    )
    for_series = BooleanField(
        _l("Keep it for all editions of the series"),
        description=_l("Otherwise it belongs to this edition alone."),
    )


class PasteForm(RowsForm):
    rows = rows_field(
        _l(
            "Copy them from a spreadsheet, or write one person on each line: "
            "name, e-mail, organisation, form of address."
        )
    )


class UploadForm(FileForm):
    file = file_field(
        _l("CSV or XLSX file"),
        _l(
            "With a header such as 姓名, 邮箱, 单位, 职务 or name, email, organisation, title. "
            "UTF-8 and GB18030 are both read."
        ),
    )


class PersonForm(FlaskForm):
    """One person as typed; what is wrong with it is told by reading.examine()."""

    name = StringField(_l("Name"), [Length(max=2 * NAME)])
    email = StringField(_l("E-mail"), [Length(max=2 * EMAIL)], render_kw={"inputmode": "email", "spellcheck": "false"})
    organisation = StringField(_l("Organisation"), [Length(max=2 * ORGANISATION)])
    title = StringField(
        _l("Form of address or post"),
        [Length(max=2 * TITLE)],
        description=_l("Letters begin with it: “尊敬的李明教授” is the name 李明 and the form of address 教授."),
    )
    language = SelectField(
        _l("Letters in"),
        choices=[("", _l("by the name")), ("zh", "中文"), ("en", "English")],
        validate_choice=False,
    )
    as_it_is = BooleanField(_l("The address is right as it is"))

    @property
    def typed(self) -> dict[str, str]:
        return {name: (self[name].data or "").strip() for name in FIELDS}

    def show(self, values: Mapping[str, str] | Contact) -> None:
        for name in FIELDS:
            self[name].data = values[name] if isinstance(values, Mapping) else getattr(values, name)
        self.email.data = readable(self.email.data)

    def complain(self, rejected: Rejected) -> None:
        """Say at each field what is wrong with it."""
        for name, reason in rejected.faults:
            words = str(REASONS[reason])
            if better := meant(self.email.data or "") if name == "email" else "":
                words = f"{words} {_('Did you mean %(address)s?', address=better)}"
            self[name].errors = [*self[name].errors, words]


class Checkboxes(SelectMultipleField):
    """Several of the choices, each with a box; nothing ticked means any."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class SearchForm(FlaskForm):
    """The conditions of a source. Where nothing is chosen, nothing is asked; `heads` begin its sentence."""

    class Meta:
        csrf = False

    head: ClassVar[Any] = ""
    letters = SelectField(
        _l("Letters in"), choices=[("", _l("by the person")), ("zh", "中文"), ("en", "English")], default=""
    )

    def __init__(self, around: Around, language: str, given: MultiDict[str, str]) -> None:
        names = {name for name, _field in type(self)._unbound_fields or ()}
        given = MultiDict((name, value) for name, value in given.items(multi=True) if name in names)
        super().__init__(formdata=given or None)
        self.comma = "，" if language == "zh" else ", "
        for name, choices in self.offered(around, language):
            if name in self:
                self[name].choices = choices
        if not given:
            self.begin(around)

    def offered(self, around: Around, language: str) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
        """The choices of those fields whose choices depend on where they are asked."""
        editions: list[tuple[str, Any]] = [(str(one.id), one.title.local(language)) for one in around.editions]
        earlier = [(EARLIER, _("all earlier editions"))] if around.whole_series else []
        yield "editions", earlier + editions[::-1]
        yield "list", [("", _("choose one")), *((str(row.id), row.name) for row in around.lists)]
        yield "region", [(code, name.local(language)) for code, name in REGIONS.items()]

    def begin(self, around: Around) -> None:
        """What is chosen before anything was asked: the edition before this one, or this one."""
        if "editions" in self and around.editions:
            before = [one for one in around.editions if one.starts_on < around.edition.starts_on]
            self["editions"].data = [str((before or list(around.editions))[-1].id)]

    @property
    def conditions(self) -> dict[str, list[str]]:
        """What is asked, as it is kept: {field: [values]}."""
        asked: dict[str, list[str]] = {}
        for one in self:
            values = one.data if isinstance(one.data, list) else ["y"] if one.data is True else [one.data or ""]
            if given := [value for value in values if value]:
                asked[one.short_name] = given
        return asked

    def ask_for_what_is_missing(self) -> bool:
        """Whether the form can be searched by; if not, it says what to choose."""
        fine = bool(self.validate())
        for name, why in (("editions", _("Choose at least one edition.")), ("list", _("Choose a list."))):
            if name in self and not self[name].data:
                self[name].errors = [why]
                fine = False
        return fine

    def sentence(self) -> str:
        """What is asked, said to people."""
        head = str(self.head).replace("{editions}", self._said("editions")).replace("{list}", self._said("list"))
        phrases = [self._phrase(one.short_name) for one in self if one.short_name not in {"editions", "list"}]
        return self.comma.join([head, *filter(None, phrases)])

    def _phrase(self, name: str) -> str:
        value = self[name].data
        if not value:
            return ""
        if name == "answer" and value == ["none"]:
            return str(_("who have not answered"))
        whole = PHRASES.get((name, value)) if isinstance(value, str | bool) else None
        return str(whole or PHRASES[name, ""]) % {"words": self._said(name)}

    def _said(self, name: str) -> str:
        """The chosen words of a field."""
        if name not in self:
            return ""
        one = self[name]
        chosen = one.data if isinstance(one.data, list) else [one.data or ""]
        if not getattr(one, "choices", None):
            return " ".join(map(str, chosen))[:100]
        words = {str(value): str(label) for value, label in one.choices}
        return " / ".join(words.get(str(value), _("(gone)")) for value in chosen)


PHRASES: dict[tuple[str, str | bool], Any] = {
    ("q", ""): _l("with “%(words)s” in name, organisation, post or address"),
    ("organisation", ""): _l("of “%(words)s”"),
    ("region", ""): _l("from %(words)s"),
    ("who", "experts"): _l("who are experts"),
    ("who", "registered"): _l("who registered at some time"),
    ("who", "never"): _l("who never registered"),
    ("answer", ""): _l("with the answer: %(words)s"),
    ("came", "yes"): _l("who came"),
    ("came", "no"): _l("who did not come"),
    ("experts", True): _l("who are experts"),
    ("role", ""): _l("as %(words)s"),
    ("standing", ""): _l("asked to speak: %(words)s"),
    ("session", ""): _l("in sessions with the state: %(words)s"),
    ("state", ""): _l("with the registration: %(words)s"),
    ("category", ""): _l("of the category: %(words)s"),
    ("language", ""): _l("with letters in %(words)s"),
    ("letters", ""): _l("written to in %(words)s"),
}
STANDINGS = {
    "listed": _l("not asked"),
    "asked": _l("no answer yet"),
    "confirmed": _l("confirmed"),
    "declined": _l("declined"),
}
CAME = [("", _l("came or not")), ("yes", _l("came")), ("no", _l("did not come"))]
_TEXT = [Length(max=200)]


class DirectoryForm(SearchForm):
    head = _l("People of the directory")
    q = StringField(_l("Name, address or organisation"), _TEXT)
    organisation = StringField(_l("Organisation or credit code"), _TEXT)
    who = SelectField(
        _l("Who"),
        default="",
        choices=[
            ("", _l("everybody")),
            ("experts", _l("experts")),
            ("registered", _l("registered at some time")),
            ("never", _l("never registered")),
        ],
    )
    region = Checkboxes(_l("Region of the organisation"))

    def offered(self, around: Around, language: str) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
        for name, choices in super().offered(around, language):
            yield name, [one for one in choices if one[0] != ABROAD]  # a credit code names none


class InvitationsForm(SearchForm):
    head = _l("People invited to {editions}")
    editions = Checkboxes(_l("Invited to"))
    answer = Checkboxes(_l("Answer"), choices=list(ANSWER_NAMES.items()))
    came = SelectField(_l("Came"), default="", choices=CAME)
    experts = BooleanField(_l("Experts only"))


class ExpertsForm(SearchForm):
    head = _l("Experts on the programme of {editions}")
    editions = Checkboxes(_l("On the programme of"))
    role = Checkboxes(_l("Role"), choices=list(APPEARANCE_ROLES.items()))
    standing = Checkboxes(_l("Asked to speak"), choices=list(STANDINGS.items()))
    session = SelectField(
        _l("Session"),
        default="",
        choices=[("", _l("not cancelled")), *((code, SESSION_STATES[code]) for code in SESSION_STATES)],
    )


class RegistrationsForm(SearchForm):
    head = _l("People registered for {editions}")
    editions = Checkboxes(_l("Registered for"))
    state = Checkboxes(_l("State"), choices=[(state.value, word) for state, word in REGISTRATION_STATES.items()])
    category = Checkboxes(_l("Category"))
    came = SelectField(_l("Came"), default="", choices=CAME)
    role = Checkboxes(_l("Role"), choices=list(REGISTRATION_ROLES.items()))
    region = Checkboxes(_l("Region"))

    def offered(self, around: Around, language: str) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
        yield from super().offered(around, language)
        yield "category", [(code, name.local(language)) for code, name in around.categories.items()]


class OtherListForm(SearchForm):
    head = _l("People of the list “{list}”")
    list = SelectField(_l("List"), default="")
    q = StringField(_l("Name, address, organisation or post"), _TEXT)
    language = SelectField(
        _l("Letters so far in"), default="", choices=[("", _l("any language")), ("zh", "中文"), ("en", "English")]
    )


SEARCHES: dict[str, type[SearchForm]] = {
    "invitations": InvitationsForm,
    "registrations": RegistrationsForm,
    "experts": ExpertsForm,
    "directory": DirectoryForm,
    "list": OtherListForm,
}


class GoalForm(FlaskForm):
    """Where the people found go: a list, or a new one."""

    goal = SelectField(_l("Put them on"), choices=[])
    name = StringField(_l("Name of the new list"), [Length(max=200)])
    again = BooleanField(_l("Also those who were taken off this list by hand"))


class FilterForm(FlaskForm):
    name = StringField(_l("Name of the filter"), [DataRequired(), Length(max=120)])
