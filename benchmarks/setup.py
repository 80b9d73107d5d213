"""INVITE at the PBX to 180 from the desk: a static Dial against the whole path with plan and pop, same PBX, in turn.

./bench setup [CALLS]        default 200 of each kind, one call at a time
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import uvloop
from trial import asterisk, figures, trial

from cti.local.sip_phone import SipPhone

STATIC = "0255500000"
CUSTOMER = "0933000222"
REST = 0.1
"""Seconds between two calls of either kind, so that one call's end is not measured in the next one's beginning."""


async def one_call(carrier: SipPhone, desk: SipPhone, dialled: str) -> tuple[float, float]:
    """Place a call, let the desk ring, give up. Milliseconds to the desk's INVITE and to the caller's 180."""
    began = time.perf_counter()
    call = await carrier.place(dialled, number=CUSTOMER)
    ringing = await desk.incoming()
    invited = time.perf_counter()
    ringing.ring()
    await call.until_ringing()
    heard = time.perf_counter()
    call.hang_up()
    await ringing.until_over()
    await call.until_over()
    await asyncio.sleep(REST)
    return (invited - began) * 1000, (heard - began) * 1000


async def measure(demo: dict[str, Any], calls: int) -> dict[str, Any]:
    """Both kinds in turn, so that whatever else the machine does falls on both alike."""
    sip = demo["sip"]
    server = (sip["host"], sip["port"])
    host, port = sip["carrier"].split(":")
    phone = next(one for one in sip["phones"] if one["extension"] == "101")
    carrier = SipPhone(server=server, bind=host, port=int(port))
    desk = SipPhone(phone["username"], phone["password"], server=server)
    kinds = {"static": STATIC, "ringward": demo["numbers"]["main"].replace("+886", "0")}
    times: dict[str, list[tuple[float, float]]] = {kind: [] for kind in kinds}
    async with carrier, desk:
        await desk.register()
        for turn in range(calls + 10):
            for kind, dialled in kinds.items():
                result = await one_call(carrier, desk, dialled)
                if turn >= 10:
                    times[kind].append(result)
    invite = {kind: figures([one[0] for one in times[kind]]) for kind in kinds}
    ring = {kind: figures([one[1] for one in times[kind]]) for kind in kinds}
    added = [ours[1] - plain[1] for plain, ours in zip(times["static"], times["ringward"], strict=True)]
    return {
        "calls_of_each": calls,
        "invite_to_desk_invite_ms": invite,
        "invite_to_180_ms": ring,
        "added_ms": figures(added),
        "ratio_of_medians": round(ring["ringward"]["median"] / ring["static"]["median"], 2),
    }


def main() -> None:
    """Start an installation, add one static extension to its dial plan, measure, print."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with trial() as demo:
        # CLI commands, not configuration: the extension lives as long as this Asterisk.
        asterisk(
            demo, f"dialplan add extension {STATIC},1,Dial(${{PJSIP_DIAL_CONTACTS(101)}},15,r) into ringward-inbound"
        )
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            print(json.dumps(runner.run(measure(demo, calls))))


if __name__ == "__main__":
    main()
