"""Which registrations a bulk action is for: those that were ticked, or all that the list shows.

The list's form posts `rows` (the ids of the ticked lines, once each), `everyone` ("1" when all that match are meant)
and `query` (the address's query of the list). An action of another room does

    picked = selection.chosen(edition, request.form)          # raises NothingChosen
    for row in db.session.scalars(picked.rows(edition)): …

and a job takes `picked.params` into its own parameters and calls `selection.kept(params)`. A page in between, which
asks for a reason, carries the choice on with `{{ chosen_fields(picked) }}` of registrations/lists/parts.html. The
button stands in the list's bar once the action's endpoint is offered: `selection.offer("badges.print", _l("…"))`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select

from forums.editions.models import Edition
from forums.errors import Refused
from forums.registrations.lists import queries
from forums.registrations.lists.asked import LARGEST_ID, Asked, Values, read_query
from forums.registrations.models import Registration

MOST_ROWS = 1000  # ticked one by one; more than a page ever shows


class NothingChosen(Refused):
    """No line was ticked, and not everybody was meant."""


@dataclass(frozen=True)
class Chosen:
    """The ticked ids, or with `ids` None everything that the list asks for."""

    asked: Asked
    ids: tuple[int, ...] | None = None

    def rows(self, edition: Edition) -> Select[Registration]:
        """The edition's registrations among them, in the list's order; ids of other editions find nothing."""
        if self.ids is None:
            return queries.registrations(edition, self.asked)
        return queries.registrations(edition, Asked(sort=self.asked.sort)).where(Registration.id.in_(self.ids))

    def count(self, edition: Edition) -> int:
        """How many registrations that is, exactly."""
        return queries.count_of(self.rows(edition))

    @property
    def params(self) -> dict[str, Any]:
        """The choice as plain values, for a job."""
        return {"query": self.asked.query(), "ids": None if self.ids is None else list(self.ids)}


def chosen(edition: Edition, form: Values, *, nobody_is_everybody: bool = False) -> Chosen:
    """What the posted form of the list chooses. Raises NothingChosen, unless no tick is to mean all that it shows."""
    asked = read_query((form.get("query") or "")[:5000])
    if form.get("everyone") == "1":
        return Chosen(asked)
    ids = tuple(dict.fromkeys(_ids(form.getlist("rows"))))[:MOST_ROWS]
    if ids:
        return Chosen(asked, ids)
    if nobody_is_everybody:
        return Chosen(asked)
    raise NothingChosen(_l("Nobody is chosen. Tick people in the list first."))


def kept(params: Mapping[str, Any]) -> Chosen:
    """The choice that `Chosen.params` wrote down."""
    ids = params["ids"]
    return Chosen(read_query(params["query"]), None if ids is None else tuple(ids))


def _ids(given: list[str]) -> list[int]:
    plain = (text for text in given if text.isascii() and text.isdigit() and len(text) < 11)
    return [row_id for text in plain if 0 < (row_id := int(text)) <= LARGEST_ID]


# ---- What may be done with them


@dataclass(frozen=True)
class BulkAction:
    """A button in the list's bar: it posts the choice to `endpoint`, which takes the edition and `values`."""

    endpoint: str
    label: LazyString | str
    icon: str = ""
    style: str = "secondary"
    values: Mapping[str, Any] = field(default_factory=dict)


ACTIONS: list[BulkAction] = []


def offer(endpoint: str, label: LazyString | str, *, icon: str = "", style: str = "secondary", **values: Any) -> None:
    """Put a button into the bar below the list, for those who may see the list."""
    ACTIONS.append(BulkAction(endpoint, label, icon, style, values))
