"""From each way of not answering to the next phone's INVITE, on the PBX's own clock of arrivals; one call at a time.

    ./bench next_step [CALLS]

Phones, mobiles and callers share one process and one clock. A phone that is passed without being rung (unregistered,
do-not-disturb, in use) counts from the caller's INVITE; one that rings out, from the end of its ring time.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from trial import CARRIER, figures, trial

from cti.local.sip_call import SipCall
from cti.local.sip_phone import SipPhone

DIRECT = "0255501101"
RINGS = 2
"""Seconds that desk and mobile ring here: `no_answer` waits them out each time."""

LATEST = 1000.0
"""Milliseconds within which the next phone must have its INVITE."""


class Street:
    """The carrier, two desks, and how to tell when a call's messages went and came."""

    def __init__(self, demo: dict[str, Any]) -> None:
        sip = demo["sip"]
        server = sip["host"], sip["port"]
        secrets = {phone["extension"]: phone["password"] for phone in sip["phones"]}
        self.command = demo["command"]
        self.carrier = SipPhone(server=server, bind=CARRIER, port=int(sip["carrier"].partition(":")[2]))
        self.owner = SipPhone("101", secrets["101"], server=server)
        self.deputy = SipPhone("102", secrets["102"], server=server)
        self.turn = 0

    async def caller(self) -> SipCall:
        """Somebody new calls the owner's direct number."""
        self.turn += 1
        return await self.carrier.place(DIRECT, number=f"09119{self.turn:05}")

    async def rung(self, phone: SipPhone) -> SipCall:
        """The next call on this phone, ringing."""
        call = await phone.incoming(30)
        call.ring()
        return call

    def invited(self, call: SipCall) -> float:
        """When its first INVITE went or came, in seconds."""
        return min(one.at for one in self._messages(call) if one.message.name == "INVITE")

    def over(self, call: SipCall) -> float:
        """When its last message but an ACK went or came."""
        return max(one.at for one in self._messages(call) if one.message.name not in {"ACK", "INVITE"})

    def _messages(self, call: SipCall) -> list[Any]:
        lines = (self.carrier, self.owner, self.deputy)
        return [one for line in lines for one in line.trace if one.message.call_id == call.sip_call_id]

    def ringward(self, *words: str) -> Any:
        """Run the command line; what it printed, as JSON."""
        done = subprocess.run([*self.command.split(), *words, "--json"], check=True, capture_output=True, text=True)
        return json.loads(done.stdout)


Way = Callable[[Street], Awaitable[tuple[float, SipCall, SipCall]]]
"""Tries one call; milliseconds from the reason to the next INVITE, the caller's call and the next phone's."""


def desk(status: int) -> Way:
    """The owner's desk refuses with this SIP status."""

    async def way(street: Street) -> tuple[float, SipCall, SipCall]:
        caller = await street.caller()
        phone = await street.rung(street.owner)
        phone.reject(status)
        following = await street.rung(street.deputy if status == 603 else street.carrier)
        return street.invited(following) - street.over(phone), caller, following

    return way


def mobile(status: int) -> Way:
    """The desk is busy, and the mobile's network says this."""

    async def way(street: Street) -> tuple[float, SipCall, SipCall]:
        caller = await street.caller()
        (await street.rung(street.owner)).reject(486)
        phone = await street.rung(street.carrier)
        phone.reject(status)
        following = await street.rung(street.deputy)
        return street.invited(following) - street.over(phone), caller, following

    return way


def picked_up(does: str) -> Way:
    """The mobile picks up and does not accept: a key, the receiver, or nothing as a voicemail does."""

    async def way(street: Street) -> tuple[float, SipCall, SipCall]:
        caller = await street.caller()
        (await street.rung(street.owner)).reject(486)
        phone = await street.rung(street.carrier)
        await phone.answer()
        await phone.until_heard(20)
        if does == "hangs up":
            phone.hang_up()
        elif does:
            await phone.press(does)
        following = await street.rung(street.deputy)
        await phone.until_over(10)
        return street.invited(following) - street.over(phone), caller, following

    return way


async def rings_out(street: Street) -> tuple[float, SipCall, SipCall]:
    """Nobody picks up the desk."""
    caller = await street.caller()
    phone = await street.rung(street.owner)
    following = await street.rung(street.carrier)
    return street.invited(following) - street.invited(phone) - RINGS, caller, following


async def passed(street: Street) -> tuple[float, SipCall, SipCall]:
    """The desk is not registered: the mobile rings at once."""
    caller = await street.caller()
    following = await street.rung(street.carrier)
    return street.invited(following) - street.invited(caller), caller, following


async def not_disturbed(street: Street) -> tuple[float, SipCall, SipCall]:
    """The owner is on do-not-disturb: the deputy rings at once."""
    caller = await street.caller()
    following = await street.rung(street.deputy)
    return street.invited(following) - street.invited(caller), caller, following


WAYS: dict[str, Way] = {
    "desk busy": desk(486),
    "desk declined": desk(603),
    "desk temporarily unavailable": desk(480),
    "desk rings out": rings_out,
    "mobile busy": mobile(486),
    "mobile unreachable": mobile(480),
    "mobile congestion": mobile(503),
    "mobile unknown": mobile(404),
    "mobile: another key": picked_up("5"),
    "mobile: hangs up in the prompt": picked_up("hangs up"),
    "mobile: voicemail says nothing": picked_up(""),
}


async def measure(demo: dict[str, Any], calls: int) -> dict[str, Any]:
    """Try every way `calls` times; milliseconds and the reasons that the records give."""
    street = Street(demo)
    gaps: defaultdict[str, list[float]] = defaultdict(list)
    reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
    machines = 0
    street.ringward("agent", "set", "101", "--desk-seconds", str(RINGS), "--mobile-seconds", "20")

    async def turns(name: str, way: Way) -> int:
        answered = 0
        for _ in range(calls):
            gap, caller, following = await way(street)
            gaps[name].append(gap * 1000)
            answered += caller.answered
            caller.hang_up()
            await caller.until_over(10)
            await following.until_over(10)
        await asyncio.sleep(1)
        said = await asyncio.to_thread(street.ringward, "call", "list", "--limit", str(calls))
        for call in said:
            tried = [leg for leg in call["legs"] if leg["agent"] == "101"]
            reasons[name][" / ".join(f"{leg['kind']} {leg['reason']}" for leg in tried)] += 1
        return answered

    async with street.carrier, street.deputy:
        await street.deputy.register()
        async with street.owner:
            await street.owner.register()
            await asyncio.sleep(2)
            for name, way in WAYS.items():
                machines += await turns(name, way)
            street.ringward("agent", "set", "101", "--presence", "dnd")
            await asyncio.sleep(2)
            machines += await turns("do-not-disturb", not_disturbed)
            street.ringward("agent", "set", "101", "--presence", "available")
            await asyncio.sleep(2)
        machines += await turns("desk unregistered", passed)
    worst = max(max(times) for times in gaps.values())
    return {
        "bench": "next_step",
        "calls_each": calls,
        "milliseconds": {name: figures(times) for name, times in gaps.items()},
        "reasons": {name: dict(counted) for name, counted in reasons.items()},
        "answered_by_a_machine": machines,
        "largest": round(worst, 2),
        "within_a_second": worst < LATEST,
    }


def main() -> None:
    """Measure on an installation of its own and print one JSON line last."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with trial() as demo:
        found = asyncio.run(measure(demo, calls))
    for name, times in found["milliseconds"].items():
        print(f"{name:32} median {times['median']:8.2f} ms  max {times['max']:8.2f} ms  {found['reasons'][name]}")
    print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
