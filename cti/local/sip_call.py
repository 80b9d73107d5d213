"""One call of a simulated phone, placed or received: everything a person could do with the receiver.

Must not know scripts, registrations or the PBX's dial plan.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from typing import Protocol
from urllib.parse import quote

from cti.local.sip_dialogue import Dialogue, cancel_of
from cti.local.sip_media import MediaEnd
from cti.local.sip_message import (
    Media,
    SipRequest,
    SipResponse,
    challenge_of,
    describe_session,
    digest,
    display_of,
    read_session,
    respond,
    tag_of,
    uri_of,
    user_of,
)
from cti.local.sip_wire import Address, SipWire

PHRASES = {
    100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 403: "Forbidden", 404: "Not Found",
    433: "Anonymity Disallowed", 480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist", 486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here",
    500: "Server Internal Error", 503: "Service Unavailable", 600: "Busy Everywhere", 603: "Decline",
}  # fmt: skip


class CallOver(Exception):
    """What was waited for will not happen: the call is over. `status` is the last SIP status, if any."""

    def __init__(self, what: str, status: int | None) -> None:
        super().__init__(f"the call ended (status {status}) before it was {what}")
        self.status = status


class Line(Protocol):
    """What a call needs of the phone it is on."""

    wire: SipWire
    server: Address
    username: str
    password: str

    @property
    def contact(self) -> str: ...


class SipCall:
    """A call on a phone. `status` is the last SIP status of its INVITE; `over_by` `us`, `them` or None while it lives.

    `presented` and `presented_name` are the number and the name that the far end showed (a received call's From).
    `referred` is the last status of a transfer that was asked for here.
    """

    def __init__(self, line: Line, dialogue: Dialogue, invite: SipRequest | None = None) -> None:
        self._line = line
        self._dialogue = dialogue
        self._invite = invite
        self._sent_invite: SipRequest | None = None
        self._our_tag = secrets.token_hex(6)
        self._media = MediaEnd()
        self._media_port = 0
        self._their_media: Media | None = None
        self._moved = asyncio.Event()
        self._cancel_wanted = False
        self._asks_to_hold = False
        self._tried_password = False
        self._acknowledged = False
        self._more_headers: tuple[tuple[str, str], ...] = ()
        self.outgoing = invite is None
        self.status: int | None = None
        self.ringing = False
        self.answered = False
        self.over_by: str | None = None
        self.referred: int | None = None
        sender = invite.header("from") if invite is not None else ""
        self.presented, self.presented_name = user_of(sender), display_of(sender)
        self.dialled = user_of(invite.uri) if invite is not None else user_of(dialogue.target)

    @classmethod
    def received(cls, line: Line, invite: SipRequest, peer: Address) -> SipCall:
        """The call that a received INVITE offers. It says `100 Trying` and waits."""
        contact = invite.header("contact")
        target = uri_of(contact) if contact else uri_of(invite.header("from"))
        call = cls(line, Dialogue(invite.call_id, invite.header("to"), invite.header("from"), target, peer, 0), invite)
        call._dialogue.us = f"{invite.header('to')};tag={call._our_tag}"
        call._their_media = read_session(invite.body)
        call._respond(100)
        return call

    @classmethod
    async def place(cls, line: Line, target: str, sender: str, headers: tuple[tuple[str, str], ...] = ()) -> SipCall:
        """Send an INVITE for the URI `target` with `sender` as the From value (without a tag), and more headers."""
        host = line.wire.address[0]
        call = cls(line, Dialogue(f"{secrets.token_hex(10)}@{host}", "", f"<{target}>", target, line.server))
        call._dialogue.us = f"{sender};tag={call._our_tag}"
        call._more_headers = headers
        call._media_port = await call._media.open(host)
        call._send_invite()
        return call

    @property
    def sip_call_id(self) -> str:
        """SIP's Call-ID."""
        return self._dialogue.sip_call_id

    @property
    def over(self) -> bool:
        """Whether the call has ended, however."""
        return self.over_by is not None

    def told(self, header: str) -> list[str]:
        """What the INVITE of a received call says under `header`, in order; empty when it says nothing."""
        return self._invite.all_headers(header) if self._invite is not None else []

    @property
    def told_in_all(self) -> str:
        """Every header of a received call's INVITE as text: to look for what must not stand in any."""
        return "\n".join(f"{name}: {value}" for name, value in self._invite.headers) if self._invite else ""

    @property
    def packets_heard(self) -> int:
        """RTP packets heard so far."""
        return self._media.packets

    async def until_ringing(self, timeout_seconds: float = 10.0) -> None:
        """Wait for 180. Raises CallOver or TimeoutError."""
        await self._until(lambda: self.ringing or self.answered, "ringing", timeout_seconds)

    async def until_answered(self, timeout_seconds: float = 60.0) -> None:
        """Wait for 200. Raises CallOver or TimeoutError."""
        await self._until(lambda: self.answered, "answered", timeout_seconds)

    async def until_acknowledged(self, timeout_seconds: float = 10.0) -> None:
        """Wait until the far end knows that we picked up. Raises CallOver or TimeoutError."""
        await self._until(lambda: self._acknowledged, "acknowledged", timeout_seconds)

    async def until_over(self, timeout_seconds: float = 60.0) -> None:
        """Wait for the end. Raises TimeoutError."""
        await self._until(lambda: self.over, "over", timeout_seconds)

    async def until_heard(self, timeout_seconds: float = 10.0) -> None:
        """Wait for the first RTP packet: somebody, or a prompt, is speaking. Raises TimeoutError."""
        async with asyncio.timeout(timeout_seconds):
            await self._media.heard.wait()

    def ring(self) -> None:
        """Say that it rings."""
        self._respond(180)

    async def answer(self) -> None:
        """Pick up."""
        if self._invite is None or self.over or self.answered:
            return
        if not self._media_port:
            self._media_port = await self._media.open(self._line.wire.address[0])
        if not self.over:  # it may have been cancelled while the port was opened
            self._respond(200, self._session())

    def reject(self, status: int = 486, phrase: str = "") -> None:
        """Refuse a received call with any final status of 300 and more, in other words than the usual if given."""
        if not self.over and not self.answered:
            self._respond(status, phrase=phrase)
            self._end("us")

    def keep_sound(self) -> bytearray:
        """Keep what is heard from now on: mu-law, growing as it comes."""
        self._media.kept = bytearray()
        return self._media.kept

    async def say(self, sound: bytes) -> None:
        """Speak into an answered call: mu-law, 8,000 bytes a second. Raises ValueError when nobody listens."""
        if self._their_media is None:
            raise ValueError("nothing can be said before the other side has said where it listens")
        await self._media.say(sound, self._their_media)

    async def press(self, digits: str) -> None:
        """Press keys in an answered call. Raises ValueError when the other side takes none."""
        if self._their_media is None:
            raise ValueError("no key can be pressed before the other side has said where it listens")
        await self._media.press(digits, self._their_media)

    def transfer(self, to: str, replacing: SipCall | None = None) -> None:
        """Hand the far end on (REFER, RFC 3515): to what `to` names, or to the far end of another call of this phone.

        `referred` tells what the PBX made of it; a call that was handed on is hung up as soon as that is done.
        """
        target = f"sip:{to}@{self._line.server[0]}:{self._line.server[1]}"
        if replacing is not None:
            target += f"?Replaces={quote(replacing.named_for_replacing, safe='')}"
        self.referred = None
        extra = [("Contact", f"<{self._line.contact}>"), ("Refer-To", f"<{target}>")]
        extra.append(("Referred-By", f"<{self._line.contact}>"))
        self._dialogue.cseq += 1
        request = self._dialogue.build(self._line.wire.address, "REFER", extra)
        self._line.wire.send_request(request, self._dialogue.peer, self._take_refer_response)

    def hold(self, *, on: bool = True) -> None:
        """Put the far end on hold, or take it back: a re-INVITE whose sound goes one way (RFC 3264, 8.4)."""
        session = self._session()
        self._dialogue.cseq += 1
        extra = [("Contact", f"<{self._line.contact}>"), ("Content-Type", "application/sdp")]
        session = session.replace(b"a=sendrecv", b"a=sendonly") if on else session
        self._sent_invite = self._dialogue.build(self._line.wire.address, "INVITE", extra, session)
        self._asks_to_hold = True
        self._line.wire.send_request(self._sent_invite, self._dialogue.peer, self._take_hold_response)

    async def until_hold_answered(self, timeout_seconds: float = 10.0) -> None:
        """Wait until the far end has answered `hold`: before that no other re-INVITE may be sent (RFC 3261, 14.1)."""
        async with asyncio.timeout(timeout_seconds):
            while self._asks_to_hold and not self.over:
                await self._moved.wait()

    def _take_hold_response(self, response: SipResponse | None) -> None:
        if response is not None and response.status < 200:
            return
        if response is not None and response.status < 300:
            self._acknowledge(response)
        self._asks_to_hold = False
        self._wake()

    async def until_referred(self, timeout_seconds: float = 10.0) -> int:
        """Wait for the end of a transfer; its final status, 200 when it was done. Raises TimeoutError.

        A PBX may hang up at once instead of telling how it goes on: then it was done.
        """
        async with asyncio.timeout(timeout_seconds):
            while not self.over and (self.referred is None or self.referred < 200):
                await self._moved.wait()
            return self.referred if self.referred is not None and self.referred >= 200 else 200

    @property
    def named_for_replacing(self) -> str:
        """How another call's REFER names this one (RFC 3891): the tags as the far end has them."""
        ours, theirs = tag_of(self._dialogue.us), tag_of(self._dialogue.them)
        return f"{self.sip_call_id};to-tag={theirs};from-tag={ours}"

    def hang_up(self) -> None:
        """Put the receiver down: CANCEL, BYE, or a refusal, whichever the moment asks for."""
        if self.over:
            return
        if self.answered:
            self._request("BYE")
            self._end("us")
        elif self._invite is not None:
            self.reject(480)
        else:
            self._cancel_wanted = True
            if self.status is not None:
                self._send_cancel()

    def take_request(self, request: SipRequest, peer: Address) -> None:
        """A request within this call."""
        wire = self._line.wire
        tag = self._our_tag
        if request.method == "ACK":
            self._acknowledged = True
            self._wake()
            return
        if request.method == "CANCEL":
            wire.send_response(respond(request, 200, "OK", tag=tag), peer)
            if not self.answered and not self.over:
                self._respond(487)
                self._end("them")
            return
        if request.method == "NOTIFY":
            self._take_progress(request.body)
        session = self._session() if request.method in {"INVITE", "UPDATE"} and request.body else b""
        if session:
            self._their_media = read_session(request.body) or self._their_media
        extra = [("Contact", f"<{self._line.contact}>")]
        wire.send_response(respond(request, 200, "OK", tag=tag, extra=extra, body=session), peer)
        if request.method == "BYE":
            self._end("them")

    def _take_refer_response(self, response: SipResponse | None) -> None:
        status = 408 if response is None else response.status
        if status >= 300:
            self.referred = status
            self._wake()

    def _take_progress(self, body: bytes) -> None:
        """What became of our REFER, told as the first line of a SIP response (RFC 3515, 2.4.5)."""
        found = re.match(rb"SIP/2\.0 (\d{3})", body)
        if found is None:
            return
        self.referred = int(found[1])
        self._wake()
        if self.referred == 200:
            self.hang_up()

    def close(self) -> None:
        """Give the sound's port back; nothing is sent."""
        self._media.close()

    def _session(self) -> bytes:
        return describe_session(self._line.wire.address[0], self._media_port, self._media_port)

    def _respond(self, status: int, body: bytes = b"", phrase: str = "") -> None:
        assert self._invite is not None, "only a received call is responded to"
        extra = [("Contact", f"<{self._line.contact}>"), ("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, NOTIFY")]
        response = respond(
            self._invite,
            status,
            phrase or PHRASES.get(status, "Refused"),
            tag=self._our_tag,
            extra=extra,
            body=body,
        )
        self._line.wire.send_response(response, self._dialogue.peer)
        self._move(status)

    def _send_invite(self, credentials: tuple[str, str] | None = None) -> None:
        extra = [("Contact", f"<{self._line.contact}>"), ("Content-Type", "application/sdp"), *self._more_headers]
        if credentials is not None:
            extra.append(credentials)
        self._sent_invite = self._dialogue.build(self._line.wire.address, "INVITE", extra, self._session())
        self._line.wire.send_request(self._sent_invite, self._dialogue.peer, self._take_invite_response)

    def _take_invite_response(self, response: SipResponse | None) -> None:
        if response is None:
            self.status = 408
            self._end("them")
            return
        if response.status in {401, 407} and self._answer_challenge(response):
            return
        if 200 <= response.status < 300:
            self._acknowledge(response)
        elif response.status < 200 and response.body:
            self._their_media = read_session(response.body) or self._their_media  # early media: keys may be pressed
        self._move(response.status)
        if response.status >= 300:
            self._end("us" if self._cancel_wanted else "them")
        elif self._cancel_wanted:
            if self.answered:
                self.hang_up()  # the answer crossed our wish to cancel
            else:
                self._send_cancel()

    def _answer_challenge(self, response: SipResponse) -> bool:
        challenge = challenge_of(response)
        if challenge is None or self._tried_password or not self._line.password:
            return False
        self._tried_password = True
        header, parameters = challenge
        self._dialogue.cseq += 1
        line = self._line
        value = digest(parameters, line.username, line.password, "INVITE", self._dialogue.target, secrets.token_hex(8))
        self._send_invite((header, value))
        return True

    def _acknowledge(self, response: SipResponse) -> None:
        assert self._sent_invite is not None, "a response came to an INVITE that was sent"
        self._dialogue.them = response.header("to")
        contact = response.header("contact")
        self._dialogue.target = uri_of(contact) if contact else self._dialogue.target
        self._their_media = read_session(response.body)
        ack = self._dialogue.build(self._line.wire.address, "ACK")
        self._line.wire.send_ack(ack, self._dialogue.peer, self._sent_invite.branch)

    def _send_cancel(self) -> None:
        invite = self._sent_invite
        assert invite is not None, "only a placed call is cancelled"
        self._cancel_wanted = True
        cancel = cancel_of(invite)
        self._line.wire.send_request(cancel, self._dialogue.peer, lambda _response: None)

    def _request(self, method: str) -> None:
        self._dialogue.cseq += 1
        self._line.wire.send_request(
            self._dialogue.build(self._line.wire.address, method), self._dialogue.peer, lambda _response: None
        )

    def _move(self, status: int) -> None:
        self.status = status
        self.ringing = self.ringing or status == 180
        self.answered = self.answered or 200 <= status < 300
        self._wake()

    def _end(self, by: str) -> None:
        if self.over_by is None:
            self.over_by = by
            self._media.close()
            self._wake()

    def _wake(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def _until(self, reached: Callable[[], bool], what: str, timeout_seconds: float) -> None:
        async with asyncio.timeout(timeout_seconds):
            while not reached():
                if self.over:
                    raise CallOver(what, self.status)
                await self._moved.wait()
