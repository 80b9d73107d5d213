"""A simulated SIP phone on UDP: it registers, is called, calls, and remembers when every message went or came.

For `ringward demo call`, tests and benches; also plays the carrier (no registration, a fixed port). Must not know
Ringward's database, plans or pops: it stands where a real phone would.

    async with SipPhone("101", secret, server=("127.0.0.1", 5060), behaviour=Behaviour(answer_after=3)) as phone:
        await phone.register()
        invite = await phone.expect("INVITE")
        call = await phone.incoming()
        await call.until_over()
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import dataclass
from types import TracebackType

from cti.errors import Refused
from cti.local.sip_call import SipCall
from cti.local.sip_message import SipRequest, SipResponse, challenge_of, digest, respond, tag_of
from cti.local.sip_wire import Address, SipWire, Traced

LAST_WORDS = 1.0
"""Seconds that a phone which is unplugged waits for its calls to be over at the other end, too."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a phone does by itself with a call that comes in. Times in seconds from the INVITE, or None for never.

    The default rings until the caller gives up. `press` are keys pressed `press_after` seconds after answering;
    `hang_up_after` counts from the answer too. `silent` does not even say `180`.
    """

    answer_after: float | None = None
    reject_with: int | None = None
    reject_after: float = 0.0
    press: str = ""
    press_after: float = 0.5
    hang_up_after: float | None = None
    silent: bool = False


class SipPhone:
    """One phone, or the carrier's end of a trunk. Without a `behaviour` calls wait for what the holder does.

    `server` is the PBX; `bind` and `port` the phone's own address (port 0: any free one).
    """

    def __init__(
        self,
        username: str = "",
        password: str = "",
        *,
        server: Address = ("127.0.0.1", 5060),
        bind: str = "127.0.0.1",
        port: int = 0,
        behaviour: Behaviour | None = None,
    ) -> None:
        self.username = username
        self.password = password
        self.server = server
        self.behaviour = behaviour
        self.calls: list[SipCall] = []
        self.wire = SipWire(self._take_request)
        self._bind: Address = (bind, port)
        self._by_call_id: dict[str, SipCall] = {}
        self._incoming: asyncio.Queue[SipCall] = asyncio.Queue()
        self._acting: set[asyncio.Task[None]] = set()
        self._registered = False
        self._register_id = f"{secrets.token_hex(10)}@{bind}"
        self._register_tag = secrets.token_hex(6)
        self._register_cseq = 0

    @property
    def contact(self) -> str:
        """The URI under which this phone can be reached."""
        host, port = self.wire.address
        return f"sip:{self.username or 'carrier'}@{host}:{port}"

    @property
    def trace(self) -> list[Traced]:
        """Everything sent and received, oldest first."""
        return self.wire.trace

    async def open(self) -> None:
        """Take the port. Raises OSError when it is taken."""
        await self.wire.open(*self._bind)

    async def close(self) -> None:
        """Hang up what is left, unregister, give the port back."""
        for task in tuple(self._acting):
            task.cancel()
        await asyncio.gather(*self._acting, return_exceptions=True)
        for call in self.calls:
            call.hang_up()
        with contextlib.suppress(TimeoutError):  # a caller's CANCEL has to wait for the PBX's first word
            async with asyncio.timeout(LAST_WORDS):
                await asyncio.gather(*(call.until_over() for call in self.calls if not call.over))
        if self._registered:
            with contextlib.suppress(Refused, TimeoutError):  # the PBX may be gone: the port is given back all the same
                await self.register(expires=0, timeout_seconds=2.0)
        for call in self.calls:
            call.close()
        self.wire.close()

    async def __aenter__(self) -> SipPhone:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def register(self, expires: int = 300, timeout_seconds: float = 5.0) -> None:
        """Register with digest; `expires` in seconds, 0 unregisters.

        Raises:
            Refused: the PBX said no (or wants what this phone cannot).
            TimeoutError: the PBX did not answer.
        """
        async with asyncio.timeout(timeout_seconds):
            response = await self._send_register(expires, None)
            challenge = challenge_of(response) if response.status in {401, 407} else None
            if challenge is not None:
                header, parameters = challenge
                value = digest(
                    parameters, self.username, self.password, "REGISTER", self._registrar, secrets.token_hex(8)
                )
                response = await self._send_register(expires, (header, value))
        if response.status != 200:
            raise Refused(f"phone {self.username} could not register: {response.status} {response.phrase}")
        self._registered = expires > 0

    async def place(
        self,
        to: str,
        *,
        number: str = "",
        name: str | bytes = "",
        sender: str | bytes | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> SipCall:
        """Call `to` (a user part at the PBX) as `number` and `name`; `sender` gives the whole From value, unchecked.

        Bytes go out as they are. Returns once the INVITE is sent; the call's `until_…` wait for what follows.
        """
        host, port = self.server
        if sender is None:
            shown = _text(name).replace("\\", "\\\\").replace('"', '\\"')
            sender = f'"{shown}" ' if shown else ""
            sender += f"<sip:{number or self.username or 'anonymous'}@{self.wire.address[0]}>"
        call = await SipCall.place(self, f"sip:{to}@{host}:{port}", _text(sender), headers)
        self._keep(call)
        return call

    async def incoming(self, timeout_seconds: float = 30.0) -> SipCall:
        """The next call that comes in. Raises TimeoutError."""
        async with asyncio.timeout(timeout_seconds):
            return await self._incoming.get()

    async def expect(self, name: str, *, method: str | None = None, timeout_seconds: float = 10.0) -> Traced:
        """The next received message called `name` that nobody has expected before; see `SipWire.expect`."""
        return await self.wire.expect(name, method=method, timeout_seconds=timeout_seconds)

    @property
    def _registrar(self) -> str:
        return f"sip:{self.server[0]}:{self.server[1]}"

    async def _send_register(self, expires: int, credentials: tuple[str, str] | None) -> SipResponse:
        host, port = self.wire.address
        self._register_cseq += 1
        who = f"<sip:{self.username}@{self.server[0]}>"
        headers = [
            ("Via", f"SIP/2.0/UDP {host}:{port};branch=z9hG4bK{secrets.token_hex(8)};rport"),
            ("Max-Forwards", "70"),
            ("From", f"{who};tag={self._register_tag}"),
            ("To", who),
            ("Call-ID", self._register_id),
            ("CSeq", f"{self._register_cseq} REGISTER"),
            ("Contact", f"<{self.contact}>"),
            ("Expires", str(expires)),
        ]
        if credentials is not None:
            headers.append(credentials)
        final: asyncio.Future[SipResponse] = asyncio.get_running_loop().create_future()

        def take(response: SipResponse | None) -> None:
            if final.done():
                return
            if response is None:
                final.set_exception(TimeoutError("the PBX did not answer REGISTER"))
            elif response.status >= 200:
                final.set_result(response)

        self.wire.send_request(SipRequest(tuple(headers), b"", "REGISTER", self._registrar), self.server, take)
        return await final

    def _take_request(self, request: SipRequest, peer: Address) -> None:
        call = self._by_call_id.get(request.call_id)
        if call is not None:
            call.take_request(request, peer)
        elif request.method == "INVITE" and not tag_of(request.header("to")):
            self._take_call(SipCall.received(self, request, peer))
        elif request.method != "ACK":
            known = request.method in {"OPTIONS", "NOTIFY"}
            status, phrase = (200, "OK") if known else (481, "Call/Transaction Does Not Exist")
            self.wire.send_response(respond(request, status, phrase, tag=secrets.token_hex(4)), peer)

    def _take_call(self, call: SipCall) -> None:
        self._keep(call)
        if self.behaviour is not None:
            task = asyncio.get_running_loop().create_task(_act(call, self.behaviour))
            self._acting.add(task)
            task.add_done_callback(self._acting.discard)
        self._incoming.put_nowait(call)

    def _keep(self, call: SipCall) -> None:
        self.calls.append(call)
        self._by_call_id[call.sip_call_id] = call


async def _act(call: SipCall, behaviour: Behaviour) -> None:
    """Do what the script says, and stop as soon as the call is over."""
    if not behaviour.silent:
        call.ring()
    if behaviour.reject_with is not None:
        if not await _over_within(call, behaviour.reject_after):
            call.reject(behaviour.reject_with)
        return
    if behaviour.answer_after is None or await _over_within(call, behaviour.answer_after):
        return
    await call.answer()
    if behaviour.press and not await _over_within(call, behaviour.press_after):
        await call.press(behaviour.press)
    if behaviour.hang_up_after is not None and not await _over_within(call, behaviour.hang_up_after):
        call.hang_up()


async def _over_within(call: SipCall, seconds: float) -> bool:
    try:
        await call.until_over(seconds)
    except TimeoutError:
        return False
    return True


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "surrogateescape")
