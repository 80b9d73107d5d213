"""Identity numbers that were misread are refused, and say what is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.customers.identity_numbers import read_identity
from cti.errors import Invalid
from cti.wording import error_text


@pytest.mark.parametrize(
    ("kind", "said", "kept"),
    [
        ("national", "A123456789", "A123456789"),
        ("national", "ａ１２３４５６７８９", "A123456789"),
        ("national", "B123 456-780", "B123456780"),
        ("national", "A800000014", "A800000014"),  # the form of 2021, as the National Immigration Agency shows it
        ("national", "A900000016", "A900000016"),
        ("national", "AB12345677", "AB12345677"),  # the older form
        ("national", "FD12345676", "FD12345676"),
        ("company", "22099131", "22099131"),
        ("company", "04595257", "04595257"),
        ("company", "04595252", "04595252"),  # by the rule of 2023 only: the sum is 45
        ("company", "12345675", "12345675"),  # the seventh digit is 7: the sum or one more
        ("company", "12345676", "12345676"),
        ("passport", "312 345 678", "312345678"),
    ],
)
def test_right_ones_are_kept_without_spaces(kind: str, said: str, kept: str) -> None:
    assert read_identity(kind, said) == kept


@pytest.mark.parametrize(
    ("kind", "said", "what"),
    [
        ("national", "A123456788", "check digit"),
        ("national", "A132456789", "check digit"),
        ("national", "AC01234563", "check digit"),
        ("national", "A323456789", "not 3"),
        ("national", "12345678", "like A123456789"),
        ("national", "AZ12345677", "two letters"),
        ("national", "A12345678९", "like A123456789"),
        ("company", "22099132", "check digit"),
        ("company", "2209913", "eight digits"),
        ("passport", "12", "6 to 15"),
        ("library", "1", "kind: one of national"),
    ],
)
def test_wrong_ones_say_what_is_wrong(kind: str, said: str, what: str) -> None:
    with pytest.raises(Invalid, match=what) as told:
        read_identity(kind, said)
    assert "：" in error_text(str(told.value), "zh-Hant")
    assert str(told.value) not in error_text(str(told.value), "zh-Hant")


@given(st.sampled_from(["A123456789", "A800000014", "AB12345677"]), st.integers(2, 9), st.integers(0, 9))
def test_one_misread_digit_is_always_noticed(number: str, place: int, digit: int) -> None:
    misread = number[:place] + str(digit) + number[place + 1 :]
    if misread == number:
        assert read_identity("national", misread) == number
        return
    weight = (1, 8, 7, 6, 5, 4, 3, 2, 1, 1)[place]
    difference = abs(int(number[place]) - digit) * weight
    if difference % 10:
        with pytest.raises(Invalid):
            read_identity("national", misread)
