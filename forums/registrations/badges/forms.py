from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import Length, Optional

from forums.registrations.badges.papers import BADGES, LANGUAGES, PAPERS


class PrintForm(FlaskForm):
    """What is printed of a list, and why again where it was printed before."""

    paper = SelectField(_l("What is printed"), choices=[(code, paper.label) for code, paper in PAPERS.items()])
    language = SelectField(_l("Language"), choices=list(LANGUAGES.items()))
    reason = StringField(
        _l("Why again"),
        [Optional(), Length(max=200)],
        description=_l("Needed where badges were printed before: lost, damaged, printer fault …"),
    )
    key = HiddenField(validators=[Length(max=64)])


class OneBadgeForm(FlaskForm):
    """One badge at the door. Left out, paper and language are those of the last run."""

    paper = SelectField(
        _l("Paper"), choices=[(code, paper.label) for code, paper in BADGES.items()], validate_choice=False
    )
    language = SelectField(_l("Language"), choices=list(LANGUAGES.items()), validate_choice=False)
    reason = StringField(
        _l("Why again"), [Optional(), Length(max=200)], description=_l("Lost, damaged, details changed …")
    )
    key = HiddenField(validators=[Length(max=64)])

    def chosen(self, name: str, known: dict[str, Any], default: str) -> str:
        """What was chosen, where it is something that there is."""
        data = self[name].data
        return data if data in known else default


class WithdrawForm(FlaskForm):
    """Why a certificate is no longer valid."""

    reason = StringField(_l("Reason"), [Optional(), Length(max=200)])


class CodeForm(FlaskForm):
    """The code of a certificate, as it was typed from paper."""

    class Meta:
        csrf = False

    code = StringField(_l("Code of the certificate"), [Length(max=40)])
