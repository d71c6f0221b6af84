"""The domain's "no", and pages for everything that can go wrong."""

from __future__ import annotations

from flask import Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import Conflict, HTTPException, ServiceUnavailable


class Refused(Exception):  # noqa: N818  (a refusal is an answer, not a fault)
    """An operation says no; the message tells a person what is wrong and what to do."""

    def __init__(self, message: object) -> None:
        super().__init__(message)

    @property
    def message(self) -> str:
        return str(self.args[0])

    def __str__(self) -> str:
        return self.message


def show_errors(app: Flask) -> None:
    """Answer refusals, HTTP errors and a busy database with a page (or JSON where that was asked for)."""
    app.register_error_handler(Refused, lambda no: _answer(Conflict(description=no.message)))
    app.register_error_handler(CSRFError, _answer)
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(OperationalError, _database_away)


def _database_away(fault: OperationalError) -> ResponseReturnValue:
    current_app.logger.error("database: %s", fault)
    return _answer(ServiceUnavailable())


def _answer(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if error.response is not None:
        return error.response
    headers = [(name, value) for name, value in error.get_headers() if name != "Content-Type"]
    if request.accept_mimetypes.best == "application/json" or request.path.endswith(".json"):
        return {"error": error.name, "detail": error.description}, code, headers
    return render_template("errors/error.html", error=error, code=code), code, headers
