"""Recording what was signed: projects, and agreements with their parties and amounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from forums.activity.models import Actor
from forums.activity.operations import record
from forums.agreements import changes, lifecycle
from forums.agreements.counting import CHANGING_KINDS, PROJECT_KINDS
from forums.agreements.models import (
    Agreement,
    AgreementParty,
    AmountEntry,
    Project,
    ReviewHand,
    ReviewStep,
    Segment,
    Signing,
)
from forums.agreements.queries import segments_of
from forums.agreements.vocabulary import (
    BASES,
    BINDINGS,
    CHANNELS,
    DOCUMENT_STATES,
    HEADLINE_BASIS,
    KINDS,
    REGIONS,
    RELATIONS,
    ROLES,
    STAGES,
    Words,
    class_of,
)
from forums.columns import Bilingual
from forums.directory.credit_code import read_credit_code
from forums.directory.models import Organisation
from forums.directory.operations import find_or_create_organisation
from forums.editions.models import Edition, Series
from forums.errors import Refused
from forums.extensions import db
from forums.money import Amount, parse


class ChangedMeanwhile(Refused):
    """Somebody else has changed the agreement since this person opened it."""


class NotOpen(Refused):
    """The agreement is under review or approved: its facts stand still."""


class SamePerson(Refused):
    """Who had a hand in the draft cannot verify or approve it, and nobody does both."""


class NeedsAccount(Refused):
    """Only a member of staff, by name, can draft and review."""


@dataclass(frozen=True)
class ProjectFacts:
    """What is known of a project. `aliases` one a line; `origin`, `channel` and `stage` are codes of the vocabulary.

    `site` is where it stands or will stand, as people write it.

    `stage` is where a new project stands; from then on it moves by followup/stages.py alone.
    """

    name: Bilingual
    enterprise: Bilingual = field(default_factory=Bilingual)
    credit_code: str = ""
    aliases: str = ""
    content: str = ""
    segment_id: int | None = None
    site: str = ""
    origin: str = ""
    channel: str = ""
    stage: str = "agreement"
    confidential: bool = False


@dataclass(frozen=True)
class PartyFacts:
    """One party by name, by credit code or by both."""

    role: str
    name: Bilingual
    credit_code: str = ""


@dataclass(frozen=True)
class AgreementFacts:
    """What stands in an agreement. `amount` is the original text; empty together with `undisclosed` names none."""

    title: Bilingual
    kind: str
    binding: str
    signed_on: date
    basis: str = HEADLINE_BASIS
    amount: str = ""
    undisclosed: bool = False
    source_page: str = ""
    number: str = ""
    relation: str = "first"
    earlier_id: int | None = None
    position: int = 0
    document_state: str = "signed"
    effective_on: date | None = None
    expires_on: date | None = None
    parties: tuple[PartyFacts, ...] = ()


def create_project(series: Series, facts: ProjectFacts, *, synthetic: bool = False, actor: Actor) -> Project:
    """Raises Refused, BadCreditCode."""
    _check_word(facts.stage, STAGES)
    row = Project(series=series, synthetic=synthetic, stage=facts.stage, agreements=[])
    _apply_project(row, facts)
    db.session.add(row)
    record(actor, "project.created", row, name=facts.name.local("zh"))
    return row


def change_project(
    project: Project,
    facts: ProjectFacts,
    *,
    version: int | None = None,
    actor: Actor,
    reviewing: bool = False,
    sees_confidential: bool = False,
) -> None:
    """Once an agreement of it is approved, only a reviewer (`reviewing`) may change what tallies count by.

    Whoever does not see confidential amounts does not open them to others either. `version` is that of the page the
    actor worked on, if it was a page.

    Raises ChangedMeanwhile, NotOpen, Refused, BadCreditCode.
    """
    if version is not None and project.version != version:
        raise ChangedMeanwhile(_l("Somebody has changed this project since you opened it. Look at it again."))
    if not reviewing and any(row.review in {"verified", "approved", "locked"} for row in project.agreements):
        raise NotOpen(_l("An agreement of this project is approved already: ask a reviewer to change the project."))
    if project.confidential and not facts.confidential and not sees_confidential:
        raise Refused(_l("Only somebody who may see confidential amounts can open them to others."))
    before = _project_words(project)
    _apply_project(project, facts)
    db.session.flush()
    project.version += 1
    after = _project_words(project)
    changed = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    record(actor, "project.changed", project, changed=changed)


def add_segment(series: Series, name: Bilingual, *, code: str = "", actor: Actor) -> Segment:
    """A step of the value chain to count by. Raises Refused without a name, or for one that is there."""
    if not name:
        raise Refused(_l("A segment needs a name in Chinese or English."))
    rows = segments_of(series)
    if any(row.name == name or (code and row.code == code) for row in rows):
        raise Refused(_l("There is a segment “%(name)s” already.", name=name.zh or name.en))
    position = max((row.position for row in rows), default=0) + 1
    row = Segment(series_id=series.id, code=code or f"segment-{position}", name=name, position=position)
    db.session.add(row)
    record(actor, "segment.added", row, name=name.zh or name.en)
    return row


def draft(
    edition: Edition,
    project: Project,
    facts: AgreementFacts,
    *,
    synthetic: bool = False,
    comment: str = "",
    actor: Actor,
) -> Agreement:
    """An agreement signed at the edition, drafted by the actor; `comment` is what they have to say of it.

    Raises NeedsAccount, BadAmount, BadCreditCode, Refused.
    """
    account_id = account_of(actor)
    if project.series_id != edition.series_id:
        raise Refused(_l("The project belongs to another series."))
    parties = _organisations(facts, synthetic=synthetic)
    row = Agreement(drafted_by_id=account_id, synthetic=synthetic, review="drafted", version=1)
    row.signings.append(Signing(edition_id=edition.id))
    _apply(row, facts, edition, project)
    row.project = project
    _keep_parties(row, parties)
    entry = enter_amount(row, facts, reason="", actor=actor)
    db.session.add(row)
    entry.step = step(row, "drafted", actor, comment=comment)
    record(actor, "agreement.drafted", row, edition=edition)
    return row


def revise(agreement: Agreement, facts: AgreementFacts, *, version: int, reason: str = "", actor: Actor) -> None:
    """Change a draft, or what was returned. A changed amount is reversed and entered anew.

    `version` is that of the page the actor worked on. Raises ChangedMeanwhile, NotOpen and what draft() raises.
    """
    account_of(actor)
    check_version(agreement, version)
    if not agreement.is_open:
        raise NotOpen(_l("This agreement is being reviewed or approved; it has to be returned before it can change."))
    edition = agreement.signings[0].edition
    _check_document(agreement, facts)
    before = changes.facts_of(agreement)
    parties = _organisations(facts, synthetic=agreement.synthetic)
    _apply(agreement, facts, edition, agreement.project)
    _keep_parties(agreement, parties)
    entries: list[AmountEntry] = []
    if _amount_changed(agreement, facts):
        entries = reverse_amounts(agreement, facts.basis, reason=reason, actor=actor)
        entries.append(enter_amount(agreement, facts, reason=reason, actor=actor))
    agreement.version += 1
    db.session.flush()  # relationships by the ids that were just set
    said = changes.differences(before, changes.facts_of(agreement))
    row = step(agreement, "revised", actor, comment=reason, changed=said)
    for entry in entries:
        entry.step = row
    record(actor, "agreement.revised", agreement, edition=edition)


def enter_amount(
    agreement: Agreement, facts: AgreementFacts, *, reason: str, reported: bool = False, actor: Actor
) -> AmountEntry:
    """A new row of the ledger; `reported` where follow-up found it rather than the agreement. Raises BadAmount."""
    amount = _amount(facts)
    row = AmountEntry(
        project_id=agreement.project.id,
        basis=facts.basis,
        currency=amount.currency if amount else "CNY",
        fen=amount.fen if amount else None,
        qualifier=amount.qualifier if amount else "exact",
        source_text=amount.text if amount else "",
        source_page=facts.source_page,
        unit=amount.unit if amount else "",
        effective_on=facts.signed_on,
        recorded_by_id=account_of(actor),
        reason=reason,
        reported=reported,
    )
    agreement.entries.append(row)
    return row


def reverse_amounts(agreement: Agreement, basis: str, *, reason: str, actor: Actor) -> list[AmountEntry]:
    """Take back every entry in force on the headline basis and on `basis`, by entries of the opposite sign."""
    opposites = []
    for entry in agreement.amounts:
        if entry.basis not in {basis, HEADLINE_BASIS}:
            continue
        opposite = AmountEntry(
            project_id=entry.project_id,
            basis=entry.basis,
            currency=entry.currency,
            fen=-entry.fen if entry.fen is not None else None,
            qualifier=entry.qualifier,
            source_text=entry.source_text,
            source_page=entry.source_page,
            unit=entry.unit,
            effective_on=entry.effective_on,
            recorded_by_id=account_of(actor),
            reason=reason,
            reverses_id=entry.id,
        )
        agreement.entries.append(opposite)
        opposites.append(opposite)
    db.session.flush()
    return opposites


def account_of(actor: Actor) -> int:
    """The actor's account. Raises NeedsAccount."""
    if actor.account_id is None:
        raise NeedsAccount(_l("Sign in: agreements are drafted and reviewed by name."))
    return actor.account_id


