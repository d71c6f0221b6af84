"""What people are found by: the terms of a registration, and the index that both databases keep of them.

A term is one word of a text, two Chinese characters that follow each other, a name's pinyin or its initials from any
syllable on, an e-mail address from any of its words on, a phone number's digits from any digit on. What is typed is cut
in the same way, and each of its parts must begin a term. Terms carry the edition's number, so that a search looks only
at its own edition, and say whether they are open (o) or contact data (c), which not everybody may search.

PostgreSQL keeps them as a tsvector under a GIN index; SQLite in a full-text table that triggers fill. Neither is in
the models: `complete` makes them after every migration, and again where a rebuilt table lost its triggers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from sqlalchemy import Connection, inspect, text

from forums import pinyin

SEARCHED = ("name", "organisation", "reference", "email", "phone")
INDEX = "registration_search"
OPEN, CONTACT = "o", "c"

# Scripts written without spaces: Chinese, Japanese, Korean.
_WIDE = "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(f"[{_WIDE}]+|[^\\W_{_WIDE}]+")
_IS_WIDE = re.compile(f"[{_WIDE}]")
_PHONE = re.compile(r"[+0-9()./*#-]+")
LONGEST_TERM = 40
LAST_DIGITS = 4
BATCH = 1000


@lru_cache(maxsize=2048)
def syllables(name: str) -> tuple[str, ...]:
    """The pinyin of each character, lower case; other writing stays in one piece."""
    return tuple(part.lower() for part in pinyin.syllables(name))


def pinyin_of(name: str) -> tuple[str, str]:
    """The full pinyin and the initials of a name, lower case: 张三丰 → ("zhangsanfeng", "zsf")."""
    parts = syllables(name)
    return "".join(parts), "".join(part[:1] for part in parts)


def searchable(text_given: str) -> str:
    """Text as it is compared: compatibility forms folded, lower case, control characters as spaces, single spaces."""
    folded = unicodedata.normalize("NFKC", text_given).casefold()
    return " ".join("".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in folded).split())


def terms_of(edition_id: int, facts: Mapping[str, str | None]) -> str:
    """The terms of one registration, each once, with spaces between them; `facts` are those named in SEARCHED."""
    name, organisation, reference, email, phone = (facts.get(fact) or "" for fact in SEARCHED)
    parts, initials = syllables(name), pinyin_of(organisation)[1]
    open_terms = {*_terms(name), *_terms(organisation), *_terms(reference)}
    for start in range(len(parts)):
        open_terms.update(_terms("".join(parts[start:])))
        open_terms.update(_terms("".join(part[:1] for part in parts[start:])))
    open_terms.update(term for start in range(max(1, len(initials) - 1)) for term in _terms(initials[start:]))
    digits = digits_of(phone)
    letters = _RUN.findall(searchable(email))
    contact = {joined(letters[start:]) for start in range(len(letters))}
    contact.update(digits[start:][:LONGEST_TERM] for start in range(len(digits) - LAST_DIGITS + 1))
    marked = [(OPEN, open_terms), (CONTACT, contact)]
    return " ".join(sorted(f"{edition_id}{mark}{term}" for mark, terms in marked for term in terms))


def digits_of(typed: str) -> str:
    """The digits of a phone number; full-width ones too."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", typed) if letter in "0123456789")


def looks_like_a_phone(word: str) -> bool:
    """Whether a typed word is part of a phone number: three digits or more, and nothing but digits and its signs."""
    return _PHONE.fullmatch(word) is not None and len(digits_of(word)) >= LAST_DIGITS - 1


def parts_of(word: str) -> list[str]:
    """What must begin a term each, for the word to be found: 张三丰@x → ["张三", "三丰", "x"]."""
    parts: list[str] = []
    for run in _RUN.findall(searchable(word)):
        if _IS_WIDE.match(run):
            parts += [run[at : at + 2] for at in range(max(1, len(run) - 1))]
        else:
            parts.append(run[:LONGEST_TERM])
    return parts


