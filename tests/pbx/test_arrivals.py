"""The same chain, pop and record whichever way a call arrived: directly, out of a queue, an IVR, a Local channel.

The site's own contexts and queue are put beside the installation's dial plan, as a site does it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.pbx.floor import MAIN, Desktop, Floor, direct, outline, until
from tests.pbx.installation import Installation

pytestmark = pytest.mark.pbx

CALLER, CALLER_E164 = "0922000711", "+886922000711"
MARK = "; ---- the site's own"

SITE = f"""
{MARK}
[ringward-inbound](+)
exten => 0255501901,1,Goto(site-direct,${{EXTEN}},1)
exten => 0255501902,1,Goto(site-ivr,${{EXTEN}},1)
exten => 0255501903,1,Dial(Local/{direct("101")}@site-direct/n,60)
exten => 0255501904,1,Dial(Local/{direct("101")}@site-direct,60)
exten => 0255501905,1,Goto(site-renamed,${{EXTEN}},1)
exten => 0255501906,1,Goto(site-queue,${{EXTEN}},1)
exten => 0255501907,1,Goto(site-after,${{EXTEN}},1)
exten => 0255501908,1,Goto(site-overflow,${{EXTEN}},1)
exten => 0255501909,1,Goto(site-desk-queue,${{EXTEN}},1)
exten => 0255501911,1,Queue(site-two-chains,,,,40)

[site-direct]
exten => _X.,1,Gosub(ringward-route,s,1(${{EXTEN}}))
 same => n,Hangup()

[site-ivr]
exten => _X.,1,Answer()
 same => n,Playback(/ringward/sounds/ringward-accept-press1)
 same => n,Gosub(ringward-route,s,1({direct("101")}))
 same => n,Hangup()

[site-renamed]
exten => _X.,1,Gosub(ringward-route,s,1({direct("101")}))
 same => n,Hangup()

[site-queue]
exten => _X.,1,Answer()
 same => n,Queue(site-sales,,,,20)
 same => n,Hangup()

[site-overflow]
exten => _X.,1,Queue(site-empty,,,,1)
 same => n,Gosub(ringward-route,s,1({direct("101")}))
 same => n,Hangup()

[site-desk-queue]
exten => _X.,1,Queue(site-desk,,,,20)
 same => n,Hangup()

[site-after]
exten => _X.,1,Set(RW_AFTER=return)
 same => n,Gosub(ringward-route,s,1({direct("101")}))
 same => n,Set(SITE_SAID=${{GOSUB_RETVAL}})
 same => n,Answer()
 same => n,UserEvent(SiteWentOn,said: ${{SITE_SAID}})
 same => n,Wait(20)
 same => n,Hangup()
"""

QUEUES = f"""
[general]
persistentmembers = no
[site-sales]
strategy = ringall
timeout = 30
retry = 1
member => Local/{direct("101")}@site-direct/n
[site-empty]
joinempty = yes
[site-two-chains]
strategy = ringall
timeout = 40
member => Local/{direct("101")}@site-direct/n
member => Local/{direct("103")}@site-direct/n
[site-desk]
strategy = ringall
timeout = 20
member => PJSIP/103
member => Local/{direct("101")}@site-direct/n
"""


@pytest.fixture(scope="module")
def site(installation: Installation) -> Iterator[None]:
    """The site's contexts and queues, there for these tests only."""
    folder = installation.settings.asterisk_config_dir
    extensions = folder / "extensions.conf"
    before = extensions.read_text()
    extensions.write_text(before + SITE.replace("/ringward/sounds", installation.asterisk.paths.prompts))
    (folder / "queues.conf").write_text(QUEUES)
    installation.asterisk.run_cli("dialplan reload")
    assert "Unable" not in installation.asterisk.run_cli("module load app_queue.so")
    yield
    extensions.write_text(before)
    installation.asterisk.run_cli("module unload app_queue.so")
    installation.asterisk.run_cli("dialplan reload")
    (folder / "queues.conf").unlink()


