"""Staff sign-in: Flask-Security with our accounts, our pages and our database discipline."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Flask, Response, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_limiter.util import get_remote_address
from flask_security import EmailValidateException, MailUtil, Security, SQLAlchemyUserDatastore
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from forums import links
from forums.accounts import emails
from forums.accounts.models import Account
from forums.extensions import db, limiter
from forums.transaction import begin_write, end_write
from forums.web.guards import signed_in

bp = Blueprint("signin", __name__)


class Datastore(SQLAlchemyUserDatastore):
    """Accounts as Flask-Security sees them; it keeps no roles of its own."""

    def __init__(self) -> None:
        super().__init__(db, Account, None)  # type: ignore[arg-type]

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> Any:
        """Whoever is signed in, with their grants in the same query: every page of the office asks for both."""
        if case_insensitive or "fs_uniquifier" not in kwargs:
            return super().find_user(case_insensitive, **kwargs)
        known = select(Account).where(Account.fs_uniquifier == kwargs["fs_uniquifier"])
        return db.session.scalars(known.options(joinedload(Account.grants))).unique().one_or_none()


class Outbox(MailUtil):
    """Flask-Security's letters go through our outbox like all others."""

    def send_mail(  # type: ignore[override]  # noqa: PLR0917  (the library's signature)
        self, template: str, subject: Any, recipient: str, sender: Any, body: Any, html: Any, **values: Any
    ) -> None:
        token = values.get("reset_token")
        # The library builds links from the Host that the request claims: a forged one would be sent the token.
        reset_link = links.external("security.reset_password", token=token) if token else ""
        emails.security_notice(template, recipient, values["user"], reset_link)


def connect(app: Flask) -> None:
    """Configure Flask-Security, its pages' limits, and the way back after signing in."""
    app.config.from_mapping(
        {key: value for key, value in _SETTINGS.items() if key not in app.config}
        | {
            "SECURITY_PASSWORD_SALT": app.config["SECRET_KEY"],
            "SECURITY_EMAIL_SENDER": app.config["MAIL_FROM"],
            "REMEMBER_COOKIE_SECURE": app.config["SESSION_COOKIE_SECURE"],
        }
    )
    # An object of this app alone: the library keeps in it what it takes from the app's settings.
    Security(app, Datastore(), mail_util_cls=Outbox)
    app.register_blueprint(bp)
    app.before_request(_library_writes)
    app.after_request(_library_has_written)
    views: dict[str, Any] = app.view_functions
    by_person = limiter.limit("10 per minute; 60 per hour", key_func=_address_and_email, methods=["POST"])
    by_office = limiter.limit("120 per minute", methods=["POST"])
    for endpoint in ("security.login", "security.forgot_password"):
        views[endpoint] = by_office(by_person(views[endpoint]))


def _library_writes() -> ResponseReturnValue | None:
    """Flask-Security commits by itself: let its POSTs be writes from the start, and let no link steer its redirects."""
    if request.blueprint == "security":
        if request.method == "POST":
            begin_write()
        if "next" in request.args:
            return redirect(request.path, 303)
    return None


def _library_has_written(response: Response) -> Response:
    """Flask-Security commits some of its POSTs; the letter it has queued goes out with all of them."""
    if request.blueprint == "security" and request.method == "POST" and response.status_code < 400:
        end_write()
    return response


def _address_and_email() -> str:
    """The address as the library looks it up: other spellings of one mailbox share its allowance."""
    email = request.form.get("email", "")[:320]
    with suppress(EmailValidateException):  # with what is no address nobody signs in
        email = MailUtil(current_app).normalize(email)
    return f"{get_remote_address()} {email.strip().lower()}"


@bp.get("/office/continue")
@signed_in
def onward() -> ResponseReturnValue:
    """Where the person was going when we asked them to sign in."""
    return redirect(session.pop("next", None) or url_for("home.office"), 303)


_SETTINGS: dict[str, Any] = {
    "SECURITY_URL_PREFIX": "",
    "SECURITY_LOGIN_URL": "/sign-in",
    "SECURITY_LOGOUT_URL": "/sign-out",
    "SECURITY_LOGOUT_METHODS": ["POST"],
    "SECURITY_CHANGEABLE": True,
    "SECURITY_CHANGE_URL": "/office/password",
    "SECURITY_RECOVERABLE": True,
    "SECURITY_RESET_URL": "/sign-in/reset",
    "SECURITY_POST_LOGIN_VIEW": "/office/continue",
    "SECURITY_POST_LOGOUT_VIEW": "/",
    "SECURITY_POST_CHANGE_VIEW": "/office/",
    "SECURITY_POST_RESET_VIEW": "/sign-in",
    "SECURITY_UNAUTHORIZED_VIEW": "/sign-in",
    "SECURITY_JOIN_USER_ROLES": False,  # our roles are grants
    "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},  # whoever has an account has the address
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SINGLE_HASH": True,
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    "SECURITY_PASSWORD_LENGTH_MIN": 10,
    "SECURITY_PASSWORD_COMPLEXITY_CHECKER": None,
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_SEND_REGISTER_EMAIL": False,
    "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": True,
    "SECURITY_SEND_PASSWORD_RESET_EMAIL": True,
    "SECURITY_SEND_PASSWORD_RESET_NOTICE_EMAIL": True,
    "SECURITY_AUTO_LOGIN_AFTER_RESET": False,
    "SECURITY_DATETIME_FACTORY": lambda: datetime.now(UTC),
    "SECURITY_FLASH_MESSAGES": True,
    "SECURITY_CACHE_CONTROL": None,  # web.headers says it; the library's "no-store=True" is no directive
    "SECURITY_DEFAULT_REMEMBER_ME": False,
    "SECURITY_MSG_USER_DOES_NOT_EXIST": (_l("E-mail or password is wrong."), "error"),
    "SECURITY_MSG_INVALID_PASSWORD": (_l("E-mail or password is wrong."), "error"),
    "SECURITY_MSG_GENERIC_AUTHN_FAILED": (_l("E-mail or password is wrong."), "error"),
    "SECURITY_MSG_PASSWORD_NOT_PROVIDED": (_l("Enter your password."), "error"),
    "SECURITY_MSG_EMAIL_NOT_PROVIDED": (_l("Enter your e-mail address."), "error"),
    "SECURITY_MSG_INVALID_EMAIL_ADDRESS": (_l("This is not an e-mail address."), "error"),
    "SECURITY_MSG_DISABLED_ACCOUNT": (_l("This account has been switched off; ask an administrator."), "error"),
    "SECURITY_MSG_PASSWORD_CHANGE": (_l("Your password has been changed."), "success"),
    "SECURITY_MSG_PASSWORD_RESET": (_l("Your password has been changed; sign in with the new one."), "success"),
    "SECURITY_MSG_PASSWORD_IS_THE_SAME": (_l("The new password must differ from the old one."), "error"),
    "SECURITY_MSG_PASSWORD_INVALID_LENGTH": (_l("Use at least 10 characters."), "error"),
    "SECURITY_MSG_RETYPE_PASSWORD_MISMATCH": (_l("The two passwords differ."), "error"),
    "SECURITY_MSG_PASSWORD_RESET_REQUEST": (_l("If the address has an account, a letter is on its way."), "info"),
    "SECURITY_MSG_PASSWORD_RESET_EXPIRED": (_l("The link has expired; a new one is on its way."), "error"),
    "SECURITY_MSG_INVALID_RESET_PASSWORD_TOKEN": (_l("This link is not valid; ask for a new one."), "error"),
}
