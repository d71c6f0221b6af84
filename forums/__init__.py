"""Billet: industry summits, from the first invitation to the agreements that come of them."""

from __future__ import annotations

import gc
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import config
from forums import celery_app, errors
from forums.extensions import bootstrap, csrf, db, limiter, migrate
from forums.mail.incoming.imap import parse_imap_url
from forums.mail.transport import parse_smtp_url
from forums.transaction import prepare_engine
from forums.web import addresses, guards, headers, health, language, navigation, templating
from forums.web import input as page_input

ROOT = Path(__file__).parent.parent
# Lower rooms first: the order of design, which is also the direction of imports. A part of a large room may be a room
# of its own inside it: "registrations.checkin".
ROOMS = (
    "activity",
    "jobs",
    "mail",
    "mail.suppression",
    "mail.incoming",
    "documents",
    "accounts",
    "directory",
    "editions",
    "experts",
    "agenda",
    "registrations",
    "registrations.categories",
    "registrations.signups",
    "registrations.addresses",
    "registrations.questions",
    "registrations.imports",
    "registrations.delegations",
    "registrations.deciding",
    "registrations.checkin",
    "registrations.lists",
    "registrations.walkins",
    "registrations.numbers",
    "registrations.badges",
    "agreements",
    "agreements.scans",
    "agreements.signings",
    "agreements.followup",
    "agreements.definitions",
    "agreements.statements",
    "agreements.footing",
    "agreements.vocabularies",
    "agreements.duplicates",
    "agreements.imports",
    "invitations",
    "invitations.replies",
    "invitations.calendars",
    "invitations.contacts",
    "invitations.letterhead",
    "invitations.speaking",
    "outcomes",
    "home",
)
# What a room may bring, in this order; a room has only the files it needs.
_PARTS = ("models", "emails", "readers", "tasks", "views")
# How many new objects make Python look for cycles among them. At Python's own 700 the looking takes a sixth of a start
# and an eighth of each request, which makes thousands of them and leaves nearly none behind.
NEW_OBJECTS = 10_000


def create_app(settings: config.Settings | None = None, **overrides: Any) -> Flask:
    """The application for these settings. None reads the environment, and ends the process if that cannot work."""
    gc.set_threshold(NEW_OBJECTS)
    settings = settings or config.read_or_stop()
    _refuse_mail_urls(settings)
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.config.from_mapping(_flask_config(settings))
    app.config.from_mapping(overrides)
    app.extensions["settings"] = settings
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    _open_rooms(app)
    guards.refuse_unguarded(app)
    return app


def _refuse_mail_urls(settings: config.Settings) -> None:
    try:
        if settings.smtp_url:
            parse_smtp_url(settings.smtp_url)
        if settings.imap_url:
            parse_imap_url(settings.imap_url)
    except ValueError as fault:
        config.stop(f"{fault}.")


def _open_rooms(app: Flask) -> None:
    parts = {(room, part): _part(room, part) for room in ROOMS for part in _PARTS}
    addresses.read_numbers(app)
    templating.prepare(app)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    migrate.init_app(app, db)
    bootstrap.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    language.speak(app)
    headers.protect(app)
    page_input.inspect(app)
    navigation.navigate(app)
    errors.show_errors(app)
    celery_app.connect(app)
    app.add_template_global(guards.can)
    app.register_blueprint(health.bp)
    import_module("forums.accounts.signin").connect(app)
    for room in ROOMS:
        views = parts[room, "views"]
        if views is not None:
            app.register_blueprint(views.bp)
    import_module("forums.cli").register(app)


def _part(room: str, part: str) -> Any:
    name = f"forums.{room}.{part}"
    return import_module(name) if ROOT.joinpath(*name.split(".")).with_suffix(".py").exists() else None


def _flask_config(settings: config.Settings) -> dict[str, Any]:
    _, _, address = settings.mail_from.rpartition("<")
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(settings),
        "PUBLIC_URL": settings.public_url,
        "TRUSTED_HOSTS": list(settings.trusted_hosts) or None,
        "DATA": settings.data,
        "TRANSLATIONS": ROOT / "forums" / "translations",
        "MAIL_FROM": settings.mail_from,
        "MAIL_DOMAIN": address.rstrip("> ").rpartition("@")[2],
        "MAIL_INCOMING": settings.mail_incoming,
        "MAIL_PER_MINUTE": settings.mail_per_minute,
        "MAIL_DOMAIN_PER_MINUTE": settings.mail_domain_per_minute,
        "SMTP_URL": settings.smtp_url,
        "IMAP_URL": settings.imap_url,
        "RING_THE_QUEUE": True,
        "MAX_CONTENT_LENGTH": 64 * 1024 * 1024,
        "SESSION_COOKIE_NAME": "billet",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.behind_https,
        "PERMANENT_SESSION_LIFETIME": 12 * 3600,
        # Flask-Login would note another network or browser in the cookie, which nothing reads, for every visitor.
        "SESSION_PROTECTION": None,
        "PREFERRED_URL_SCHEME": "https" if settings.behind_https else "http",
        "WTF_CSRF_TIME_LIMIT": None,
        "BOOTSTRAP_SERVE_LOCAL": True,
        "RATELIMIT_STORAGE_URI": settings.redis_url or "memory://",
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": bool(settings.redis_url),
        "JSON_AS_ASCII": False,
    }


def _engine_options(settings: config.Settings) -> dict[str, Any]:
    # Faults are logged, and shown with jobs and letters: without what people typed.
    quiet: dict[str, Any] = {"hide_parameters": True}
    if settings.database_url.startswith("sqlite"):
        return quiet | {"connect_args": {"timeout": 15}, "pool_size": 20, "max_overflow": 20}
    return quiet | {"pool_size": 10, "max_overflow": 10}
