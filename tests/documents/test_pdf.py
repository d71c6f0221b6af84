"""The PDF of a report: the words are really in it, and nothing of the clock is."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from forums.documents import fonts
from forums.documents.render.apart import LONG, pdf_of
from forums.documents.render.pdf import pdf
from forums.documents.report import Column, Paragraph, Section, Table
from tests.documents.sample import report


def read(content: bytes) -> PdfReader:
    return PdfReader(BytesIO(content))


def test_chinese_text_and_the_title_are_in_the_pdf():
    pages = read(pdf(report()))
    text = "".join(page.extract_text() for page in pages.pages).replace(" ", "")
    for words in ("签约项目", "年产10万吨再生铝（示例）", "272,000.00", "未披露", "示例synthetic", "报名"):
        assert words in text
    assert pages.metadata.title == "中国（濉溪）铝箔创新发展论坛"
    assert pages.root_object["/Lang"] == "zh-CN"
    assert pages.root_object["/MarkInfo"]["/Marked"]


def test_a_number_stands_close_to_its_chinese_unit():
    sections = (Section(title="摘要", blocks=(Paragraph("签约项目41个，总投资304亿元。"),)),)
    assert "签约项目41个，总投资304亿元。" in read(pdf(report(sections=sections))).pages[0].extract_text()


def test_the_fonts_are_embedded_with_their_chinese_letters():
    fonts_of_first_page = read(pdf(report())).pages[0]["/Resources"]["/Font"].values()
    assert any("NotoSans" in font.get_object()["/BaseFont"] for font in fonts_of_first_page)


def test_two_renders_are_the_same_bytes():
    assert pdf(report()) == pdf(report())


@pytest.mark.parametrize("name", ["铝箔", "铝箔 😀"])
def test_a_long_report_is_set_apart_to_the_same_bytes(name):
    table = Table((Column("Project"), Column("Count", "number")), tuple((name, n) for n in range(LONG + 1)))
    long = report(sections=(Section("Rows", (table,)),))
    assert pdf_of(long) == pdf(long)


def test_another_title_makes_other_bytes():
    assert pdf(report()) != pdf(report(title="另一届"))


def test_typst_source_in_a_title_stays_text():
    text = read(pdf(report(title='#panic("x") $x$ *b*', sections=()))).pages[0].extract_text()
    assert '#panic("x") $x$ *b*' in text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_report_without_sections_is_one_page(language):
    assert len(read(pdf(report(sections=(), meta={}, mark="", language=language))).pages) == 1


def test_a_machine_without_a_chinese_font_says_what_to_install(tmp_path):
    with pytest.raises(fonts.FontMissing, match="make fonts"):
        fonts.cjk_font(debian=tmp_path, packaged=tmp_path)


def test_the_packaged_font_is_found_where_debians_is_missing(tmp_path):
    for weight in ("400Regular", "700Bold"):
        (tmp_path / weight).mkdir()
        (tmp_path / weight / f"NotoSansSC_{weight}.ttf").touch()
    found = fonts.cjk_font(debian=tmp_path / "none", packaged=tmp_path)
    assert (found.family, found.folder) == ("Noto Sans SC", tmp_path)


def test_letters_that_no_font_has_do_not_stop_the_report():
    assert "另一届" in read(pdf(report(title="另一届 \x07 🦜 שלום"))).pages[0].extract_text()
