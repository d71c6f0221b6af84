from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations import audiences, narrowing
from forums.invitations.models import ANSWERS, Campaign, Contact, ContactList, Invitation, Recipient
from forums.mail.models import STATES, Letter

# Letters that may still go out; without one, a recipient gets theirs as long as the campaign is not over.
_ON_THE_WAY = ("queued", "deferred", "sending", "held")
_UNWRITTEN = and_(Recipient.letter_id.is_(None), Recipient.withheld == "")
_IS_OVER = Recipient.campaign.has(Campaign.finished_at.is_not(None))
# What the log of a campaign can be asked for, by the word in the address: of letters and their recipients …
LETTER_FILTERS: dict[str, ColumnElement[bool]] = {
    **{state: Letter.state == state for state in STATES},
    "delivered": and_(Letter.state == "sent", Letter.bounced_at.is_(None)),
    "bounced": Letter.bounced_at.is_not(None),
    "complained": Letter.complained_at.is_not(None),
    "in_doubt": and_(Letter.state == "unknown", Letter.reason != "left"),
    "meant": Recipient.withheld == "",
    "waiting": or_(Letter.state.in_(_ON_THE_WAY), and_(_UNWRITTEN, ~_IS_OVER)),
    "not_sent": or_(Letter.state == "cancelled", and_(_UNWRITTEN, _IS_OVER)),
    "withheld": Recipient.withheld != "",
}
# What the funnel counts of these, in the order of Funnel.
_COUNTED = ("waiting", "not_sent", "sent", "failed", "unknown", "bounced", "complained", "in_doubt")
# … of what they answered, which counts while they are invited …
ANSWER_FILTERS: dict[str, ColumnElement[bool]] = {
    word: and_(Invitation.withdrawn_at.is_(None), condition)
    for word, condition in {
        **{answer: Invitation.answer == answer for answer in ANSWERS},
        "yes": Invitation.answer.in_(audiences.SAID_YES),
        "any": Invitation.answer != "none",
    }.items()
} | {"withdrawn": Invitation.withdrawn_at.is_not(None)}
# … and of what became of their place.
PLACES: dict[str, Callable[[Edition], ColumnElement[bool]]] = {
    "registered": audiences.registered,
    "came": audiences.came,
    "none": lambda edition: ~audiences.registered(edition),
}


# Where somebody has to look at a letter, of those who are still invited.
TROUBLE = and_(
    or_(*(LETTER_FILTERS[name] for name in ("failed", "bounced", "in_doubt"))), Invitation.withdrawn_at.is_(None)
)
REACHED = ("reached", "not_reached")
MISSING = ("title", "organisation")


@dataclass(frozen=True)
class ListLine:
    """A list and how many people are on it."""

    row: ContactList
    contacts: int


@dataclass(frozen=True)
class Funnel:
    """What became of a campaign's letters and of those who got them; each number counts people.

    Of the `invited`, letters are waiting, sent, failed or unknown, or `not_sent` for good, and nothing else.
    `in_doubt` are those of the unknown of which nobody has decided yet what becomes of them. `withdrawn` are invited no
    more, and what they answered is not counted. `wrong` are letters that somebody has to look at.

    `registered` and `came` count whoever comes in somebody's place, too, and who registered without answering.
    """

    invited: int = 0
    waiting: int = 0
    not_sent: int = 0
    sent: int = 0
    failed: int = 0
    unknown: int = 0
    bounced: int = 0
    complained: int = 0
    in_doubt: int = 0
    coming: int = 0
    not_coming: int = 0
    registered: int = 0
    came: int = 0
    withdrawn: int = 0
    wrong: int = 0

    @property
    def delivered(self) -> int:
        """Taken by the mail server, and not sent back since."""
        return self.sent - self.bounced

    @property
    def answered(self) -> int:
        return self.coming + self.not_coming

    @property
    def over(self) -> int:
        """Letters whose sending came to an end, one way or the other."""
        return self.invited - self.waiting


def lists_of(edition: Edition, *, with_series: bool) -> list[ListLine]:
    """The edition's lists and, for those who may see them, its series', with their sizes."""
    mine = ContactList.edition_id == edition.id
    theirs = and_(ContactList.edition_id.is_(None), ContactList.series_id == edition.series_id)
    rows = (
        select(ContactList, func.count(Contact.id))
        .outerjoin(Contact, Contact.list_id == ContactList.id)
        .where(or_(mine, theirs) if with_series else mine)
        .group_by(ContactList.id)
        .order_by(ContactList.id.desc())
    )
    return [ListLine(row, count) for row, count in db.session.execute(rows)]


def campaigns_of(edition: Edition) -> Select[Campaign]:
    return (
        select(Campaign)
        .options(joinedload(Campaign.contact_list))
        .where(Campaign.edition_id == edition.id)
        .order_by(Campaign.id.desc())
    )


