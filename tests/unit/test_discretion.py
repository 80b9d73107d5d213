"""How much of a number is shown, and how many look-ups within an hour are counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.customers.discretion import MASK, LookUps, masked, masked_within

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "shown"),
    [("+886933000222", "+8869•••222"), ("0933000222", "0933•••222"), ("1234", "•••"), ("", "•••")],
)
def test_masked(number: str, shown: str) -> None:
    assert masked(number) == shown


@given(st.from_regex(r"\+[1-9][0-9]{8,13}", fullmatch=True))
def test_what_is_masked_cannot_be_dialled(number: str) -> None:
    shown = masked(number)
    assert MASK in shown
    assert len(shown.replace(MASK, "")) <= len(number) - 2


def test_looks_are_counted_by_customer_and_forgotten_after_an_hour() -> None:
    looks = LookUps(alarm=2, most=3)
    assert [looks.look("lin", [customer], NOW) for customer in (1, 1, 2)] == [1, 1, 2]
    assert looks.look("mei", [3], NOW) == 1
    assert looks.look("lin", [3], NOW + timedelta(minutes=59)) == 3
    assert looks.look("lin", [4], NOW + timedelta(minutes=59)) == 4
    assert looks.look("lin", [5], NOW + timedelta(minutes=59)) == 4, "what was refused was not seen"
    assert looks.look("lin", [5], NOW + timedelta(minutes=61)) == 2


def test_an_alarm_is_news_once_until_it_was_quiet() -> None:
    looks = LookUps(alarm=2, most=9)
    looks.look("lin", [1], NOW)
    looks.look("lin", [2], NOW)
    assert [looks.is_news("lin") for _ in range(2)] == [True, False]
    looks.look("lin", [3], NOW + timedelta(hours=2))
    assert looks.is_news("lin")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("number +886933000222 is barred", "number +8869•••222 is barred"),
        ("dstaddr=886933000222", "dstaddr=+8869•••222"),
        ("0933000222: no such subscriber", "+8869•••222: no such subscriber"),
        ("0933-000-222 unknown", "+8869•••222 unknown"),
        ("(0933) 000.222 barred", "(+8869•••222 barred"),
        ("HTTP 503", "HTTP 503"),
    ],
)
def test_what_a_gateway_says_of_a_number_is_masked(said: str, shown: str) -> None:
    assert masked_within(said, "+886933000222") == shown


def test_what_a_mail_server_says_of_an_address_is_masked() -> None:
    said = "550 5.1.1 <Wang@Example.com>: unknown"
    assert masked_within(said, "wang@example.com") == "550 5.1.1 <w•••@example.com>: unknown"
