"""The formal letter: whose it is, what is printed, and that a seal is seen by nobody else."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from email.message import EmailMessage

import pytest
from flask import Flask
from PIL import Image
from pypdf import PdfReader

from forums import clock
from forums.columns import Bilingual
from forums.documents.fonts import FontMissing
from forums.documents.models import Document
from forums.editions.models import Edition
from forums.extensions import db
from forums.invitations import steps as invitations_steps
from forums.invitations.letter_text import MARKS, Guest
from forums.invitations.letterhead.models import Letterhead
from forums.invitations.letterhead.operations import HeadFacts, save_head
from forums.invitations.letterhead.paper import Words, file_name, letter_data, letter_pdf
from forums.invitations.models import Contact
from forums.links import external
from forums.transaction import transaction
from tests.cast import SYSTEM, Cast, make_edition
from tests.client import Reader
from tests.invitations.guests import campaign, here, make_campaign, make_list, send

ADDRESS = "/office/e/alu-2027/letterhead"
TEXTS = {
    "organisation_zh": "濉溪县铝业论坛组委会（示例）\n示例协会",
    "organisation_en": "Committee (synthetic)",
    "signer_zh": "李四",
    "post_zh": "主任",
    "contact_en": "Road 1, Suixi",
}
LINK = "https://forum.example.org/answer/abc"


def picture(kind: str = "PNG", *, mode: str = "RGB", size: int = 1500) -> bytes:
    """A red spot on white paper, with something written beside its dots."""
    drawn = Image.new(mode, (size, size // 2), "white" if mode != "RGBA" else (0, 0, 0, 0))
    drawn.paste((200, 20, 20, 255) if mode == "RGBA" else (200, 20, 20), (0, 0, size // 2, size // 2))
    out = io.BytesIO()
    drawn.save(out, kind, **({"comment": b"secret words"} if kind == "JPEG" else {}))
    return out.getvalue()


def head() -> Letterhead | None:
    db.session.rollback()
    return db.session.scalar(db.select(Letterhead).order_by(Letterhead.revision.desc()).limit(1))


def words(**changes: object) -> Words:
    values = {
        "language": "zh",
        "guest": Guest("张三", "示例企业", "总工程师"),
        "title": "铝业论坛",
        "paragraphs": [[f"尊敬的{MARKS['name']}{MARKS['title']}："], ["诚邀您出席。"], [MARKS["link"]], ["组委会"]],
        "link": LINK,
        "written_on": date(2027, 1, 18),
    }
    return Words(**(values | changes))  # type: ignore[arg-type]


def text_of(content: bytes) -> tuple[int, str]:
    """How many pages, and what can be read on them, without spaces."""
    reader = PdfReader(io.BytesIO(content))
    return len(reader.pages), "".join("".join(page.extract_text() for page in reader.pages).split())


def test_a_letterhead_is_set_up_seen_and_changed(app: Flask, page: Reader, cast: Cast) -> None:
    make_edition(hosts=Bilingual("濉溪县（示例）", "Suixi (synthetic)"))
    page.sign_in(cast.organizer)
    empty = page.get(ADDRESS)
    assert "No letterhead is set up yet" in empty.words
    assert empty.find("//textarea[@name='organisation_zh']")[0].text.strip() == "濉溪县（示例）"
    files = {"logo": (io.BytesIO(picture("JPEG")), "徽标.jpg"), "seal": (io.BytesIO(picture()), "公章.png")}
    page.post(ADDRESS, TEXTS | files)
    assert "Revision 1" in page.get(ADDRESS).words
    row = head()
    assert row is not None
    assert (row.organisation.zh, row.signer.zh, row.contact.en) == (TEXTS["organisation_zh"], "李四", "Road 1, Suixi")
    page.post(ADDRESS, TEXTS)
    assert db.session.scalar(db.select(db.func.count()).select_from(Letterhead)) == 1  # nothing is different
    page.post(ADDRESS, TEXTS | {"drop_logo": "y", "signer_zh": "王五"})
    row = head()
    assert row is not None
    assert (row.revision, row.logo, row.seal is not None, row.signer.zh) == (2, None, True, "王五")


def test_pictures_are_drawn_anew_small_and_without_paper(app: Flask, page: Reader, cast: Cast) -> None:
    make_edition()
    page.sign_in(cast.organizer)
    files = {"logo": (io.BytesIO(picture("JPEG")), "logo.jpg"), "seal": (io.BytesIO(picture()), "seal.png")}
    page.post(ADDRESS, TEXTS | files)
    kept = {}
    for kind in ("logo", "seal"):
        answer = page.client.get(f"{ADDRESS}/{kind}.png")
        assert (answer.status_code, answer.mimetype) == (200, "image/png")
        assert b"secret words" not in answer.data
        kept[kind] = Image.open(io.BytesIO(answer.data))
    assert (kept["logo"].size, kept["seal"].size) == ((900, 450), (700, 350))
    assert kept["logo"].getpixel((899, 10)) == (255, 255, 255, 255)
    assert kept["seal"].getpixel((699, 10))[3] == 0  # type: ignore[index]
    assert kept["seal"].getpixel((10, 10))[3] > 200  # type: ignore[index, operator]


@pytest.mark.parametrize(
    "data, says",
    [
        ({"organisation_zh": "", "organisation_en": " \n "}, "Name the organisation in Chinese or English"),
        ({"organisation_en": "a\nb\nc\nd\ne"}, "At most 4 lines have room on the letter; these are 5"),
        ({"signer_zh": "x" * 81}, "longer than 80"),
        ({"seal": (b"GIF89a", "seal.gif")}, "This is not a file of a kind that is taken here: PNG, JPEG"),
        ({"logo": (b"\x89PNG\r\n\x1a\n" + b"0" * 50, "logo.png")}, "The file is damaged or cut short"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    app: Flask, page: Reader, cast: Cast, data: dict[str, object], says: str
) -> None:
    make_edition()
    page.sign_in(cast.organizer)
    files = {key: (io.BytesIO(one[0]), one[1]) for key, one in data.items() if isinstance(one, tuple)}
    shown = page.post(ADDRESS, TEXTS | data | files, expected=200)
    assert says in shown.words
    assert shown.find("//input[@name='post_zh']/@value") == ["主任"]
    assert head() is None


def test_a_seal_is_seen_by_those_who_manage_the_edition_and_found_by_nobody(
    app: Flask, page: Reader, cast: Cast
) -> None:
    make_edition()
    page.sign_in(cast.organizer)
    page.post(ADDRESS, TEXTS | {"seal": (io.BytesIO(picture()), "seal.png")})
    sha256 = db.session.scalars(db.select(Document)).one().stored.sha256
    page.sign_out()
    for member, expected in ((None, 303), (cast.staff, 403), (cast.reviewer, 403), (cast.outsider, 404)):
        if member is not None:
            page.sign_in(member)
        for path in ("/seal.png", "/sample.pdf", "/sample.png", ""):
            page.get(ADDRESS + path, expected=expected)
        assert "not on record" in page.get(f"/check?sha256={sha256}").words
        page.sign_out()


def test_the_letter_says_who_writes_to_whom_and_when(app: Flask) -> None:
    make_edition()
    with transaction():
        texts = {"signer": Bilingual("李四", "Li Si"), "post": Bilingual("主任", "Director")}
        facts = HeadFacts(organisation=Bilingual("组委会甲\n协会乙", "Committee"), contact=Bilingual(), **texts)
        row = save_head(here(), facts, actor=SYSTEM)
    data = letter_data(row, here(), words())
    assert (data["salutation"], data["signature"]) == (
        "尊敬的张三总工程师：",
        ["组委会甲", "协会乙", "主任　李四", "二〇二七年一月十八日"],
    )
    assert data["paragraphs"] == [[[{"text": "诚邀您出席。", "link": False}]], [[{"text": LINK, "link": True}]]]
    english = letter_data(row, here(), words(language="en", paragraphs=[["We invite you, X."], ["Yours"]]))
    assert english["salutation"] == "Dear 总工程师 张三:"
    assert english["signature"] == ["Committee", "Director　Li Si", "18 January 2027"]
    content = letter_pdf(row, here(), words())
    pages, text = text_of(content)
    assert (pages, "尊敬的张三总工程师：" in text, "二〇二七年一月十八日" in text, LINK in text) == (
        1,
        True,
        True,
        True,
    )
    root = PdfReader(io.BytesIO(content)).trailer["/Root"]
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"]) == (True, "zh-CN")
    assert b"pdfuaid:part" in content
    assert letter_pdf(row, here(), words()) == content


@pytest.mark.parametrize(
    "kind, zh, en, asks",
    [
        ("reminder", "邀请函", "invitation", True),
        ("update", "变更通知", "notice", True),
        ("cancellation", "取消通知", "notice", False),
        ("thanks", "感谢信", "thanks", False),
    ],
)
def test_a_letter_of_another_kind_is_called_what_it_is(app: Flask, kind: str, zh: str, en: str, asks: bool) -> None:
    data = letter_data(None, make_edition(), words(kind=kind))
    assert (data["heading"], data["reply"] is not None) == (zh, asks)
    assert (file_name(kind, "zh"), file_name(kind, "en")) == (f"{zh}.pdf", f"{en}.pdf")


@pytest.mark.parametrize(
    "guest, says",
    [
        (Guest("张三"), "尊敬的张三："),
        (Guest(""), "尊敬的来宾："),
        (
            Guest("阿卜杜热西提·买买提明·吐尔逊江·艾合买提", "", "首席科学家"),
            "尊敬的阿卜杜热西提·买买提明·吐尔逊江·艾合买提首席科学家：",
        ),
        (
            Guest('#set page(fill: red) $x$ *b* `r` @c <d> \\ "e"', "", "[f]"),
            '尊敬的#setpage(fill:red)$x$*b*`r`@c<d>\\"e"[f]：',
        ),
    ],
    ids=["no form of address", "nobody", "longest", "typst"],
)
def test_every_name_stays_a_name(app: Flask, guest: Guest, says: str) -> None:
    made = make_edition()
    pages, text = text_of(letter_pdf(None, made, words(guest=guest, paragraphs=[["诚邀您出席。"]])))
    assert (pages, says in text) == (1, True), text


def test_a_long_text_flows_onto_further_pages_and_is_numbered(app: Flask) -> None:
    made = make_edition()
    long = [["尊敬的张三："], *[["诚邀您出席铝业论坛，共商发展大计。" * 8]] * 12, ["组委会"]]
    pages, text = text_of(letter_pdf(None, made, words(paragraphs=long)))
    assert (pages, "1/2" in text, text.count("诚邀您")) == (2, True, 96)


def test_each_guest_gets_their_letter_as_a_file(app: Flask, deliver: Callable[[], list[EmailMessage]]) -> None:
    make_edition()
    lists = make_list(1, language="zh"), make_list(1, start=1, name="Others")
    with clock.frozen(datetime(2026, 10, 31, 17, tzinfo=UTC)):  # already the first of November in Shanghai
        for list_id in lists:
            campaign_id = make_campaign(list_id)
            with transaction():
                campaign(campaign_id).with_letter = True
            send(campaign_id)
    with transaction():  # it comes after the letters were written
        facts = HeadFacts(Bilingual("后来的信头", "Later"), Bilingual(), Bilingual(), Bilingual())
        save_head(here(), facts, actor=SYSTEM)
    files = [file for message in deliver() for file in message.iter_attachments()]
    assert [(file.get_filename(), file.get_content_type()) for file in files] == [
        ("邀请函.pdf", "application/pdf"),
        ("invitation.pdf", "application/pdf"),
    ]
    _, text = text_of(files[0].get_payload(decode=True))
    assert ("尊敬的Guest0Prof.：" in text, "二〇二六年十一月一日" in text, "后来的信头" in text) == (True, True, False)
    assert external("invitations.answer", token="")[:-1] in text


def test_nothing_is_frozen_or_sent_while_no_letter_can_be_printed(
    app: Flask, page: Reader, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> None:
        raise FontMissing

    make_edition()
    page.sign_in(cast.organizer)
    campaign_id = make_campaign(make_list(2))
    with transaction():
        campaign(campaign_id).with_letter = True
    shown = f"/office/e/alu-2027/campaigns/{campaign_id}"
    steps: list[tuple[str, str, str, dict[str, str]]] = [
        ("draft", "frozen", "freezing", {}),
        ("frozen", "running", "sending", {"number": "2"}),
    ]
    for before, after, step, typed in steps:
        with monkeypatch.context() as patch:
            patch.setattr(invitations_steps, "cjk_font", none)
            page.post(f"{shown}/{step}", typed)
            assert "Run `make fonts`, or install fonts-noto-cjk." in page.get(shown).words
            assert campaign(campaign_id).state == before
        page.post(f"{shown}/{step}", typed)
        assert campaign(campaign_id).state == after


def test_a_campaign_shows_the_letter_of_whom_one_chooses(app: Flask, page: Reader, cast: Cast) -> None:
    make_edition()
    page.sign_in(cast.organizer)
    campaign_id = make_campaign(make_list(2))
    shown = f"/office/e/alu-2027/campaigns/{campaign_id}"
    assert "The formal letter as PDF" not in page.get(shown).words
    with transaction():
        campaign(campaign_id).with_letter = True
    assert "No letterhead is set up" in page.get(shown).words
    page.post(ADDRESS, TEXTS)
    assert "No letterhead is set up" not in page.get(shown).words
    second = db.session.scalars(db.select(Contact).order_by(Contact.id.desc()).limit(1)).one()
    link = page.get(f"{shown}?contact={second.id}&letter=zh").find("//a[contains(@href, 'formal-letter.pdf')]/@href")[0]
    _, text = text_of(page.client.get(link).data)
    assert ("尊敬的Guest1Prof.：" in text, external("invitations.answer", token="hidden") in text) == (True, True)


def test_the_next_edition_begins_with_the_letterhead_of_the_last(app: Flask, page: Reader, cast: Cast) -> None:
    before = make_edition(slug="alu-2026", starts_on=date(2096, 3, 18), ends_on=date(2096, 3, 19))
    make_edition(before.series)
    page.sign_in(cast.organizer)
    page.post(ADDRESS + "/copies")
    assert "no earlier letterhead" in page.get(ADDRESS).words
    page.post("/office/e/alu-2026/letterhead", TEXTS | {"seal": (io.BytesIO(picture()), "seal.png")})
    assert "Take over the letterhead of" in page.get(ADDRESS).words
    for _ in range(2):
        page.post(ADDRESS + "/copies")
    first, second = db.session.scalars(db.select(Letterhead).order_by(Letterhead.id)).all()
    assert (second.edition.slug, second.revision, second.signer, second.seal) == (
        "alu-2027",
        1,
        first.signer,
        first.seal,
    )
    page.post(ADDRESS, TEXTS | {"signer_zh": "王五"})
    assert page.client.get(ADDRESS + "/seal.png").status_code == 200


def test_a_sample_is_shown_in_both_languages(app: Flask, page: Reader, cast: Cast, edition: Edition) -> None:
    page.sign_in(cast.organizer)
    for language, says in (("zh", "尊敬的"), ("en", "Dear"), ("xx", "")):
        answer = page.client.get(f"{ADDRESS}/sample.pdf?language={language}&guest=longest")
        assert (answer.status_code, says in text_of(answer.data)[1]) == (200, True)
    assert page.client.get(f"{ADDRESS}/sample.png").data.startswith(b"\x89PNG")
