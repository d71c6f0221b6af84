"""The domain's "no", and pages for everything that can go wrong."""

from __future__ import annotations

import time
from datetime import timedelta

from flask import Flask, Response, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_timedelta
from flask_babel import gettext as _
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import ObjectDeletedError
from werkzeug.exceptions import (
    BadRequest,
    Conflict,
    HTTPException,
    NotFound,
    RequestEntityTooLarge,
    SecurityError,
    ServiceUnavailable,
)

from forums.extensions import limiter


class Refused(Exception):  # noqa: N818  (a refusal is an answer, not a fault)
    """An operation says no; the message tells a person what is wrong and what to do."""

    def __init__(self, message: object) -> None:
        super().__init__(message)

    @property
    def message(self) -> str:
        return str(self.args[0])

    def __str__(self) -> str:
        return self.message


class Unreadable(BadRequest):
    """The request holds something that no row can; the description says what, in the reader's language."""

    said = True


def show_errors(app: Flask) -> None:
    """Answer refusals, HTTP errors and a busy database with a page (or JSON where that was asked for)."""
    app.register_error_handler(Refused, lambda no: _answer(Conflict(description=no.message)))
    app.register_error_handler(CSRFError, _answer)
    app.register_error_handler(RateLimitExceeded, _too_often)
    app.register_error_handler(SecurityError, _forged_host)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(IntegrityError, _somebody_was_first)
    app.register_error_handler(DataError, _out_of_range)
    app.register_error_handler(ObjectDeletedError, _deleted_meanwhile)


def _database_away(fault: OperationalError) -> ResponseReturnValue:
    current_app.logger.error("database: %s", fault)
    return _answer(ServiceUnavailable())


def _somebody_was_first(fault: IntegrityError) -> ResponseReturnValue:
    """Operations look before they write; what a constraint still refuses was written by somebody else in between."""
    current_app.logger.error("two at once: %s", fault)
    return _answer(Conflict(description=""))


def _out_of_range(fault: DataError) -> ResponseReturnValue:
    current_app.logger.warning("a value that no column holds: %s", fault.orig)
    return _answer(Unreadable(_("One of the values is larger than anything we can store.")))


def _deleted_meanwhile(fault: ObjectDeletedError) -> ResponseReturnValue:
    current_app.logger.warning("deleted in the middle of a request: %s", fault)
    return _answer(NotFound())


def _too_often(fault: RateLimitExceeded) -> ResponseReturnValue:
    """When to come back is asked of Redis for this answer only, not for each that is within its limits."""
    if limiter.current_limit is None:
        return _answer(fault)
    seconds = max(1, int(limiter.current_limit.reset_at - time.time()))
    # In whole minutes and rounded up: nobody comes back too early.
    wait = format_timedelta(timedelta(minutes=-(-seconds // 60)), granularity="minute", threshold=1)
    fault.description, fault.said = _("Please try again in %(wait)s.", wait=wait), True  # type: ignore[attr-defined]
    response = make_response(_answer(fault))
    response.headers["Retry-After"] = str(seconds)
    return response


def _too_large(fault: RequestEntityTooLarge) -> ResponseReturnValue:
    """Known from the length that the request names, or once so much of it has come; the rest is never read."""
    most = request.max_content_length
    sent = request.content_length
    if most is not None and (sent is None or sent > most):
        fault.description = _(
            "One form with all its files holds at most %(size)s MB. Send a smaller file, or split it.",
            size=most // (1024 * 1024),
        )
    else:
        fault.description = _("One of the texts is longer than a form holds. Shorten it, or attach it as a file.")
    return _answer(fault)


def _forged_host(fault: SecurityError) -> ResponseReturnValue:
    """Without a host that is ours there are no addresses, so no page of ours either."""
    return Response("This request asks for a host that is not served here.\n", 400, mimetype="text/plain")


def _answer(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if error.response is not None:
        return error.response
    headers = [(name, value) for name, value in error.get_headers() if name != "Content-Type"]
    if request.accept_mimetypes.best == "application/json" or request.path.endswith(".json"):
        return {"error": error.name, "detail": error.description}, code, headers
    return render_template("errors/error.html", error=error, code=code), code, headers