async def answered_at_the_desk(floor: Floor, number: str) -> dict[str, Any]:
    """101's desk rings with the pop that is due, answers, and the caller hangs up; the one record of it."""
    await floor.register("101")
    desktop = await floor.desktop("101")
    caller = await floor.call(CALLER, to=number)
    desk = await floor.rung("101")
    pop = await desktop.expect("pop")
    assert desk.presented == CALLER
    await desk.answer()
    await desktop.expect("call.answered")
    await caller.until_answered()
    caller.hang_up()
    await caller.until_over()
    await desktop.expect("call.ended")
    record = await floor.record(CALLER_E164)
    assert pop["linkedid"] == record["linkedid"]
    assert pop["dialled"] == record["dialled"]
    assert pop["leg"]["kind"] == "desk"
    assert outline(record) == ["desk 101 answered"]
    await only_one(floor, record["linkedid"])
    return record


async def only_one(floor: Floor, linkedid: str) -> None:
    """There is no other record of this test's caller since it began."""
    mine = [call for call in await floor.get("/calls?limit=100") if call["caller"]["e164"] == CALLER_E164]
    since = [call["linkedid"] for call in mine if call["started"] >= floor.opened.isoformat()]
    assert since == [linkedid]


@pytest.mark.parametrize(
    ("number", "dialled"),
    [
        (direct("101"), direct("101")),
        ("0255501901", "0255501901"),
        ("0255501902", direct("101")),
        ("0255501903", direct("101")),
        ("0255501904", direct("101")),
        ("0255501905", direct("101")),
        ("0255501906", direct("101")),
        ("0255501908", direct("101")),
    ],
    ids=["direct", "site", "ivr", "local", "local optimised", "other number", "queue", "overflow"],
)
async def test_the_same_chain_pop_and_record(floor: Floor, site: None, number: str, dialled: str) -> None:
    if number == "0255501901":
        # A number that nobody entered rings the company's group, in which only 101 has a phone now.
        await floor.register("101")
        caller = await floor.call(CALLER, to=number)
        await (await floor.rung("101")).answer()
        await caller.until_answered()
        caller.hang_up()
        record = await floor.record(CALLER_E164)
        assert record["dialled"] == dialled
        assert "group 101 answered" in outline(record)
        return
    record = await answered_at_the_desk(floor, number)
    assert record["dialled"] == dialled
    assert record["answered_by"] == "101"


async def test_the_main_number(floor: Floor, site: None) -> None:
    await floor.register("102")
    desktop = await floor.desktop("102")
    caller = await floor.call(CALLER, to=MAIN)
    desk = await floor.rung("102")
    assert (await desktop.expect("pop"))["dialled"] == MAIN
    await desk.answer()
    await caller.until_answered()
    caller.hang_up()
    assert "group 102 answered" in outline(await floor.record(CALLER_E164))


async def test_a_queue_that_tries_again_is_one_call_and_one_promise(floor: Floor, site: None) -> None:
    await floor.register("101")
    desktop = await floor.desktop("101")
    caller = await floor.call(CALLER, to="0255501906")
    first = await floor.rung("101")
    await desktop.expect("pop")
    first.reject(603)
    again = await floor.rung("101", 30)
    pop = await desktop.expect("pop", seconds=30)
    live = await floor.get(f"/calls/{pop['linkedid']}")
    assert live["ended"] is None
    caller.hang_up()
    await again.until_over()
    record = await floor.shown(CALLER_E164)
    assert record["linkedid"] == pop["linkedid"]
    rounds = {leg["round"] for leg in record["legs"]}
    assert rounds == {1, 2}
    await only_one(floor, record["linkedid"])
    owed = await until(lambda: floor.owed(CALLER_E164), "the promise")
    assert owed["attempts"] == 1
    await floor.no_longer_owed(owed)


