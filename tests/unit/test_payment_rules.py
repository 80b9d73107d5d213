"""How a customer likes to pay, worked out from how they paid."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cti.customers.payments import METHODS, RECENT, preferred_method


@given(st.lists(st.sampled_from(METHODS)))
def test_the_preferred_method_is_the_one_used_most_of_late(methods: list[str]) -> None:
    preferred = preferred_method(methods)
    recent = methods[:RECENT]
    assert preferred == "" if not recent else recent.count(preferred) == max(map(recent.count, recent))
