"""Scans: versions that supersede each other, evidence after the approval, and what anybody may ask of a file."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import IntegrityError

from forums.agreements.drafting import ChangedMeanwhile, NotOpen
from forums.agreements.models import Agreement, Scan
from forums.agreements.review import NeedsReason, verify
from forums.agreements.scans.operations import AlreadyHere, attach
from forums.demo.scan import sample_pdf
from forums.documents import shelf
from forums.documents.models import StoredFile
from forums.documents.operations import PDF, Arrival
from forums.editions.models import Edition
from forums.extensions import db
from forums.transaction import transaction
from tests.agreements.making import again, make_draft, make_project, pass_review
from tests.cast import Cast
from tests.client import Reader

HOME = "/office/e/alu-2027/agreements"
FIRST, SECOND, THIRD = (sample_pdf(f"Synthetic scan {n}") for n in range(3))


def add(row: Agreement, content: bytes, cast: Cast, name: str = "峰会协议.pdf", **more: Any) -> Scan:
    """What a form does, but for the inspection, which has tests of its own."""
    kept = shelf.put(content, BytesIO(), max_size=len(content))
    assert kept is not None
    arrival = Arrival(*kept, PDF, name, {"pages": 1})
    with transaction():
        return attach(row, arrival, edition=row.signings[0].edition, actor=more.pop("actor", cast.staff.actor), **more)


def file(content: bytes, name: str = "峰会协议.pdf") -> tuple[BytesIO, str]:
    return BytesIO(content), name


def test_a_newer_version_supersedes_with_a_reason_and_the_older_stays(edition: Edition, cast: Cast) -> None:
    row = make_draft(edition, cast)
    first = add(row, FIRST, cast)
    with pytest.raises(NeedsReason):
        add(row, SECOND, cast, supersedes=first)
    second = add(row, SECOND, cast, supersedes=first, reason="The last page was missing")
    with pytest.raises(ChangedMeanwhile):
        add(row, THIRD, cast, supersedes=first, reason="Again")
    annex = add(row, THIRD, cast, name="附件.pdf")
    row = again(row)
    assert [scan.label for scan in row.scans] == ["峰会协议.pdf", "峰会协议.pdf · 2", "附件.pdf"]
    assert row.current_scans == [second, annex]
    assert [(step.step, step.changes.get("scans")) for step in row.steps[1:3]] == [
        ("scanned", [[], ["峰会协议.pdf"]]),
        ("rescanned", [["峰会协议.pdf"], ["峰会协议.pdf · 2"]]),
    ]


def test_the_same_bytes_are_told_and_kept_once_for_all_agreements(edition: Edition, cast: Cast) -> None:
    row = make_draft(edition, cast)
    first = add(row, FIRST, cast)
    add(row, SECOND, cast, supersedes=first, reason="Better")
    with pytest.raises(AlreadyHere):
        add(row, FIRST, cast, name="again.pdf")
    other = make_draft(edition, cast, project=make_project(edition, cast, "另一项目（示例）"))
    add(other, FIRST, cast)
    assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 2
    assert [len(again(one).scans) for one in (row, other)] == [2, 1]


def test_what_was_approved_is_what_was_seen(edition: Edition, cast: Cast) -> None:
    row = make_draft(edition, cast)
    first = add(row, FIRST, cast)
    pass_review(row, cast, "submitted")
    seen = row.version
    add(row, SECOND, cast, supersedes=first, reason="Sharper")
    assert again(row).version == seen + 1, "who looked at the older one is told"
    with transaction():
        verify(row, version=row.version, actor=cast.reviewer.actor)
    with pytest.raises(NotOpen):
        add(row, THIRD, cast)


def test_after_the_approval_a_file_is_evidence_beside_it_and_says_why(edition: Edition, cast: Cast) -> None:
    row = make_draft(edition, cast)
    first = add(row, FIRST, cast)
    pass_review(row, cast)
    version = row.version
    with pytest.raises(NeedsReason):
        add(row, SECOND, cast, actor=cast.organizer.actor)
    with pytest.raises(NotOpen):
        add(row, SECOND, cast, supersedes=first, reason="Sharper")
    proof = add(row, SECOND, cast, reason="Receipt of the first payment", actor=cast.organizer.actor)
    better = add(row, THIRD, cast, supersedes=proof, reason="All pages")
    row = again(row)
    assert (row.review, row.version, row.current_scans) == ("approved", version, [first, better])
    assert (proof.is_evidence, better.is_evidence, better.version) == (True, True, 2)
    assert row.steps[-1].changes == {}


def test_the_database_keeps_scans_from_going_and_from_two_successors(edition: Edition, cast: Cast) -> None:
    row = make_draft(edition, cast)
    first = add(row, FIRST, cast)
    second = add(row, SECOND, cast, supersedes=first, reason="Better")
    third = add(row, THIRD, cast)
    for wrong in (
        delete(Agreement).where(Agreement.id == row.id),
        text(f"UPDATE agreement_scans SET supersedes_id = {first.id}, reason = 'x' WHERE id = {third.id}"),
        text(f"UPDATE agreement_scans SET reason = '' WHERE id = {second.id}"),
        text(f"UPDATE agreement_scans SET is_evidence = true WHERE id = {third.id}"),
    ):
        with pytest.raises(IntegrityError), transaction():
            db.session.execute(wrong)


def test_staff_add_replace_and_download_on_one_page(edition: Edition, cast: Cast, page: Reader) -> None:
    row = make_draft(edition, cast)
    url = f"{HOME}/{row.id}/scans"
    page.sign_in(cast.staff)
    assert "No scan yet" in page.get(url).words
    page.post(url, {"scan": file(FIRST)})  # DBG
    double = page.post(url, {"scan": file(FIRST, "copy.pdf"), "reason": "What I typed"}, expected=200)
    assert "kept here already" in double.words
    assert double.find("//textarea[@name='reason']")[0].text.strip() == "What I typed"
    bad = page.post(url, {"scan": file(b"%PDF-1.7 cut")}, expected=200)
    assert "damaged or cut short" in bad.words
    assert "Choose a file first" in page.post(url, {}, expected=200).words
    first = db.session.scalars(select(Scan.id)).one()
    page.post(url, {"scan": file(SECOND), "supersedes": str(first), "reason": "The last page was missing"})
    shown = page.get(url)
    assert "The last page was missing" in shown.words
    assert "superseded by version 2" in shown.words
    hashes = ["".join(code.itertext()) for code in shown.find("//span[@class='hash']/code")]
    assert hashes == [sha256(content).hexdigest() for content in (SECOND, FIRST)]
    got = page.get(f"{url}/{first}").response
    assert got.data == FIRST
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert "filename*=UTF-8''%E5%B3%B0%E4%BC%9A" in got.headers["Content-Disposition"]
    assert (got.headers["X-Content-Type-Options"], got.headers["Content-Security-Policy"]) == (
        "nosniff",
        "default-src 'none'; sandbox",
    )
    assert "Versions and hashes" in page.get(url.removesuffix("/scans")).words


def test_scans_of_a_confidential_project_are_shown_to_nobody_else(edition: Edition, cast: Cast, page: Reader) -> None:
    hidden = make_draft(edition, cast, project=make_project(edition, cast, confidential=True))
    shown = make_draft(edition, cast, project=make_project(edition, cast, "另一项目（示例）"))
    scan = add(hidden, FIRST, cast)
    add(shown, FIRST, cast)
    url, other, said = f"{HOME}/{hidden.id}/scans", f"{HOME}/{shown.id}/scans", "kept with another agreement"
    pages = (url, f"{url}/{scan.id}")
    page.sign_in(cast.organizer)
    for hidden_page in pages:
        page.get(hidden_page, expected=404)
    page.post(url, {"scan": file(SECOND)}, expected=404)
    assert said not in page.get(other).words
    assert said in page.sign_in(cast.reviewer).get(other).words


def test_anybody_may_check_a_hash_and_learns_nothing_else(edition: Edition, cast: Cast, page: Reader) -> None:
    row = make_draft(edition, cast, "27.2亿元", project=make_project(edition, cast, confidential=True))
    first = add(row, FIRST, cast)
    add(row, SECOND, cast, supersedes=first, reason="Better")
    secrets = ("27.2", "峰会协议", "投资协议", edition.title.zh, "Better")
    assert "on record" not in " ".join(page.get("/check").find("//section//h2/text()"))
    answers = {content: page.get(f"/check?sha256={sha256(content).hexdigest()}") for content in (FIRST, SECOND, THIRD)}
    assert "This file is on record here." in answers[FIRST].words
    assert "superseded or withdrawn" in answers[FIRST].words
    assert "This file is on record here." in answers[SECOND].words
    assert "superseded" not in answers[SECOND].words
    assert "This file is not on record here." in answers[THIRD].words
    for answer in answers.values():
        assert not any(word in answer.words for word in secrets)
        assert len(answer.queries) == len(answers[THIRD].queries), "the work done tells nothing"


@pytest.mark.parametrize(
    "typed, found",
    [
        ("{hash}", True),
        (" {HASH} ", True),
        ("SHA256: {grouped}", True),
        ("{hash}  峰会协议.pdf", True),
        ("SHA256(峰会协议.pdf)= {hash}", True),
        ("{short}", False),
        ("{hash}{hash}", False),
        ("💥\n<script>", False),
        ("x" * 5000, False),
    ],
)
def test_a_hash_is_read_however_people_write_it(
    edition: Edition, cast: Cast, page: Reader, typed: str, found: bool
) -> None:
    digest = sha256(FIRST).hexdigest()
    grouped = " ".join(digest[at : at + 4] for at in range(0, 64, 4))
    add(make_draft(edition, cast), FIRST, cast)
    words = {"hash": digest, "HASH": digest.upper(), "grouped": grouped, "short": digest[:63]}
    answer = page.open("GET", "/check", expected=200, query_string={"sha256": typed.format(**words)})
    assert ("This file is on record here." in answer.words, "This is no SHA-256" in answer.words) == (found, not found)
