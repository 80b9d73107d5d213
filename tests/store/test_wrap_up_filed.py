"""What came of a call, filed: on the call, on the customer's time line, as what is owed next. Once, however often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cti.agents import people as agents
from cti.calls.model import Call, CallState
from cti.customers import dealings, people
from cti.errors import Invalid, Refused
from cti.promises import ledger
from cti.promises.ledger import Ledger
from cti.settings import Settings
from cti.store.engine import Store
from cti.wrapup.configured import outcomes_of
from cti.wrapup.filing import LONGEST_NOTE, file_call
from cti.wrapup.model import Filing, WrapUp

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
DUE = NOON + timedelta(days=2)
OUTCOMES = outcomes_of(Settings())


class Desk:
    """One customer, the call just had with her, and the verb of this test."""

    def __init__(self, store: Store, customer: int, matter: int) -> None:
        self.store, self.customer, self.matter, self.book = store, customer, matter, Ledger()
        self.call = Call(
            linkedid="1.1",
            caller_raw="0933000222",
            caller_e164="+886933000222",
            dialled="+886255501000",
            customer_id=customer,
            started=NOON - timedelta(minutes=5),
            answered=NOON - timedelta(minutes=4),
            ended=NOON,
            answered_by="101",
            state=CallState.ENDED,
        )

    async def file(self, call: Call | None = None, at: datetime = NOON, **filing: Any) -> WrapUp:
        async with self.store.transaction() as session:
            return await file_call(
                session,
                call or self.call,
                Filing(**filing),
                outcomes=OUTCOMES,
                book=self.book,
                who="lin",
                at=at,
                language="zh-Hant",
            )

    async def line(self) -> list[tuple[str, str, str | None]]:
        async with self.store.session() as session:
            return [(one.channel, one.text, one.agent) for one in await people.history(session, self.customer)]

    async def owed(self) -> list[tuple[str, str, datetime, str | None, str]]:
        async with self.store.session() as session:
            found = await ledger.find(session, everything=True)
        return [(one.promise.kind, one.promise.text, one.promise.due, one.customer, one.promise.state) for one in found]


@pytest.fixture
async def desk(store: Store) -> Desk:
    async with store.transaction() as session:
        await agents.add_agent(session, "101", "林小明", extension="101")
        chen = await people.add(session, "陳太太", numbers=["0933-000-222"], owner="101")
        matter = await dealings.add_complaint(session, chen.id, "行李遺失")
        return Desk(store, chen.id, matter.id)


async def test_it_stands_on_the_call_and_on_the_time_line_and_is_owed(desk: Desk) -> None:
    filing = {"disposition": "quoting", "note": "兩人沖繩", "next_step": "寄報價單", "next_step_due": DUE}
    filed = await desk.file(**filing, matter_id=desk.matter)
    assert (filed.disposition, filed.agent, filed.saved, filed.saved_by) == ("quoting", "101", NOON, "lin")
    assert await desk.line() == [("phone", "報價中\n兩人沖繩\n下一步：寄報價單", "101")]
    assert await desk.owed() == [("next_step", "寄報價單", DUE, "陳太太", "open")]
    again = await desk.file(**filing, matter_id=desk.matter, at=NOON + timedelta(minutes=1))
    assert again == filed, "the same again changes nothing"
    assert len(await desk.line()) == len(await desk.owed()) == 1


async def test_filed_otherwise_it_is_replaced(desk: Desk) -> None:
    await desk.file(disposition="quoting", next_step="寄報價單", next_step_due=DUE)
    later = DUE + timedelta(days=1)
    await desk.file(disposition="won", next_step="開票", next_step_due=later)
    assert await desk.line() == [("phone", "已成交\n下一步：開票", "101")]
    assert await desk.owed() == [("next_step", "開票", later, "陳太太", "open")]
    await desk.file(disposition="won")
    assert await desk.line() == [("phone", "已成交", "101")]
    [(_, _, _, _, state)] = await desk.owed()
    assert state == "closed"
    await desk.file(disposition="won", next_step="開票", next_step_due=later)
    assert [state for *_, state in await desk.owed()] == ["open"]


async def test_a_next_step_is_closed_like_any_promise_and_stays_so(desk: Desk) -> None:
    filing = {"disposition": "quoting", "next_step": "寄報價單", "next_step_due": DUE}
    await desk.file(**filing)
    async with desk.store.transaction() as session:
        [shown] = await ledger.find(session)
        await desk.book.close(session, shown.promise.id, "lin", "寄了", NOON)
    await desk.file(**filing, note="已寄", at=DUE + timedelta(hours=1))
    assert [state for *_, state in await desk.owed()] == ["closed"]


async def test_a_talk_does_not_keep_a_next_step(desk: Desk) -> None:
    await desk.file(disposition="quoting", next_step="寄報價單", next_step_due=DUE)
    async with desk.store.transaction() as session:
        promise, _ = await desk.book.decide(session, desk.call, 0, lambda *_: pytest.fail("nothing was missed"))
    assert promise is None
    assert [state for *_, state in await desk.owed()] == ["open"]


async def test_of_an_unknown_caller_it_stands_on_the_call_alone(desk: Desk) -> None:
    stranger = Call(**{name: getattr(desk.call, name) for name in Call.__struct_fields__} | {"customer_id": None})
    filed = await desk.file(stranger, disposition="wrong")
    assert (filed.disposition, filed.customer_id) == ("wrong", None)
    assert await desk.line() == []


@pytest.mark.parametrize(
    ("filing", "error"),
    [
        ({"disposition": "sold"}, Invalid),
        ({"disposition": "won", "note": "x" * (LONGEST_NOTE + 1)}, Invalid),
        ({"disposition": "won", "next_step_due": DUE}, Invalid),
        ({"disposition": "won", "next_step": "call", "next_step_due": NOON}, Invalid),
        ({"disposition": "won", "matter_id": 999}, Invalid),
    ],
)
async def test_what_makes_no_sense_is_refused_and_nothing_is_kept(
    desk: Desk, filing: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await desk.file(**filing)
    assert await desk.line() == []
    assert await desk.owed() == []


async def test_a_closed_matter_takes_nothing_new(desk: Desk) -> None:
    await desk.file(disposition="complaint", matter_id=desk.matter)
    async with desk.store.transaction() as session:
        await dealings.close_matter(session, desk.matter)
    await desk.file(disposition="complaint", matter_id=desk.matter, note="結案")
    other = Call(**{name: getattr(desk.call, name) for name in Call.__struct_fields__} | {"linkedid": "2.1"})
    with pytest.raises(Invalid):
        await desk.file(other, disposition="complaint", matter_id=desk.matter)


async def test_a_call_nobody_answered_has_no_outcome(desk: Desk) -> None:
    missed = Call(linkedid="3.1", caller_e164="+886933000222", ended=NOON, state=CallState.ENDED)
    with pytest.raises(Refused):
        await desk.file(missed, disposition="won")
