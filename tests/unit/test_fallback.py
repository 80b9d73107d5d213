"""The copy in Asterisk's store is complete, follows changes, and survives an Asterisk that comes and goes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cti.errors import SwitchUnavailable
from cti.fallback import LONGEST_VALUE, Entries, KeptPlans, chain_entries, national_key, owner_entries
from routing.hours import Opening
from routing.model import Agent, DialledNumber, Directory, Group, Leave, Service
from routing.wire import decode

AT = datetime(2026, 11, 23, 13, 10, tzinfo=UTC)
MAIN, DIRECT = "+886255501000", "+886255501101"
FIRM = Directory(
    agents={"101": Agent("101", "101", "0900000101", "102"), "102": Agent("102", "102", dnd=True)},
    groups={"company": Group("company", ("101", "102"))},
    numbers={MAIN: DialledNumber(MAIN, group="company"), DIRECT: DialledNumber(DIRECT, agent="101")},
)
OWNERS = [("+886933000222", "101"), ("+81312345678", "102")]


def entries(directory: Directory) -> Entries:
    return chain_entries(directory, AT) | owner_entries(OWNERS)


class Store:
    """AstDB as AMI offers it; `fails` makes the next action find Asterisk gone."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], str] = {}
        self.fails = False
        self.failed = asyncio.Event()
        self.written = asyncio.Event()

    async def db_tree(self, family: str) -> dict[str, str]:
        return {key: value for (name, key), value in self.rows.items() if name == family}

    async def db_put(self, family: str, key: str, value: str) -> None:
        if self.fails:
            self.failed.set()
            raise SwitchUnavailable("gone")
        self.rows[family, key] = value
        self.written.set()

    async def db_del(self, family: str, key: str) -> None:
        del self.rows[family, key]


def test_every_number_chain_and_owner_is_kept() -> None:
    kept = entries(FIRM)
    assert kept["ringward-owner", "0933000222"] == "101"
    assert kept["ringward-owner", "81312345678"] == "102"
    assert kept["ringward-dnd", "102"] == "1"
    chain = decode(kept["ringward-chain", "101"])
    assert [step.kind.value for step in chain.steps] == ["desk", "mobile", "deputy", "group"]
    assert decode(kept["ringward-direct", "0255501101"]).steps[0].targets[0].resource == "101"
    assert [step.kind.value for step in decode(kept["ringward-number", "0255501000"]).steps] == ["group"]


def test_a_chain_that_cannot_travel_leaves_the_others_in_place() -> None:
    broken = replace(FIRM, agents={**FIRM.agents, "103": Agent("103", "1&PJSIP/666")})
    kept = entries(broken)
    assert ("ringward-chain", "103") not in kept
    assert ("ringward-chain", "101") in kept


def test_keys_are_what_the_dial_plan_looks_up() -> None:
    assert national_key("+886933000222") == "0933000222"
    assert national_key("+81312345678") == "81312345678"


def test_a_chain_too_long_to_keep_loses_its_last_steps_and_not_itself() -> None:
    seats = {f"seat{number:03}": Agent(f"seat{number:03}", f"seat{number:03}") for number in range(100)}
    large = replace(FIRM, agents=FIRM.agents | seats, groups={"company": Group("company", tuple(seats))})
    line = chain_entries(large, AT)["ringward-chain", "101"]
    assert len(line) <= LONGEST_VALUE
    assert [step.kind.value for step in decode(line).steps][:3] == ["desk", "mobile", "deputy"]


async def test_a_refusal_of_asterisk_does_not_end_the_keeping() -> None:
    store = Store()
    store.fails = True
    kept = KeptPlans(store, lambda: FIRM, lambda: OWNERS, lambda: AT)
    kept.changed()
    keeping = asyncio.create_task(kept.run())
    await store.failed.wait()
    store.fails = False
    kept.changed()
    await store.written.wait()
    keeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeping


async def test_only_what_changed_is_written() -> None:
    store, firm = Store(), FIRM
    kept = KeptPlans(store, lambda: firm, lambda: OWNERS, lambda: AT)
    assert await kept.sync() == len(entries(FIRM)) == len(store.rows)
    assert await kept.sync() == 0
    store.rows["ringward-owner", "0999"] = "101"
    kept.forget()
    assert await kept.sync() == 1
    assert ("ringward-owner", "0999") not in store.rows, "what nobody wants any more is taken out"


async def test_a_new_owner_reaches_the_copy() -> None:
    store, owners = Store(), [("+886933000222", "101")]
    kept = KeptPlans(store, lambda: FIRM, lambda: owners, lambda: AT)
    await kept.sync()
    owners[0] = ("+886933000222", "102")
    kept.owners_changed()
    assert await kept.sync() == 1
    assert store.rows["ringward-owner", "0933000222"] == "102"


