"""The lines to the carriers over the API: who sees them, what was refused, and that it is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from cti.audit.ledger import entries
from cti.errors import SwitchUnavailable

Ask = Callable[..., Awaitable[tuple[int, Any]]]


class Switch:
    """Asterisk's own store, as far as it is asked here."""

    def __init__(self, kept: dict[str, str]) -> None:
        self.kept = kept
        self.away = False

    async def db_tree(self, family: str) -> dict[str, str]:
        assert family == "ringward-trunk"
        if self.away:
            raise SwitchUnavailable("Asterisk is not connected")
        return dict(self.kept)

    async def db_del(self, family: str, key: str) -> None:
        del self.kept[key]


class Carrier(asyncio.DatagramProtocol):
    """A peer that answers every OPTIONS, as RFC 3261 wants."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.transport.sendto(b"SIP/2.0 200 OK\r\n\r\n", addr)


async def test_what_a_carrier_refused_is_seen_and_forgotten(house: Any, ask: Ask) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Carrier, local_addr=("127.0.0.1", 0))
    services = house.services
    port = transport.get_extra_info("sockname")[1]
    switch = Switch({"carrier": f"asserted!customer!403!{int(services.now().timestamp())}"})
    settings = services.settings.model_copy(update={"carrier_host": "127.0.0.1", "carrier_port": port})
    for name, part in (("settings", settings), ("switch", switch)):
        object.__setattr__(services, name, part)  # frozen for everybody but this test
    boss, root = await house.logged_in("boss"), await house.logged_in("root")
    _, [one] = await ask(boss, "GET", "/trunks")
    assert (one["trunk"], one["answers"], one["begins_with"]) == ("carrier", "200 OK", "asserted")
    assert one["asked_switch"] is True
    [fact] = one["learnt"]
    assert (fact["refused"], fact["status"], fact["withheld"]) == ("customer", 403, False)
    assert (await ask(boss, "POST", "/trunks/carrier/reset"))[0] == 403
    assert (await ask(root, "POST", "/trunks/nowhere/reset"))[0] == 404
    assert (await ask(root, "POST", "/trunks/carrier/reset"))[0] == 204
    transport.close()
    _, [one] = await ask(boss, "GET", "/trunks")
    assert (one["begins_with"], one["learnt"], one["answers"]) == ("customer", [], None)
    switch.away = True
    assert (await ask(boss, "GET", "/trunks"))[1][0]["asked_switch"] is False
    async with services.store.session() as session:
        [entry] = [kept.entry for kept in await entries(session, action="trunk.reset")]
    assert (entry.actor, entry.subject_id) == ("root", "carrier")
