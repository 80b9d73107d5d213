"""What was dialled finds its number however the carrier writes it, valid or not in the country's plan."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.agents.dialling import carried, dialled_key, national
from routing.model import LegKind, RoutePlan, Step, Target, TargetType, Why, WhyCode
from routing.wire import decode, encode


@pytest.mark.parametrize(
    "text",
    [
        "0355502000",
        "03-5550-2000",
        "+886355502000",
        "886355502000",
        "8860355502000",
        "+886(0)3 5550 2000",
        "00886355502000",
        "002-886-3-5550-2000",
        "（０３）５５５０-２０００",
    ],
)
def test_every_way_to_the_same_key(text: str) -> None:
    assert dialled_key(text) == "+886355502000"


@pytest.mark.parametrize(("text", "key"), [("101", "101"), ("", ""), ("x", ""), ("+85221234567", "+85221234567")])
def test_other_things_dialled(text: str, key: str) -> None:
    assert dialled_key(text) == key


@given(st.text(max_size=100))
def test_a_key_is_digits_whatever_was_sent(text: str) -> None:
    key = dialled_key(text)
    assert key == "" or key.removeprefix("+").isdigit()
    assert dialled_key(key) == key


def test_the_carrier_is_given_the_national_form() -> None:
    assert national("+886900000101") == "0900000101"
    assert national("+85291234567") == "+85291234567"


def test_a_mobile_of_another_country_can_stand_in_a_plan() -> None:
    """A plus would part one phone from the next."""
    assert carried("+886900000101") == "0900000101"
    foreign = Target(TargetType.MOBILE, "101", carried("+85291234567"))
    step = Step(LegKind.MOBILE, (foreign, foreign), 20, Why(WhyCode.OWNER_MOBILE, "101"))
    again = decode(encode(RoutePlan("x", (step,))))
    assert again.steps[0].targets == (foreign, foreign)
    assert foreign.resource == "00285291234567"
