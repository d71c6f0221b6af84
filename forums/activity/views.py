from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from forums.activity import queries, words
from forums.web import navigation
from forums.web.guards import may
from forums.web.paging import page_of

bp = Blueprint("activity", __name__)
bp.add_app_template_filter(words.action_words, "action_words")
bp.add_app_template_filter(words.actor_words, "actor_words")
bp.add_app_template_filter(words.kind_words, "kind_words")
bp.add_app_template_filter(words.facts, "activity_facts")
navigation.add("house", _l("Activity log"), "activity.index", "activity.read", icon="clock", order=90)


@bp.get("/office/activity")
@may("activity.read")
def index() -> ResponseReturnValue:
    """Everything that anybody did, newest first."""
    return render_template("activity/index.html", page=page_of(queries.everything(), per=100))
