"""Reading amounts as people write them, and printing them exactly."""

import random

import pytest

from forums.money import MOST, YI, BadAmount, echo, format_amount, format_yuan, in_unit, in_words, parse


@pytest.mark.parametrize(
    ("text", "yuan", "currency", "qualifier"),
    [
        ("27.2亿元", 2_720_000_000, "CNY", "exact"),
        ("6.99 亿", 699_000_000, "CNY", "exact"),
        ("3000万元", 30_000_000, "CNY", "exact"),
        ("¥1.2bn", 1_200_000_000, "CNY", "exact"),
        ("USD 5 million", 5_000_000, "USD", "exact"),
        ("约20亿", 2_000_000_000, "CNY", "about"),
        ("近20亿元", 2_000_000_000, "CNY", "nearly"),
        ("20亿以上", 2_000_000_000, "CNY", "at_least"),
        ("20余亿元", 2_000_000_000, "CNY", "at_least"),
        ("699 million yuan", 699_000_000, "CNY", "exact"),
        ("30.4 billion yuan", 30_400_000_000, "CNY", "exact"),
        ("27.2 hundred million yuan", 2_720_000_000, "CNY", "exact"),
        ("２７．２亿元", 2_720_000_000, "CNY", "exact"),
        ("１，２３４，５６７元", 1_234_567, "CNY", "exact"),
        ("1,234,567 yuan", 1_234_567, "CNY", "exact"),
        ("1亿2000万元", 120_000_000, "CNY", "exact"),
        ("人民币5亿元", 500_000_000, "CNY", "exact"),
        ("RMB 10,000", 10_000, "CNY", "exact"),
        ("500万美元", 5_000_000, "USD", "exact"),
        ("nearly 2 billion yuan", 2_000_000_000, "CNY", "nearly"),
        ("at least €3m", 3_000_000, "EUR", "at_least"),
    ],
)
def test_reads_amounts_as_they_are_written(text: str, yuan: int, currency: str, qualifier: str) -> None:
    amount = parse(text)
    assert (amount.fen, amount.currency, amount.qualifier, amount.text) == (
        yuan * 100,
        currency,
        qualifier,
        text.strip(),
    )


def test_keeps_fen_exactly_where_a_float_would_not() -> None:
    assert parse("1,234,567.89元").fen == 123_456_789
    assert parse("92233720.36854775亿元".replace("92233720.36854775", "90000.12345678")).fen == 900_001_234_567_800
    assert parse("0.1亿元").fen * 3 == parse("0.3亿元").fen


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "with its unit"),
        ("　", "with its unit"),
        ("27.2", "has no unit"),
        ("1,000", "has no unit"),
        ("-5亿元", "negative"),
        ("−5亿元", "negative"),
        ("负5亿", "negative"),
        ("0元", "is zero"),
        ("1.234元", "smaller than a fen"),
        ("9" * 40 + "亿", "ten trillion"),
        ("9" * 400, "too long"),
        ("5亿元 USD 3", "two currencies"),
        ("$5 million", "which dollar"),
        ("5-10亿元", "a range"),
        ("20~30亿", "a range"),
        ("3亿元 2亿元", "do not fit together"),
        ("3 2亿元", "more than one number"),
        ("12,34万元", "thousands"),
        ("约20亿以上", "two ways"),
        ("亿元", "no number"),
        ("5²亿元", "raised"),
        ("nan亿", "cannot be read"),
        ("1e9元", "cannot be read"),
        ("\x00", "cannot be read"),
        ("<script>", "cannot be read"),
    ],
)
def test_refuses_what_is_no_amount_and_says_why(text: str, says: str) -> None:
    with pytest.raises(BadAmount) as refused:
        parse(text)
    assert says in str(refused.value)


def test_the_largest_amount_fits_a_bigint_many_times() -> None:
    assert parse("100000亿元").fen == MOST
    with pytest.raises(BadAmount):
        parse("100000.00000001亿元")
    assert MOST * 9000 < 2**63


