"""Environment → values, typed. Anything wrong or contradictory raises ConfigurationError with what to set."""

from __future__ import annotations

import os
import re
import secrets
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

MOST_PER_MINUTE = 100_000


class ConfigurationError(Exception):
    """The environment asks for something that cannot work; the message says what to set."""


@dataclass(frozen=True)
class Settings:
    """What the environment decides. URLs are empty where the embedded part is used."""

    data: Path
    host: str
    port: int
    database_url: str
    redis_url: str
    smtp_url: str
    public_url: str
    secret_key: str
    mail_from: str
    mail_incoming: str
    mail_per_minute: int
    mail_domain_per_minute: Mapping[str, int]
    imap_url: str
    trusted_proxies: int
    trusted_hosts: tuple[str, ...]

    @property
    def behind_https(self) -> bool:
        """Whether visitors reach Billet over https: then cookies are secure and demo accounts are refused."""
        return self.public_url.startswith("https://")

    @property
    def embedded_queue(self) -> bool:
        """Whether the worker and beat run as threads of the web process."""
        return not self.redis_url


def stop(sentence: str) -> NoReturn:
    """End this process with one sentence and exit code 2, without a traceback."""
    sys.stderr.write(f"Billet cannot start. {sentence}\n")
    raise SystemExit(2)


def read_or_stop() -> Settings:
    """Settings from the environment, or the end of the process."""
    try:
        return read()
    except ConfigurationError as fault:
        stop(str(fault))


def read(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment; raises ConfigurationError."""
    env = os.environ if environ is None else environ
    data = _data_folder(env.get("BILLET_DATA", ""))
    host = env.get("HOST", "") or "127.0.0.1"
    port = _number(env, "PORT", default=8000, lowest=1, highest=65535)
    public_url = _public_url(env.get("PUBLIC_URL", ""), host, port)
    https = public_url.startswith("https://")
    trusted_proxies = _number(env, "TRUSTED_PROXIES", default=0, lowest=0, highest=10)
    if trusted_proxies and not env.get("PUBLIC_URL", "").strip():
        raise ConfigurationError("TRUSTED_PROXIES is set without PUBLIC_URL; set that to the address visitors type.")
    return Settings(
        data=data,
        host=host,
        port=port,
        database_url=_database_url(env.get("DATABASE_URL", ""), data),
        redis_url=_url(env, "REDIS_URL", {"redis", "rediss"}, "redis://127.0.0.1:6379/0"),
        smtp_url=_url(env, "SMTP_URL", {"smtp", "smtps"}, "smtp://user:password@mail.example.org:587?starttls=1"),
        public_url=public_url,
        secret_key=_secret_key(env.get("SECRET_KEY", ""), data, required=https),
        mail_from=_mail_from(env.get("MAIL_FROM", ""), required=https or bool(env.get("SMTP_URL"))),
        mail_incoming=_mail_incoming(env.get("MAIL_INCOMING", "")),
        mail_per_minute=_number(env, "MAIL_PER_MINUTE", default=0, lowest=0, highest=MOST_PER_MINUTE),
        mail_domain_per_minute=_domain_rates(env.get("MAIL_DOMAIN_PER_MINUTE", "")),
        imap_url=_url(env, "IMAP_URL", {"imap", "imaps"}, "imaps://user:password@mail.example.org/INBOX"),
        trusted_proxies=trusted_proxies,
        trusted_hosts=_trusted_hosts(env.get("PUBLIC_URL", ""), public_url, host),
    )


def _number(env: Mapping[str, str], name: str, *, default: int, lowest: int, highest: int) -> int:
    text = env.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not lowest <= int(text) <= highest:
        raise ConfigurationError(f"{name} is {text!r}; set it to a whole number from {lowest} to {highest}.")
    return int(text)


def _data_folder(text: str) -> Path:
    """The folder for everything Billet keeps; made, for its owner alone, if it is missing."""
    data = Path(text.strip() or "instance").resolve()
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data):
            return data
    except OSError as fault:
        raise _unwritable(data, fault) from fault


def _unwritable(data: Path, fault: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"Billet cannot write to {data} ({fault.strerror}); set BILLET_DATA to a folder that this user may write."
    )


def _url(env: Mapping[str, str], name: str, schemes: set[str], example: str) -> str:
    text = env.get(name, "").strip()
    if text and not _is_address(text, schemes):
        raise ConfigurationError(f"{name} is {_shown(text)!r}; set it to an address like {example}.")
    return text


def _is_address(text: str, schemes: set[str]) -> bool:
    """Whether the text is scheme://host with a port that can be one."""
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _shown(text: str) -> str:
    """The text as it may stand in a log: without a password."""
    return re.sub(r"(://[^:/@]*:).*@", r"\1…@", text)


def _public_url(text: str, host: str, port: int) -> str:
    text = text.strip().rstrip("/")
    if not text:
        shown = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104  (compared, not bound)
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
    if not _is_address(text, {"http", "https"}) or urlsplit(text).netloc != text.partition("://")[2] or "@" in text:
        raise ConfigurationError(
            f"PUBLIC_URL is {text!r}; set it to the address visitors type, like https://forum.example.org."
        )
    return text


def _trusted_hosts(given: str, public_url: str, host: str) -> tuple[str, ...]:
    """Names a request may ask for. Empty (any) only when listening on every address without a PUBLIC_URL."""
    if not given.strip() and host in {"0.0.0.0", "::"}:  # noqa: S104  (compared, not bound)
        return ()
    return (urlsplit(public_url).hostname or host, "localhost", "127.0.0.1", "[::1]")


def _database_url(text: str, data: Path) -> str:
    text = text.strip()
    if not text:
        return f"sqlite:///{data / 'billet.sqlite3'}"
    scheme, _, rest = text.partition("://")
    if scheme in {"postgres", "postgresql", "postgresql+psycopg"} and re.fullmatch(r"[^/]*/[^/?]+(\?.*)?", rest):
        return f"postgresql+psycopg://{rest}"
    if scheme == "sqlite" and rest.startswith("//"):
        return text
    raise ConfigurationError(
        f"DATABASE_URL is {_shown(text)!r}; set it to postgresql://user:password@host/name, or leave it out for SQLite."
    )


def _secret_key(text: str, data: Path, *, required: bool) -> str:
    if text and len(text) < 32:
        raise ConfigurationError("SECRET_KEY is shorter than 32 characters; set a longer random one.")
    if text:
        return text
    if required:
        raise ConfigurationError(
            "SECRET_KEY is missing; behind an https PUBLIC_URL set it to at least 32 random characters."
        )
    return _kept_secret(data)


def _kept_secret(data: Path) -> str:
    """A key made once and kept beside the data, so that links and sign-ins survive a restart."""
    kept = data / "secret_key"
    if not kept.exists():
        descriptor, unfinished = tempfile.mkstemp(dir=data)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32))
            os.link(unfinished, kept)  # whole or not at all, and by one process only
        except FileExistsError:
            pass
        except OSError as fault:
            raise _unwritable(data, fault) from fault
        finally:
            Path(unfinished).unlink()
    key = kept.read_text(encoding="ascii", errors="replace").strip()
    if len(key) < 32:
        raise ConfigurationError(f"{kept} holds no key; restore it from a backup, or delete it to have a new one made.")
    return key


