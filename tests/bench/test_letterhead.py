"""Formal letters: what the PDF of each guest costs at delivery, and whether a sender's memory stays flat."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from PIL import Image, ImageDraw

from forums.columns import Bilingual
from forums.documents.operations import receive_picture
from forums.extensions import db
from forums.invitations import letter_text, openings
from forums.invitations.letter_text import Guest
from forums.invitations.letterhead.operations import HeadFacts, save_head
from forums.invitations.letterhead.paper import Words, letter_pdf
from forums.transaction import transaction
from tests.bench.figures import Figure, report
from tests.cast import SYSTEM, make_edition
from tests.conftest import make_app

LETTERS = 400


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path)
    with app.app_context():
        upgrade()
        yield app
        db.session.remove()


def seal() -> io.BytesIO:
    drawn, out = Image.new("RGB", (900, 900), "white"), io.BytesIO()
    ImageDraw.Draw(drawn).ellipse((30, 30, 870, 870), outline=(200, 20, 20), width=30)
    drawn.save(out, "PNG")
    return io.BytesIO(out.getvalue())


def resident() -> float:
    """What this process holds in memory now, in MB."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096 / 1e6


def test_letters(app: Flask) -> None:
    edition = make_edition()
    arrival = receive_picture(seal(), display_name="公章.png", longest=700, clear_paper=True)
    with transaction():
        organisation = Bilingual("濉溪县铝业论坛组委会（示例）", "Committee (synthetic)")
        facts = HeadFacts(organisation, Bilingual("李四"), Bilingual("主任"), Bilingual(), seal=arrival)
        head = save_head(edition, facts, actor=SYSTEM)
    head_id = head.id

    def make(number: int) -> int:
        guest = Guest(f"张伟{number}", "示例企业", "总工程师")
        text = letter_text.fill(openings.BODIES["invitation"].zh, guest, edition, "zh")
        link = f"https://forum.example.org/answer/{number:032d}?lang=zh"
        said = Words("zh", guest, "铝业论坛", letter_text.paragraphs(text), link, date(2027, 1, 18))
        return len(letter_pdf(db.session.get_one(type(head), head_id), edition, said))

    for number in range(50):
        make(number)
    held, start, busy = resident(), time.perf_counter(), time.process_time()
    size = sum(make(50 + number) for number in range(LETTERS)) / LETTERS
    took, used = (time.perf_counter() - start) / LETTERS, (time.process_time() - busy) / LETTERS
    report(
        "letterhead",
        [
            Figure("formal letter, one guest", took * 1000, "ms"),
            Figure("of it, time of a core", used * 1000, "ms"),
            Figure("10,000 formal letters, time of a core", used * 10_000 / 60, "min"),
            Figure("size of one", size / 1000, "kB"),
            Figure("memory grown over the letters", resident() - held, "MB", bar=30, at_most=True),
        ],
    )
