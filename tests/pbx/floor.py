"""The people around one test's calls: desk phones, mobiles behind the carrier, desktops, and the record afterwards.

Phones and desktops stand in one process and one event loop, so that their times compare. Knows no expectation.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TypeVar

import aiohttp

from cti.agents.people import set_agent
from cti.local.sip_call import SipCall
from cti.local.sip_phone import SipPhone
from tests.pbx.installation import DESK, Installation

Found = TypeVar("Found")

CODES = ("101", "102", "103", "104", "105", "106", "107", "108")
MAIN = "0255501000"
CHEN = "0933000222"
PATIENCE = 15.0
"""Seconds until something that should happen counts as missing, on a machine that has other work too."""
LONG = 45
"""A ring time in seconds that no test outlasts: who rings next does so for a reason, not because the time was over."""
PAUSE = 0.02
"""Between two looks at what tells nobody when it changes."""


def direct(code: str) -> str:
    """An agent's direct number, as it is dialled."""
    return f"0255501{code}"


def mobile(code: str) -> str:
    """An agent's mobile, as the carrier is offered it."""
    return f"0900000{code}"


@dataclass(frozen=True)
class Heard:
    """A message on a desktop. `at` is `time.monotonic()`."""

    at: float
    message: dict[str, Any]


class Desktop:
    """One browser's WebSocket. `messages` keeps everything; `snapshot` is the first."""

    def __init__(self, login: str, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.login = login
        self.messages: list[Heard] = []
        self._socket = socket
        self._taken: set[int] = set()
        self._moved = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    @property
    def snapshot(self) -> dict[str, Any]:
        """What the page showed first."""
        return self.messages[0].message

    @property
    def port(self) -> int:
        """This browser's own port."""
        return int(self._socket.get_extra_info("sockname")[1])

    async def expect(self, kind: str, /, *, seconds: float = PATIENCE, **fields: Any) -> dict[str, Any]:
        """The next message of this type, with these fields, that nobody has expected before."""
        try:
            async with asyncio.timeout(seconds), self._moved:
                while True:
                    for place, heard in enumerate(self.messages):
                        message = heard.message
                        if place in self._taken or message["type"] != kind:
                            continue
                        if all(message.get(name) == value for name, value in fields.items()):
                            self._taken.add(place)
                            return message
                    await self._moved.wait()
        except TimeoutError:
            seen = "\n".join(str(heard.message)[:200] for heard in self.messages)
            raise AssertionError(f"no {kind} {fields} on {self.login}'s desktop; seen:\n{seen}") from None

    def heard(self, *kinds: str) -> list[dict[str, Any]]:
        """Every message of these types so far."""
        return [heard.message for heard in self.messages if heard.message["type"] in kinds]

    async def close(self) -> None:
        """Leave, as a page that is shut."""
        await self._socket.close()
        await self._reading

    async def _read(self) -> None:
        async for frame in self._socket:
            at = time.monotonic()
            async with self._moved:
                self.messages.append(Heard(at, frame.json()))
                self._moved.notify_all()


class Carrier(SipPhone):
    """The far end of the trunk: places calls, and sorts the mobiles' calls by number."""

    def __init__(self, pbx: Installation, address: tuple[str, int] | None = None) -> None:
        host, port = address or pbx.carrier
        super().__init__("", server=pbx.sip, bind=host, port=port)
        self._rung: defaultdict[str, asyncio.Queue[SipCall]] = defaultdict(asyncio.Queue)
        self._sorting: asyncio.Task[None] | None = None

    async def open(self) -> None:
        await super().open()
        self._sorting = asyncio.create_task(self._sort())

    async def close(self) -> None:
        if self._sorting is not None:
            self._sorting.cancel()
            await asyncio.gather(self._sorting, return_exceptions=True)
        await super().close()

    async def rung(self, number: str, seconds: float = PATIENCE) -> SipCall:
        """The next call offered for this mobile."""
        async with asyncio.timeout(seconds):
            return await self._rung[number].get()

    async def _sort(self) -> None:
        while True:
            call = await self.incoming(3600)
            self._rung[call.dialled].put_nowait(call)


class Floor:
    """One test's phones and desktops around a running installation; all of them leave at the end."""

    def __init__(self, pbx: Installation) -> None:
        self.pbx = pbx
        self.carrier = Carrier(pbx)
        self.desks: dict[str, SipPhone] = {}
        self.opened = datetime.now(UTC)
        self._stack: AsyncExitStack
        self._web: aiohttp.ClientSession

    async def __aenter__(self) -> Floor:
        async with AsyncExitStack() as stack:
            self._web = await stack.enter_async_context(aiohttp.ClientSession())
            await stack.enter_async_context(self.carrier)
            await self.plugged_in(False, CODES)
            await self.everybody("offline", CODES)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    # Phones

    async def register(self, *codes: str) -> None:
        """Put these people's desk phones on the line, and wait until the daemon knows of them.

        Before their desktops: a person with a desktop counts as present whatever their phone does.
        """
        await self.plugged_in(False, codes)
        for code in codes:
            self.desks[code] = await self._stack.enter_async_context(self.phone(code))
            await self.desks[code].register()
        await self.plugged_in(True, codes)
        await self.everybody("available", codes)

    def phone(self, code: str) -> SipPhone:
        """This person's desk phone, not yet plugged in."""
        return SipPhone(code, self.pbx.secrets.phones[code], server=self.pbx.sip)

    async def rung(self, code: str, seconds: float = PATIENCE) -> SipCall:
        """The next call on this person's desk phone, ringing."""
        call = await self.offered(code, seconds)
        call.ring()
        return call

    async def offered(self, code: str, seconds: float = PATIENCE) -> SipCall:
        """The next call on this person's desk phone, which has not said anything yet."""
        return await self.desks[code].incoming(seconds)

    async def mobile_rung(self, code: str, seconds: float = PATIENCE) -> SipCall:
        """The next call on this person's mobile, ringing."""
        call = await self.carrier.rung(mobile(code), seconds)
        call.ring()
        return call

    async def call(self, number: str, to: str = MAIN, name: str | bytes = "") -> SipCall:
        """Somebody out there calls the firm."""
        return await self.carrier.place(to, number=number, name=name)

    async def dial(self, code: str, number: str) -> SipCall:
        """This person dials a number on their desk phone."""
        return await self.desks[code].place(number)

    async def bridged(self, conversations: int = 1) -> None:
        """Wait until the switch has connected two parties in so many conversations: what is answered is so at once."""

        async def so() -> bool:
            rows = (await self.pbx.cli("bridge show all")).splitlines()
            return sum(row.split()[-4] == "2" for row in rows if len(row.split()) > 4) == conversations

        await until(so, f"{conversations} conversations")

    def is_ours(self, record: dict[str, Any]) -> bool:
        """Whether a recorded call is of this test."""
        return _instant(record["started"]) >= self.opened

    def invited_at(self, call: SipCall) -> float:
        """When this call's first INVITE came, or went, on the monotonic clock."""
        lines: Iterable[SipPhone] = (self.carrier, *self.desks.values())
        times = [
            one.at
            for line in lines
            for one in line.trace
            if one.message.name == "INVITE" and one.message.call_id == call.sip_call_id
        ]
        return min(times)

    # Desktops and the API

    async def desktop(self, login: str) -> Desktop:
        """Log in and open the desktop; returns once its snapshot is there."""
        password = next(one["password"] for one in self.pbx.description["web"]["users"] if one["login"] == login)
        session = await self.post("/session", {"login": login, "password": password})
        bearer = {"Authorization": f"Bearer {session['token']}"}
        socket = await self._web.ws_connect(f"{self.pbx.url}/ws/desktop", headers=bearer)
        desktop = Desktop(login, socket)
        self._stack.push_async_callback(desktop.close)
        await desktop.expect("snapshot")
        return desktop

    async def desktops(self, *logins: str) -> tuple[Desktop, ...]:
        """Several people's desktops."""
        return tuple(await asyncio.gather(*(self.desktop(login) for login in logins)))

    async def get(self, path: str) -> Any:
        """Ask the API as administrator."""
        headers = {"Authorization": f"Bearer {self.pbx.secrets.api_token}"}
        async with self._web.get(f"{self.pbx.url}/api/v1{path}", headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def post(self, path: str, body: dict[str, Any], *, token: str = "") -> Any:
        """Tell the API something; as nobody in particular unless there is a token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self._web.post(f"{self.pbx.url}/api/v1{path}", json=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def owed(self, number: str | None) -> dict[str, Any] | None:
        """The open promise to this number, if there is one."""
        return next((one for one in await self.get("/promises?limit=500") if one["number"] == number), None)

    async def no_longer_owed(self, promise: dict[str, Any]) -> None:
        """Close it by hand."""
        await self.post(f"/promises/{promise['id']}/close", {"reason": "a test"}, token=self.pbx.secrets.api_token)

    async def ask(self, login: str, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Ask the API as this person; the status and what it answered, whatever it is."""
        password = next(one["password"] for one in self.pbx.description["web"]["users"] if one["login"] == login)
        session = await self.post("/session", {"login": login, "password": password})
        headers = {"Authorization": f"Bearer {session['token']}"}
        async with self._web.request(method, f"{self.pbx.url}/api/v1{path}", json=body, headers=headers) as answer:
            return answer.status, await answer.json() if answer.content_type == "application/json" else None

    async def be(self, login: str, presence: str) -> None:
        """Set a person's presence as their page does."""
        password = next(one["password"] for one in self.pbx.description["web"]["users"] if one["login"] == login)
        session = await self.post("/session", {"login": login, "password": password})
        async with self._web.patch(
            f"{self.pbx.url}/api/v1/agents/me",
            json={"presence": presence},
            headers={"Authorization": f"Bearer {session['token']}"},
        ) as answer:
            assert answer.status == 204, await answer.text()

    async def kept(self, code: str, *parts: str) -> None:
        """Wait until the chain that Asterisk keeps for this person contains all of `parts`.

        It follows the directory in the daemon's memory, so live calls are routed that way too.
        """

        async def there() -> bool:
            line = await self.pbx.cli(f"database get ringward-chain {code}")
            return all(part in line for part in parts)

        await until(there, f"a kept chain of {code} with {parts}")

    async def kept_number(self, number: str, part: str) -> None:
        """Wait until the plan that Asterisk keeps for a group's or a service's number contains `part`."""

        async def there() -> bool:
            return part in await self.pbx.cli(f"database get ringward-number {number}")

        await until(there, f"a kept plan of {number} with {part}")

    @asynccontextmanager
    async def ringing_long(self, *codes: str) -> AsyncIterator[None]:
        """Within it these people's phones ring for `LONG`, each; afterwards routing is as it was before."""
        async with self.pbx.routing_as_before():
            async with self.pbx.database() as store, store.transaction() as session:
                for code in codes:
                    await set_agent(session, code, desk_seconds=LONG, mobile_seconds=LONG, deputy_seconds=LONG)
            for code in codes:
                await self.kept(code, f"~desk!{LONG}!d:{code}:")
            yield
        for code in codes:
            await self.kept(code, f"~desk!{DESK}!d:{code}:")

    async def dnd_kept(self, code: str, on: bool) -> None:
        """Wait until Asterisk's own copy says whether this person is not to be disturbed."""

        async def so() -> bool:
            return ("Value: 1" in await self.pbx.cli(f"database get ringward-dnd {code}")) is on

        await until(so, f"do-not-disturb of {code} kept as {on}")

    async def record(self, caller: str, to: str | None = None) -> dict[str, Any]:
        """The finished record of this test's latest call from `caller` (E.164, or as presented), by the API."""

        async def ended() -> dict[str, Any] | None:
            for call in await self.get("/calls?limit=100"):
                who = call["caller"]["e164"] or call["caller"]["raw"]
                if who == caller and to in {None, call["dialled"]} and _instant(call["started"]) >= self.opened:
                    over = call["ended"] and all(leg["ended"] and leg["reason"] for leg in call["legs"])
                    return dict(call) if over else None
            return None

        return await until(ended, f"a finished record of {caller}'s call")

    async def shown(self, caller: str, to: str | None = None) -> dict[str, Any]:
        """The same by `ringward call show LINKEDID --json`, once the database agrees with the API."""
        linkedid = (await self.record(caller, to))["linkedid"]

        async def agreed() -> dict[str, Any] | None:
            shown = await self.pbx.show(linkedid)
            # The last facts of a call come some milliseconds after its end.
            live = await self.get(f"/calls/{linkedid}")
            return shown if shown["ended"] and shown["legs"] == live["legs"] else None

        return await until(agreed, f"a record of {linkedid} that database and API agree on")

    async def plugged_in(self, so: bool, codes: Iterable[str]) -> None:
        """Wait until the daemon has heard that these people's desk phones are registered, or are not.

        It has to hear of a phone that goes to notice that it comes back: who closed a page has left until then.
        """

        async def heard() -> bool:
            phones = {one["code"]: one["phone"] for one in await self.get("/agents")}
            late[:] = [code for code in codes if phones.get(code, so) is not so]
            return not late

        late: list[str] = []
        try:
            await until(heard, f"{', '.join(codes)}'s phones {'on' if so else 'off'} the line")
        except AssertionError as error:
            contacts = await self.pbx.cli("pjsip show contacts")
            raise AssertionError(f"{error}; late are {', '.join(late)}, and Asterisk has\n{contacts}") from None

    async def everybody(self, state: str, codes: Iterable[str]) -> None:
        """Wait until the daemon takes all of them for `offline` (or `available`: a phone is registered)."""

        async def all_so() -> bool:
            states = {one["code"]: one["state"] for one in await self.get("/agents")}
            seen.update(states)
            # Somebody who has just come back is on the list a moment later.
            return all(states.get(code) == state for code in codes)

        seen: dict[str, str] = {}
        try:
            await until(all_so, f"{', '.join(codes)} {state}")
        except AssertionError as error:
            raise AssertionError(f"{error}; they are {seen}") from None


async def until(look: Callable[[], Awaitable[Found | None]], what: str, seconds: float = PATIENCE) -> Found:
    """What `look` finds, looked for again and again: for what nobody announces."""
    deadline = time.monotonic() + seconds
    while not (found := await look()):
        assert time.monotonic() < deadline, f"there was not within {seconds:g} s: {what}"
        await asyncio.sleep(PAUSE)
    return found


def outline(record: dict[str, Any]) -> list[str]:
    """A record's legs as a person would tell them: `mobile 101 not_accepted`, `deputy 102 mobile answered`."""
    return [_leg(leg) for leg in record["legs"]]


def _leg(leg: dict[str, Any]) -> str:
    carried = leg["endpoint"].endswith("@carrier")
    device = " mobile" if carried and leg["kind"] not in {"mobile", "outbound"} else ""
    return f"{leg['kind']} {leg['agent']}{device} {leg['reason']}"


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