def check_version(agreement: Agreement, version: int) -> None:
    """Raises ChangedMeanwhile."""
    if agreement.version != version:
        raise ChangedMeanwhile(_l("Somebody has changed this agreement since you opened it. Look at it again."))


def step(
    agreement: Agreement,
    name: str,
    actor: Actor,
    *,
    comment: str = "",
    changed: changes.Changes | None = None,
    comments: dict[str, str] | None = None,
    part: str = "drafts",
) -> ReviewStep:
    """Write a line of the agreement's own history; `part` is what the actor has a hand in by it, "" for none.

    Raises SamePerson.
    """
    row = ReviewStep(
        step=name,
        account_id=account_of(actor),
        comment=comment,
        version=agreement.version,
        changes=changed or {},
        comments=comments or {},
    )
    agreement.steps.append(row)
    if part:
        _keep_hand(agreement, account_of(actor), part)
    return row


def _keep_hand(agreement: Agreement, account_id: int, part: str) -> None:
    known = next((hand for hand in agreement.hands if hand.account_id == account_id), None)
    if known is None:
        agreement.hands.append(ReviewHand(account_id=account_id, part=part))
    elif known.part != part:
        raise SamePerson(_l("One person drafts, a second verifies and a third approves: you have another part here."))


def _apply_project(row: Project, facts: ProjectFacts) -> None:
    if not facts.name:
        raise Refused(_l("A project needs a name in Chinese or English."))
    for word, words in ((facts.origin, REGIONS), (facts.channel, CHANNELS)):
        if word:
            _check_word(word, words)
    if facts.segment_id is not None and db.session.get(Segment, facts.segment_id) is None:
        raise Refused(_l("That segment is not there any more."))
    row.name, row.aliases, row.content, row.segment_id = facts.name, facts.aliases, facts.content, facts.segment_id
    row.site, row.origin, row.channel = facts.site.strip(), facts.origin, facts.channel
    row.confidential = facts.confidential
    row.organisation = _organisation(facts.enterprise, facts.credit_code, synthetic=bool(row.synthetic))


