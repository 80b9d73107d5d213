"""Stories 7 and 8: who of a household is calling, and who changed a number. Calls have no recording yet."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from cti.customers import dealings, facts, outbox, people
from cti.customers.number_change import Changer
from cti.customers.tables import CustomerRelationRow
from cti.customers.worth.nightly import work_out
from cti.customers.worth.rules import Terms
from cti.promises.tables import PromiseRow
from tests.pbx.floor import Floor, until

pytestmark = pytest.mark.pbx

OWNER, COLLEAGUE = "101", "103"
HOME, HOME_E164 = "035557777", "+88635557777"
OLD, NEW = "0915000111", "0915000222"
EARLIER = Changer(actor="earlier", agent=OWNER, linkedid="1700000000.1")


@dataclass(frozen=True)
class Family:
    """張家 by one landline; she has preferences, terms, and something nobody mentions."""

    home: int
    he: int
    she: int
    child: int


async def moved_in(floor: Floor) -> Family:
    now = datetime.now(UTC)
    async with floor.pbx.database() as store:
        async with store.transaction() as session:
            home = await people.add(session, "張家", [HOME], kind="household", owner=OWNER, address="新竹市中正路1號")
            ids = []
            for name in ("張先生", "張太太", "張小明"):
                one = await people.add(session, name, owner=OWNER, email=f"{len(ids)}@example.com", address="新竹市")
                await people.relate(session, one.id, home.id, "member")
                ids.append(one.id)
            she = ids[1]
            await facts.set_fact(session, she, "房間", "安靜的房間", by=EARLIER)
            await facts.set_fact(session, she, "terms", "月結 九五折", by=EARLIER)
            await facts.set_fact(session, she, "流產", "去年", kind="family", by=EARLIER, do_not_mention=True)
            for days in (362, 272, 182, 92):
                stay = (now - timedelta(days=days)).date()
                placed = now - timedelta(days=days)
                await dealings.add_order(session, she, "雙人房", state="done", amount=4000, starts=stay, at=placed)
        await work_out(store, Terms(), now, set_tiers=False)
        return Family(home.id, *ids)


async def matched(floor: Floor, number: str, name: str) -> None:
    """Wait until the daemon knows who has this number."""

    async def so() -> bool:
        said = await floor.pbx.ringward("route", "explain", "--to", "0255501000", "--from", number, "--json")
        return name in said

    await until(so, f"{number} known as {name}")


async def popped(floor: Floor, desktop: Any, number: str) -> tuple[Any, Any, dict[str, Any]]:
    caller = await floor.call(number)
    phone = await floor.rung(OWNER)
    return caller, phone, await desktop.expect("pop")


async def test_a_household_is_asked_which_one_and_only_what_is_not_known(floor: Floor) -> None:
    family = await moved_in(floor)
    await matched(floor, HOME, "張家")
    await floor.register(OWNER)
    desktop = await floor.desktop(OWNER)
    caller, phone, pop = await popped(floor, desktop, HOME)
    linkedid = pop["linkedid"]
    assert {match["customer_id"] for match in pop["matches"]} == {family.home, family.he, family.she, family.child}
    assert [match["probably"] for match in pop["matches"]] == [None] * 4
    await phone.answer()
    await caller.until_answered()
    status, call = await floor.ask(OWNER, "GET", f"/calls/{linkedid}")
    assert (status, call["customer_id"]) == (200, None), "nobody has said who it is"

    status, card = await floor.ask(OWNER, "POST", f"/calls/{linkedid}/customer", {"customer_id": family.she})
    assert (status, card["name"], card["terms"]) == (200, "張太太", "月結 九五折")
    assert [(one["key"], one["value"], one["source"]) for one in card["preferences"]] == [
        ("房間", "安靜的房間", "call")
    ]
    assert [one["key"] for one in card["facts"] if one["do_not_mention"]] == ["流產"]
    assert "due_again" in {one["code"] for one in card["worth"]["labels"]}, "every 90 days, and the last was 92 ago"
    assert card["to_ask"] == [], "mail, address and terms are known"

    told = {"role": "child", "name": "張小妹", "call_id": linkedid}
    status, born = await floor.ask(OWNER, "POST", f"/customers/{family.she}/relations", told)
    assert status == 201
    changed = await desktop.expect("pop.card")
    while "張小妹" not in {one["name"] for one in changed["card"]["relations"]}:
        changed = await desktop.expect("pop.card")
    row = CustomerRelationRow
    async with floor.pbx.database() as store, store.session() as session:
        kept = (await session.scalars(select(row).where(row.customer_id == born["customer_id"]).order_by(row.id))).all()
        assert [(one.of_id, one.role, one.linkedid) for one in kept] == [
            (family.she, "child", linkedid),
            (family.home, "member", linkedid),
        ]
    caller.hang_up()
    await phone.until_over()
    await desktop.expect("call.ended")

    # Said a second time it is a habit, and the third call says so; nothing is tied by it.
    caller, phone, pop = await popped(floor, desktop, HOME)
    await floor.ask(OWNER, "POST", f"/calls/{pop['linkedid']}/customer", {"customer_id": family.she})
    caller.hang_up()
    await phone.until_over()

    async def learned() -> bool:
        async with floor.pbx.database() as store, store.session() as session:
            return bool(await session.scalar(select(PromiseRow.id).where(PromiseRow.number == HOME_E164)))

    await until(learned, "the missed call owed")
    caller, phone, pop = await popped(floor, desktop, HOME)
    first = pop["matches"][0]
    assert (first["name"], first["probably"]["times"], first["probably"]["calls"]) == ("張太太", 2, 2)
    assert len(pop["matches"]) == 5
    caller.hang_up()
    await phone.until_over()


async def test_a_number_is_changed_in_a_call_and_everybody_can_see_by_whom(floor: Floor) -> None:
    async with floor.pbx.database() as store, store.transaction() as session:
        wang = (await people.add(session, "王經理", [OLD], owner=OWNER)).id
        await outbox.queue(session, wang, "sms", OLD, "您的機票已開立", key=f"ticket-{wang}")
    await matched(floor, OLD, "王經理")
    await floor.register(OWNER)
    desktop = await floor.desktop(OWNER)
    caller, phone, pop = await popped(floor, desktop, OLD)
    linkedid = pop["linkedid"]
    await phone.answer()
    await caller.until_answered()
    said = {"old": OLD, "new": NEW, "asked_by": "王經理", "read_back": False, "call_id": linkedid}
    path = f"/customers/{wang}/numbers/change"
    status, refused = await floor.ask(OWNER, "POST", path, said)
    assert (status, refused["error"]["field"]) == (409, "read_back")
    status, _ = await floor.ask(COLLEAGUE, "POST", path, {**said, "read_back": True, "call_id": None})
    assert status == 403
    status, done = await floor.ask(OWNER, "POST", path, {**said, "read_back": True})
    assert (status, done["messages"], done["linkedid"], done["recording"]) == (200, 1, linkedid, None)
    caller.hang_up()
    await phone.until_over()

    pbx = floor.pbx
    department = json.loads(await pbx.ringward("agent", "show", OWNER, "--json"))["department"]
    assert department
    (entry,) = [
        one
        for one in json.loads(await pbx.ringward("audit", "list", "--action", "number.changed", "--json"))
        if one["subject_id"] == str(wang)
    ]
    assert (entry["asked_by"], entry["agent"], entry["department"]) == ("王經理", OWNER, department)
    assert (entry["before"]["number"], entry["after"]["number"]) == ("+886915000111", "+886915000222")
    assert (entry["linkedid"], entry["recording"]) == (linkedid, None)
    refusals = json.loads(await pbx.ringward("audit", "list", "--action", "access.refused", "--json"))
    assert (COLLEAGUE, f"POST /api/v1{path}") in {(one["agent"], one["subject_id"]) for one in refusals}
    (message,) = json.loads(await pbx.ringward("customer", "message", "list", str(wang), "--json"))
    assert (message["target"], message["state"]) == ("+886915000222", "queued")
    assert department in await pbx.ringward("customer", "number", "changes", str(wang))

    for number, why in ((OLD, "old_number"), (NEW, "number")):
        await matched(floor, number, "王經理")
        caller, phone, pop = await popped(floor, desktop, number)
        assert [(match["name"], match["why"]) for match in pop["matches"]] == [("王經理", why)]
        caller.hang_up()
        await phone.until_over()
