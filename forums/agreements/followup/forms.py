from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from forums.accounts.models import Account
from forums.agreements.followup.milestones import MilestoneFacts
from forums.agreements.followup.models import Milestone, NextAction, Obstacle, Visit
from forums.agreements.followup.rules import MOST_DAYS, Rule
from forums.agreements.followup.team import ActionFacts, MemberFacts, ObstacleFacts, VisitFacts
from forums.agreements.forms import LateForm, pair, printable, typed_version
from forums.documents.forms import FileToKeep
from forums.money import LONGEST, BadAmount, parse
from forums.web.dates import DayField
from forums.web.kept import fresh_key

MOST_WORDS = 2000


class OnceForm(LateForm):
    """A form that makes one row however often it is sent (`key`), and knows what its page had seen (`version`)."""

    key = HiddenField(default=fresh_key)

    def validate_key(self, field: Field) -> None:
        """A key that nobody here made is cut to what one of ours may be."""
        field.data = (printable(field.data) or "")[:64]

    @property
    def seen(self) -> int:
        """The version that the page showed; 0, which no row has, for anything else."""
        return typed_version(self.version.data)


def words(label: Any, *more: Any, **options: Any) -> TextAreaField:
    """A few sentences."""
    return TextAreaField(label, [Length(max=MOST_WORDS), *more], filters=[printable], **options)


class StageForm(OnceForm):
    to = SelectField(_l("New stage"))
    on = DayField(_l("Since which day"), [InputRequired()])
    reason = words(
        _l("Why"), description=_l("Needed when stages are left out, when the project stops, and when it goes back.")
    )
    evidence = FileToKeep(_l("Evidence (PDF or picture)"))


def line(label: Any, *more: Any, most: int = 200, **options: Any) -> StringField:
    """A few words."""
    return StringField(label, [Length(max=most), *more], filters=[printable], **options)


class MemberForm(OnceForm):
    role = SelectField(_l("Role"))
    account = SelectField(_l("Account"), description=_l("Somebody of the office; or give a name below."))
    name_zh = line(_l("Name (Chinese)"))
    name_en = line(_l("Name (English)"))
    email = line(_l("E-mail"), description=_l("Reminders go there; without one nobody writes to them."), most=254)
    unit_zh = line(_l("Unit (Chinese)"), description=_l("The responsible unit, or the unit of that person."))
    unit_en = line(_l("Unit (English)"))
    duty = line(_l("What they see to"))

    def validate_email(self, field: Field) -> None:
        name, at, domain = (field.data or "").partition("@")
        if field.data and not (name and at and "." in domain and field.data.isascii() and " " not in field.data):
            raise ValidationError(_l("“%(text)s” is no e-mail address.", text=field.data[:80]))

    def facts(self, accounts: dict[str, Account]) -> MemberFacts:
        return MemberFacts(
            role=self.role.data,
            account=accounts.get(self.account.data),
            name=pair(self, "name"),
            email=self.email.data or "",
            unit=pair(self, "unit"),
            duty=self.duty.data or "",
        )


class OwnedForm(OnceForm):
    """Something that somebody of the team sees to."""

    owner = SelectField(_l("Owner"))

    @property
    def owner_id(self) -> int | None:
        return int(self.owner.data) if self.owner.data else None


class ActionForm(OwnedForm):
    what = words(_l("What has to be done"), InputRequired())
    due_on = DayField(_l("Due on"), [InputRequired()])

    def fill(self, row: NextAction) -> None:
        self.what.data, self.due_on.data, self.owner.data = row.what, row.due_on, str(row.owner_id or "")

    @property
    def facts(self) -> ActionFacts:
        return ActionFacts(self.what.data, self.due_on.data, self.owner_id)


class DoneForm(OnceForm):
    on = DayField(_l("Done on"), [InputRequired()])
    outcome = words(_l("What came of it"))


