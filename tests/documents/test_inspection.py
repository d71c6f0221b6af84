"""Files made to do harm are refused for what they are: at once, in little memory, with advice."""

import random
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from resource import RUSAGE_CHILDREN, getrusage

import pytest
from flask_babel import force_locale
from sqlalchemy import func, select

from forums.activity.models import Actor
from forums.documents.inspection import child
from forums.documents.inspection.apart import LIMITS, look_into
from forums.documents.models import StoredFile
from forums.documents.operations import JPEG, PDF, PNG, keep, receive
from forums.documents.refusals import NotTaken
from forums.extensions import db
from forums.transaction import transaction
from tests.documents import hostile

# Half of what one inspection may use; no kind of file needs it.
LITTLE = replace(LIMITS, memory=LIMITS.memory // 2)


# What needs time or memory, so that a process of its own matters; the rest is told in a millisecond.
HEAVY = ["bomb", "bomb in a bomb", "many small bombs", "bomb in the object stream", "deep nesting", "huge picture"]


def media_type_of(content: bytes) -> str:
    return PDF if content.startswith(b"%PDF") else PNG if content.startswith(b"\x89PNG") else JPEG


@pytest.mark.parametrize("kind", [*hostile.PDFS, *hostile.PICTURES])
def test_a_hostile_file_is_refused_for_what_it_is(kind, tmp_path):
    content, reason = (hostile.PDFS | hostile.PICTURES)[kind]
    path = tmp_path / "file"
    path.write_bytes(content)
    answer = child.answer(vars(LIMITS) | {"path": str(path), "media_type": media_type_of(content)})
    assert answer["refused"] == reason


@pytest.mark.parametrize("kind", HEAVY)
def test_what_would_be_heavy_is_refused_at_once_in_little_memory(kind, tmp_path):
    content, reason = hostile.PDFS[kind]
    path = tmp_path / "file"
    path.write_bytes(content)
    began = getrusage(RUSAGE_CHILDREN).ru_utime
    with pytest.raises(NotTaken) as no:
        look_into(path, PDF, LITTLE)
    assert (no.value.reason, getrusage(RUSAGE_CHILDREN).ru_utime - began < 10) == (reason, True)


@pytest.mark.parametrize(
    "content, media_type, facts",
    [
        (hostile.PLAIN, PDF, {"pages": 1, "unpacked": 50, "version": "1.4"}),
        # A picture in the page, a link to the web, and the page to begin with: what scanners and offices write.
        (
            hostile.pdf(
                hostile.stream(hostile.jpeg(), b"/Subtype /Image /Width 1200 /Height 1700 /Filter /DCTDecode"),
                page=b" /Annots [<< /Subtype /Link /A << /S /URI /URI (https://example.org) >> >>]",
                root=b" /OpenAction [3 0 R /Fit]",
            ),
            PDF,
            {"pages": 1, "unpacked": len(hostile.jpeg()), "version": "1.7"},
        ),
        (hostile.jpeg(), JPEG, {"width": 1200, "height": 1700}),
        (hostile.jpeg(12_000, 9_000), JPEG, {"width": 12_000, "height": 9_000}),
        (hostile.png(10, 10, hostile.PNG_ROWS), PNG, {"width": 10, "height": 10}),
    ],
    ids=["print", "scan", "JPEG", "large photo", "PNG"],
)
def test_an_honest_file_is_described(content, media_type, facts, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(content)
    assert look_into(path, media_type, LITTLE) == facts


def test_what_takes_too_long_or_too_much_is_stopped_from_outside(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(hostile.PDFS["bomb"][0])
    with pytest.raises(NotTaken) as slow:
        look_into(path, PDF, replace(LIMITS, wait=0.02))
    path.write_bytes(hostile.PDFS["bomb in the object stream"][0])
    with pytest.raises(NotTaken) as heavy:
        look_into(path, PDF, replace(LIMITS, memory=64 * 1024 * 1024))
    assert slow.value.reason == "slow"
    assert heavy.value.reason in {"heavy", "broken"}  # as far as the reader came with so little memory


def test_damage_of_any_kind_is_an_answer_and_never_a_fault(tmp_path):
    """Hundreds of files with some bytes changed, cut out or put in."""
    chance = random.Random(4)
    path = tmp_path / "file"
    form = hostile.PDFS["form that sends"][0]
    kinds = [
        (hostile.PLAIN, PDF),
        (form, PDF),
        (hostile.jpeg(64, 64), JPEG),
        (hostile.png(10, 10, hostile.PNG_ROWS), PNG),
    ]
    for _ in range(400):
        whole, media_type = chance.choice(kinds)
        content = bytearray(whole)
        for _ in range(chance.choice([1, 2, 5])):
            at = chance.randrange(8, len(content) - 20)
            content[at : at + chance.choice([0, 1, 9])] = bytes(
                chance.choices(b"<>[]()/019 R\n\xff", k=chance.choice([0, 1, 9]))
            )
        path.write_bytes(content)
        answer = child.answer(vars(LIMITS) | {"path": str(path), "media_type": media_type})
        assert {"pages", "width", "refused"} & answer.keys()


def test_a_file_is_received_with_its_facts_and_a_refused_one_leaves_nothing(app):
    arrival = receive(BytesIO(hostile.PLAIN), display_name="峰会协议.pdf", allowed=(PDF,))
    with transaction():
        document = keep(arrival, kind="scan", actor=Actor.system("tests"))
    assert (document.stored.sha256, document.stored.facts["pages"]) == (sha256(hostile.PLAIN).hexdigest(), 1)
    assert receive(BytesIO(hostile.PLAIN), display_name="again.pdf").facts == document.stored.facts
    before = sorted((app.config["DATA"] / "files").rglob("*"))
    said = {}
    for language in ("en", "zh_Hans_CN"):
        with pytest.raises(NotTaken) as no:
            receive(BytesIO(hostile.PDFS["video"][0]), display_name="video.pdf")
        with force_locale(language):
            said[language] = no.value.message
    assert said["en"] == (
        "The PDF holds sound, video or 3D, which no scan needs. Print it to PDF again and choose the new file."
    )
    assert "声音、视频或三维内容" in said["zh_Hans_CN"]
    assert sorted((app.config["DATA"] / "files").rglob("*")) == before
    assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 1


def test_half_a_gigabyte_is_answered_with_a_page_and_never_read(app, page):
    length = str(500 * 1024 * 1024)
    told = page.open(
        "POST",
        "/sign-in",
        expected=413,
        content_type="multipart/form-data; boundary=x",
        input_stream=BytesIO(),  # whoever reads it, finds no form in it
        environ_overrides={"CONTENT_LENGTH": length},
    )
    assert "at most 64 MB" in told.words
