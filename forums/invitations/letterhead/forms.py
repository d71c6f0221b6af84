from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, StringField, TextAreaField
from wtforms.validators import Length, ValidationError

from forums.columns import Bilingual
from forums.documents.forms import PictureToKeep
from forums.invitations.letterhead.models import Letterhead
from forums.invitations.letterhead.operations import TEXTS, HeadFacts
from forums.invitations.letterhead.paper import MOST_HOSTS

LOGO_PIXELS, SEAL_PIXELS = 900, 700  # a side: 600 dots an inch and more where they are printed


class HeadForm(FlaskForm):
    """Who the letters are from, and what is printed on them."""

    organisation_zh = TextAreaField(
        _l("Organisation (Chinese)"),
        [Length(max=300)],
        render_kw={"rows": 2},
        description=_l("As it stands at the top and above the date; a line for each of several hosts."),
    )
    organisation_en = TextAreaField(_l("Organisation (English)"), [Length(max=300)], render_kw={"rows": 2})
    signer_zh = StringField(_l("Signed by (Chinese)"), [Length(max=80)])
    signer_en = StringField(_l("Signed by (English)"), [Length(max=80)])
    post_zh = StringField(_l("Their post (Chinese)"), [Length(max=120)])
    post_en = StringField(_l("Their post (English)"), [Length(max=120)])
    contact_zh = StringField(
        _l("Foot of the page (Chinese)"), [Length(max=160)], description=_l("Address, telephone, web site.")
    )
    contact_en = StringField(_l("Foot of the page (English)"), [Length(max=160)])
    logo = PictureToKeep(
        _l("Logo"),
        longest=LOGO_PIXELS,
        description=_l("PNG or JPEG, at most 5 MB; it stands above the name of the organisation."),
    )
    drop_logo = BooleanField(_l("Print no logo any more"))
    seal = PictureToKeep(
        _l("Seal"),
        longest=SEAL_PIXELS,
        clear_paper=True,
        description=_l(
            "A picture of the seal, PNG or JPEG, at most 5 MB: it is printed 4 cm wide over the signature. White paper "
            "around it becomes transparent. Besides the guests, only those who manage the edition see it."
        ),
    )
    drop_seal = BooleanField(_l("Print no seal any more"))

    def validate_organisation_zh(self, field: Field) -> None:
        if not (_clean(field.data) or _clean(self.organisation_en.data)):
            raise ValidationError(_l("Name the organisation in Chinese or English."))
        _few_lines(field)

    def validate_organisation_en(self, field: Field) -> None:
        _few_lines(field)

    def show(self, row: Letterhead | None, hosts: Bilingual) -> None:
        """What is set up now; before anything is, the hosts of the edition as a proposal."""
        texts = {name: getattr(row, name) for name in TEXTS} if row else {"organisation": _first_lines(hosts)}
        for name, text in texts.items():
            self[f"{name}_zh"].data, self[f"{name}_en"].data = text.zh, text.en

    def facts(self) -> HeadFacts:
        texts: dict[str, Any] = {
            name: Bilingual(_clean(self[f"{name}_zh"].data), _clean(self[f"{name}_en"].data)) for name in TEXTS
        }
        return HeadFacts(
            **texts,
            logo=self.logo.arrival,
            seal=self.seal.arrival,
            drop_logo=bool(self.drop_logo.data),
            drop_seal=bool(self.drop_seal.data),
        )


def _clean(text: str | None) -> str:
    """Lines without what is around them, and no empty ones."""
    return "\n".join(line.strip() for line in (text or "").splitlines() if line.strip())


def _few_lines(field: Field) -> None:
    lines = _clean(field.data).count("\n") + 1
    if lines > MOST_HOSTS:
        raise ValidationError(
            _l("At most %(most)s lines have room on the letter; these are %(lines)s.", most=MOST_HOSTS, lines=lines)
        )


def _first_lines(hosts: Bilingual) -> Bilingual:
    return Bilingual(*("\n".join(_clean(text).split("\n")[:MOST_HOSTS]) for text in (hosts.zh, hosts.en)))
