"""What stands on the switch when nobody looked: hold, mute, a question and a listener outlive the daemon."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.pbx.floor import Desktop, Floor
from tests.pbx.test_conversations import conversation, handled
from tests.pbx.test_supervision import lead

pytestmark = pytest.mark.pbx


@pytest_asyncio.fixture(autouse=True)
async def mended(floor: Floor) -> AsyncIterator[None]:
    """The daemon serves again while the floor is cleared."""
    yield
    if not floor.pbx.runs:
        await floor.pbx.restarted()


async def shown(page: Desktop, **expected: Any) -> dict[str, Any]:
    """The handling that a page which was just opened shows: in its snapshot, or told right behind it."""
    for pop in page.snapshot["pops"]:
        handling = pop["handling"] or {}
        if all(handling.get(name) == value for name, value in expected.items()):
            return dict(handling)
    return await handled(page, **expected)


async def test_hold_and_mute_outlive_the_daemon(floor: Floor) -> None:
    await floor.register("101")
    (lin,) = await floor.desktops("101")
    _, desk, linkedid = await conversation(floor, lin)
    desk.hold()
    await desk.until_hold_answered()
    await handled(lin, held=True)
    assert (await floor.ask("101", "PUT", f"/calls/{linkedid}/mute", {"on": True}))[0] == 204
    await handled(lin, muted=True)
    await floor.pbx.restarted_daemon()
    (page,) = await floor.desktops("101")
    assert (await shown(page, held=True, muted=True))["asking"] is None
    floor.pbx.kill_daemon()
    desk.hold(on=False)
    await desk.until_hold_answered()
    floor.pbx.start_daemon()
    await floor.pbx.serves()
    (page,) = await floor.desktops("101")
    await shown(page, held=False, muted=True)
    assert (await floor.ask("101", "PUT", f"/calls/{linkedid}/mute", {"on": False}))[0] == 204
    await handled(page, held=False, muted=False)


async def test_a_question_and_a_listener_outlive_the_daemon(floor: Floor) -> None:
    login, code = await lead(floor)
    await floor.register("101", "102", code)
    (lin,) = await floor.desktops("101")
    caller, desk, linkedid = await conversation(floor, lin)
    assert (await floor.ask(login, "POST", f"/calls/{linkedid}/watch", {"mode": "listen"}))[0] == 200
    ear = await floor.rung(code)
    await ear.answer()
    assert (await floor.ask(login, "POST", f"/calls/{linkedid}/watch", {"mode": "whisper"}))[0] == 200
    await floor.ask("101", "POST", f"/calls/{linkedid}/consult", {"agent": "102"})
    second = await floor.rung("101")
    await second.answer()
    called = await floor.rung("102")
    await floor.pbx.restarted_daemon()
    page, mei, boss = await floor.desktops("101", "102", login)
    asking = await shown(page, asking="102", asking_state="ringing")
    assert asking["asking_call"] != linkedid
    watching = [pop for pop in boss.snapshot["pops"] if pop["watching"]] or [await boss.expect("pop", call_id=linkedid)]
    assert (watching[0]["watching"], watching[0]["leg"]["agent"]) == ("whisper", "101")
    await called.answer()
    await handled(page, asking_state="talking")
    assert (await floor.ask("101", "POST", f"/calls/{linkedid}/join"))[0] == 204
    taken = await mei.expect("pop", call_id=linkedid, state="talking")
    assert taken["transfer"]["how"] == "attended"
    await desk.until_over()
    assert not caller.over
    await boss.expect("pop.withdrawn", reason="watch_over")
