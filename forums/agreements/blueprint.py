"""The room's blueprint, what its templates may call, and the page that many of its answers come back to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forums import clock, money
from forums.accounts.models import Account
from forums.agreements import changes, lifecycle, queries, vocabulary
from forums.agreements.concerns import Concern, concerns_of
from forums.agreements.counting import Credit
from forums.agreements.forms import CancellationForm, CorrectionForm, DocumentForm, ReturnForm
from forums.agreements.lifecycle import DocumentState
from forums.agreements.models import Agreement, AmountEntry, Project
from forums.agreements.review import MOVES, had_a_hand, may_take
from forums.agreements.tally import Cell
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.web.guards import account, can
from forums.web.language import day, language

bp = Blueprint("agreements", __name__)


def found(edition: Edition, agreement_id: int, *, for_change: bool = False, whole: bool = False) -> Agreement:
    """The agreement signed at the edition, or 404; see queries.agreement_at()."""
    row = queries.agreement_at(edition, agreement_id, for_change=for_change, whole=whole)
    if row is None:
        abort(404)
    return row


def refuse_unseeing(row: Agreement) -> None:
    """404 for whoever may not see the agreement's amounts: nobody changes or passes what they cannot read."""
    if not sees_amounts(row.project, row.drafted_by_id):
        abort(404)


def agreement_page(edition: Edition, agreement_id: int, **forms: Any) -> ResponseReturnValue:
    """The agreement with its history and what the reader may do next; `forms` are those that came back with errors."""
    row = found(edition, agreement_id, whole=True)
    somebody = account()
    own = somebody.id if somebody else None
    fresh = {
        "return_form": ReturnForm(formdata=None),
        "correction_form": CorrectionForm(formdata=None, language=language(), scans=row.scans),
        "cancellation_form": CancellationForm(formdata=None),
        "document_form": DocumentForm(formdata=None, language=language(), state=row.document_state, day=today(edition)),
    }
    return render_template(
        "agreements/show.html",
        edition=edition,
        row=row,
        visible=sees_amounts(row.project, row.drafted_by_id),
        had_a_hand=had_a_hand(row, own),
        is_verifier=own is not None and row.verified_by_id == own,
        own=own,
        may_take={name for name in MOVES if may_take(row, name, own)},
        said=changes.facts_of(row),
        since_verified=changes.since_last_verified(row),
        concerns=_concerns(edition, row),
        document=lifecycle.document_now(row, today(edition)),
        **(fresh | forms),
    )


def late_words(name: str) -> str:
    """What whoever saves second is told."""
    return str(
        _(
            "%(name)s has changed this since you opened it. What they changed and you did not is taken over; where "
            "both of you changed the same, what you typed stands here and theirs beside it. Save again to keep yours.",
            name=name,
        )
    )


def today(edition: Edition) -> date:
    """The day it is where the edition takes place."""
    return clock.now().astimezone(ZoneInfo(edition.zone)).date()


def _concerns(edition: Edition, row: Agreement) -> list[Concern]:
    """What this reader should look at twice, as long as there is something to decide."""
    if row.review in {"approved", "locked"} or row.cancelled_on:
        return []
    visible = sees_amounts(row.project, row.drafted_by_id)
    return [one for one in concerns_of(edition, [row])[row.id] if visible or not one.tells]


_CONCERNS = {
    "confidential": _l("The amounts are confidential."),
    "no_scan": _l("There is no scan to compare it with."),
    "no_party": _l("No party is named."),
    "no_credit_code": _l("A party has no credit code: %(names)s."),
    "other_day": _l("It was signed on %(day)s, which is no day of the edition."),
    "same_name": _l("Another project has the same name: is it the same?"),
    "same_enterprise": _l("The enterprise has another project: is it the same?"),
    "undisclosed": _l("An amount is not disclosed."),
    "foreign": _l("The amount is not in yuan: it is shown apart and never converted."),
    "far_from_usual": _l("%(fen)s is ten times more or less than usual for “%(kind)s”: the median is %(usual)s."),
    "far_from_earlier": _l("%(fen)s is ten times more or less than in the project's earlier agreement: %(earlier)s."),
}


@bp.app_template_global()
def concern_words(concern: Concern) -> str:
    """What to look at twice, in a sentence."""
    told = {name: _figure_words(name, value) for name, value in concern.figures.items()}
    return str(_CONCERNS[concern.code]) % told


def _figure_words(name: str, value: Any) -> str:
    if name in {"fen", "usual", "earlier"}:
        return money.format_yuan(value, language())
    if name == "kind":
        return word_of("kinds", value)
    if name == "names":
        return str(_(", ")).join(one.local(language()) for one in value)
    return day(value) if isinstance(value, date) else str(value)


@bp.app_template_global()
def document_by(state: DocumentState) -> str:
    """What made it so: one of the dates, or that somebody recorded it."""
    words = {
        "recorded": _("as recorded"),
        "effective_on": _("by its effective date"),
        "expires_on": _("by its last day"),
        "cancelled_on": _("by its cancellation"),
    }
    return str(words[state.by])


@bp.app_template_global("agreement_words")
def word_of(kind: str, code: str) -> str:
    """A code of the vocabulary in the reader's language: word_of("kinds", "investment")."""
    known: vocabulary.Words = getattr(vocabulary, kind.upper())
    return known[code].local(language()) if code in known else code or str(_("not stated"))


