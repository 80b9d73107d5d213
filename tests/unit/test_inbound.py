"""What the dial plan's question gets for an answer when something beside the routing fails."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cti import inbound
from cti.asterisk.events import CallArrived, StepStarted
from cti.customers.model import CallerMatch
from cti.desktop.pops import PopContext
from cti.inbound import Inbound, Question
from routing.model import Agent, DialledNumber, Directory, Group
from routing.wire import decode

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
FIRM = Directory(
    agents={"101": Agent("101", "101", "0900000101")},
    groups={"company": Group("company", ("101",))},
    numbers={"+886255501000": DialledNumber("+886255501000", group="company")},
)
QUESTION = Question("1.1", "1.1", "PJSIP/carrier-1", "0255501000", "0933000222", "")


class House:
    """Everything around the question, of paper."""

    directory = FIRM

    def __init__(self) -> None:
        self.told: list[object] = []
        self.contexts: list[PopContext] = []

    def lookup(self, _: str) -> tuple[CallerMatch, ...]:
        return (CallerMatch(customer_id=7, name="陳太太", tier="a", owner="101", why="number"),)

    def handle(self, fact: object) -> None:
        self.told.append(fact)

    def set_customer(self, *_: object) -> None: ...

    def context(self, _: str) -> PopContext | None:
        return self.contexts[-1] if self.contexts else None

    def set_context(self, _: str, context: PopContext) -> None:
        self.contexts.append(context)

    async def flush(self, *_: object) -> None: ...


async def test_a_record_that_makes_no_card_costs_the_card_and_not_the_pop(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ValueError("a day that is none")

    monkeypatch.setattr(inbound, "quick_card", broken)
    house: Any = House()
    asked = Inbound(
        store=house, tracker=house, desktops=house, hub=house, callers=house, directory=house, now=lambda: AT
    )

    line = await asked.answer(QUESTION)

    assert line is not None
    assert decode(line).steps[0].targets[0].agent == "101"
    (context,) = house.contexts
    assert (context.card, [match.name for match in context.matches]) == (None, ["陳太太"])
    assert [type(fact) for fact in house.told] == [CallArrived, StepStarted]