async def test_leave_reaches_the_copy_by_the_clock() -> None:
    leave = Leave(AT + timedelta(hours=1), AT + timedelta(hours=2))
    firm = replace(FIRM, agents={**FIRM.agents, "101": replace(FIRM.agents["101"], leaves=(leave,))})
    now = AT
    store = Store()
    kept = KeptPlans(store, lambda: firm, lambda: OWNERS, lambda: now)
    await kept.sync()
    assert decode(store.rows["ringward-chain", "101"]).steps[0].kind.value == "desk"
    now = leave.starts
    await kept.sync()
    assert decode(store.rows["ringward-chain", "101"]).steps[0].kind.value == "deputy"


async def test_asterisk_going_away_in_the_middle_is_mended_by_the_next_sync() -> None:
    store = Store()
    store.fails = True
    kept = KeptPlans(store, lambda: FIRM, lambda: OWNERS, lambda: AT)
    with pytest.raises(SwitchUnavailable):
        await kept.sync()
    store.fails = False
    await kept.sync()
    assert store.rows == entries(FIRM)


async def test_owners_that_cannot_be_read_keep_no_chain_from_being_written() -> None:
    class Slow(Store):
        async def db_tree(self, family: str) -> dict[str, str]:
            if family == "ringward-owner":
                raise SwitchUnavailable("Asterisk did not answer DBGetTree within 5 s")
            return await super().db_tree(family)

    store = Slow()
    with pytest.raises(SwitchUnavailable):
        await KeptPlans(store, lambda: FIRM, lambda: OWNERS, lambda: AT).sync()
    assert store.rows == chain_entries(FIRM, AT)


async def test_asterisk_coming_back_while_the_copy_is_compared_is_read_again() -> None:
    """Nothing differs, so nothing is sent that could fail; the many owners take their time."""
    store = Store()
    owners = [(f"+8869{turn:08}", "101") for turn in range(1000)]
    kept = KeptPlans(store, lambda: FIRM, lambda: owners, lambda: AT)
    await kept.sync()
    kept.owners_changed()
    comparing = asyncio.create_task(kept.sync())
    await asyncio.sleep(0)
    store.rows.clear()  # a crash takes the last second along
    kept.forget()
    await comparing
    await kept.sync()
    assert store.rows == chain_entries(FIRM, AT) | owner_entries(owners)


SALES = "+886255502000"
NIGHT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # 22:00 in Taipei


def test_each_number_keeps_the_hours_of_its_own_service() -> None:
    open_late = Opening(ZoneInfo("Asia/Taipei"), ((((9 * 60), (23 * 60)),),) * 7)
    by_day = Opening(ZoneInfo("Asia/Taipei"), ((((9 * 60), (18 * 60)),),) * 7)
    firm = replace(
        FIRM,
        groups={**FIRM.groups, "night": Group("night", ("102",))},
        numbers={
            MAIN: DialledNumber(MAIN, service="company"),
            SALES: DialledNumber(SALES, service="sales"),
            DIRECT: DialledNumber(DIRECT, agent="101"),
        },
        services={
            "company": Service("company", group="company", opening=by_day, closed_group="night"),
            "sales": Service("sales", group="company", opening=open_late, closed_group="night"),
        },
    )
    kept = chain_entries(firm, NIGHT)
    closed = {key: value for (family, key), value in kept.items() if family == "ringward-closed"}
    assert closed == {"0255501000": "1", "0255502000": "0", "other": "1"}
    own = decode(kept["ringward-chain", "101"]).steps[0]
    assert (own.kind.value, own.targets[0].resource) == ("desk", "101"), "a known caller of the open number"
    assert decode(kept["ringward-number", "0255501000"]).steps[0].targets[0].agent == "102"
    assert decode(kept["ringward-number", "other"]).steps[0].targets[0].agent == "102"


def test_who_is_away_is_kept_so_for_the_desk_alone_and_a_wrap_up_is_not_kept() -> None:
    agents = {**FIRM.agents, "101": replace(FIRM.agents["101"], away=True, wrapping_up=True)}
    kept = chain_entries(replace(FIRM, agents=agents), AT)
    assert kept["ringward-dnd", "101"] == "desk"
    assert kept["ringward-dnd", "102"] == "1"
    rested = {**agents, "101": replace(agents["101"], wrapping_up=False)}
    assert chain_entries(replace(FIRM, agents=rested), AT) == kept
