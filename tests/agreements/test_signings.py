"""Ceremonies of an agreement: who signed, further signings of the same document, and what they count."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from forums.agreements import queries
from forums.agreements.drafting import ChangedMeanwhile
from forums.agreements.review import NeedsReason
from forums.agreements.signings import operations
from forums.agreements.signings.operations import Ceremony, NotThere
from forums.editions.models import Edition, Series
from forums.extensions import db
from forums.transaction import transaction
from tests.agreements.making import again, five_years, make_approved, make_project
from tests.cast import Cast, make_edition, make_series
from tests.client import Reader

YI = 10**10


def photo() -> bytes:
    out = BytesIO()
    Image.new("RGB", (32, 24), "#22557f").save(out, "PNG")
    return out.getvalue()


def test_the_same_document_signed_again_is_shown_there_and_counts_nothing(cast: Cast) -> None:
    years = five_years()
    row = make_approved(years[0], cast, "5亿元")
    with transaction():
        operations.sign_again(
            row, years[2], on=years[2].starts_on, position=3, ceremony=Ceremony("张三，董事长"), version=row.version,
            actor=cast.staff.actor,
        )  # fmt: skip
    series = db.session.get_one(Series, years[0].series_id)
    tally = queries.tally(series, see_confidential=True)
    assert [(line.signings, line.contracted.projects, line.contracted.fen) for line in tally.editions] == [
        (1, 1, 5 * YI),
        (1, 0, 0),
    ]
    assert [step.step for step in again(row).steps][-1] == "signed_again"
    further = again(row).signings[1]
    with pytest.raises(NeedsReason), transaction():
        operations.take_back(further, reason=" ", version=row.version, actor=cast.staff.actor)
    with transaction():
        operations.take_back(again(row).signings[1], reason="Wrong year", version=row.version, actor=cast.staff.actor)
    assert [line.signings for line in queries.tally(series, see_confidential=True).editions] == [1]


def test_a_ceremony_that_cannot_be_is_refused(cast: Cast) -> None:
    years = five_years()
    row = make_approved(years[2], cast, "5亿元")
    elsewhere = make_edition(make_series("elsewhere"), slug="elsewhere-1")
    day = years[2].starts_on
    for edition, on in (
        (years[2], day + timedelta(1)),
        (years[1], day - timedelta(1)),
        (years[3], day + timedelta(4000)),
        (elsewhere, day + timedelta(1)),
    ):
        with pytest.raises(NotThere), transaction():
            operations.sign_again(
                row, edition, on=on, position=1, ceremony=Ceremony(), version=row.version, actor=cast.staff.actor
            )
    with pytest.raises(NotThere), transaction():
        operations.take_back(row.signings[0], reason="x", version=row.version, actor=cast.staff.actor)
    with pytest.raises(ChangedMeanwhile), transaction():
        operations.describe(row.signings[0], Ceremony("x"), version=row.version - 1, actor=cast.staff.actor)


def test_staff_say_who_signed_and_add_the_photo(edition: Edition, cast: Cast, page: Reader) -> None:
    row = make_approved(edition, cast, "5亿元")
    home, signing, version = f"/office/e/alu-2027/agreements/{row.id}/signings", row.signings[0].id, row.version
    page.sign_in(cast.staff)
    words = {"signatories": "张三，县长\n李四，董事长", "witnesses": "王五"}
    page.post(f"{home}/{signing}", {"version": version, "photo": (BytesIO(photo()), "现场.png"), **words})
    shown = page.get(home)
    assert "张三，县长" in shown.words
    assert shown.find("//img[@class='ceremony-photo']")
    assert page.get(f"{home}/{signing}/photo").response.mimetype == "image/png"
    stale = page.post(f"{home}/{signing}", {"version": version, "signatories": "赵六"}, expected=200)
    assert "Somebody has changed this agreement" in stale.words
    assert "赵六" in stale.find("//textarea[@name='signatories']")[0].text
    bad = page.post(f"{home}/{signing}", {"version": version + 1, "photo": (BytesIO(b"GIF89a"), "x.gif")}, expected=200)
    assert "not a file of a kind" in bad.words
    further = {"edition": "alu-2027", "signed_on": "2097-03-19", "position": 1, "version": version + 1}
    assert "Not a valid choice" in page.post(home, further, expected=200).words
    page.get(f"{home}/999/photo", expected=404)


def test_the_ceremony_of_a_confidential_project_is_as_confidential(edition: Edition, cast: Cast, page: Reader) -> None:
    row = make_approved(edition, cast, "5亿元", project=make_project(edition, cast, confidential=True))
    home = f"/office/e/alu-2027/agreements/{row.id}/signings"
    page.sign_in(cast.organizer).get(home, expected=404)
    page.sign_in(cast.auditor).get(home)