def _organisation(name: Bilingual, credit_code: str, *, synthetic: bool) -> Organisation | None:
    code = read_credit_code(credit_code)
    if not name and code is None:
        return None
    if not name:
        known = db.session.scalar(select(Organisation).where(Organisation.credit_code == code))
        if known is None:
            raise Refused(_l("No organisation with the credit code %(code)s is known: give its name too.", code=code))
        return known
    return find_or_create_organisation(name, credit_code=code, synthetic=synthetic)


def _project_words(row: Project) -> dict[str, Any]:
    names = ("aliases", "content", "segment_id", "site", "origin", "channel", "confidential", "organisation_id")
    return {"name": row.name.zh or row.name.en, "name_en": row.name.en} | {name: getattr(row, name) for name in names}


def _apply(row: Agreement, facts: AgreementFacts, edition: Edition, project: Project) -> None:
    """Check the facts, then put them into the row and its signing."""
    for word, words in (
        (facts.kind, KINDS),
        (facts.binding, BINDINGS),
        (facts.relation, RELATIONS),
        (facts.basis, BASES),
        (facts.document_state, DOCUMENT_STATES),
    ):
        _check_word(word, words)
    if not facts.title:
        raise Refused(_l("An agreement needs a title in Chinese or English."))
    if class_of(facts.kind) == "intent" and facts.binding != "intention":
        raise Refused(_l("A letter of intent binds as an intention; choose another kind for a contract."))
    if abs((facts.signed_on - edition.starts_on).days) > 366:
        raise Refused(_l("%(day)s is more than a year from the edition: check the year.", day=facts.signed_on))
    if facts.effective_on and facts.expires_on and facts.expires_on < facts.effective_on:
        raise Refused(_l("The agreement expires before it takes effect."))
    _check_relation(row, facts, project)
    _amount(facts)
    for name in ("title", "number", "kind", "binding", "relation", "earlier_id", "document_state"):
        setattr(row, name, getattr(facts, name))
    row.effective_on, row.expires_on = facts.effective_on, facts.expires_on
    row.signings[0].signed_on, row.signings[0].position = facts.signed_on, facts.position


