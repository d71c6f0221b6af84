"""Files that people hand in: what is taken, where it lies, and how it goes out again."""

import json
import os
from hashlib import sha256
from io import BytesIO
from urllib.parse import quote

import pytest
from flask_babel import force_locale
from sqlalchemy import func, select

from forums.activity.models import Actor
from forums.documents import queries, shelf
from forums.documents.models import Document, StoredFile
from forums.documents.operations import JPEG, PDF, XLSX, clean_name, open_document, receive, store
from forums.documents.queries import Damage, damages
from forums.documents.refusals import WrongFile
from forums.documents.sending import send
from forums.documents.tasks import sweep
from forums.extensions import db
from forums.transaction import transaction
from tests.documents.hostile import PLAIN

ACTOR = Actor.system("tests")
SCAN = b"%PDF-1.7\n" + b"scan " * 1000


def keep(content: bytes = SCAN, name: str = "峰会协议.pdf", **changes) -> Document:
    with transaction():
        return store(BytesIO(content), display_name=name, kind="scan", actor=ACTOR, **changes)


def test_a_file_lies_under_its_hash_and_keeps_its_chinese_name(app, edition):
    document = keep(edition=edition)
    digest = sha256(SCAN).hexdigest()
    assert (document.display_name, document.edition_id, document.uploaded_by) == (
        "峰会协议.pdf",
        edition.id,
        ACTOR.label,
    )
    assert (document.stored.sha256, document.stored.size, document.stored.media_type) == (digest, len(SCAN), PDF)
    assert (app.config["DATA"] / "files" / digest[:2] / digest[2:4] / digest).read_bytes() == SCAN
    with open_document(document) as file:
        assert file.read() == SCAN


def test_the_same_bytes_are_kept_once_under_two_names(app):
    first, second = keep(name="a.pdf"), keep(name="b.pdf")
    assert first.stored_file_id == second.stored_file_id
    assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 1


@pytest.mark.parametrize(
    "content, changes, words",
    [
        (b"", {}, "empty"),
        (b"<html>%PDF-1.7", {}, "PDF, PNG, JPEG"),
        (b"MZ\x90", {}, "PDF, PNG, JPEG"),
        (SCAN, {"allowed": (JPEG,)}, "JPEG"),
        (b"PK\x03\x04 zip", {}, "PDF, PNG, JPEG"),
        (SCAN, {"max_size": 1000}, "larger"),
    ],
)
def test_a_file_that_is_not_taken_leaves_nothing_behind(app, content, changes, words):
    before = sorted((app.config["DATA"] / "files").rglob("*"))
    with force_locale("en"), pytest.raises(WrongFile, match=words):
        keep(content, **changes)
    assert sorted((app.config["DATA"] / "files").rglob("*")) == before or not before
    assert db.session.scalar(select(func.count()).select_from(Document)) == 0
    assert list((app.config["DATA"] / "files").glob("incoming-*")) == []


def test_the_largest_size_is_still_taken(app):
    assert keep(max_size=len(SCAN)).stored.size == len(SCAN)


def test_a_workbook_is_taken_where_it_is_allowed(app):
    assert keep(b"PK\x03\x04 zip", name="a.xlsx", allowed=(XLSX,)).stored.media_type == XLSX


@pytest.mark.parametrize(
    "given, kept",
    [
        ("峰会协议.pdf", "峰会协议.pdf"),
        ("C:\\scans\\协议 1.pdf", "协议 1.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("  ", "document"),
        ("...", "document"),
        ("议" * 300 + ".pdf", "议" * 196 + ".pdf"),
        ("议" * 300, "议" * 200),
        (".pdf", "pdf"),
    ],
)
def test_names_are_kept_but_for_what_would_harm(given, kept):
    assert clean_name(given) == kept


def test_a_document_goes_out_as_a_download_under_its_own_name(app):
    document = keep()
    with app.test_request_context():
        response = send(document)
        response.direct_passthrough = False
        assert response.data == SCAN
    disposition = response.headers["Content-Disposition"]
    assert disposition.startswith("attachment")
    assert f"filename*=UTF-8''{quote('峰会协议.pdf')}" in disposition
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.mimetype == PDF


def test_missing_and_changed_files_are_found(app):
    gone, changed = keep(SCAN + b"1"), keep(SCAN + b"2")
    keep(SCAN + b"3")
    assert damages() == []
    shelf.path_of(gone.stored.sha256).unlink()
    shelf.path_of(changed.stored.sha256).write_bytes(b"other")
    assert damages() == [Damage(gone.stored.sha256, "missing"), Damage(changed.stored.sha256, "changed")]
    with force_locale("en"), pytest.raises(shelf.FileMissing, match="Restore it from a backup"):
        open_document(gone)


def test_keeping_a_damaged_file_again_mends_it(app):
    document = keep()
    shelf.path_of(document.stored.sha256).write_bytes(b"other")
    keep()
    assert damages() == []


def test_an_auditor_verifies_every_file(app):
    whole, changed = keep(SCAN + b"1"), keep(SCAN + b"2", name="附件.pdf")
    run = app.test_cli_runner()
    told = run.invoke(args=["verify-files"])
    assert (told.exit_code, told.output.splitlines()[0]) == (0, "2 of 2 files are what was kept.")
    listed = run.invoke(args=["verify-files", "--manifest"]).output.splitlines()
    assert [line.split("  ")[0] for line in listed] == sorted([whole.stored.sha256, changed.stored.sha256])
    for line in listed:
        digest, place = line.split("  ")
        assert sha256((app.config["DATA"] / place).read_bytes()).hexdigest() == digest
    shelf.path_of(changed.stored.sha256).write_bytes(b"other")
    told = run.invoke(args=["verify-files", "--json"])
    assert told.exit_code == 1
    assert json.loads(told.output)["damaged"] == [
        {"sha256": changed.stored.sha256, "problem": "changed", "held_as": [f"scan 附件.pdf ({changed.id})"]}
    ]


def test_bytes_that_no_row_names_go_after_a_day(app):
    named = keep()
    given_up = receive(BytesIO(PLAIN), display_name="a.pdf").sha256
    cut_off = app.config["DATA"] / "files" / "incoming-1"
    cut_off.write_bytes(b"half")
    sweep()
    assert given_up in dict(queries.unnamed())
    assert cut_off.exists()
    for path in (cut_off, shelf.path_of(given_up), shelf.path_of(named.stored.sha256)):
        os.utime(path, (0, 0))
    sweep()
    assert given_up not in dict(queries.unnamed())
    assert (cut_off.exists(), damages()) == (False, [])