def find_campaign(campaign_id: int, edition: Edition) -> Campaign | None:
    return db.session.scalar(select(Campaign).where(Campaign.id == campaign_id, Campaign.edition_id == edition.id))


def funnels(campaigns: Sequence[Campaign]) -> dict[int, Funnel]:
    """The funnel of each of an edition's campaigns, in one query."""
    if not campaigns:
        return {}
    edition = campaigns[0].edition

    def count(condition: object) -> object:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)  # type: ignore[arg-type]

    rows = db.session.execute(
        select(
            Recipient.campaign_id,
            func.count(),
            *(count(LETTER_FILTERS[name]) for name in _COUNTED),
            count(ANSWER_FILTERS["yes"]),
            count(ANSWER_FILTERS["not_coming"]),
            count(audiences.registered(edition)),
            count(audiences.came(edition)),
            count(ANSWER_FILTERS["withdrawn"]),
            count(TROUBLE),
        )  # type: ignore[call-overload]
        .select_from(Recipient)
        .join(Invitation, Invitation.id == Recipient.invitation_id)
        .outerjoin(Letter, Letter.id == Recipient.letter_id)
        .where(Recipient.campaign_id.in_([campaign.id for campaign in campaigns]), LETTER_FILTERS["meant"])
        .group_by(Recipient.campaign_id)
    )
    found = {campaign_id: Funnel(*numbers) for campaign_id, *numbers in rows}
    return {campaign.id: found.get(campaign.id, Funnel()) for campaign in campaigns}


def funnel(campaign: Campaign) -> Funnel:
    return funnels([campaign])[campaign.id]


def waiting_of(campaign: Campaign) -> int:
    """How many of its letters have not gone out and still may, written or not."""
    rows = select(func.count(Recipient.id)).outerjoin(Recipient.letter).where(Recipient.campaign_id == campaign.id)
    return db.session.scalar(rows.where(LETTER_FILTERS["waiting"])) or 0


@dataclass(frozen=True)
class Log:
    """What a reader asks of the log of a campaign; a word that is no filter asks for nothing."""

    letter: str = ""
    answer: str = ""
    place: str = ""
    search: str = ""


def recipients_of(campaign: Campaign, log: Log | None = None) -> Select[Recipient]:
    """The log of a campaign: who, the state of their letter, their answer and registration."""
    log, edition = log or Log(), campaign.edition
    rows = (
        select(Recipient)
        .join(Recipient.invitation)
        .outerjoin(Recipient.letter)
        .options(
            contains_eager(Recipient.invitation).joinedload(Invitation.registration), contains_eager(Recipient.letter)
        )
        .where(Recipient.campaign_id == campaign.id)
        .order_by(Recipient.id)
    )
    if log.letter in LETTER_FILTERS:
        rows = rows.where(LETTER_FILTERS[log.letter])
    if log.answer in ANSWER_FILTERS:
        rows = rows.where(ANSWER_FILTERS[log.answer])
    if log.place in PLACES:
        rows = rows.where(PLACES[log.place](edition))
    return rows.where(*_found(log.search))


def troubled(campaign: Campaign) -> Select[Recipient]:
    """Whose letter failed, came back or is in doubt, so that somebody has to look: of those who are still invited."""
    return (
        select(Recipient)
        .join(Recipient.letter)
        .join(Recipient.invitation)
        .options(contains_eager(Recipient.letter))
        .where(Recipient.campaign_id == campaign.id, TROUBLE)
        .order_by(Letter.state.desc(), Recipient.id)
    )


def audience_of(campaign: Campaign, search: str = "") -> Select[Invitation]:
    """The invitations that a campaign to an audience can choose from, left out or not."""
    return select(Invitation).where(narrowing.whom(campaign), *_found(search)).order_by(Invitation.id)


@dataclass(frozen=True)
class Asked:
    """What a reader asks of all who are invited; a word that is no filter asks for nothing."""

    answer: str = ""
    place: str = ""
    letter: str = ""
    missing: str = ""
    search: str = ""


def invited(edition: Edition, asked: Asked) -> Select[Invitation]:
    """Everybody who is invited to the edition, each once, by name as lists are sorted."""
    rows = (
        select(Invitation)
        .outerjoin(Contact, Contact.id == Invitation.contact_id)
        .options(joinedload(Invitation.registration))
        .where(Invitation.edition_id == edition.id)
    )
    by_name = func.coalesce(func.nullif(Contact.name_sort, ""), func.lower(Invitation.name))
    if asked.answer in ANSWER_FILTERS:
        rows = rows.where(ANSWER_FILTERS[asked.answer])
    if asked.place in PLACES:
        rows = rows.where(PLACES[asked.place](edition))
    if asked.letter in REACHED:
        reached = audiences.written_to(edition)
        rows = rows.where(Invitation.id.in_(reached) if asked.letter == "reached" else Invitation.id.not_in(reached))
    if asked.missing in MISSING:
        rows = rows.where(func.trim(getattr(Invitation, asked.missing)) == "")
    return rows.where(*_found(asked.search)).order_by(by_name, Invitation.id)