@pytest.mark.parametrize(
    ("fen", "zh", "en", "yi"),
    [
        (3_040_000_000_000, "304亿元", "30.4 billion yuan", "304.00"),
        (69_900_000_000, "6.99亿元", "699 million yuan", "6.99"),
        (272_000_000_000, "27.2亿元", "2.72 billion yuan", "27.20"),
        (3_000_000_000, "3,000万元", "30 million yuan", "0.30"),
        (99_999_999_999, "10亿元", "1 billion yuan", "10.00"),
        (9_999_999_999, "1亿元", "100 million yuan", "1.00"),
        (123, "1.23元", "1.23 yuan", "0.00"),
        (0, "0元", "0 yuan", "0.00"),
        (-69_900_000_000, "-6.99亿元", "-699 million yuan", "-6.99"),
    ],
)
def test_prints_amounts_for_both_readers(fen: int, zh: str, en: str, yi: str) -> None:
    assert (format_yuan(fen, "zh"), format_yuan(fen, "en"), in_unit(fen, "yi")) == (zh, en, yi)


def test_rounds_half_up_only_when_shown() -> None:
    assert [in_unit(fen * YI // 1000, "yi") for fen in (4, 5, 6)] == ["0.00", "0.01", "0.01"]
    assert in_unit(3_040_000_000_000, "wan", 0) == "3,040,000"
    assert format_yuan(69_900_000_000, "zh", "wan") == "69,900万元"
    assert format_yuan(69_900_000_000, "en", "million") == "699 million yuan"


def test_echoes_every_digit_and_never_converts() -> None:
    assert echo(272_000_000_000, "en") == "2,720,000,000 yuan"
    assert echo(272_000_000_005, "zh") == "2,720,000,000.05元"
    assert echo(500_000_000, "en", "USD") == "5,000,000 USD"
    assert format_amount(500_000_000, "USD", "zh") == "500万美元"
    assert format_amount(500_000_000, "USD", "en") == "5 million USD"


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("304亿元", "叁佰零肆亿元整", "thirty billion four hundred million yuan"),
        ("10,500元", "壹万零伍佰元整", "ten thousand five hundred yuan"),
        ("1,001,000,100元", "壹拾亿零壹佰万零壹佰元整", "one billion one million one hundred yuan"),
        ("100000亿元", "壹拾万亿元整", "ten trillion yuan"),
        ("1亿零1元".replace("零", ""), "壹亿零壹元整", "one hundred million and one yuan"),
        ("1,680.32元", "壹仟陆佰捌拾元零叁角贰分", "one thousand six hundred and eighty yuan and 32/100"),
        ("16,409.02元", "壹万陆仟肆佰零玖元零贰分", "sixteen thousand four hundred and nine yuan and 02/100"),
        ("0.5元", "伍角整", "zero yuan and 50/100"),
        ("500万美元", "伍佰万美元整", "five million USD"),
    ],
)
def test_says_amounts_in_words(text: str, zh: str, en: str) -> None:
    amount = parse(text)
    assert (in_words(amount.fen, "zh", amount.currency), in_words(amount.fen, "en", amount.currency)) == (zh, en)


def _of_capitals(words: str) -> int:
    """Reads Chinese capitals back, place by place: another way than the one that wrote them."""
    total = part = digit = 0
    for sign in words.replace("零", ""):
        if sign in "壹贰叁肆伍陆柒捌玖":
            digit = "壹贰叁肆伍陆柒捌玖".index(sign) + 1
        elif sign in "拾佰仟":
            part, digit = part + digit * 10 ** ("拾佰仟".index(sign) + 1), 0
        elif sign == "万":
            part, digit = (part + digit) * 10**4, 0
        elif sign == "亿":
            total, part, digit = total + (part + digit) * 10**8, 0, 0
    return total + part + digit


def test_any_amount_reads_back_from_its_digits_and_from_its_words() -> None:
    draw = random.Random(4)
    for _ in range(2000):
        fen = draw.randrange(1, 10 ** draw.randrange(1, 16))
        assert parse(echo(fen, "zh")).fen == parse(echo(fen, "en")).fen == fen
        yuan = fen * 100
        if yuan <= MOST:
            said = in_words(yuan, "zh")
            assert said.endswith("元整")
            assert "零零" not in said
            assert _of_capitals(said.removesuffix("元整")) == fen


def test_whatever_is_typed_is_read_exactly_or_refused_in_words() -> None:
    draw, pieces = (
        random.Random(5),
        ["27.2", "亿", "万", "元", "-", "¥", "USD", "约", "至少", " ", "0", ",", "1e9", "٣", "百", "+", "x"],
    )
    read = 0
    for _ in range(3000):
        text = "".join(draw.choices(pieces, k=draw.randrange(1, 6)))
        try:
            amount = parse(text)
        except BadAmount:
            continue
        read += 1
        assert 0 < amount.fen <= MOST
        assert amount.text == text.strip()
    assert read > 30
