"""An erased customer's next call is an unknown caller's, and Asterisk's store holds nothing of them."""

from __future__ import annotations

import json

import pytest

from tests.pbx.floor import Floor, until

pytestmark = pytest.mark.pbx

CALLER, OWNER = "0914600001", "103"


async def test_an_erased_customers_next_call_is_a_strangers(floor: Floor) -> None:
    pbx = floor.pbx
    added = await pbx.ringward("customer", "add", "被遺忘的客戶", "--number", CALLER, "--owner", OWNER, "--json")
    customer_id = str(json.loads(added)["customer_id"])

    async def routed_to_owner() -> bool:
        said = await pbx.ringward("route", "explain", "--to", "0255501000", "--from", CALLER, "--json")
        return bool(json.loads(said)["steps"][0]["agent"] == OWNER)

    await until(routed_to_owner, "the customer's calls to ring their owner")
    held = json.loads(await pbx.ringward("customer", "erase", customer_id, "--reason", "a letter", "--yes", "--json"))
    assert held["done"]
    assert held["copies"]["astdb"]

    async def forgotten() -> bool:
        said = await pbx.cli(f"database get ringward-owner {CALLER}")
        return "not found" in said

    await until(forgotten, "Asterisk's store to forget the number")

    async def unknown() -> bool:
        said = await pbx.ringward("route", "explain", "--to", "0255501000", "--from", CALLER, "--json")
        return bool(json.loads(said)["steps"][0]["agent"] != OWNER)

    await until(unknown, "the number to be nobody's")
    await floor.register("101")
    desktop = await floor.desktop("101")
    caller = await floor.call(CALLER)
    phone = await floor.rung("101")
    pop = await desktop.expect("pop")
    assert (pop["matches"], pop["card"]) == ([], None)
    caller.hang_up()
    await phone.until_over()
