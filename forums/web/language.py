"""Which language the reader gets, how to change it, and the filters that speak it."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import cast
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, get_timezone_name
from babel.support import NullTranslations, Translations
from flask import Blueprint, Flask, abort, current_app, g, has_request_context, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, get_translations
from itsdangerous import BadSignature, URLSafeSerializer
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from wtforms.i18n import messages_path

from forums.columns import Bilingual, Language
from forums.extensions import babel
from forums.web.guards import public
from forums.web.kept import hole

bp = Blueprint("language", __name__)
LOCALES: dict[Language, str] = {"zh": "zh_Hans_CN", "en": "en"}
COOKIE = "lang"


def language() -> Language:
    """ "zh" or "en": the reader's own choice, else what the browser asks for, else Chinese.

    Outside a request (letters, reports) it is the language that force_locale set.
    """
    if not has_request_context():
        return "en" if str(get_locale() or "zh").startswith("en") else "zh"
    if "language" not in g:
        g.language = _chosen()
    return cast(Language, g.language)


def _chosen() -> Language:
    for asked in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if asked in LOCALES:
            return asked
    best = request.accept_languages.best_match(["zh", "zh-CN", "zh-Hans", "zh-TW", "en"], default="zh")
    return "en" if best == "en" else "zh"


@bp.post("/language")
@public
def switch() -> ResponseReturnValue:
    """Keep the reader's choice for a year and go back to where they were."""
    chosen = request.form.get("lang", "")
    if chosen not in LOCALES:
        abort(400)
    response = redirect(unsigned(request.form.get("next", "")) or "/", 303)
    response.set_cookie(COOKIE, chosen, max_age=365 * 86400, samesite="Lax", httponly=True, secure=request.is_secure)
    return response


@hole
def signed_here() -> str:
    """The address of this page, signed, for forms that come back to it."""
    here = quote(request.path)  # a tab or a backslash in a path would make other addresses of it
    rest = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    if rest and request.method == "GET":
        here = f"{here}?{urlencode(rest)}"
    return _signer().dumps(here)


def unsigned(text: str) -> str | None:
    """The path that signed_here() signed, or None."""
    try:
        path = _signer().loads(text)
    except BadSignature:
        return None
    return path if isinstance(path, str) and path.startswith("/") and not path.startswith("//") else None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="billet next")


def local(text: Bilingual | None) -> str:
    return text.local(language()) if text else ""


def day(value: date | None) -> str:
    """A date in the reader's language: 2027年3月18日, 18 March 2027."""
    if value is None:
        return ""
    return (
        format_date(value, "y年M月d日", locale="zh")
        if language() == "zh"
        else format_date(value, "d MMMM y", locale="en")
    )


def month(value: date | None) -> str:
    """The month of a date in the reader's language: 2027年3月, March 2027."""
    if value is None:
        return ""
    return (
        format_date(value, "y年M月", locale="zh") if language() == "zh" else format_date(value, "MMMM y", locale="en")
    )


def moment(value: datetime | None, zone: str | ZoneInfo = "Asia/Shanghai") -> str:
    """A moment in a zone: 2027-03-18 09:30."""
    if value is None:
        return ""
    tz = zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone)
    return format_datetime(value.astimezone(tz), "y-MM-dd HH:mm", locale="en", tzinfo=tz)


def clock_time(value: datetime | None, zone: str | ZoneInfo = "Asia/Shanghai") -> str:
    """A moment in a zone, short, where the year is plain: 3月18日 09:30, 18 March, 09:30."""
    if value is None:
        return ""
    tz = zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone)
    pattern = "M月d日 HH:mm" if language() == "zh" else "d MMMM, HH:mm"
    return format_datetime(value.astimezone(tz), pattern, locale=language(), tzinfo=tz)


def zone_name(zone: str) -> str:
    """A time zone as people call it: 中国时间, China Time."""
    return get_timezone_name(ZoneInfo(zone), width="long", locale=LOCALES[language()], zone_variant="generic")


@cache
def _words_of_forms(locale: str) -> NullTranslations:
    """What WTForms says of itself in a language. Flask-WTF would read the file again in every request."""
    return Translations.load(messages_path(), [locale], domain="wtforms")


@cache
def _words(_locale: Locale | None) -> NullTranslations:
    """The catalogue of the language that is spoken now, under that language."""
    words: NullTranslations = get_translations()
    return words


def _text(message: str) -> str:
    return _words(get_locale()).ugettext(message)


@pass_eval_context
def _said(page: EvalContext, message: str, /, **values: object) -> str:
    """gettext for templates. Jinja's own goes through three functions with each word, and Flask-Babel's asks for
    context, domain and catalogue anew.
    """
    text = _words(get_locale()).ugettext(message)
    return (Markup(text) if page.autoescape else text) % values  # noqa: S704  (our own words; values are escaped)


def _text_of_number(singular: str, plural: str, number: int) -> str:
    return _words(get_locale()).ungettext(singular, plural, number)


def _speak_in_forms() -> None:
    request.wtforms_translations = _words_of_forms(LOCALES[language()])  # type: ignore[attr-defined]


def speak(app: Flask) -> None:
    """Connect Flask-Babel, the switch, and the template filters."""
    babel.init_app(
        app,
        default_locale=LOCALES["en"],  # of commands; readers and letters say theirs
        default_translation_directories=str(app.config["TRANSLATIONS"]),
        locale_selector=lambda: LOCALES[language()] if has_request_context() else None,
    )
    app.jinja_env.install_gettext_callables(_text, _text_of_number, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"] = _said
    app.before_request(_speak_in_forms)
    app.register_blueprint(bp)
    app.add_template_filter(local)
    app.add_template_filter(day)
    app.add_template_filter(month)
    app.add_template_filter(moment)
    app.add_template_filter(clock_time)
    app.add_template_filter(zone_name)
    app.add_template_global(language)
    app.add_template_global(signed_here)
