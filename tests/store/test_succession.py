"""Somebody leaves the firm: all they held is the successor's in one transaction, and nothing of it is lost (M17)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti import succession
from cti.agents import people as staff
from cti.agents import services
from cti.agents.directory import build_directory
from cti.agents.logins import add_login, create_session, verify, who
from cti.agents.mentors import list_mentors, set_mentor
from cti.audit.ledger import entries
from cti.audit.ledger import verify as verify_audit
from cti.calls.model import Call, CallState
from cti.customers import dealings, people
from cti.customers.assignments import assignments
from cti.customers.index import CallerIndex
from cti.customers.tables import CustomerRow, InteractionRow, MatterRow
from cti.decision import decide
from cti.errors import NotFound, Refused
from cti.pocket import channels
from cti.promises.ledger import Ledger, find, owed_by
from cti.promises.model import Duty, OwnerWhy, Promise
from cti.promises.notices import MAIL, Notice
from cti.promises.tables import PromiseNoticeRow
from cti.store.engine import Store
from cti.succession import Succession

NOW = datetime.now(UTC).replace(microsecond=0)
MAILS = {"101": "lin@example.test", "102": "wang@example.test"}
LEDGER = Ledger(lambda shown, _entry: [Notice(MAIL, MAILS.get(shown.promise.owner or "", ""), {})])


@pytest.fixture
async def firm(store: Store) -> Store:
    """Story 5, small: 101 owns 24 customers, 6 open matters, 2 call-backs, and is deputy of 104."""
    async with store.transaction() as session:
        for code in ("101", "102", "103", "104"):
            await staff.add_agent(session, code, f"agent {code}", extension=code)
        await staff.set_agent(session, "101", deputy="102")
        await staff.set_agent(session, "102", deputy="103")
        await staff.set_agent(session, "104", deputy="101")
        await staff.set_group(session, "company", "all", ["101", "103"])
        await staff.set_group(session, "night", "night", ["101", "102"])
        await staff.set_number(session, "02-5550-1101", agent="101")
        await staff.set_number(session, "02-5550-1000", group="company")
        await staff.add_leave(session, "103", NOW - timedelta(days=9), NOW - timedelta(days=8), "101")
        await staff.add_leave(session, "103", NOW + timedelta(days=1), NOW + timedelta(days=2), "101")
        await services.add_duty(session, "night", "101", NOW - timedelta(hours=1), NOW + timedelta(hours=7))
        await services.add_duty(session, "night", "101", NOW + timedelta(days=1), NOW + timedelta(days=2))
        await add_login(session, "lin", "correct horse", agent="101")
        ids = []
        for number in range(24):
            row = await people.add(
                session, f"客戶{number}", [f"09330002{number:02}"], owner="101", at=NOW - timedelta(days=30)
            )
            ids.append(row.id)
        for number in range(6):
            await dealings.add_complaint(session, ids[number], "房間沒有窗", agent="101")
        closed = await dealings.add_complaint(session, ids[0], "早就處理好了", agent="101")
        await dealings.close_matter(session, closed.id)
        await people.add_note(session, ids[0], "喜歡窗邊", "101")
        other = await people.add(session, "別人的", ["0933000999"], owner="103")
        await dealings.set_deputy(session, other.id, "101")
        theirs = await people.add(session, "阿美的", ["0933000998"], owner="102")
        await dealings.set_deputy(session, theirs.id, "101")
    for number in range(2):
        call = Call(
            linkedid=f"{number}.1",
            caller_e164=f"+88693300020{number}",
            caller_raw="x",
            dialled="+886255501000",
            started=NOW,
            ended=NOW,
            state=CallState.ENDED,
        )
        async with store.transaction() as session:
            await LEDGER.decide(session, call, 20, lambda *_: Duty("101", OwnerWhy.OWNER, NOW, 1))
    return store


async def leave(store: Store, to: str = "102", **deputies: str) -> Succession:
    chosen = {code.removeprefix("a"): deputy for code, deputy in deputies.items()}
    async with store.transaction() as session:
        return await succession.succeed(
            session, "101", to, by="boss", at=NOW, ledger=LEDGER, deputies=chosen, mail=MAILS
        )


async def owned(store: Store, agent: str) -> tuple[int, int, int]:
    """Customers, open matters, open promises."""
    async with store.session() as session:
        customers = await session.scalar(select(func.count(CustomerRow.id)).where(CustomerRow.owner == agent))
        matters = select(func.count(MatterRow.id)).where(MatterRow.agent == agent, MatterRow.state == "open")
        return customers or 0, await session.scalar(matters) or 0, len(await owed_by(session, agent))


def missed_by_101(linkedid: str) -> Call:
    """A caller of 101's whom nobody took."""
    return Call(
        linkedid=linkedid,
        caller_e164="+886933000205",
        caller_raw="x",
        dialled="+886255501000",
        started=NOW,
        ended=NOW,
        state=CallState.ENDED,
    )


