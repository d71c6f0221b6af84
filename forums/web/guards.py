"""Policies: every endpoint names exactly one, and the app refuses to start if one does not.

A guard resolves the URL's <edition> or <series> slug to its row before the view sees it. An object outside the
actor's grants is 404, as if it were not there; an action the actor has nowhere is 403.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, abort, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import Select

from forums import tokens
from forums.accounts.models import Account
from forums.accounts.policy import ACTIONS, Scoped, allowed, allowed_anywhere
from forums.activity.models import Actor
from forums.extensions import db

View = Callable[..., ResponseReturnValue]
Resolver = Callable[[str], Any]
Row = TypeVar("Row")

_resolvers: dict[str, Resolver] = {}
# Endpoints of libraries, whose own guards we have read: files, and Flask-Security's sign-in pages.
_LIBRARY_ENDPOINTS = ("static", "bootstrap.static", "security.")


def resolver(name: str) -> Callable[[Resolver], Resolver]:
    """Teach the guards to turn a URL part into a row: `@resolver("edition")` on slug → Edition | None."""

    def declare(load: Resolver) -> Resolver:
        _resolvers[name] = load
        return load

    return declare


def account() -> Account | None:
    """The signed-in member of staff, if any."""
    somebody = current_user._get_current_object()
    return somebody if somebody.is_authenticated else None


def actor() -> Actor:
    """Who acts in this request: the signed-in account, or a guest."""
    somebody = account()
    return somebody.actor if somebody else Actor.guest(request.remote_addr or "unknown")


def can(action: str, row: Scoped | None = None) -> bool:
    """Whether the reader of this page may do this to the row (None: anywhere at all)."""
    return allowed_anywhere(account(), action) if row is None else allowed(account(), action, row)


def public(view: View) -> View:
    """Everybody. A draft edition or a series is shown only to those who may manage it."""

    @wraps(view)
    def guarded(**values: Any) -> ResponseReturnValue:
        row = _resolve(values)
        if row is not None and not row.is_public and not allowed(account(), "editions.manage", row):
            abort(404)
        return view(**values)

    return _marked(guarded, "public")


def signed_in(view: View) -> View:
    """Any active member of staff."""

    @wraps(view)
    def guarded(**values: Any) -> ResponseReturnValue:
        if account() is None:
            return _to_sign_in()
        _resolve(values)
        return view(**values)

    return _marked(guarded, "signed_in")


def may(action: str, *, anywhere: bool = False) -> Callable[[View], View]:
    """Staff with a grant for the action in the scope of the URL's object; without one, in the whole house.

    `anywhere` admits a grant in any scope: for lists that the view narrows to `scopes_for(...)`.
    """
    if action not in ACTIONS:
        raise ValueError(f"no such action: {action!r}")

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(**values: Any) -> ResponseReturnValue:
            somebody = account()
            if somebody is None:
                return _to_sign_in()
            if not allowed_anywhere(somebody, action):
                abort(403)
            row = _resolve(values)
            if not anywhere and not allowed(somebody, action, row):
                abort(403 if row is None else 404)
            return view(**values)

        return _marked(guarded, f"may:{action}{':anywhere' if anywhere else ''}")

    return declare


def capability(purpose: str) -> Callable[[View], View]:
    """Whoever holds the token; the view loads its row by capability_row(purpose, token, Model)."""

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(**values: Any) -> ResponseReturnValue:
            if tokens.read(purpose, values.get("token", "")) is None:
                abort(404)
            return view(**values)

        return _marked(guarded, f"capability:{purpose}")

    return declare


def capability_row(purpose: str, token: str, model: type[Row], statement: Select[Row] | None = None) -> Row:
    """The row that the token names, if its version still holds; 404 otherwise.

    `statement` reads the row `:id` together with what the page shows of others.
    """
    named = tokens.read(purpose, token)
    if named is None:
        abort(404)
    row_id, version = named
    row = (
        db.session.get(model, row_id)
        if statement is None
        else db.session.scalars(statement, {"id": row_id}).unique().one_or_none()
    )
    if row is None or row.token_version != version:  # type: ignore[attr-defined]
        abort(404)
    return row


def row_of(edition: Any, model: type[Row], row_id: int) -> Row:
    """The edition's row; 404 for another's, as if it were not there."""
    row = db.session.get(model, row_id)
    if row is None or row.edition_id != edition.id:  # type: ignore[attr-defined]
        abort(404)
    return row


def policy_of(view: object) -> str | None:
    return getattr(view, "policy", None)


def refuse_unguarded(app: Flask) -> None:
    """Raise RuntimeError if any endpoint names no policy."""
    bare = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if policy_of(view) is None and not endpoint.startswith(_LIBRARY_ENDPOINTS)
    ]
    if bare:
        raise RuntimeError(f"endpoints without a policy: {', '.join(sorted(bare))}; name one from forums.web.guards")


def _marked(view: View, policy: str) -> View:
    view.policy = policy  # type: ignore[attr-defined]
    return view


def _resolve(values: dict[str, Any]) -> Any:
    """Replace slugs by rows in `values`; the row that decides the scope, or None."""
    decisive = None
    for name in ("series", "edition"):
        if name not in values:
            continue
        row = _resolvers[name](values[name])
        if row is None:
            abort(404)
        values[name] = decisive = row
        setattr(g, name, row)
    return decisive


def _to_sign_in() -> ResponseReturnValue:
    if request.method != "GET":
        abort(403)
    # The way back lives in the signed session cookie, so nobody can send staff elsewhere through a link.
    session["next"] = request.full_path if request.query_string else request.path
    return redirect(url_for("security.login"), 303)
