"""The product's main job: the phone rings, and the right desktop already knows who it is."""

from __future__ import annotations

import pytest

from tests.pbx.floor import CHEN, Floor, direct, outline
from tests.pbx.wiretap import Wiretap

pytestmark = pytest.mark.pbx


async def test_the_card_is_there_before_the_phone_rings(floor: Floor) -> None:
    await floor.register("101", "103")
    owner, other = await floor.desktops("101", "103")
    with Wiretap() as tap:
        caller = await floor.call(CHEN, name="CHEN")
        phone = await floor.rung("101")
        pop = await owner.expect("pop")
        ports = owner.port, floor.desks["101"].wire.address[1]
        assert tap.order((ports[0], b'"type":"pop"'), (ports[1], b"INVITE sip:")) == [0, 1]
    await caller.until_ringing()
    assert (phone.presented, phone.presented_name) == (CHEN, "CHEN")
    assert pop["caller"]["e164"] == "+886933000222"
    assert pop["leg"] == {"kind": "desk", "agent": "101", "index": 1}
    card = pop["card"]
    assert card["name"] == "陳太太"
    assert "沖繩" in str(card["orders"])
    assert card["complaints"]
    assert card["requests"]
    assert card["interactions"]
    await phone.answer()
    await caller.until_answered()
    assert (await owner.expect("call.answered"))["agent"] == "101"
    caller.hang_up()
    await phone.until_over()
    assert (await owner.expect("call.ended"))["reason"] == "completed"
    record = await floor.shown("+886933000222")
    assert outline(record) == ["desk 101 answered"]
    assert record["linkedid"] == pop["linkedid"]
    assert record["dialled"] == "0255501000"
    assert record["customer_id"] == card["customer_id"]
    newest = (await floor.get(f"/customers/{card['customer_id']}/history"))[0]
    assert (newest["kind"], newest["linkedid"], newest["agent"]) == ("call", record["linkedid"], "101")
    assert record["plan_source"] == "daemon"
    assert record["legs"][0]["started"] <= record["legs"][0]["ringing"] <= record["answered"] <= record["ended"]
    assert not other.heard("pop")
    assert not floor.desks["103"].calls


async def test_a_direct_number_rings_its_agent_whoever_owns_the_caller(floor: Floor) -> None:
    await floor.register("101", "103")
    owner, dialled = await floor.desktops("101", "103")
    caller = await floor.call(CHEN, to=direct("103"))
    phone = await floor.rung("103")
    pop = await dialled.expect("pop")
    assert pop["leg"] == {"kind": "desk", "agent": "103", "index": 1}
    assert pop["card"]["name"] == "陳太太"
    await phone.answer()
    await caller.until_answered()
    phone.hang_up()
    await caller.until_over()
    assert (await dialled.expect("call.ended"))["reason"] == "completed"
    assert outline(await floor.record("+886933000222")) == ["desk 103 answered"]
    assert not owner.heard("pop")


async def test_a_stranger_rings_the_group_and_one_answer_clears_the_others(floor: Floor) -> None:
    codes = ("101", "104", "108")
    await floor.register(*codes)
    desktops = dict(zip(codes, await floor.desktops(*codes), strict=True))
    caller = await floor.call("0911000001", name="somebody")
    phones = {code: await floor.rung(code) for code in codes}
    for code, desktop in desktops.items():
        pop = await desktop.expect("pop")
        assert (pop["leg"]["kind"], pop["leg"]["agent"], pop["card"], pop["matches"]) == ("group", code, None, [])
        assert pop["caller"] | {"name": "somebody"} == pop["caller"]
    await phones["104"].answer()
    await caller.until_answered()
    await desktops["104"].expect("call.answered")
    for code in ("101", "108"):
        gone = await desktops[code].expect("pop.withdrawn")
        assert (gone["reason"], gone["by"]) == ("answered_elsewhere", "104")
        await phones[code].until_over()
    caller.hang_up()
    assert (await desktops["104"].expect("call.ended"))["reason"] == "completed"
    legs = outline(await floor.record("+886911000001"))
    assert sorted(legs) == [
        "group 101 answered_elsewhere",
        "group 102 offline",
        "group 103 offline",
        "group 104 answered",
        "group 105 offline",
        "group 106 offline",
        "group 107 offline",
        "group 108 answered_elsewhere",
    ]


