"""The sound of a simulated phone: it hears packets (and keeps them if asked to), speaks, and presses keys (RFC 4733).

Must not know SIP: it is told where the other side listens.
"""

from __future__ import annotations

import asyncio
import secrets
import struct
from typing import cast

from cti.local.sip_message import Media

DIGITS = "0123456789*#"
PACE = 0.02
"""Seconds between packets: what G.711 phones send, and what Asterisk's jitter arithmetic expects."""
UNITS = 160
"""Timestamp units a packet, at 8 kHz."""


class MediaEnd(asyncio.DatagramProtocol):
    """One UDP port for one call's sound. `packets` counts what was heard; `kept`, if set, gets it as mu-law."""

    def __init__(self) -> None:
        self.packets = 0
        self.heard = asyncio.Event()
        self.kept: bytearray | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._source = secrets.randbits(32)
        self._sequence = secrets.randbits(15)
        self._timestamp = secrets.randbits(30)

    async def open(self, host: str) -> int:
        """Bind a free port on `host` and return it."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0))
        self._transport = transport
        return cast("int", transport.get_extra_info("sockname")[1])

    def close(self) -> None:
        """Give the port back."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def datagram_received(self, packet: bytes, _address: tuple[str, int]) -> None:
        """Count what is heard; the first packet sets `heard`."""
        self.packets += 1
        if self.kept is not None and packet[1] & 0x7F == 0:
            self.kept += packet[12:]
        self.heard.set()

    async def say(self, sound: bytes, to: Media) -> None:
        """Send mu-law sound, 8,000 bytes a second, as fast as it would be spoken."""
        due = asyncio.get_running_loop().time()
        for start in range(0, len(sound), UNITS):
            self._send(sound[start : start + UNITS], 0, self._timestamp, marker=start == 0, to=to)
            self._timestamp = (self._timestamp + UNITS) & 0xFFFFFFFF
            due += PACE
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))

    async def press(self, digits: str, to: Media) -> None:
        """Press keys, 100 ms each with 60 ms between them.

        Raises:
            ValueError: a character is no key, or the other side takes no key presses.
        """
        if to.telephone_event is None:
            raise ValueError("the other side takes no key presses (no telephone-event in its session description)")
        for digit in digits:
            await self._press_one(DIGITS.index(digit), to, to.telephone_event)

    async def _press_one(self, event: int, to: Media, payload_type: int) -> None:
        stamp = self._timestamp
        for packet in range(8):
            # Five packets while the key is down, its end three times over: one may be lost (RFC 4733, 2.5.1.4).
            ended = packet >= 5
            duration = UNITS * min(packet + 1, 5)
            payload = struct.pack("!BBH", event, (0x80 if ended else 0) | 10, duration)
            self._send(payload, payload_type, stamp, marker=packet == 0, to=to)
            await asyncio.sleep(PACE)
        self._timestamp = (stamp + UNITS * 8) & 0xFFFFFFFF

    def _send(self, payload: bytes, payload_type: int, stamp: int, *, marker: bool, to: Media) -> None:
        if self._transport is None:
            return
        self._sequence = (self._sequence + 1) & 0xFFFF
        second = payload_type | (0x80 if marker else 0)
        header = struct.pack("!BBHII", 0x80, second, self._sequence, stamp, self._source)
        self._transport.sendto(header + payload, (to.host, to.port))