@dataclass(frozen=True)
class Standing:
    """What became of somebody's letters: how many went out, or may have; the last one and its campaign; whether they
    came."""

    letters: int = 0
    last: Letter | None = None
    campaign: Campaign | None = None
    came: bool = False


def standings(edition: Edition, invitations: Sequence[Invitation]) -> dict[int, Standing]:
    """The standing of each of these invitations, in three queries."""
    ids = [one.id for one in invitations]
    newest = (
        select(
            Recipient.invitation_id,
            func.count(case((Letter.state.in_(("sent", "unknown")), 1))).label("letters"),
            func.max(Recipient.letter_id).label("letter_id"),
        )
        .join(Letter, Letter.id == Recipient.letter_id)
        .where(Recipient.invitation_id.in_(ids))
        .group_by(Recipient.invitation_id)
        .subquery()
    )
    rows = db.session.execute(
        select(newest.c.invitation_id, newest.c.letters, Letter, Campaign)
        .join(Letter, Letter.id == newest.c.letter_id)
        .join(Recipient, Recipient.letter_id == Letter.id)
        .join(Campaign, Campaign.id == Recipient.campaign_id)
        .options(joinedload(Campaign.sent_by))
    )
    there = set(db.session.scalars(select(Invitation.id).where(Invitation.id.in_(ids), audiences.came(edition))))
    found = {
        invitation_id: Standing(letters, letter, campaign, invitation_id in there)
        for invitation_id, letters, letter, campaign in rows
    }
    return {one: found.get(one, Standing(came=one in there)) for one in ids}


def find_invitation(invitation_id: int, edition: Edition) -> Invitation | None:
    return db.session.scalar(
        select(Invitation).where(Invitation.id == invitation_id, Invitation.edition_id == edition.id)
    )


def letters_to(row: Invitation) -> Sequence[Recipient]:
    """The campaigns that wrote to somebody, or were to, oldest first, with their letters and senders."""
    return db.session.scalars(
        select(Recipient)
        .options(joinedload(Recipient.letter), joinedload(Recipient.campaign).joinedload(Campaign.sent_by))
        .where(Recipient.invitation_id == row.id)
        .order_by(Recipient.id)
    ).all()


def left_out_of(campaign: Campaign) -> Select[Invitation]:
    """Who gets no letter because somebody chose so."""
    mine = (Recipient.campaign_id == campaign.id) & (Recipient.withheld == "left_out")
    return (
        select(Invitation).join(Recipient, Recipient.invitation_id == Invitation.id).where(mine).order_by(Invitation.id)
    )


def left_out(campaign: Campaign) -> set[int]:
    """Ids of their invitations."""
    return set(db.session.scalars(left_out_of(campaign).with_only_columns(Invitation.id)))


@dataclass(frozen=True)
class Reminded:
    """How often somebody was reminded, and when last."""

    times: int
    last: datetime | None


def reminded(invitations: Sequence[Invitation]) -> dict[int, Reminded]:
    """Of these invitations, those to which a reminder went out."""
    rows = db.session.execute(
        select(Recipient.invitation_id, func.count(), func.max(Letter.sent_at))
        .join(Campaign, Campaign.id == Recipient.campaign_id)
        .join(Letter, Letter.id == Recipient.letter_id)
        .where(
            Recipient.invitation_id.in_([one.id for one in invitations]),
            Campaign.kind == "reminder",
            Letter.sent_at.is_not(None),
        )
        .group_by(Recipient.invitation_id)
    )
    return {invitation_id: Reminded(times, last) for invitation_id, times, last in rows}


def _found(search: str) -> tuple[ColumnElement[bool], ...]:
    """Invitations that hold these words."""
    words = search.strip()
    columns = (Invitation.name, Invitation.email, Invitation.organisation)
    return (or_(*(column.icontains(words, autoescape=True) for column in columns)),) if words else ()


def invited_addresses(edition: Edition) -> set[str]:
    """Who was written to, or will be as soon as a frozen campaign is sent."""
    wanted = or_(Campaign.state.not_in(("cancelled", "expired")), Letter.state.in_(("sent", "unknown")))
    return set(
        db.session.scalars(
            select(Invitation.email)
            .join(Recipient, Recipient.invitation_id == Invitation.id)
            .join(Campaign, Campaign.id == Recipient.campaign_id)
            .outerjoin(Letter, Letter.id == Recipient.letter_id)
            .where(Invitation.edition_id == edition.id, Recipient.withheld == "", wanted)
        )
    )


def withdrawn_addresses(edition: Edition) -> set[str]:
    """Whose invitation to the edition was withdrawn."""
    mine = (Invitation.edition_id == edition.id) & Invitation.withdrawn_at.is_not(None)
    return set(db.session.scalars(select(Invitation.email).where(mine)))
