"""Contact data for those who need not have it."""

from __future__ import annotations

import pytest

from forums.masks import masked_email, masked_phone, without_contact


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13800138000", "138 **** 8000"),
        ("+86 138 0013 8000", "+86 138 **** 8000"),
        ("0561-6078888", "056 **** 8888"),
        ("13800138000 / 13900139000", "138 **** 9000"),
        ("+86 138 0013 8000, 0561-6078888", "+86 138 **** 8888"),
        ("6078888", "**** 8888"),
        ("12345", "**** 2345"),
        ("110", "****"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_phone_number_shows_its_last_four_digits(number: str | None, shown: str) -> None:
    assert masked_phone(number) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("zhang.san@example.org", "z****@example.org"),
        ("张三@例子.cn", "张****@例子.cn"),
        ("a", "****"),
        ("", ""),
        (None, ""),
    ],
)
def test_an_address_shows_its_first_letter_and_where_it_is(address: str | None, shown: str) -> None:
    assert masked_email(address) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("q=zhang.san%40example.org&state=confirmed", "q=z****@example.org&state=confirmed"),
        ("书面通知 li＠例子.cn（手机 +86 138-0013-8000）", "书面通知 l****@例子.cn（手机 +86 138 **** 8000）"),
        ("q=13800138000", "q=138 **** 8000"),
        ("moved from 2097-03-18 to 2097-03-19, 1200 places", "moved from 2097-03-18 to 2097-03-19, 1200 places"),
    ],
)
def test_a_text_loses_its_addresses_and_numbers_and_nothing_else(text: str, shown: str) -> None:
    assert without_contact(text) == shown
