"""The order in which things really went over the loopback interface: one queue in the kernel, no reader's delay.

Two sockets of one process that become readable together tell no order; this does. Needs root, as Asterisk's private
root does. Knows no protocol but the headers it skips.
"""

from __future__ import annotations

import socket
from types import TracebackType

IPV4 = 0x0800
SO_RCVBUFFORCE = 33
BUFFER = 32_000_000
"""Other programs of the machine use the interface too, and nobody reads until it is asked."""


class Wiretap:
    """Everything that goes to some ports from now on, in order."""

    def __enter__(self) -> Wiretap:
        self._tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(IPV4))
        self._tap.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        self._tap.bind(("lo", IPV4))
        self._tap.setblocking(False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tap.close()

    def order(self, *wanted: tuple[int, bytes]) -> list[int]:
        """Which of `wanted` (port it went to, bytes in it) went first: their places, of those that went at all."""
        seen: list[int] = []
        while True:
            try:
                packet = self._tap.recv(65536)
            except BlockingIOError:
                return seen
            port, payload = _port_and_payload(packet)
            for place, (to, text) in enumerate(wanted):
                if place not in seen and port == to and text in payload:
                    seen.append(place)


def _port_and_payload(packet: bytes) -> tuple[int, bytes]:
    header = (packet[0] & 15) * 4
    return int.from_bytes(packet[header + 2 : header + 4], "big"), packet[header:]