@bp.app_template_global()
def field_words(name: str) -> str:
    """The name of one of an agreement's fields."""
    return str(changes.FIELDS.get(name, name))


@bp.app_template_global()
def fact_words(row: Agreement, name: str, value: Any) -> str:
    """A plain value of changes.facts_of() in the reader's words; “confidential” where it would name an amount."""
    if not value and value != 0:
        return "—"
    if name in changes.TELLING and not sees_amounts(row.project, row.drafted_by_id):
        return str(_("confidential"))
    return _AS_WORDS[name](value) if name in _AS_WORDS else str(value)


def _kept_amount(entry: dict[str, Any]) -> str:
    if entry["fen"] is None:
        shown = str(_("undisclosed"))
    else:
        shown = f"“{entry['text']}” = {money.echo(entry['fen'], language(), entry['currency'])}"
    page = f", {_('page %(page)s', page=entry['page'])}" if entry.get("page") else ""
    return f"{shown} ({word_of('bases', entry['basis'])}{page})"


def _kept_party(party: list[str]) -> str:
    role, zh, en, code = party
    return f"{word_of('roles', role)} {Bilingual(zh, en).local(language())} {code}".strip()


_AS_WORDS: dict[str, Callable[[Any], str]] = {
    "title": lambda value: Bilingual(*value).local(language()),
    "earlier": lambda value: Bilingual(*value[1:]).local(language()),
    "kind": lambda value: word_of("kinds", value),
    "binding": lambda value: word_of("bindings", value),
    "relation": lambda value: word_of("relations", value),
    "document_state": lambda value: word_of("document_states", value),
    "signed_on": lambda value: day(date.fromisoformat(value)),
    "effective_on": lambda value: day(date.fromisoformat(value)),
    "expires_on": lambda value: day(date.fromisoformat(value)),
    "amounts": lambda value: "; ".join(map(_kept_amount, value)),
    "parties": lambda value: "; ".join(map(_kept_party, value)),
    "scans": "; ".join,
}


def sees_amounts(project: Project, drafted_by_id: int | None = None) -> bool:
    """Whether the reader may see the project's amounts: confidential ones only with the right, or as their drafter."""
    if not project.confidential or can("amounts.confidential", project):
        return True
    somebody: Account | None = account()
    return somebody is not None and somebody.id == drafted_by_id


@bp.app_template_global()
def amount_words(entry: AmountEntry | None, agreement: Agreement, *, exact: bool = False) -> str:
    """“about 2.72 billion yuan”; `exact` gives every digit. Says “undisclosed” or “confidential” where it is."""
    if entry is None:
        return "—"
    if not sees_amounts(agreement.project, agreement.drafted_by_id):
        return str(_("confidential"))
    if entry.fen is None:
        return str(_("undisclosed"))
    shown = (
        money.echo(entry.fen, language(), entry.currency)
        if exact
        else money.format_amount(entry.fen, entry.currency, language())
    )
    qualifier = vocabulary.QUALIFIERS[entry.qualifier].local(language())
    return f"{qualifier}{'' if language() == 'zh' else ' '}{shown}" if qualifier and not exact else shown


@bp.app_template_global()
def amount_in_words(entry: AmountEntry) -> str:
    """叁佰零肆亿元整, “thirty billion four hundred million yuan”: for whom may see it; "" for undisclosed."""
    return money.in_words(entry.fen, language(), entry.currency) if entry.fen else ""


@bp.app_template_global()
def cell_words(cell: Cell, unit: str, *, change: bool = False) -> str:
    """An amount of a tally in the table's unit; a band where the exact figure would tell a confidential amount."""
    if cell.fen is None:
        return f"≤ {money.in_unit(cell.band, unit)}" if cell.band else str(_("withheld"))
    if not cell.fen and not cell.projects:
        return "—"
    shown = money.in_unit(cell.fen, unit)
    return f"+{shown}" if change and cell.fen > 0 else shown


@bp.app_template_global()
def headline(cell: Cell, currency: str = "CNY") -> str:
    """A tally's amount by itself: 304亿元, “30.4 billion yuan”, or the band it lies below."""
    if cell.fen is not None:
        return money.format_amount(cell.fen, currency, language())
    return f"≤ {money.format_amount(cell.band, currency, language())}" if cell.band else str(_("withheld"))


@bp.app_template_global()
def credit_words(credit: Credit, agreement: Agreement) -> str:
    """What a signing adds to its edition's amount."""
    if not credit.projects and not credit.fen:
        return "0"
    if not sees_amounts(agreement.project, agreement.drafted_by_id):
        return str(_("confidential"))
    if credit.fen is None:
        return str(_("undisclosed"))
    return money.format_amount(credit.fen, credit.currency, language())


@bp.app_template_global()
def reason_words(reason: str) -> str:
    """Why a signing counts as it does, by the name of the rule."""
    return str(
        {
            "first": _("first signing"),
            "again": _("signed before"),
            "upgrade": _("intention made firm"),
            "increase": _("increase"),
            "investor_change": _("another investor"),
            "superseded": _("another investor has signed since"),
            "framework": _("framework, filled by its contracts"),
            "apart": _("no project investment"),
            "orphan": _("increase of nothing that counts"),
        }[reason]
    )