def _organisations(facts: AgreementFacts, *, synthetic: bool) -> list[tuple[int, str]]:
    """The parties' organisations with their roles, found or made; before any row of the agreement waits unsaved."""
    parties: dict[tuple[int, str], None] = {}
    for party in facts.parties:
        _check_word(party.role, ROLES)
        organisation = _organisation(party.name, party.credit_code, synthetic=synthetic)
        if organisation is not None:
            parties[organisation.id, party.role] = None
    return list(parties)


def _keep_parties(row: Agreement, parties: list[tuple[int, str]]) -> None:
    """Rows that stay are kept: a unique pair cannot be inserted before its old row is gone."""
    known = {(party.organisation_id, party.role): party for party in row.parties}
    kept = []
    for position, key in enumerate(parties):
        party = known.get(key) or AgreementParty(organisation_id=key[0], role=key[1])
        party.position = position
        kept.append(party)
    row.parties = kept


def _check_relation(row: Agreement, facts: AgreementFacts, project: Project) -> None:
    """An upgrade, increase or change of investor names what it changes; a first signing has none before it."""
    among = [*project.agreements, *(project.merged_into.agreements if project.merged_into else ())]
    others = [other for other in among if other is not row and not other.cancelled_on]
    if facts.relation in {"upgrade", "increase", "investor_change"}:
        earlier = next((other for other in others if other.id == facts.earlier_id), None)
        if class_of(facts.kind) not in CHANGING_KINDS:
            raise Refused(_l("An agreement of this kind cannot change a project: choose investment or supplementary."))
        if earlier is None:
            raise Refused(_l("Choose the earlier agreement of this project that it changes."))
        if facts.relation == "upgrade" and (earlier.binding != "intention" or facts.binding == "intention"):
            raise Refused(_l("Only an intention can be made firm, by a contract or an agreement."))
    elif facts.relation == "first" and class_of(facts.kind) in PROJECT_KINDS:
        before = [
            other
            for other in others
            if class_of(other.kind) in PROJECT_KINDS and _signed_before(other, facts.signed_on)
        ]
        if before:
            raise Refused(
                _l("This project was signed before: say whether this is the same again, an increase or another.")
            )


def _check_document(row: Agreement, facts: AgreementFacts) -> None:
    """Once others have read it, the document goes on step by step; all else is for proposals.move_document()."""
    before, after = row.document_state, facts.document_state
    if before != after and row.submitted_at is not None and lifecycle.kind_of(before, after) != "step":
        raise Refused(_l("The document goes on step by step: change its state on the agreement's page, with a reason."))


def _signed_before(other: Agreement, day: date) -> bool:
    return any(signing.signed_on <= day for signing in other.signings)


def _amount(facts: AgreementFacts) -> Amount | None:
    """The amount in the facts, None for undisclosed. Raises BadAmount for an empty text that is not so marked."""
    return None if facts.undisclosed and not facts.amount.strip() else parse(facts.amount)


def _amount_changed(agreement: Agreement, facts: AgreementFacts) -> bool:
    amount = _amount(facts)
    said = (amount.fen, amount.text) if amount else (None, "")
    wanted = (facts.basis, *said, facts.source_page, facts.signed_on)
    return [(e.basis, e.fen, e.source_text, e.source_page, e.effective_on) for e in agreement.amounts] != [wanted]


def _check_word(word: str, words: Words) -> None:
    if word not in words:
        raise Refused(_l("“%(word)s” is not among the choices.", word=word))
