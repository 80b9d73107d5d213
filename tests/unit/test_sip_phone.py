"""The simulated phone speaks SIP: two of them call each other, and one registers, all over real sockets."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from cti.errors import Refused
from cti.local import sip_message
from cti.local.sip_call import CallOver
from cti.local.sip_message import SipMalformed, SipRequest, SipResponse, digest, respond
from cti.local.sip_phone import Behaviour, SipPhone
from cti.local.sip_wire import Address, SipWire

INVITE = (
    b"INVITE sip:101@127.0.0.1 SIP/2.0\r\nv: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bKx\r\n"
    b'f: "\xff; <b>" <sip:0933000222@127.0.0.2>;tag=abc\r\nTo: <sip:101@127.0.0.1>\r\ni: one@two\r\n'
    b"CSeq: 7 INVITE\r\nX-Folded: first\r\n  second\r\nl: 4\r\n\r\nbody"
)


def test_a_request_is_read_in_compact_form_with_bytes_that_are_no_text() -> None:
    request = sip_message.parse(INVITE)
    assert isinstance(request, SipRequest)
    assert (request.method, request.uri, request.body) == ("INVITE", "sip:101@127.0.0.1", b"body")
    assert (request.call_id, request.cseq, request.branch) == ("one@two", (7, "INVITE"), "z9hG4bKx")
    assert request.header("x-folded") == "first second"
    sender = request.header("From")
    assert (sip_message.user_of(sender), sip_message.tag_of(sender)) == ("0933000222", "abc")
    assert sip_message.display_of(sender).encode("utf-8", "surrogateescape") == b"\xff; <b>"
    assert b"\xff" in request.encode()
    assert request.encode().endswith(b"Content-Length: 4\r\n\r\nbody")


@pytest.mark.parametrize(
    "datagram", [b"", b"\r\n\r\n", b"\x00\x01", b"INVITE sip:x\r\n\r\n", b"SIP/2.0 200 OK\r\nnone\r\n\r\n"]
)
def test_what_is_no_sip_is_refused(datagram: bytes) -> None:
    with pytest.raises(SipMalformed):
        sip_message.parse(datagram)


def test_a_response_answers_its_request() -> None:
    request = sip_message.parse(INVITE)
    assert isinstance(request, SipRequest)
    ringing = sip_message.parse(respond(request, 180, "Ringing", tag="us").encode())
    assert isinstance(ringing, SipResponse)
    assert (ringing.status, ringing.branch, ringing.cseq) == (180, "z9hG4bKx", (7, "INVITE"))
    assert sip_message.tag_of(ringing.header("to")) == "us"


def test_digest_is_what_the_rfc_computes() -> None:
    # RFC 2617, section 3.5
    challenge = {
        "realm": "testrealm@host.com",
        "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093",
        "qop": "auth,auth-int",
        "opaque": "5ccc069c403ebaf9f0171e9517f40e41",
    }
    value = digest(challenge, "Mufasa", "Circle Of Life", "GET", "/dir/index.html", "0a4f113b")
    assert 'response="6629fae49393a05397450978507c4ef1"' in value
    assert 'opaque="5ccc069c403ebaf9f0171e9517f40e41"' in value


@asynccontextmanager
async def pair(behaviour: Behaviour | None = None) -> AsyncIterator[tuple[SipPhone, SipPhone]]:
    async with (
        SipPhone("101", behaviour=behaviour) as callee,
        SipPhone("carrier", server=callee.wire.address) as caller,
    ):
        yield caller, callee


async def test_a_call_is_answered_spoken_in_and_hung_up() -> None:
    async with pair() as (caller, callee):
        call = await caller.place("101", number="0933000222", name='陳"太太\\')
        received = await callee.incoming()
        assert (received.presented, received.presented_name) == ("0933000222", '陳"太太\\')
        received.ring()
        await call.until_ringing()
        assert not call.answered
        await received.answer()
        await call.until_answered()
        await callee.expect("ACK")
        await call.press("1#")
        await received.until_heard()
        received.hang_up()
        await call.until_over()
        assert (call.over_by, received.over_by) == ("them", "us")
        await callee.expect("200", method="BYE")
        names = [one.message.name for one in callee.trace]
        assert names == ["INVITE", "100", "180", "200", "ACK", "BYE", "200"]
        times = [one.at for one in callee.trace]
        assert times == sorted(times)


async def test_a_caller_who_gives_up_cancels() -> None:
    async with pair(Behaviour()) as (caller, callee):
        call = await caller.place("101")
        await call.until_ringing()
        call.hang_up()
        await call.until_over()
        assert (call.status, call.over_by) == (487, "us")
        received = await callee.incoming()
        assert (received.over_by, received.answered) == ("them", False)
        await callee.expect("ACK")


async def test_a_wish_to_cancel_waits_for_the_first_sign_of_life() -> None:
    async with pair(Behaviour(silent=True)) as (caller, callee):
        call = await caller.place("101")
        call.hang_up()
        await call.until_over()
        await callee.expect("CANCEL")
        assert call.status == 487
        assert not call.ringing


@pytest.mark.parametrize("status", [486, 603, 404])
async def test_a_phone_refuses_as_it_is_told(status: int) -> None:
    async with pair(Behaviour(reject_with=status)) as (caller, _):
        call = await caller.place("101")
        with pytest.raises(CallOver) as caught:
            await call.until_answered()
        assert caught.value.status == status
        assert call.over_by == "them"


async def test_a_script_answers_presses_a_key_and_hangs_up() -> None:
    script = Behaviour(answer_after=0, press="1", press_after=0, hang_up_after=0)
    async with pair(script) as (caller, _callee):
        call = await caller.place("101")
        await call.until_answered()
        await call.until_heard()
        await call.until_over()
        assert call.packets_heard >= 1
        assert call.over_by == "them"


async def test_raw_bytes_of_a_hostile_sender_arrive_as_they_were_sent() -> None:
    hostile = b'"\xa4\xa4\xa4\xe5${EXTEN}&\xf0\x9f\x98\x80" <sip:0933;x@127.0.0.1>'
    async with pair() as (caller, callee):
        call = await caller.place("101", sender=hostile)
        invite = (await callee.expect("INVITE")).message
        assert invite.header("from").encode("utf-8", "surrogateescape").startswith(hostile)
        caller.wire.send_bytes(b"\x00nonsense", callee.wire.address)
        (await callee.incoming()).reject(603)
        await call.until_over()
        assert callee.wire.malformed == [b"\x00nonsense"]


async def test_what_is_expected_is_claimed_once_and_missing_it_shows_what_came() -> None:
    async with pair(Behaviour(reject_with=486)) as (caller, _):
        await caller.place("101")
        await caller.expect("486")
        with pytest.raises(TimeoutError, match="<- 486"):
            await caller.expect("486", timeout_seconds=0.01)


async def test_a_repeated_invite_rings_once() -> None:
    async with pair() as (caller, callee):
        call = await caller.place("101")
        received = await callee.incoming()
        sent = next(one.message for one in caller.trace if one.sent)
        caller.wire.send_bytes(sent.encode(), callee.wire.address)
        received.ring()
        await call.until_ringing()
        received.reject()
        await call.until_over()
        await callee.expect("ACK")
        assert [one.repeat for one in callee.trace if one.message.name == "INVITE"] == [False, True]
        assert len(callee.calls) == 1


class Registrar:
    """A registrar that wants a password, as a real UDP server."""

    def __init__(self, password: str) -> None:
        self.password = password
        self.nonce = secrets.token_hex(8)
        self.expires: list[str] = []
        self.wire = SipWire(self.take)

    def take(self, request: SipRequest, peer: Address) -> None:
        given = request.header("authorization")
        if not given:
            challenge = f'Digest realm="asterisk", nonce="{self.nonce}", qop="auth", algorithm=MD5'
            self.wire.send_response(
                respond(request, 401, "Unauthorized", extra=[("WWW-Authenticate", challenge)]), peer
            )
            return
        cnonce = given.partition('cnonce="')[2].partition('"')[0]
        asked = {"realm": "asterisk", "nonce": self.nonce, "qop": "auth"}
        right = digest(asked, "101", self.password, "REGISTER", request.uri, cnonce)
        fits = right.partition('response="')[2][:32] in given
        if fits:
            self.expires.append(request.header("expires"))
        status, phrase = (200, "OK") if fits else (403, "Forbidden")
        self.wire.send_response(respond(request, status, phrase), peer)


@pytest.fixture
async def registrar() -> AsyncIterator[Registrar]:
    one = Registrar("secret")
    await one.wire.open("127.0.0.1")
    yield one
    one.wire.close()


async def test_a_phone_registers_with_digest_and_leaves_when_it_is_put_away(registrar: Registrar) -> None:
    async with SipPhone("101", "secret", server=registrar.wire.address) as phone:
        await phone.register()
        assert registrar.expires == ["300"]
    assert registrar.expires == ["300", "0"]


async def test_a_wrong_password_is_refused(registrar: Registrar) -> None:
    async with SipPhone("101", "wrong", server=registrar.wire.address) as phone:
        with pytest.raises(Refused, match="403"):
            await phone.register()


async def test_a_taken_port_is_an_error(registrar: Registrar) -> None:
    host, port = registrar.wire.address
    with pytest.raises(OSError, match="in use"):
        await SipPhone(bind=host, port=port).open()


async def test_options_are_answered_and_strangers_are_told_so() -> None:
    async with SipPhone("101") as phone, SipPhone("x", server=phone.wire.address) as other:
        done: asyncio.Queue[SipResponse | None] = asyncio.Queue()
        for method in ("OPTIONS", "BYE"):
            headers = (
                ("Via", f"SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK{method}"),
                ("From", "<sip:x@y>;tag=1"),
                ("To", "<sip:101@z>"),
                ("Call-ID", method),
                ("CSeq", f"1 {method}"),
            )
            request = SipRequest(headers, b"", method, "sip:101@z")
            other.wire.send_request(request, phone.wire.address, done.put_nowait)
            response = await done.get()
            assert response is not None
            assert response.status == (200 if method == "OPTIONS" else 481)
