"""A firm with two carriers: what the first does not carry goes over the second within the same step, and only that."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.pbx.floor import Carrier, Floor, direct, mobile, outline, until

pytestmark = pytest.mark.pbx

SECOND = "127.0.0.5"
CALLER, E164 = "0922000901", "+886922000901"
AWAY = "0933000901"


@pytest_asyncio.fixture
async def backup(floor: Floor) -> AsyncIterator[Carrier]:
    """The second carrier, to which calls abroad and 103's mobile go first; as before once the test is over."""
    file = floor.pbx.home / "ringward.toml"
    before = file.read_text()
    async with Carrier(floor.pbx, (SECOND, 0)) as far_end:
        host, port = far_end.wire.address
        numbers = json.dumps(["002", mobile("103")])
        file.write_text(f'{before}\n[trunks.backup]\nhost = "{host}"\nport = {port}\nnumbers = {numbers}\n')
        try:
            await floor.pbx.ringward("phone", "apply")
            await reached(floor, "backup", True)
            await reached(floor, "carrier", True)
            yield far_end
        finally:
            file.write_text(before)
            await floor.pbx.ringward("phone", "apply")


async def reached(floor: Floor, trunk: str, yes: bool) -> None:
    """Wait until Asterisk knows whether this carrier answers."""
    await floor.pbx.cli(f"pjsip qualify {trunk}")

    async def so() -> bool:
        return ("Unavail" not in await floor.pbx.cli(f"pjsip show endpoint {trunk}")) is yes

    await until(so, f"trunk {trunk} known as {'there' if yes else 'gone'}")


async def test_what_the_first_cannot_carry_goes_over_the_second(floor: Floor, backup: Carrier) -> None:
    await floor.register("102")
    caller = await floor.call(CALLER, to=direct("101"))
    (await floor.carrier.rung(mobile("101"))).reject(503)
    phone = await backup.rung(mobile("101"))
    assert phone.presented == CALLER
    phone.ring()
    await phone.answer()
    await phone.until_heard()
    assert not caller.answered
    await phone.press("1")
    await caller.until_answered()
    caller.hang_up()
    await phone.until_over()
    record = await floor.shown(E164)
    assert outline(record) == ["desk 101 offline", "mobile 101 trunk_error", "mobile 101 answered"]
    ways = [leg["endpoint"].partition("@")[2] for leg in record["legs"][1:]]
    assert ways == ["carrier", "backup"]
    assert not floor.desks["102"].calls


async def test_what_a_person_says_is_said_on_the_first(floor: Floor, backup: Carrier) -> None:
    await floor.register("102")
    caller = await floor.call(CALLER, to=direct("101"))
    phone = await floor.mobile_rung("101")
    phone.reject(486)
    deputy = await floor.rung("102")
    assert not backup.calls
    caller.hang_up()
    await deputy.until_over()
    assert outline(await floor.record(E164))[:2] == ["desk 101 offline", "mobile 101 busy"]


async def test_neither_carries_it(floor: Floor, backup: Carrier) -> None:
    await floor.register("102")
    caller = await floor.call(CALLER, to=direct("101"))
    (await floor.carrier.rung(mobile("101"))).reject(503)
    (await backup.rung(mobile("101"))).reject(500)
    deputy = await floor.rung("102")
    caller.hang_up()
    await deputy.until_over()
    legs = outline(await floor.record(E164))
    assert legs[:3] == ["desk 101 offline", "mobile 101 trunk_error", "mobile 101 trunk_error"]


async def test_numbers_that_go_over_the_second_first(floor: Floor, backup: Carrier) -> None:
    await floor.register("101")
    caller = await floor.call(CALLER, to=direct("103"))
    phone = await backup.rung(mobile("103"))
    assert not [call for call in floor.carrier.calls if not call.outgoing]
    caller.hang_up()
    await phone.until_over()
    shown = json.loads(await floor.pbx.ringward("trunk", "list", "--json"))
    assert [one["trunk"] for one in shown] == ["carrier", "backup"]
    assert shown[1]["numbers"] == ["002", mobile("103")]
    found = json.loads(await floor.pbx.ringward("route", "rehearse", "--json"))["findings"]
    assert sum(one["check"] == "trunk_ok" for one in found) == 2


async def test_an_agents_call_goes_over_the_second_too(floor: Floor, backup: Carrier) -> None:
    await floor.register("101")
    desk = await floor.dial("101", AWAY)
    (await floor.carrier.rung(AWAY)).reject(503)
    phone = await backup.rung(AWAY)
    await phone.answer()
    await desk.until_answered()
    desk.hang_up()
    await phone.until_over()


async def test_a_trunk_that_is_down_is_not_waited_for(floor: Floor, backup: Carrier) -> None:
    """Nor is a firm deaf whose first trunk is down: calls come in over the second."""
    await floor.carrier.close()
    await reached(floor, "carrier", False)
    caller = await backup.place(direct("101"), number=CALLER)
    phone = await backup.rung(mobile("101"))
    assert phone.presented == CALLER
    caller.hang_up()
    await phone.until_over()
    assert outline(await floor.record(E164)) == ["desk 101 offline", "mobile 101 caller_hung_up"]
