from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from forums.activity import queries
from forums.web import navigation
from forums.web.guards import may
from forums.web.paging import page_of

bp = Blueprint("activity", __name__)
navigation.add("house", _l("Activity log"), "activity.index", "activity.read", icon="clock", order=90)


@bp.get("/office/activity")
@may("activity.read")
def index() -> ResponseReturnValue:
    """Everything that anybody did, newest first."""
    return render_template("activity/index.html", page=page_of(queries.everything(), per=100))
