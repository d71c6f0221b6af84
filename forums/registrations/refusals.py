"""Why registration says no."""

from __future__ import annotations

from flask_babel import LazyString, get_locale
from flask_babel import lazy_gettext as _l

from forums.errors import Refused
from forums.registrations.models import Category, Delegation, Registration
from forums.registrations.places import Quota
from forums.registrations.questions.models import Choice


class RegistrationClosed(Refused):
    """The edition, or the category, takes no registrations of this kind now."""


class AddressTaken(Refused):
    """Another live registration of the edition has this e-mail address, or this name and phone number."""


class PlacesTaken(Refused):
    """A capacity below what is taken already."""


class NotLive(Refused):
    """The registration was cancelled or declined, so it cannot be changed."""


class NotNow(Refused):
    """The registration is not in a state in which this can be done: somebody else may have been faster."""


class ChoiceRemoved(Refused):
    """A choice that somebody picked was removed while the form was on its way."""


class Full(Refused):
    """A session, a choice, a category or a delegation has no place left; `quota` says which."""

    def __init__(self, quota: Quota) -> None:
        super().__init__(_l("“%(name)s” has no place left. Please choose something else.", name=_name_of(quota)))
        self.quota = quota


def _name_of(quota: Quota) -> LazyString | str:
    if isinstance(quota, Delegation):
        return quota.name
    name = quota.label if isinstance(quota, Choice) else quota.name if isinstance(quota, Category) else quota.title
    return LazyString(lambda: name.local("zh" if str(get_locale()).startswith("zh") else "en"))


def must_be_live(row: Registration) -> None:
    """Raises NotLive for a registration that is over."""
    if not row.is_live:
        raise NotLive(_l("This registration was cancelled; please register again."))