def joined(runs: Sequence[str]) -> str:
    """An e-mail address from one of its words on, without its signs: one term, which its beginning finds."""
    return "".join(runs)[:LONGEST_TERM]


def as_address(word: str) -> str:
    """A typed word as the beginning of such a term."""
    return joined(_RUN.findall(searchable(word)))


def is_exact(word: str) -> bool:
    """Whether the parts say all of the word; otherwise the text itself must be looked at too."""
    return parts_of(word) == [searchable(word)]


def _terms(text_given: str) -> Iterable[str]:
    for run in _RUN.findall(searchable(text_given)):
        if _IS_WIDE.match(run):
            yield from (run[at : at + 2] for at in range(len(run)))
        else:
            yield run[:LONGEST_TERM]


# ---- The index


def is_in_the_models(name: str | None, kind: str = "table", _parents: object = None) -> bool:
    """Whether a table or an index is one of the models'; the index of terms is not, and stays out of backups."""
    return name is None or kind not in {"table", "index"} or not name.startswith(INDEX)


def complete(connection: Connection) -> None:
    """After migrations: where the index of terms is not whole, give every row its terms and make it."""
    inspector = inspect(connection)
    if not inspector.has_table("registrations"):
        return
    if "search_terms" not in {column["name"] for column in inspector.get_columns("registrations")}:
        return
    on_sqlite = connection.dialect.name == "sqlite"
    kept = _KEPT_ON_SQLITE if on_sqlite else "SELECT count(*) FROM pg_class WHERE relname = :name"
    if connection.scalar(text(kept), {"name": INDEX}) != (len(_TRIGGERS) if on_sqlite else 1):
        _fill(connection)
        for statement in _MAKE_ON_SQLITE if on_sqlite else _MAKE_ON_POSTGRESQL:
            connection.execute(text(statement))


def _fill(connection: Connection) -> None:
    """Give terms to the rows that have none: those from before there were terms."""
    bare = text(
        "SELECT id, edition_id, name, organisation, reference, email, phone FROM registrations"
        " WHERE id > :after AND search_terms = '' ORDER BY id LIMIT :batch"
    )
    after = 0
    while rows := connection.execute(bare, {"after": after, "batch": BATCH}).all():
        filled = [{"row": row.id, "terms": terms_of(row.edition_id, row._asdict())} for row in rows]
        connection.execute(text("UPDATE registrations SET search_terms = :terms WHERE id = :row"), filled)
        after = rows[-1].id


_ADD = f"INSERT INTO {INDEX} (rowid, search_terms) VALUES (new.id, new.search_terms);"  # noqa: S608  (constants)
_REMOVE = (
    f"INSERT INTO {INDEX} ({INDEX}, rowid, search_terms) "  # noqa: S608  (constants)
    "VALUES ('delete', old.id, old.search_terms);"
)
_TRIGGERS = {
    "added": f"AFTER INSERT ON registrations BEGIN {_ADD} END",
    "removed": f"AFTER DELETE ON registrations BEGIN {_REMOVE} END",
    "changed": f"AFTER UPDATE OF search_terms ON registrations BEGIN {_REMOVE} {_ADD} END",
}
_KEPT_ON_SQLITE = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE :name || '_%'"
_OPTIONS = "content='registrations', content_rowid='id', tokenize='ascii', detail=none"
_MAKE_ON_SQLITE = (
    f"CREATE VIRTUAL TABLE IF NOT EXISTS {INDEX} USING fts5(search_terms, {_OPTIONS})",
    *(f"CREATE TRIGGER IF NOT EXISTS {INDEX}_{name} {trigger}" for name, trigger in _TRIGGERS.items()),
    f"INSERT INTO {INDEX} ({INDEX}) VALUES ('rebuild')",  # noqa: S608  (a constant)
)
# Without fastupdate: with it, each search would also read through what was added lately.
_MAKE_ON_POSTGRESQL = (f"CREATE INDEX {INDEX} ON registrations USING gin (search_terms) WITH (fastupdate = off)",)
