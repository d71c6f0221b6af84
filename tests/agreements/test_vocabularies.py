"""Words that the administrator edits: read everywhere, never taken away from what has them."""

from __future__ import annotations

import csv
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import select

from forums.agreements import drafting, queries
from forums.agreements.models import Agreement, Segment
from forums.agreements.vocabularies import operations
from forums.agreements.vocabularies.operations import Line, OthersChanged, add_word, change_words, remove_word
from forums.agreements.vocabulary import BINDINGS, CHANNELS, KINDS
from forums.columns import Bilingual
from forums.editions.models import Edition
from forums.errors import Refused
from forums.extensions import db
from forums.transaction import transaction
from tests.agreements.making import make_approved, make_draft, make_project
from tests.cast import Cast
from tests.client import Reader

ADMIN = "/office/vocabularies"


def line(words: Any, code: str, place: int, **more: Any) -> Line:
    was = operations._state(words[code], place, False)
    return replace(Line(code, words[code], place, False, was), **more)


def test_a_word_is_renamed_ordered_and_retired_for_everybody(edition: Edition, cast: Cast) -> None:
    row_id = make_draft(edition, cast, project=make_project(edition, cast, channel="agent")).id
    with transaction():
        done = change_words(
            "channels",
            [
                line(CHANNELS, "forum", 10, name=Bilingual("会展招商", "Fair"), position=99),
                line(CHANNELS, "agent", 50, retired=True),
            ],
            actor=cast.admin.actor,
        )
    db.session.remove()
    assert (done, CHANNELS["forum"].zh, list(CHANNELS)[-1], CHANNELS["agent"].zh) == (
        2,
        "会展招商",
        "forum",
        "委托招商",
    )
    assert "agent" not in CHANNELS.offered()
    assert "agent" in CHANNELS.offered("agent")
    assert db.session.get_one(Agreement, row_id).project.channel == "agent"
    with pytest.raises(Refused), transaction():
        change_words("bindings", [line(BINDINGS, "intention", 30, retired=True)], actor=cast.admin.actor)
    with pytest.raises(Refused), transaction():
        change_words("channels", [line(CHANNELS, "forum", 99, name=Bilingual())], actor=cast.admin.actor)


def test_an_added_kind_counts_as_the_built_in_one_that_it_names(edition: Edition, cast: Cast) -> None:
    for wrong in ({"counts_as": "x"}, {}):
        with pytest.raises(Refused), transaction():
            add_word("kinds", Bilingual("特许经营"), actor=cast.admin.actor, **wrong)
    with pytest.raises(Refused), transaction():
        add_word("bindings", Bilingual("备忘录"), actor=cast.admin.actor)
    with transaction():
        ours = add_word(
            "kinds", Bilingual("特许经营", "Concession"), counts_as="investment", actor=cast.admin.actor
        ).code
        side = add_word("kinds", Bilingual("培训", "Training"), counts_as="technical", actor=cast.admin.actor).code
    make_approved(edition, cast, "5亿元", kind=ours)
    make_approved(edition, cast, "1亿元", kind=side)
    tally = queries.tally(edition.series, see_confidential=True)
    kinds = [(one.kind, one.agreements) for one in tally.kinds]
    assert (tally.total.contracted.projects, tally.technical, kinds) == (1, 1, [(ours, 1), (side, 1)])
    assert (ours, KINDS[ours].en) == ("investment.1", "Concession")
    for code in (ours, "investment", "nonsense"):
        with pytest.raises(Refused), transaction():
            remove_word("kinds", code, actor=cast.admin.actor)
    with transaction():
        spare = add_word("channels", Bilingual("校友招商"), actor=cast.admin.actor).code
        remove_word("channels", spare, actor=cast.admin.actor)
    assert spare not in CHANNELS


