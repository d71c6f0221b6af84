"""What the environment may say, and the sentence it gets when it cannot be."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

import config
from config import ConfigurationError

KEY = "k" * 32
HTTPS = {"PUBLIC_URL": "https://forum.example.org", "SECRET_KEY": KEY, "MAIL_FROM": "forum@example.org"}


def read(folder: Path, **environ: str) -> config.Settings:
    return config.read({"BILLET_DATA": str(folder), **environ})


def test_an_empty_environment_serves_this_machine_from_one_folder(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert (settings.host, settings.port, settings.public_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert settings.database_url == f"sqlite:///{tmp_path}/billet.sqlite3"
    assert settings.embedded_queue
    assert not settings.behind_https
    assert len(settings.secret_key) == 64
    assert read(tmp_path).secret_key == settings.secret_key
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_the_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    read(tmp_path / "new")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"PORT": "eighty"}, "PORT is 'eighty'; set it to a whole number from 1 to 65535."),
        ({"PORT": "0"}, "PORT is '0'"),
        ({"PORT": "٨٠٠٠"}, "PORT is"),
        ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES is '-1'; set it to a whole number from 0 to 10."),
        ({"TRUSTED_PROXIES": "1"}, "TRUSTED_PROXIES is set without PUBLIC_URL"),
        ({"DATABASE_URL": "mysql://localhost/billet"}, "set it to postgresql://"),
        ({"DATABASE_URL": "postgresql://localhost"}, "set it to postgresql://"),
        ({"DATABASE_URL": "sqlite://"}, "leave it out for SQLite"),
        ({"DATABASE_URL": "sqlite:///relative.sqlite3"}, "leave it out for SQLite"),
        ({"REDIS_URL": "localhost:6379"}, "REDIS_URL is 'localhost:6379'; set it to an address like redis://"),
        ({"REDIS_URL": "redis://"}, "REDIS_URL is"),
        ({"REDIS_URL": "redis://localhost:99999"}, "REDIS_URL is"),
        ({"SMTP_URL": "mail.example.org"}, "SMTP_URL is"),
        ({"SMTP_URL": "smtp://mail.example.org"}, "MAIL_FROM is missing"),
        ({"MAIL_FROM": "forum"}, "MAIL_FROM is 'forum'"),
        ({"MAIL_PER_MINUTE": "many"}, "MAIL_PER_MINUTE is 'many'; set it to a whole number from 0 to 100000"),
        ({"MAIL_DOMAIN_PER_MINUTE": "qq.com=60 163.com"}, "MAIL_DOMAIN_PER_MINUTE has '163.com'; write each domain"),
        ({"MAIL_DOMAIN_PER_MINUTE": "qq.com=60, *=9"}, "MAIL_DOMAIN_PER_MINUTE has 'qq.com=60,'"),
        ({"MAIL_DOMAIN_PER_MINUTE": "qq.com=0"}, "MAIL_DOMAIN_PER_MINUTE has 'qq.com=0'"),
        ({"MAIL_DOMAIN_PER_MINUTE": "qq.com=6 QQ.com=7"}, "MAIL_DOMAIN_PER_MINUTE has 'qq.com=7'"),
        (
            {"MAIL_INCOMING": "replies"},
            "MAIL_INCOMING is 'replies'; set it to an address like replies@mail.example.org",
        ),
        ({"MAIL_INCOMING": "a*b*@mail.example.org"}, "MAIL_INCOMING is"),
        ({"MAIL_INCOMING": f"{'r' * 40}@mail.example.org"}, "MAIL_INCOMING is"),
        ({"MAIL_INCOMING": "Office <replies@mail.example.org>"}, "MAIL_INCOMING is"),
        ({"IMAP_URL": "https://mail.example.org"}, "IMAP_URL is 'https://mail.example.org'; set it to"),
        ({"MAIL_FROM": "a@b.example\nBcc: c@d.example"}, "MAIL_FROM is"),
        ({"PUBLIC_URL": "forum.example.org"}, "PUBLIC_URL is"),
        ({"PUBLIC_URL": "https://forum.example.org/billet"}, "PUBLIC_URL is"),
        ({"PUBLIC_URL": "https://me@forum.example.org"}, "PUBLIC_URL is"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is shorter than 32 characters"),
        (HTTPS | {"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        (HTTPS | {"MAIL_FROM": ""}, "MAIL_FROM is missing"),
    ],
)
def test_what_cannot_work_says_what_to_set(tmp_path: Path, environ: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        read(tmp_path, **environ)
    assert sentence in str(refusal.value)


def test_a_refusal_never_shows_a_password(tmp_path: Path) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "SMTP_URL"):
        with pytest.raises(ConfigurationError) as refusal:
            read(tmp_path, **{name: "gopher://billet:s3cret@host/name"})
        assert "s3cret" not in str(refusal.value)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="set BILLET_DATA to a folder"):
        read(tmp_path / "file")


def test_a_full_disk_is_named_and_leaves_no_half_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(config.os, "link", full)
    with pytest.raises(ConfigurationError, match="No space left on device"):
        read(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()
    with pytest.raises(ConfigurationError, match="holds no key"):
        read(tmp_path)


def test_behind_https_hosts_are_named_and_proxies_counted(tmp_path: Path) -> None:
    settings = read(tmp_path, **HTTPS, TRUSTED_PROXIES="1", HOST="0.0.0.0")
    assert settings.behind_https
    assert settings.trusted_proxies == 1
    assert settings.trusted_hosts[0] == "forum.example.org"


def test_a_wrong_environment_ends_the_start_without_a_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "flask", "--app", "forums", "up"]
    environ = {"BILLET_DATA": str(tmp_path), "PORT": "many", "PATH": ""}
    ended = subprocess.run(command, check=False, env=environ, capture_output=True, text=True, timeout=200)
    assert ended.returncode == 2
    assert ended.stderr == "Billet cannot start. PORT is 'many'; set it to a whole number from 1 to 65535.\n"


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("", ""),
        (" Replies@mail.example.org", "replies+*@mail.example.org"),
        ("replies-*@mail.example.org", "replies-*@mail.example.org"),
        ("*@replies.example.org", "*@replies.example.org"),
    ],
)
def test_what_a_letter_is_about_goes_into_the_address_it_comes_back_to(tmp_path: Path, text: str, pattern: str) -> None:
    assert read(tmp_path, MAIL_INCOMING=text).mail_incoming == pattern
