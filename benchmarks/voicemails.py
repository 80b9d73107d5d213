"""Mobiles answered by machines: how many such calls are lost. Callers, machines and people are SIP of our own.

    ./bench voicemails [CALLS [AT_ONCE]]

Owner and deputy have mobiles only. The owner's is always answered by a machine: one that says nothing, hangs up,
or presses another key. The deputy takes every second call with key 1; of the others his mobile is a machine too, and
nobody is left: those callers must be owed a call.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from typing import Any

from trial import CARRIER, trial

from cti.local.sip_call import CallOver, SipCall
from cti.local.sip_phone import SipPhone

OWNER, DEPUTY = "0900000101", "0900000102"
DIRECT = "0255501101"
PATIENCE = 300.0
KINDS = ("says nothing", "hangs up", "presses 5")


def set_up(demo: dict[str, Any]) -> None:
    """Two people with mobiles only, by the command line."""
    for words in (
        ("agent", "profile", "101", "mobile-only"),
        ("agent", "profile", "102", "mobile-only"),
        ("agent", "set", "101", "--mobile-seconds", "30"),
        ("agent", "set", "102", "--mobile-seconds", "30"),
    ):
        subprocess.run([*demo["command"].split(), *words], check=True, stdout=subprocess.DEVNULL)
    time.sleep(2)


class Street:
    """The carrier's end of every call. Every caller has a number of its own, whose last digit says what happens."""

    def __init__(self, demo: dict[str, Any]) -> None:
        sip = demo["sip"]
        port = int(sip["carrier"].partition(":")[2])
        self.carrier = SipPhone(server=(sip["host"], sip["port"]), bind=CARRIER, port=port)
        self.rung: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()

    async def run(self, calls: int, at_once: int) -> None:
        """Place all the calls, never more than `at_once` at a time, and answer the mobiles meanwhile."""
        gate = asyncio.Semaphore(at_once)
        async with self.carrier, asyncio.TaskGroup() as tasks:
            mobiles = tasks.create_task(self.mobiles())
            async with asyncio.TaskGroup() as callers:
                for turn in range(calls):
                    callers.create_task(self.call(f"0918{turn:06}", gate))
            mobiles.cancel()

    async def call(self, number: str, gate: asyncio.Semaphore) -> None:
        """One caller, until somebody takes the call or it ends."""
        async with gate:
            call = await self.carrier.place(DIRECT, number=number)
            try:
                await call.until_answered(PATIENCE)
            except CallOver:
                self.outcomes["nobody"] += 1
                return
            self.outcomes["answered"] += 1
            await asyncio.sleep(1)  # a talk, however short
            call.hang_up()
            await call.until_over()

    async def mobiles(self) -> None:
        """Answer every mobile as its caller's number says."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                call = await self.carrier.incoming(PATIENCE)
                self.rung[call.dialled] += 1
                turn = int(call.presented)
                takes = call.dialled == DEPUTY and turn % 2 == 0
                tasks.create_task(answer(call, "presses 1" if takes else KINDS[turn % len(KINDS)]))


async def answer(call: SipCall, kind: str) -> None:
    """Pick up and do as `kind` says once the prompt is heard."""
    call.ring()
    await call.answer()
    await call.until_heard(60)
    if kind == "hangs up":
        call.hang_up()
    elif kind.startswith("presses"):
        await call.press(kind[-1])


def counted(demo: dict[str, Any]) -> dict[str, Any]:
    """What the database says of these calls."""
    path = demo["database"]["url"].removeprefix("sqlite+aiosqlite:///")
    ours = "caller_e164 LIKE '+886918%'"
    questions = {
        "records": f"SELECT count(*) FROM calls WHERE {ours} AND state = 'ended'",
        "records_answered": f"SELECT count(*) FROM calls WHERE {ours} AND answered IS NOT NULL",
        "owner_not_accepted": "SELECT count(*) FROM call_legs JOIN calls USING (linkedid)"
        f" WHERE {ours} AND agent = '101' AND reason = 'not_accepted'",
        "deputy_not_accepted": "SELECT count(*) FROM call_legs JOIN calls USING (linkedid)"
        f" WHERE {ours} AND agent = '102' AND reason = 'not_accepted'",
        "promises": "SELECT count(*) FROM promises WHERE number LIKE '+886918%' AND state = 'open'",
    }
    connection = sqlite3.connect(path, timeout=30)
    try:
        return {name: connection.execute(question).fetchone()[0] for name, question in questions.items()}
    finally:
        connection.close()


def settled(demo: dict[str, Any], calls: int, missed: int) -> dict[str, Any]:
    """The counts, once every call is recorded and decided on (or a minute has passed)."""
    until = time.monotonic() + 60
    while True:
        found = counted(demo)
        if (found["records"] >= calls and found["promises"] >= missed) or time.monotonic() > until:
            return found
        time.sleep(1)


def main() -> None:
    """Measure on an installation of its own and print one JSON line last."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    at_once = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    with trial() as demo:
        set_up(demo)
        street = Street(demo)
        began = time.monotonic()
        asyncio.run(street.run(calls, at_once))
        took = time.monotonic() - began
        nobody = street.outcomes["nobody"]
        found = settled(demo, calls, nobody)
    told = {
        "bench": "voicemails",
        "calls": calls,
        "at_once": at_once,
        "seconds": round(took, 1),
        "owner_rung": street.rung[OWNER],
        "next_rung": street.rung[DEPUTY],
        "answered": street.outcomes["answered"],
        "nobody": nobody,
        **found,
    }
    told["lost"] = max(calls - found["records"], calls - street.rung[DEPUTY], nobody - found["promises"], 0)
    print(json.dumps(told))
    if told["lost"]:
        raise SystemExit("calls were lost")


if __name__ == "__main__":
    main()
