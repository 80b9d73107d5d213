"""SIP over UDP: one socket, what is sent again until it is answered, and a trace of everything with its time.

Knows messages and transactions (RFC 3261, section 17); must not know calls, registrations or phones.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from cti.local.sip_message import SipMalformed, SipRequest, SipResponse, parse, tag_of

Address = tuple[str, int]

FIRST_REPEAT = 0.5
LONGEST_REPEAT = 4.0
GIVE_UP = 32.0
"""RFC 3261's T1, T2 and 64 times T1, in seconds."""


@dataclass(frozen=True, slots=True)
class Traced:
    """A message that went or came. `at` is `time.monotonic()`; `repeat` marks one that was seen before."""

    at: float
    sent: bool
    message: SipRequest | SipResponse
    repeat: bool = False

    def __str__(self) -> str:
        way = "->" if self.sent else "<-"
        again = " (again)" if self.repeat else ""
        return f"{self.at:.4f} {way} {self.message.name} [{self.message.header('cseq')}]{again}"


class _Repeating:
    """Sends bytes now and again, with doubling pauses, until stopped or `GIVE_UP` seconds have passed."""

    def __init__(self, send: Callable[[], None], given_up: Callable[[], None]) -> None:
        self._send, self._given_up = send, given_up
        self._pause, self._waited = FIRST_REPEAT, 0.0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._pause, self._again)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _again(self) -> None:
        self._waited += self._pause
        if self._waited >= GIVE_UP:
            self._given_up()
            return
        self._send()
        self._pause = min(self._pause * 2, LONGEST_REPEAT)
        self.start()


@dataclass(slots=True)
class _Asked:
    request: SipRequest
    peer: Address
    on_response: Callable[[SipResponse | None], None]
    repeating: _Repeating


