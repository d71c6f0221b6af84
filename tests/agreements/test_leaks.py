"""Nobody without the right reads a confidential amount: not on a page, in a file, in a total, or in words."""

from __future__ import annotations

import re
from collections import Counter
from io import BytesIO
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from flask import Flask
from openpyxl import load_workbook
from pypdf import PdfReader
from werkzeug.test import TestResponse

from forums.agreements import review
from forums.agreements.statements import operations as statements
from forums.editions.models import Edition, Series
from forums.extensions import db
from forums.transaction import transaction
from tests.agreements.making import make_approved, make_project
from tests.cast import Cast
from tests.client import Reader

# 749,130,000 yuan, beside 500 million that anybody may see: neither it nor the sum may be read in any unit.
SECRET, OPEN = "7.4913亿元", "5亿元"
TELLS = re.compile(
    r"(?<![0-9A-Za-z.])(?:7\.49|749\.13|0\.749|74913|12\.49|1249\.13|1\.249|124913)[0-9.]*(?![A-Za-z])"
    r"|柒亿肆仟玖佰|拾贰亿肆仟玖佰|seven hundred and forty-nine million|hundred and forty-nine million"
)
STARTS = ("/office/series/alu/tallies", "/office/e/alu-2027/agreements", "/office/")
ROOMS = re.compile(
    r"agreements|tallies|projects|statements|footing|counting|followup|duplicates|outcomes|activity|rates"
)
# What a page says does not depend on the database.
on_one_database = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
MOST_OF_A_KIND, MOST = 2, 260


@pytest.fixture
def secret(edition: Edition, cast: Cast) -> int:
    """A confidential project, signed twice, one of its signings corrected away as a duplicate; and what holds it."""
    make_approved(edition, cast, OPEN)
    project = make_project(edition, cast, "保密项目（示例）", confidential=True)
    first = make_approved(edition, cast, SECRET, project=project)
    make_approved(edition, cast, SECRET, project=project, relation="again", earlier_id=first.id)
    twin = make_approved(edition, cast, SECRET, project=make_project(edition, cast, "保密项目", confidential=True))
    with transaction():
        review.set_aside(twin.project, project, reason="One code", actor=cast.reviewer.actor)
    with transaction():
        series = db.session.get_one(Series, edition.series_id)
        wanted = statements.Wanted(None, None, "total_investment", "yi")
        statements.draft(series, wanted, key="once", actor=cast.reviewer.actor)
    return first.id


@on_one_database
def test_an_organiser_who_follows_every_link_reads_no_secret(app: Flask, secret: int, cast: Cast, page: Reader) -> None:
    read = crawl(page.sign_in(cast.organizer))
    told = {address: found for address, words in read.items() if (found := TELLS.findall(words))}
    assert told == {}
    kinds = {pattern(address)[0].rsplit("/", 1)[-1].rsplit(".", 1)[-1] for address in read}
    assert {"csv", "xlsx"} <= kinds
    assert len(read) > 40


@on_one_database
def test_an_auditor_reads_it(app: Flask, secret: int, cast: Cast, page: Reader) -> None:
    """The control: with the right, the same walk meets it at many places."""
    read = crawl(page.sign_in(cast.auditor))
    assert len([address for address, words in read.items() if TELLS.search(words)]) > 5


def crawl(reader: Reader) -> dict[str, str]:
    """Address → all that can be read there, of the pages and files that links of these rooms lead to."""
    waiting, read, seen = list(STARTS), {}, Counter[object]()
    while waiting and len(read) < MOST:
        address = waiting.pop(0)
        if address in read:
            continue
        answer = reader.client.get(address, headers={"Accept-Language": "en"})
        db.session.remove()
        assert answer.status_code in {200, 302, 303, 403, 404}, f"{address}: {answer.status_code}"
        read[address] = text_of(answer)
        if answer.mimetype != "text/html":
            continue
        for link in re.findall(r'(?:href|src)="([^"#]+)', answer.text):
            target = urlsplit(urljoin(address, link.replace("&amp;", "&")))
            where = target.path + (f"?{target.query}" if target.query else "")
            if target.netloc or not ROOMS.search(target.path) or not target.path.startswith("/office/"):
                continue
            seen[pattern(where)] += where not in read and where not in waiting
            if seen[pattern(where)] <= MOST_OF_A_KIND:
                waiting.append(where)
    return read


def pattern(address: str) -> tuple[str, tuple[str, ...]]:
    """Pages that differ only by a number or by what is filtered for are of one kind."""
    parts = urlsplit(address)
    return re.sub(r"\d+", "0", parts.path), tuple(sorted(name for name, _ in parse_qsl(parts.query)))


def text_of(answer: TestResponse) -> str:
    """What stands in an answer, thousands without their commas."""
    if answer.mimetype.endswith("spreadsheetml.sheet"):
        book = load_workbook(BytesIO(answer.data))
        words = "\n".join(str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line)
    elif answer.mimetype == "application/pdf":
        words = "\n".join(part.extract_text() for part in PdfReader(BytesIO(answer.data)).pages)
    else:
        words = re.sub(r'(nonce|value)="[^"]{20,}"', "", answer.get_data(as_text=True))
    return re.sub(r"(?<=\d),(?=\d)", "", words)
