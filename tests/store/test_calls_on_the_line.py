"""Every call with a customer stands on their time line once it is over, whether or not anybody filed anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from cti.agents import people as agents
from cti.calls import records
from cti.calls.model import Call, CallState
from cti.customers import people
from cti.promises.ledger import Ledger
from cti.settings import Settings
from cti.store.engine import Store
from cti.wrapup.configured import outcomes_of
from cti.wrapup.filing import file_call
from cti.wrapup.model import Filing
from cti.wrapup.time_line import keep_on_line, keep_tied

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
CHEN = "+886933000222"


def call(customer_id: int | None, answered_by: str | None = "101", **more: Any) -> Call:
    """A call that is over: answered after a minute, or by nobody."""
    return Call(
        linkedid="1.1",
        caller_raw="0933000222",
        caller_e164=CHEN,
        dialled="0255501000",
        customer_id=customer_id,
        started=NOON,
        answered=NOON + timedelta(minutes=1) if answered_by else None,
        ended=NOON + timedelta(minutes=3),
        answered_by=answered_by,
        **{"state": CallState.ENDED, **more},
    )


@pytest.fixture
async def chen(store: Store) -> int:
    async with store.transaction() as session:
        await agents.add_agent(session, "101", "林小明", extension="101")
        return (await people.add(session, "陳太太", numbers=["0933-000-222"], owner="101")).id


async def recorded(store: Store, *calls: Call) -> None:
    async with store.transaction() as session:
        await records.save_many(session, calls)
        await keep_on_line(session, calls, "zh-Hant")


async def line(store: Store, customer_id: int) -> list[tuple[str, str, str | None, str | None]]:
    async with store.session() as session:
        found = await people.history(session, customer_id)
    return [(one.direction, one.text, one.agent, one.linkedid) for one in found if one.channel == "phone"]


async def test_answered_or_not_in_or_out(store: Store, chen: int) -> None:
    await recorded(
        store,
        call(chen),
        msgspec.structs.replace(call(chen, None), linkedid="1.2", started=NOON + timedelta(hours=1)),
        msgspec.structs.replace(
            call(chen, None, direction="outbound", made_by="101"), linkedid="1.3", started=NOON + timedelta(hours=2)
        ),
    )
    assert await line(store, chen) == [
        ("out", "撥出，無人接聽", None, "1.3"),
        ("in", "未接來電", None, "1.2"),
        ("in", "", "101", "1.1"),
    ]


@pytest.mark.parametrize(
    "other",
    [{"state": CallState.TALKING}, {"direction": "internal"}, {"started": None}],
    ids=["goes on", "between colleagues", "began at no known time"],
)
async def test_what_is_no_contact_does_not(store: Store, chen: int, other: dict[str, Any]) -> None:
    await recorded(store, msgspec.structs.replace(call(chen), **other))
    assert await line(store, chen) == []


async def test_a_customer_who_is_gone_keeps_no_record_from_being_written(store: Store, chen: int) -> None:
    await recorded(store, call(chen + 100), msgspec.structs.replace(call(chen), linkedid="1.2"))
    assert [linkedid for *_, linkedid in await line(store, chen)] == ["1.2"]


async def test_what_was_filed_stays_and_goes_along_to_whose_call_it_turns_out_to_be(store: Store, chen: int) -> None:
    await recorded(store, call(chen))
    async with store.transaction() as session:
        other = (await people.add(session, "黃先生", numbers=["0955-000-111"])).id
        await file_call(
            session,
            call(chen),
            Filing("solved", "改期辦好了"),
            outcomes=outcomes_of(Settings()),
            book=Ledger(),
            who="lin",
            at=NOON,
            language="zh-Hant",
        )
    ((_, text, _, _),) = await line(store, chen)
    assert "改期辦好了" in text
    await recorded(store, call(chen))
    assert await line(store, chen) == [("in", text, "101", "1.1")]
    await recorded(store, call(other))
    assert await line(store, chen) == []
    assert await line(store, other) == [("in", text, "101", "1.1")]


async def test_a_caller_who_was_unknown_then_has_the_call_too(store: Store, chen: int) -> None:
    await recorded(store, call(None, None))
    assert await line(store, chen) == []
    async with store.transaction() as session:
        await keep_tied(session, await records.recognise(session, CHEN, chen), "zh-Hant")
    assert await line(store, chen) == [("in", "未接來電", None, "1.1")]
