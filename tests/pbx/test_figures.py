"""The figures of real calls are the same by the command line, by the API and in the alarm on a manager's page."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.pbx.floor import Floor, direct, until
from tests.pbx.test_rehearsed import manager_of

pytestmark = pytest.mark.pbx

GIVE_UP = 6
COUNTS = ("inbound", "answered", "missed", "gave_up")


async def test_answer_rate_and_stand_ins(floor: Floor) -> None:
    # A call of the tests before that never reached the daemon is read from the journal at its start, not in mid-test.
    await floor.pbx.restarted_daemon()
    await floor.register("101", "102")
    manager = await floor.desktop(manager_of(floor))
    await until(lambda: nobody_calls(floor), "the calls of the tests before to be over")
    before, stood_in = await until(lambda: all_counted(floor), "their outcomes in the records"), await stand_ins(floor)
    await owner_answers(floor)
    await deputy_answers(floor)
    await asyncio.gather(*(gives_up(floor, f"09119001{turn:02}") for turn in range(GIVE_UP)))

    async def counted() -> dict[str, Any] | None:
        now: dict[str, Any] = await floor.get("/reports/answer-rate?window=7d")
        return now if now["inbound"] >= before["inbound"] + GIVE_UP + 2 else None

    now = await until(counted, "every call in the figures")
    grown = {name: now[name] - before[name] for name in COUNTS}
    latest = [(one["caller"], one["started"], one["answered_by"]) for one in await floor.get("/calls?limit=20")]
    assert grown == {"inbound": GIVE_UP + 2, "answered": 2, "missed": GIVE_UP, "gave_up": GIVE_UP}, latest
    assert now["rate"] == pytest.approx(now["answered"] / now["inbound"])
    said = json.loads(await floor.pbx.ringward("report", "answer-rate", "--window", "7d", "--json"))
    same = (*COUNTS, "rate", "seconds_to_answer")
    assert {name: said[name] for name in same} == {name: now[name] for name in same}
    rung, answered = stood_in
    assert await stand_ins(floor) == (rung + 1, answered + 1)
    told = json.loads(await floor.pbx.ringward("report", "stand-ins", "--json"))
    assert told["pairs"] == (await floor.get("/reports/stand-ins"))["pairs"]
    hour = await floor.get("/reports/answer-rate?window=60m")
    wanted = hour["answered"], hour["inbound"]

    async def shown() -> bool:
        return wanted in {figures(one) for one in (*manager.snapshot["alarms"], *manager.heard("alarm"))}

    # Six of eight gave up: the rate is under its threshold however the calls before went.
    await until(shown, f"the figures {wanted} on the manager's page", 30)


async def nobody_calls(floor: Floor) -> bool:
    """No call is under way, and the latest stands in the records with its end."""
    latest = await floor.get("/calls?limit=20")
    return not (await floor.get("/live"))["calls"] and all(one["ended"] for one in latest)


async def all_counted(floor: Floor) -> dict[str, Any] | None:
    """The answer rate, once every call that the records know has its outcome there: they follow the live calls."""
    rate: dict[str, Any] = await floor.get("/reports/answer-rate?window=7d")
    return rate if rate["ringing"] == 0 else None


def figures(alarm: dict[str, Any]) -> tuple[int, int] | None:
    """Answered and inbound, of an alarm about the rate."""
    if alarm["kind"] != "answer_rate":
        return None
    return alarm["values"]["answered"], alarm["values"]["inbound"]


async def stand_ins(floor: Floor) -> tuple[int, int]:
    """How often 102's phone rang for 101 today, and how often 102 took the call."""
    for pair in (await floor.get("/reports/stand-ins"))["pairs"]:
        if (pair["agent"], pair["stands_for"]) == ("102", "101"):
            return pair["rung"], pair["answered"]
    return 0, 0


async def owner_answers(floor: Floor) -> None:
    caller = await floor.call("0911900091", to=direct("101"))
    await (await floor.rung("101")).answer()
    await caller.until_answered()
    caller.hang_up()
    await floor.record("+886911900091")


async def deputy_answers(floor: Floor) -> None:
    caller = await floor.call("0911900092", to=direct("101"))
    (await floor.rung("101")).reject(486)
    (await floor.mobile_rung("101")).reject(486)
    await (await floor.rung("102")).answer()
    await caller.until_answered()
    caller.hang_up()
    await floor.record("+886911900092")


async def gives_up(floor: Floor, number: str) -> None:
    caller = await floor.call(number)
    await caller.until_ringing()
    caller.hang_up()
    await caller.until_over()