def test_whoever_saves_words_second_is_told_and_keeps_what_others_did_elsewhere(edition: Edition, cast: Cast) -> None:
    mine = [line(CHANNELS, "forum", 10, name=Bilingual("甲")), line(CHANNELS, "agent", 50)]
    with transaction():
        theirs = [line(CHANNELS, "forum", 10, name=Bilingual("乙")), line(CHANNELS, "agent", 50, name=Bilingual("丙"))]
        change_words("channels", theirs, actor=cast.admin.actor)
    with pytest.raises(OthersChanged, match="乙"), transaction():
        change_words("channels", mine, actor=cast.admin.actor)
    with transaction():
        seen = [replace(mine[0], was=operations._state(Bilingual("乙"), 10, False)), mine[1]]
        change_words("channels", seen, actor=cast.admin.actor)
    assert (CHANNELS["forum"].zh, CHANNELS["agent"].zh) == ("甲", "丙")


def test_the_admin_edits_words_on_a_page_and_others_do_not(edition: Edition, cast: Cast, page: Reader) -> None:
    for somebody in (cast.organizer, cast.reviewer, cast.auditor):
        page.sign_in(somebody).get(ADMIN, expected=403)
        page.post(f"{ADMIN}/kinds/words", {"name_zh": "x", "counts_as": "investment"}, expected=403)
    page.sign_in(cast.admin)
    shown = page.get(f"{ADMIN}?of=channels")
    fields = {one.get("name"): one.get("value") for one in shown.find("//table//input[not(@type='checkbox')]")}
    keys = shown.find("//input[@name='key']/@value")
    page.post(f"{ADMIN}/channels", {**fields, "key": keys, "zh-forum": "会展招商", "retired-other": "1"})
    assert "会展招商" in page.get(f"{ADMIN}?of=channels").source
    stale = page.post(f"{ADMIN}/channels", {**fields, "key": keys, "zh-forum": "展会招商"}, expected=200)
    assert "they now read" in stale.words
    assert stale.find("//input[@name='zh-forum']/@value") == ["展会招商"]
    page.post(f"{ADMIN}/kinds/words", {"name_zh": "=特许经营", "name_en": "", "counts_as": "investment"})
    page.post(f"{ADMIN}/kinds/words", {"name_zh": "", "name_en": "", "counts_as": "x"}, expected=200)
    page.post(f"{ADMIN}/nonsense", {"key": "x"}, expected=404)
    page.post(f"{ADMIN}/kinds", {"key": ["x", "investment"], "position-investment": "-9"}, expected=200)
    rows = list(csv.reader(StringIO(page.get(f"{ADMIN}.csv").response.data.decode("utf-8-sig"))))
    assert ["kinds", "investment.1", "investment", "'=特许经营", "", "0", "0"] in rows
    page.post(f"{ADMIN}/kinds/words/investment.1/removal")
    assert "investment.1" not in page.get(f"{ADMIN}?of=kinds").source
    form = page.sign_in(cast.staff).get("/office/e/alu-2027/agreements/new")
    assert "other" not in form.find("//select[@name='channel']/option/@value")


def test_segments_are_renamed_and_retired_but_stay_with_their_projects(
    edition: Edition, cast: Cast, page: Reader
) -> None:
    with transaction():
        foil = drafting.add_segment(edition.series, Bilingual("箔", "Foil"), actor=cast.organizer.actor).id
    project = make_project(edition, cast, segment_id=foil).id
    page.sign_in(cast.staff)
    url = "/office/series/alu/segments"
    shown = page.get(url)
    fields = {one.get("name"): one.get("value") for one in shown.find("//table//input[not(@type='checkbox')]")}
    page.post(f"{url}/words", {**fields, f"en-{foil}": "Foil and strip", f"retired-{foil}": "1"})
    page.post(f"{url}/words", {**fields, f"en-{foil}": "Another"}, expected=200)
    db.session.rollback()
    assert [(row.name.en, row.retired) for row in db.session.scalars(select(Segment))] == [("Foil and strip", True)]
    assert str(foil) in page.get(f"/office/series/alu/projects/{project}/facts").find(
        "//select[@name='segment']/option/@value"
    )
    assert str(foil) not in page.get("/office/e/alu-2027/agreements/new").find(
        "//select[@name='segment']/option/@value"
    )