async def decided_from_memory(store: Store, call: Call) -> Promise | None:
    """As the keeper does whose copy of the agents, half a second old, still has 101."""
    async with store.transaction() as session:
        return (await LEDGER.decide(session, call, 20, lambda *_: Duty("101", OwnerWhy.OWNER, NOW, 1)))[0]


async def test_a_call_missed_while_somebody_leaves_is_owed_by_the_successor(
    firm: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    deciding: list[asyncio.Task[Promise | None]] = []

    async def owed_meanwhile(session: AsyncSession, agent: str) -> tuple[int, ...]:
        owed = await owed_by(session, agent)
        deciding.append(asyncio.create_task(decided_from_memory(firm, missed_by_101("8.1"))))
        await asyncio.wait(deciding, timeout=0.5)  # it is done by then, or waits for who leaves to have left
        return owed

    monkeypatch.setattr(succession, "owed_by", owed_meanwhile)
    await leave(firm)
    promise = await deciding[0]
    assert promise is not None
    assert await decided_from_memory(firm, replace(missed_by_101("9.1"), caller_e164="+886933000206")) is not None
    async with firm.session() as session:
        owners = [shown.promise.owner for shown in await find(session)]
    assert owners == ["102"] * 4


async def test_everything_is_the_successors(firm: Store) -> None:
    async with firm.session() as session:
        foreseen = await succession.foresee(session, "101", "102", {}, NOW)
    assert await owned(firm, "101") == (24, 6, 2)
    done = await leave(firm)
    assert (foreseen.customers, foreseen.matters, len(foreseen.promises)) == (24, 6, 2)
    assert (done.customers, done.matters, len(done.promises), done.deputies) == (24, 6, 2, {"104": "102"})
    assert await owned(firm, "101") == (0, 0, 0)
    assert await owned(firm, "102") == (25, 6, 2)
    async with firm.session() as session:
        rows, directory = await build_directory(session)
        assert (rows["104"].deputy, rows["101"].active, rows["101"].deputy) == ("102", False, "102")
        assert directory.groups["company"].members == ("102", "103")
        assert directory.groups["night"].members == ("102",)
        assert directory.numbers["+886255501101"].agent == "102"
        turns = [(one.agent, one.starts) for one in directory.groups["night"].duties if one.ends > NOW]
        assert turns == [("102", NOW), ("102", NOW + timedelta(days=1))]
        assert [(one.deputy, one.ends > NOW) for one in await staff.list_leaves(session, "103")] == [
            ("101", False),
            ("102", True),
        ]


async def test_the_next_call_rings_the_successor_and_history_stays_signed(firm: Store) -> None:
    await leave(firm)
    index = CallerIndex(firm)
    await index.load()
    async with firm.session() as session:
        _, directory = await build_directory(session)
        note = (await session.scalars(select(InteractionRow).where(InteractionRow.channel == "note"))).one()
    for dialled in ("0255501000", "0255501101"):
        plan = decide(directory, index, dialled=dialled, caller="0933000200", at=NOW).plan
        assert plan.steps[0].agent == "102"
        assert "101" not in {target.agent for step in plan.steps for target in step.targets}
    assert note.agent == "101"


async def test_assignments_are_dated(firm: Store) -> None:
    await leave(firm)
    async with firm.session() as session:
        customer = await session.scalar(select(CustomerRow.id).where(CustomerRow.name == "客戶7"))
        assert customer is not None
        after, before = await assignments(session, customer)
    assert (before.agent, before.ends) == ("101", NOW)
    assert (after.agent, after.starts, after.ends, after.by, after.reason) == ("102", NOW, None, "boss", "leaver")


async def test_log_ins_and_tokens_end(firm: Store) -> None:
    async with firm.transaction() as session:
        token = await create_session(session, "lin", 12)
    assert (await leave(firm)).logins == ("lin",)
    async with firm.session() as session:
        assert await who(session, token) is None
        assert await verify(session, "lin", "correct horse") is None


async def test_a_customers_own_deputy_is_the_successor_or_the_usual_one(firm: Store) -> None:
    await leave(firm)
    async with firm.session() as session:
        found = await session.execute(select(CustomerRow.name, CustomerRow.deputy))
        wanted = dict(found.all())
    assert (wanted["別人的"], wanted["阿美的"]) == ("102", None)


async def test_queued_notices_go_to_the_successor(firm: Store) -> None:
    assert (await leave(firm)).notices == 2
    async with firm.session() as session:
        assert set(await session.scalars(select(PromiseNoticeRow.target))) == {MAILS["102"]}


async def test_nobody_is_left_without_a_deputy(firm: Store) -> None:
    async with firm.transaction() as session:
        await staff.set_agent(session, "102", deputy="101")
    with pytest.raises(Refused, match=r"102 would be left without a deputy; .* --deputy 102=CODE"):
        await leave(firm)
    assert await owned(firm, "101") == (24, 6, 2)
    done = await leave(firm, a102="103")
    assert done.deputies == {"102": "103", "104": "102"}


async def test_refused_whole(firm: Store) -> None:
    for to, error in (("101", Refused), ("999", NotFound)):
        with pytest.raises(error):
            await leave(firm, to)
    with pytest.raises(Refused):
        await leave(firm, a104="101")
    assert await owned(firm, "101") == (24, 6, 2)
    async with firm.session() as session:
        assert await entries(session) == []


async def test_the_audit_says_who_left_and_what_passed(firm: Store) -> None:
    await leave(firm)
    async with firm.session() as session:
        (kept,) = await entries(session, action="agent.left")
        assert (await verify_audit(session)).sound
        promises = await find(session, holder="102")
    assert (kept.entry.actor, kept.entry.subject_id, kept.entry.after["customers"]) == ("boss", "101", 24)
    assert {shown.promise.owner for shown in promises} == {"102"}


async def test_nobody_listens_in_the_name_of_who_left_and_nothing_goes_to_their_mobile(firm: Store) -> None:
    async with firm.transaction() as session:
        for newcomer, mentor in (("104", "101"), ("101", "103"), ("104", "103")):
            until = NOW + timedelta(days=30)
            await set_mentor(session, newcomer, mentor, NOW - timedelta(days=1), until, by="boss", at=NOW)
        await channels.add(session, "101", "mail", "lin.private@example.test", "", channels.Limits(), NOW)
    async with firm.session() as session:
        foreseen = await succession.foresee(session, "101", "102", {}, NOW)
    done = await leave(firm)
    assert (foreseen.mentors, foreseen.ways, done.mentors, done.ways) == (2, 1, 2, 1)
    async with firm.session() as session:
        left = await list_mentors(session, ending_after=NOW)
        assert [(one.agent_code, one.mentor_code) for one in left] == [("104", "103")]
        assert await channels.read(session, "101") == []


async def test_the_last_administrator_does_not_leave(firm: Store) -> None:
    async with firm.transaction() as session:
        await add_login(session, "chief", "correct horse", "admin", "101")
    with pytest.raises(Refused, match="last administrator"):
        await leave(firm)
    with pytest.raises(Refused, match="last administrator"):
        async with firm.transaction() as session:
            await staff.set_agent(session, "101", active=False)
    async with firm.transaction() as session:
        await add_login(session, "second", "correct horse", "admin", "102")
    assert set((await leave(firm)).logins) == {"chief", "lin"}
