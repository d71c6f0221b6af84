"""What the recipients of campaigns ask for themselves."""

from __future__ import annotations

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forums.activity.models import Actor
from forums.extensions import csrf, limiter
from forums.mail.models import Letter
from forums.mail.rendering import speaking
from forums.mail.suppression import links, operations, queries
from forums.mail.suppression.models import HOUSE, series_in
from forums.mail.suppression.office_views import bp
from forums.masks import masked_email
from forums.transaction import transaction
from forums.web.guards import capability

__all__ = ["bp"]


@bp.route("/unsubscribe/<token>", methods=["GET", "POST"])
# Each link by itself: all the mail programs of a provider come from one address.
@limiter.limit("60/hour", key_func=lambda: request.path, methods=["POST"])
@capability(links.PURPOSE)
def unsubscribe(token: str) -> ResponseReturnValue:
    """GET shows, since mail scanners follow links; POST decides, from the page or from a mail program (RFC 8058)."""
    letter = queries.letter_of_link(token) or abort(404)
    scopes = queries.scopes_of(letter)
    if request.method == "POST":
        return _decide(letter, token)
    wishes = [row.scope for row in queries.standing(letter.recipient, scopes) if row.reason == "unsubscribed"]
    named = queries.series_named([series_in(scopes[0])])
    return render_template(
        "mail/suppression/unsubscribe.html",
        here=_page(token),
        address=masked_email(letter.recipient),
        series=next(iter(named.values()), None),
        wish=HOUSE if HOUSE in wishes else "series" if wishes else "",
    )


csrf.exempt(unsubscribe)  # the token is the proof; the button of a mail program has no cookie


def _decide(letter: Letter, token: str) -> ResponseReturnValue:
    one_click = request.form.get("List-Unsubscribe", "").strip().casefold() == "one-click"
    wish = "series" if one_click else request.form.get("wish", "")
    if wish not in {"series", HOUSE, "keep"}:
        abort(400)
    somebody = Actor.guest(masked_email(letter.recipient))
    with transaction():
        if wish == "keep":
            operations.keep_writing(letter, actor=somebody)
        else:
            how = "List-Unsubscribe=One-Click" if one_click else ""
            operations.unsubscribe(letter, actor=somebody, everywhere=wish == HOUSE, how=how)
    if not one_click:
        return redirect(_page(token), 303)
    with speaking(letter.language):
        return Response(_("You get no more such letters.") + "\n", mimetype="text/plain")


def _page(token: str) -> str:
    return url_for("suppression.unsubscribe", token=token, lang=request.args.get("lang"))
