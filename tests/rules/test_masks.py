"""Contact data for those who need not have it."""

from __future__ import annotations

import pytest

from forums.masks import masked_email, masked_phone


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13800138000", "138 **** 8000"),
        ("+86 138 0013 8000", "+86 138 **** 8000"),
        ("0561-6078888", "056 **** 8888"),
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