async def test_two_chains_that_a_queue_rings_at_once_are_one_call(floor: Floor, site: None) -> None:
    await floor.register("101", "103", "104")
    desktops = await floor.desktops("101", "103")
    async with floor.ringing_long("101", "103"):
        await one_of_two_answers(floor, *desktops)
        await nobody_of_two_answers(floor, *desktops)


async def one_of_two_answers(floor: Floor, owner: Desktop, other: Desktop) -> None:
    """101 is busy at the desk and rings on the mobile, while 103's desk rings on, and answers."""
    caller = await floor.call(CALLER, to="0255501911")
    first, second = await floor.rung("101"), await floor.rung("103")
    pops = [await desktop.expect("pop") for desktop in (owner, other)]
    assert {pop["leg"]["agent"] for pop in pops} == {"101", "103"}
    first.reject(486)
    phone = await floor.mobile_rung("101")
    await owner.expect("pop.moved")
    assert not other.heard("pop.withdrawn")
    await second.answer()
    await caller.until_answered()
    await phone.until_over()
    await owner.expect("pop.withdrawn", reason="answered_elsewhere")
    await other.expect("call.answered")
    caller.hang_up()
    await caller.until_over()
    record = await floor.shown(CALLER_E164)
    assert record["answered_by"] == "103"
    assert sorted(outline(record)) == ["desk 101 busy", "desk 103 answered", "mobile 101 answered_elsewhere"]
    assert {pop["linkedid"] for pop in pops} == {record["linkedid"]}
    assert len(owner.heard("pop")) == len(other.heard("pop")) == 1
    await only_one(floor, record["linkedid"])
    assert await floor.owed(CALLER_E164) is None


async def nobody_of_two_answers(floor: Floor, owner: Desktop, other: Desktop) -> None:
    floor.opened = datetime.now(UTC)
    caller = await floor.call(CALLER, to="0255501911")
    await floor.rung("101")
    (await floor.rung("103")).reject(603)
    last = await floor.rung("104")
    caller.hang_up()
    await last.until_over()
    record = await floor.shown(CALLER_E164)
    assert sorted(outline(record)) == [
        "deputy 104 caller_hung_up",
        "desk 101 caller_hung_up",
        "desk 103 declined",
        "mobile 103 declined",
    ]
    await only_one(floor, record["linkedid"])
    owed = await until(lambda: floor.owed(CALLER_E164), "the promise")
    assert owed["attempts"] == 1
    await floor.no_longer_owed(owed)


async def test_whom_a_queue_member_of_the_sites_own_answered_is_not_owed_a_call(floor: Floor, site: None) -> None:
    await floor.register("101", "103")
    caller = await floor.call(CALLER, to="0255501909")
    desk = await floor.rung("101")
    other = await floor.rung("103")
    await other.answer()
    await caller.until_answered()
    await desk.until_over()
    caller.hang_up()
    record = await floor.record(CALLER_E164)
    assert record["answered"] is not None
    assert record["answered_by"] is None
    # What the call meant is decided with its record; the next call's promise is made after it.
    await floor.register("102")
    missed = await floor.call("0922000712", to=direct("102"))
    await floor.rung("102")
    missed.hang_up()

    async def next_one() -> bool:
        return any(one["number"] == "+886922000712" for one in await floor.get("/promises?limit=500"))

    await until(next_one, "the next call's promise")
    assert await floor.owed(CALLER_E164) is None


async def test_a_site_may_go_on_when_nobody_took_the_call(floor: Floor, site: None) -> None:
    await floor.register("101", "102")
    caller = await floor.call(CALLER, to="0255501907")
    (await floor.rung("101")).reject(603)
    (await floor.rung("102")).reject(603)
    await caller.until_answered(30)
    channels = await floor.pbx.cli("core show channels concise")
    assert "site-after" in channels
    caller.hang_up()
    record = await floor.record(CALLER_E164)
    assert record["answered"] is None
    owed = await until(lambda: floor.owed(CALLER_E164), "the promise")
    await floor.no_longer_owed(owed)
