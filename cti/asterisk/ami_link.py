"""One AMI connection: panoramisk's framing and message parsing, with its faults on one connection mended.

Mended here: characters cut by a TCP segment, line ends in values, actions kept for a later connection, buffers without
a bound. What spans connections (staying connected, knowing whether we are) is `ami.AmiClient`'s. Knows no action.
"""

from __future__ import annotations

import asyncio
import codecs
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from cti.errors import Invalid, SwitchUnavailable

log = structlog.get_logger(__name__)

LONGEST_LINE = 1_022
"""Asterisk's buffer for one line of an action is 1,025 bytes; it answers "line too long" to more (seen on 22.10.1)."""

MOST_WAITING = 1_048_576
"""Bytes of one unfinished message, or unsent ones: a peer that gets there is not speaking AMI, or not reading it."""

IN_A_ROW = 500
"""Messages of a long list that are read before calls have their turn: about a millisecond."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}\Z")
_OWN = frozenset({"action", "actionid", "commandid"})

Fields = str | int | Sequence[str]


@dataclass(frozen=True, slots=True)
class AmiReply:
    """What Asterisk answered. `fields` has the response's own headers, `events` the list that followed it, if any."""

    response: str
    message: str
    fields: dict[str, str]
    events: tuple[dict[str, str], ...] = ()

    @property
    def ok(self) -> bool:
        """Asterisk carried it out, or took it on."""
        return self.response in {"Success", "Goodbye", "Follows"}


class _Action(Action):  # type: ignore[misc]
    """An action that is answered by one response, or by one and the list that it announces: nothing is guessed."""

    @property
    def multi(self) -> bool:
        return str(self.responses[0].get("EventList", "")).lower() == "start"

    @property
    def completed(self) -> bool:
        return not self.multi or str(self.responses[-1].get("EventList", "")).lower() in {"complete", "cancelled"}

    def add_message(self, message: Message) -> bool:
        if not self.responses and "response" not in message:
            return False  # an event of our action that overtook its response
        return bool(super().add_message(message))


class AmiLink(AMIProtocol):  # type: ignore[misc]
    """One connection, from its banner to its end. `lost` is done when it is over."""

    def __init__(self, on_event: Callable[[str, dict[str, str]], None]) -> None:
        self.encoding = "utf8"
        self.closed = False
        self.heard = 0
        """Segments that came: who sends a long list is not mute, though an answer behind it takes its time."""
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.responses: dict[str, Any] = {}
        self._on_event = on_event
        # panoramisk decodes each segment on its own and drops what it cannot read: 王小明, cut in two, becomes 王明.
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    @classmethod
    async def open(cls, host: str, port: int, on_event: Callable[[str, dict[str, str]], None]) -> AmiLink:
        """Connect. Raises OSError."""
        _, link = await asyncio.get_running_loop().create_connection(lambda: cls(on_event), host, port)
        return link

    # ---- what panoramisk calls

    def connection_made(self, transport: asyncio.Transport) -> None:
        """The socket is open."""
        super().connection_made(transport)
        self.factory = self

    def data_received(self, data: bytes) -> None:
        """Whole characters go on; the rest of a cut one waits for its other half."""
        self.heard += 1
        super().data_received(self._decoder.decode(data).encode())
        if self.queue and len(self.queue[0]) > MOST_WAITING:
            log.error("ami.message_too_long", bytes=len(self.queue[0]))
            self.close()

    def handle_message(self, message: Message) -> None:
        """A response goes to its action, an event to whoever listens. `Shutdown` needs nothing: the end follows it."""
        action = self.responses.get(message.id)
        if action is not None:
            if action.add_message(message):
                self.responses.pop(action.id, None)
        elif "event" in message:
            self._on_event(str(message["event"]), _flat(message))

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed."""
        self.close()

    def close(self) -> None:
        """End the connection and fail what waits: nothing is kept to be sent again, a customer is not called twice."""
        if not self.closed:
            self.closed = True
            self.transport.abort()
        waiting, self.responses = self.responses, {}
        for action in waiting.values():
            if not action.future.done():
                action.future.set_exception(
                    SwitchUnavailable(f"Asterisk went away before it answered {action['action']}; it is not sent again")
                )
                # Who gave up waiting has been told another way already.
                action.future.exception()
        if not self.lost.done():
            self.lost.set_result(None)

    # ---- what the client calls

    async def ask(self, action: str, fields: dict[str, Fields], seconds: float) -> AmiReply:
        """Send one action and wait for its whole answer, as long as no `seconds` pass without more of it.

        Raises:
            Invalid: a name or value would be more than one line, or longer than Asterisk reads.
            SwitchUnavailable: the connection ended, or no answer came in time.
        """
        headers = {"Action": action, **checked(action, fields)}
        if self.closed or self.transport.is_closing():
            raise SwitchUnavailable("The connection to Asterisk's AMI is closed")
        if self.transport.get_write_buffer_size() > MOST_WAITING:
            raise SwitchUnavailable("Asterisk does not read what it is sent over AMI")
        sent = _Action(headers)
        self.send(sent)
        try:
            had = -1
            while not sent.future.done():
                if len(sent.responses) == had:
                    raise SwitchUnavailable(f"Asterisk did not answer {action} within {seconds:g} s")
                had = len(sent.responses)
                await asyncio.wait([sent.future], timeout=seconds)
            answer = sent.future.result()
        finally:
            self.responses.pop(sent.id, None)
        first, *listed = answer if isinstance(answer, list) else [answer]
        events: list[dict[str, str]] = []
        for event in listed:
            if len(events) % IN_A_ROW == IN_A_ROW - 1:
                await asyncio.sleep(0)
            events.append(_flat(event))
        return AmiReply(str(first.response), str(first.message), _flat(first), tuple(events))


def checked(action: str, fields: dict[str, Fields]) -> dict[str, Fields]:
    """The fields, each fit to be one line of an action.

    Raises:
        Invalid: names the field.
    """
    for name, value in {"Action": action, **fields}.items():
        if not _NAME.match(name) or (name.lower() in _OWN and name != "Action"):
            raise Invalid(f"{name!r} cannot be a field of an AMI action")
        for text in [str(value)] if isinstance(value, (str, int)) else value:
            if any(character in text for character in "\r\n\0"):
                raise Invalid(f"{name} of {action} holds a line end: that would be another action")
            try:
                size = len(f"{name}: {text}".encode())
            except UnicodeEncodeError as error:
                raise Invalid(f"{name} of {action} holds a character that UTF-8 does not have") from error
            if size > LONGEST_LINE:
                raise Invalid(f"{name} of {action} makes a line of {size} bytes; AMI reads at most {LONGEST_LINE}")
    return fields


def _flat(message: Message) -> dict[str, str]:
    """Headers as text; one that came several times is joined by line ends."""
    return {
        key: "\n".join(value) if isinstance(value, list) else str(value)
        for key, value in message.items()
        if key != "content"
    }
