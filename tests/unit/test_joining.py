"""Connecting the caller with the colleague who was asked, when the switch cannot: everything is as it was before."""

from __future__ import annotations

from typing import Any

import pytest

from cti.calls.segments import holder
from cti.conversations import Conversations
from cti.errors import Refused
from tests.unit.call_tables import LINKEDID, read_facts
from tests.unit.test_pops_service import Office, office
from tests.unit.test_transfer_chains import TALKING

__all__ = ["office"]

QUESTION = "2.1"
ASKED = """
20.02 d2     leg!1!desk!60!d:102:102
25    d2     up
25.01 d2     bridge
"""


class Switch:
    """Calls the colleague, and finds that one of the two has gone when they are to be connected."""

    async def dial(self, *_: Any, **__: Any) -> str:
        return QUESTION

    async def join(self, _party: str, _target: str) -> None:
        raise Refused("one of the two has hung up")


async def test_a_join_that_the_switch_refuses_leaves_the_call_with_who_asked(office: Office) -> None:
    conversations = Conversations(
        switch=Switch(),  # type: ignore[arg-type]
        tracker=office.tracker,
        desktops=office.desktops,
        bus=office.bus,
        now=office.now,
    )
    for fact in read_facts(TALKING):
        office.tracker.handle(fact)
    call = office.tracker.get(LINKEDID)
    assert call is not None
    await conversations.ask(call, "101", "101", "102", "102")
    for fact in read_facts(ASKED, QUESTION):
        office.tracker.handle(fact)
    asking = office.desktops.handlings.of(LINKEDID, "101")
    assert (asking.asking, asking.asking_state) == ("102", "talking")
    pops = dict(office.desktops.pops_of(LINKEDID))

    with pytest.raises(Refused):
        await conversations.join(call, "101")

    now = office.tracker.get(LINKEDID)
    assert now == call
    has = holder(now)
    assert has is not None
    assert has.agent == "101"
    assert office.desktops.pops_of(LINKEDID) == pops
    assert office.desktops.handlings.of(LINKEDID, "101") == asking