async def test_a_withheld_number_pops_as_withheld(floor: Floor) -> None:
    await floor.register("105")
    desktop = await floor.desktop("105")
    sender = '"Anonymous" <sip:anonymous@anonymous.invalid>'
    caller = await floor.carrier.place("0255501000", sender=sender)
    await floor.rung("105")
    pop = await desktop.expect("pop")
    assert pop["caller"]["withheld"] is True
    assert pop["caller"]["e164"] is None
    assert pop["card"] is None
    caller.hang_up()
    await desktop.expect("pop.withdrawn", reason="caller_hung_up")


async def test_the_deputy_sees_what_the_owner_saw_and_who_was_tried(floor: Floor) -> None:
    """Story 3, with the real ring times."""
    await floor.pbx.ringward("agent", "set", "101", "--desk-seconds", "15", "--mobile-seconds", "20")
    try:
        await floor.kept("101", "desk!15!", "mobile!20!")
        await floor.register("101", "102", "103")
        owner, deputy, other = await floor.desktops("101", "102", "103")
        caller = await floor.call(CHEN, name="CHEN")
        desk = await floor.rung("101")
        seen = await owner.expect("pop")
        voicemail = await floor.mobile_rung("101", seconds=20)
        await desk.until_over()  # sent before; two sockets, and a busy machine may read either first
        moved = await owner.expect("pop.moved")
        assert moved["leg"] == {"kind": "mobile", "agent": "101", "index": 2}
        await voicemail.answer()
        phone = await floor.rung("102", seconds=30)
        pop = await deputy.expect("pop")
        same = ("caller", "dialled", "matches", "card", "call_id", "linkedid", "started", "state")
        assert {name: pop[name] for name in same} == {name: seen[name] for name in same}
        assert pop["leg"] == {"kind": "deputy", "agent": "102", "index": 3}
        first, second = pop["tried"]
        assert (first["name"], first["kind"], first["reason"]) == ("小林", "desk", "no_answer")
        assert first["seconds"] == 15
        assert (second["name"], second["kind"], second["reason"]) == ("小林", "mobile", "not_accepted")
        gone = await owner.expect("pop.withdrawn")
        assert gone["reason"] == "not_accepted"
        assert not caller.answered
        assert caller.packets_heard == 0
        await phone.answer()
        await caller.until_answered()
        caller.hang_up()
        record = await floor.shown("+886933000222")
        assert outline(record) == ["desk 101 no_answer", "mobile 101 not_accepted", "deputy 102 answered"]
        assert not other.heard("pop")
        assert not floor.desks["103"].calls
    finally:
        await floor.pbx.ringward("agent", "set", "101", "--desk-seconds", "3", "--mobile-seconds", "4")
        await floor.kept("101", "desk!3!", "mobile!4!")


async def test_a_page_that_comes_back_in_mid_call_shows_the_same_card(floor: Floor) -> None:
    await floor.register("101")
    desktop = await floor.desktop("101")
    caller = await floor.call(CHEN)
    phone = await floor.rung("101")
    pop = await desktop.expect("pop")
    await desktop.close()
    again = await floor.desktop("101")
    (kept,) = again.snapshot["pops"]
    ignored = {"seq", "type"}
    assert {k: v for k, v in kept.items() if k not in ignored} == {k: v for k, v in pop.items() if k not in ignored}
    await phone.answer()
    await caller.until_answered()
    await again.expect("call.answered")
    await again.close()
    later = await floor.desktop("101")
    (kept,) = later.snapshot["pops"]
    assert kept["state"] == "talking"
    assert kept["card"] == pop["card"]
    caller.hang_up()
    await later.expect("call.ended", reason="completed")