def _mail_from(text: str, *, required: bool) -> str:
    text = text.strip()
    if not text and required:
        raise ConfigurationError(
            "MAIL_FROM is missing; with SMTP_URL or an https PUBLIC_URL set it to the sender, "
            "like Forum Office <forum@example.org>."
        )
    if text and ("@" not in text or "\n" in text or "\r" in text):
        raise ConfigurationError(f"MAIL_FROM is {text!r}; set it to an address like Forum Office <forum@example.org>.")
    return text or "Billet <billet@localhost.localdomain>"


def _domain_rates(text: str) -> dict[str, int]:
    """Letters a minute by the recipient's domain; "*" is every other one, each by itself."""
    rates: dict[str, int] = {}
    for entry in text.lower().split():
        domain, _, rate = entry.partition("=")
        if not re.fullmatch(r"\*|[\w-]+(\.[\w-]+)+", domain) or domain in rates or not _is_rate(rate):
            raise ConfigurationError(
                f"MAIL_DOMAIN_PER_MINUTE has {entry!r}; write each domain once with its letters a minute, from 1 to "
                f"{MOST_PER_MINUTE}, and * for each other domain, like qq.com=60 163.com=120 *=300."
            )
        rates[domain] = int(rate)
    return rates


def _is_rate(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_PER_MINUTE


def _mail_incoming(text: str) -> str:
    """Where mail comes back to, with a * where what it is about goes: after a + unless the text says otherwise."""
    text = text.strip().lower()
    local, at, domain = text.rpartition("@")
    pattern = text if "*" in local else f"{local}+*@{domain}"
    # The longest part that goes in leaves 40 of the 64 octets that a local part may have.
    shape = r"[a-z0-9._=+-]{0,40}\*[a-z0-9._=+-]{0,40}@[a-z0-9-]+(\.[a-z0-9-]+)+"
    if text and not (local and at and re.fullmatch(shape, pattern) and len(pattern.rpartition("@")[0]) <= 41):
        raise ConfigurationError(
            f"MAIL_INCOMING is {text!r}; set it to an address like replies@mail.example.org, whose mail may be named "
            "replies+anything@ as well, or to one with a * where that goes, like replies-*@mail.example.org."
        )
    return pattern if text else ""
