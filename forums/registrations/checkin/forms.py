from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from forums.agenda.models import Session
from forums.clock import now
from forums.editions.forms import typed
from forums.editions.models import Edition, Hall
from forums.errors import Refused
from forums.registrations.checkin.models import Point
from forums.registrations.checkin.operations import PointFacts, Scan
from forums.registrations.forms import one_line, trimmed
from forums.web.language import language

MOST_SCANS = 100
NONCE = re.compile(r"[A-Za-z0-9-]{8,64}")
MOST_MILLISECONDS = 7_200_000_000_000  # the year 2198, as browsers count
DIRECTIONS = ("in", "out")


class ScanForm(FlaskForm):
    """What was scanned or typed at a desk."""

    code = StringField(
        _l("Ticket, reference, name or last four digits"), [DataRequired(), Length(max=200), one_line], [trimmed]
    )
    direction = RadioField(_l("Direction"), [Optional()], choices=[("in", _l("In")), ("out", _l("Out"))], default="in")
    nonce = HiddenField()

    @property
    def way(self) -> str:
        """ "in" or "out"; whatever else was sent is in."""
        return self.direction.data if self.direction.data in DIRECTIONS else "in"

    @property
    def name_of_scan(self) -> str:
        """The page's own name for this sending; none that is not ours."""
        return self.nonce.data if NONCE.fullmatch(self.nonce.data or "") else ""


class PointForm(FlaskForm):
    """A check-in point. Where it leads is chosen once: its passages happened there."""

    name_zh = StringField(_l("Name (Chinese)"), [Length(max=100), one_line], [trimmed])
    name_en = StringField(_l("Name (English)"), [Length(max=100), one_line], [trimmed])
    leads_to = SelectField(_l("Leads to"))
    both_ways = BooleanField(
        _l("Note people when they leave, too"),
        description=_l("The page then shows how many are inside, and knows who comes back."),
    )

    def __init__(self, edition: Edition, sessions: list[Session], point: Point | None = None) -> None:
        super().__init__(obj=point)
        spoken = language()
        self.targets: dict[str, Hall | Session | None] = {"entrance": None}
        choices = [("entrance", _l("The venue: an entrance"))]
        for hall in edition.halls:
            self.targets[f"hall-{hall.id}"] = hall
            choices.append((f"hall-{hall.id}", _l("Hall: %(name)s", name=hall.name.local(spoken) or hall.code)))
        for session in sessions:
            self.targets[f"session-{session.id}"] = session
            choices.append((f"session-{session.id}", _l("Session: %(name)s", name=session.title.local(spoken))))
        self.leads_to.choices = choices
        if point is not None:
            del self.leads_to

    def validate_name_zh(self, field: Field) -> None:
        if not (field.data or self.name_en.data):
            raise ValidationError(_l("Give a name in Chinese or English."))

    def facts(self) -> PointFacts:
        """What was entered, as operations take it."""
        target = self.targets.get(self.leads_to.data) if "leads_to" in self else None
        return PointFacts(typed(self, "name"), bool(self.both_ways.data), target)


def read_scans(body: Any) -> list[Scan]:
    """The scans of a desk's queue, at most MOST_SCANS; raises Refused when this is no such list.

    {"day": "2027-03-18" | null, "scans": [{"nonce": …, "code": …, "direction": "in" | "out", "at": ms, "offset": ms}]}:
    `at` is the desk's own clock, `offset` what it measured that clock to be behind ours.
    """
    scans = body.get("scans") if isinstance(body, dict) else None
    if not isinstance(scans, list) or len(scans) > MOST_SCANS:
        raise Refused(_l("Send a list of at most %(most)d scans.", most=MOST_SCANS))
    read = [_scan(one) for one in scans]
    if any(one is None for one in read):
        raise Refused(_l("A scan needs a nonce, a code, a direction and a time."))
    return [one for one in read if one is not None]


def _scan(one: Any) -> Scan | None:
    if not isinstance(one, dict):
        return None
    nonce, code, direction = one.get("nonce"), one.get("code"), one.get("direction", "in")
    texts = isinstance(nonce, str) and isinstance(code, str) and NONCE.fullmatch(nonce) and len(code) <= 200
    at, offset = _milliseconds(one.get("at")), _milliseconds(one.get("offset", 0))
    if not texts or direction not in DIRECTIONS or at is None or offset is None:
        return None
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=min(max(at + offset, 0), MOST_MILLISECONDS))
    return Scan(str(code), direction, str(nonce), min(moment, now()))


def _milliseconds(value: Any) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if number and abs(value) <= MOST_MILLISECONDS else None
