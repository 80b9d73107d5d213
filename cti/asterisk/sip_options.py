"""Asks a SIP peer whether it is there: one OPTIONS over UDP (RFC 3261, section 11), whose every answer is a yes.

For a carrier whom Asterisk itself does not qualify. Must not know calls.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress

TIMER_T1 = 0.5
"""RFC 3261's first retransmission; it doubles each time, since the packet or its answer may be lost."""

LONGEST_SAID = 80


class _Answers(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.said: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        first = data.split(b"\r\n", 1)[0].decode("ascii", "replace")
        if first.startswith("SIP/2.0 ") and not first.startswith("SIP/2.0 1") and not self.said.done():
            self.said.set_result("".join(one for one in first[8:] if one.isprintable())[:LONGEST_SAID])

    def error_received(self, exc: Exception) -> None:
        if not self.said.done():
            self.said.set_exception(exc)


async def ask_options(host: str, port: int, seconds: float) -> str:
    """What the peer says, as status code and phrase: whatever it is, somebody is there.

    Raises:
        OSError: nobody listens there, or it cannot be reached (`TimeoutError`: no answer within `seconds`).
    """
    loop = asyncio.get_running_loop()
    transport, answers = await loop.create_datagram_endpoint(_Answers, remote_addr=(host, port))
    try:
        request = _request(host, port, transport.get_extra_info("sockname"))
        async with asyncio.timeout(seconds):
            wait = TIMER_T1
            while True:
                transport.sendto(request)
                with suppress(TimeoutError):
                    return await asyncio.wait_for(asyncio.shield(answers.said), wait)
                wait *= 2
    finally:
        transport.close()
        answers.said.cancel()


def _request(host: str, port: int, local: tuple[str, int]) -> bytes:
    here, there = _shown(local[0]), _shown(host)
    lines = [
        f"OPTIONS sip:{there}:{port} SIP/2.0",
        f"Via: SIP/2.0/UDP {here}:{local[1]};branch=z9hG4bK{secrets.token_hex(8)};rport",
        "Max-Forwards: 70",
        f"From: <sip:ringward@{here}>;tag={secrets.token_hex(4)}",
        f"To: <sip:{there}:{port}>",
        f"Call-ID: {secrets.token_hex(12)}@{here}",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:ringward@{here}:{local[1]}>",
        "Accept: application/sdp",
        "User-Agent: Ringward",
        "Content-Length: 0",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