class SipWire(asyncio.DatagramProtocol):
    """One UDP socket. `on_request` is called once for every request, repeats left out. `trace` keeps everything."""

    def __init__(self, on_request: Callable[[SipRequest, Address], None]) -> None:
        self.trace: list[Traced] = []
        self.malformed: list[bytes] = []
        self.address: Address = ("", 0)
        self._on_request = on_request
        self._transport: asyncio.DatagramTransport | None = None
        self._asked: dict[tuple[str, str], _Asked] = {}
        self._answered: dict[tuple[str, str, str], tuple[bytes, Address]] = {}
        self._unacknowledged: dict[tuple[str, int], _Repeating] = {}
        self._acks: dict[str, tuple[bytes, Address]] = {}
        self._claimed: set[int] = set()
        self._moved = asyncio.Event()

    async def open(self, host: str, port: int = 0) -> Address:
        """Bind and return the address; port 0 takes a free one.

        Raises:
            OSError: the port is taken, or the address is not this machine's.
        """
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, port))
        self._transport = transport
        self.address = cast("Address", transport.get_extra_info("sockname")[:2])
        return self.address

    def close(self) -> None:
        """Stop sending again and give the port back."""
        for asked in self._asked.values():
            asked.repeating.stop()
        for repeating in self._unacknowledged.values():
            repeating.stop()
        self._asked.clear()
        self._unacknowledged.clear()
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def send_request(
        self, request: SipRequest, peer: Address, on_response: Callable[[SipResponse | None], None]
    ) -> None:
        """Send until answered. `on_response` gets every response once, or None when nobody ever answered."""
        key = (request.branch, request.method)

        def give_up() -> None:
            self._asked.pop(key, None)
            on_response(None)

        repeating = _Repeating(lambda: self._send(request, peer, repeat=True), give_up)
        self._asked[key] = _Asked(request, peer, on_response, repeating)
        self._send(request, peer)
        repeating.start()

    def send_ack(self, ack: SipRequest, peer: Address, invite_branch: str) -> None:
        """Acknowledge an INVITE's final response, and again whenever that response is repeated."""
        self._acks[invite_branch] = (ack.encode(), peer)
        self._send(ack, peer)

    def send_response(self, response: SipResponse, peer: Address) -> None:
        """Answer; a final response to an INVITE goes again until it is acknowledged."""
        number, method = response.cseq
        self._answered[(response.branch, method, response.call_id)] = (response.encode(), peer)
        self._send(response, peer)
        if method == "INVITE" and response.status >= 200:
            key = (response.call_id, number)
            repeating = _Repeating(
                lambda: self._send(response, peer, repeat=True), lambda: self._forget_unacknowledged(key)
            )
            self._unacknowledged[key] = repeating
            repeating.start()

    def send_bytes(self, datagram: bytes, peer: Address) -> None:
        """Send anything at all, untraced and once: for those who play a broken or hostile far end."""
        if self._transport is not None:
            self._transport.sendto(datagram, peer)

    async def expect(self, name: str, *, method: str | None = None, timeout_seconds: float = 10.0) -> Traced:
        """The next received message called `name` (a method or a status) that nobody has expected before.

        Raises:
            TimeoutError: none came; the text shows what did.
        """
        try:
            async with asyncio.timeout(timeout_seconds):
                while True:
                    moved = self._moved
                    found = self._claim(name, method)
                    if found is not None:
                        return found
                    await moved.wait()
        except TimeoutError:
            seen = "\n".join(str(one) for one in self.trace) or "nothing at all"
            raise TimeoutError(f"no {name} within {timeout_seconds} s on {self.address}; seen:\n{seen}") from None

    def received(self, name: str) -> list[Traced]:
        """Everything received of that name so far, repeats left out."""
        return [one for one in self.trace if not one.sent and not one.repeat and one.message.name == name]

    def datagram_received(self, datagram: bytes, peer: Address) -> None:
        """Read one datagram and hand it to whom it belongs."""
        at = time.monotonic()
        try:
            message = parse(datagram)
        except SipMalformed:
            self.malformed.append(datagram)
            return
        if isinstance(message, SipResponse):
            self._take_response(message, at)
        else:
            self._take_request(message, peer, at)

    def _take_response(self, response: SipResponse, at: float) -> None:
        asked = self._asked.get((response.branch, response.cseq[1]))
        self._note(Traced(at, False, response, repeat=asked is None))
        if asked is None:
            if response.branch in self._acks and response.status >= 200:
                self.send_bytes(*self._acks[response.branch])
            return
        asked.repeating.stop()
        if response.status >= 200:
            del self._asked[(response.branch, response.cseq[1])]
            if asked.request.method == "INVITE" and response.status >= 300:
                self.send_ack(_ack_of_refusal(asked.request, response), asked.peer, response.branch)
        asked.on_response(response)

    def _take_request(self, request: SipRequest, peer: Address, at: float) -> None:
        answered = self._answered.get((request.branch, request.method, request.call_id))
        self._note(Traced(at, False, request, repeat=answered is not None))
        if answered is not None:
            self.send_bytes(*answered)
            return
        if request.method == "ACK":
            repeating = self._unacknowledged.pop((request.call_id, request.cseq[0]), None)
            if repeating is not None:
                repeating.stop()
        self._on_request(request, peer)

    def _claim(self, name: str, method: str | None) -> Traced | None:
        for place, one in enumerate(self.trace):
            if one.sent or one.repeat or place in self._claimed or one.message.name != name:
                continue
            if method is None or one.message.cseq[1] == method:
                self._claimed.add(place)
                return one
        return None

    def _forget_unacknowledged(self, key: tuple[str, int]) -> None:
        self._unacknowledged.pop(key, None)

    def _send(self, message: SipRequest | SipResponse, peer: Address, *, repeat: bool = False) -> None:
        self._note(Traced(time.monotonic(), True, message, repeat))
        self.send_bytes(message.encode(), peer)

    def _note(self, traced: Traced) -> None:
        self.trace.append(traced)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()


def _ack_of_refusal(invite: SipRequest, response: SipResponse) -> SipRequest:
    """The ACK that belongs to a refused INVITE's own transaction (RFC 3261, 17.1.1.3)."""
    kept = [
        (name, value) for name, value in invite.headers if name.lower() in {"via", "from", "call-id", "max-forwards"}
    ]
    to = response.header("to") if tag_of(response.header("to")) else invite.header("to")
    headers = (*kept, ("To", to), ("CSeq", f"{invite.cseq[0]} ACK"))
    return SipRequest(headers, b"", "ACK", invite.uri)