class VisitForm(OnceForm):
    on = DayField(_l("Day of the visit"), [InputRequired()])
    visitors = line(_l("Who went"), InputRequired(), most=300)
    outcome = words(_l("What came of it"), InputRequired())

    def fill(self, row: Visit) -> None:
        self.on.data, self.visitors.data, self.outcome.data = row.visited_on, row.visitors, row.outcome

    @property
    def facts(self) -> VisitFacts:
        return VisitFacts(self.on.data, self.visitors.data, self.outcome.data)


class ObstacleForm(OwnedForm):
    problem = words(_l("What is in the way"), InputRequired())
    found_on = DayField(_l("Since"), [InputRequired()])
    due_on = DayField(_l("To be removed by"), [Optional()])

    def fill(self, row: Obstacle) -> None:
        self.problem.data, self.owner.data = row.problem, str(row.owner_id or "")
        self.found_on.data, self.due_on.data = row.found_on, row.due_on

    @property
    def facts(self) -> ObstacleFacts:
        return ObstacleFacts(self.problem.data, self.found_on.data, self.owner_id, self.due_on.data)


class ResolvedForm(OnceForm):
    on = DayField(_l("Removed on"), [InputRequired()])
    how = words(_l("How"), InputRequired())


class MilestoneForm(OnceForm):
    stage = SelectField(_l("Stage"), description=_l("Once it is met, the project moves there."))
    title = line(_l("Or something else"), most=300)
    due_on = DayField(_l("Due on"), [InputRequired()])

    def fill(self, row: Milestone) -> None:
        self.stage.data, self.title.data, self.due_on.data = row.stage, row.title, row.due_on

    @property
    def facts(self) -> MilestoneFacts:
        return MilestoneFacts(self.due_on.data, self.stage.data, self.title.data or "")


class VerdictForm(OnceForm):
    state = SelectField(_l("What became of it"))
    on = DayField(_l("Met on"), [Optional()])
    note = words(_l("Note"), description=_l("What is missing; or, if stages were left out on the way, why."))
    evidence = FileToKeep(_l("Evidence (PDF or picture)"))


class RuleForm(Form):
    name = SelectField(_l("Rule"))
    stage = SelectField(_l("In the stage"))
    yellow = IntegerField(_l("Yellow after days"), [Optional(), NumberRange(1, MOST_DAYS)])
    red = IntegerField(_l("Red after days"), [Optional(), NumberRange(1, MOST_DAYS)])


class RulesForm(OnceForm):
    """One line for each rule; a line without days is no rule."""

    rules = FieldList(FormField(RuleForm), _l("Rules"), max_entries=40)

    def fill(self, rules: list[Rule], blank: int) -> None:
        for rule in rules:
            self.rules.append_entry({"name": rule.name, "stage": rule.stage, "yellow": rule.yellow, "red": rule.red})
        for _ in range(blank):
            self.rules.append_entry({"name": "no_progress"})

    def offer(self, names: list[tuple[str, str]], stages: list[tuple[str, str]]) -> None:
        for line in self.rules:
            line.form.name.choices = names
            line.form.stage.choices = [("", _l("any")), *stages]

    @property
    def rules_typed(self) -> list[Rule]:
        rows = [line.form for line in self.rules]
        return [
            Rule(row.name.data, row.yellow.data, row.red.data, row.stage.data)
            for row in rows
            if row.yellow.data is not None or row.red.data is not None
        ]


class AmountForm(OnceForm):
    agreement = SelectField(_l("By the agreement"))
    basis = SelectField(_l("Basis"))
    amount = line(
        _l("Amount, as it stands in the paper"),
        InputRequired(),
        most=LONGEST,
        description=_l("What came this time, not the running total; with its unit: 3000万元, USD 5 million."),
    )
    on = DayField(_l("On which day"), [InputRequired()])
    note = words(_l("Note"))
    evidence = FileToKeep(_l("Evidence (PDF or picture)"), description=_l("A bank's or an auditor's paper."))

    def validate_amount(self, field: Field) -> None:
        try:
            parse(field.data or "")
        except BadAmount as no:
            raise ValidationError(no.message) from None


class AnswerForm(OnceForm):
    why = words(_l("Why"), InputRequired())
