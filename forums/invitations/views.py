from __future__ import annotations

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from forums.invitations import (
    campaign_log_views,
    campaign_views,
    choosing_views,
    guest_views,
    mending_views,
    withdrawal_views,
)
from forums.invitations.forms import ANSWER_NAMES, CAMPAIGN_STATES
from forums.registrations.words import STATES
from forums.web import navigation

bp = Blueprint("invitations", __name__)
for part in (campaign_views, choosing_views, campaign_log_views, mending_views, guest_views, withdrawal_views):
    bp.register_blueprint(part.bp)
navigation.add("edition", _l("Invitations"), "invitations.campaigns.index", "editions.manage", icon="mail", order=50)


@bp.app_context_processor
def names() -> dict[str, object]:
    return {"campaign_states": CAMPAIGN_STATES, "answer_names": ANSWER_NAMES, "registration_words": STATES}


# The pages of the invited join the same blueprint.
from forums.invitations import answer_views  # noqa: E402, F401
