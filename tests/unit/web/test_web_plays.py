"""Plays over the web: nobody writes over what a colleague changed meanwhile, and the audit says who changed what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from cti.audit.ledger import entries, verify
from cti.customers.worth.tables import PlayOutcomeRow

Ask = Callable[..., Awaitable[tuple[int, Any]]]
EN = {"Accept-Language": "en"}
SPRING = {"prompt": "賞櫻團", "segment": {"grades": ["A"]}, "holdout": 10}


async def test_a_play_that_somebody_changed_meanwhile_is_not_written_over(house: Any, ask: Ask) -> None:
    root, other = await house.logged_in("root"), await house.logged_in("root", **EN)
    assert (await ask(root, "PUT", "/plays/spring", json=SPRING))[0] == 204
    status, refused = await ask(other, "PUT", "/plays/spring", json=SPRING)
    assert (status, refused["error"]["code"], refused["error"]["field"]) == (409, "refused", "code")
    assert "exists already" in refused["error"]["message"]
    [seen] = (await ask(other, "GET", "/plays"))[1]
    version = {"version": seen["version"]}
    changed = {**SPRING, "prompt": "賞楓團", "ends": "2026-12-31", **version}
    assert (await ask(root, "PUT", "/plays/spring", json=changed))[0] == 204
    for method, body in (("PUT", {**SPRING, **version}), ("DELETE", version)):
        status, refused = await ask(other, method, "/plays/spring", json=body)
        error = refused["error"]
        assert (status, error["code"], error["by"]) == (409, "stale", "root")
        assert error["changes"] == [
            {"field": "ends", "before": None, "after": "2026-12-31"},
            {"field": "prompt", "before": "賞櫻團", "after": "賞楓團"},
        ]
    [now] = (await ask(other, "GET", "/plays"))[1]
    assert (now["prompt"], now["holdout"]) == ("賞楓團", 10)
    assert now["version"] > seen["version"]
    assert (await ask(other, "DELETE", "/plays/spring", json={"version": now["version"]}))[0] == 204
    # Taken away is changed, too: nobody brings it back unseen.
    assert (await ask(other, "PUT", "/plays/spring", json={**SPRING, "version": now["version"]}))[0] == 409
    assert (await ask(other, "GET", "/plays"))[1] == []


async def test_who_changed_a_play_stands_in_the_audit(house: Any, ask: Ask) -> None:
    root = await house.logged_in("root")
    await ask(root, "PUT", "/plays/spring", json=SPRING)
    [seen] = (await ask(root, "GET", "/plays"))[1]
    await ask(root, "PUT", "/plays/spring", json={**SPRING, "active": False, "version": seen["version"]})
    async with house.services.store.session() as session:
        paused, made = [one.entry for one in await entries(session, subject="play", subject_id="spring")]
        assert (await verify(session)).sound
    assert (made.action, made.actor, made.before, made.after["prompt"]) == ("play.kept", "root", None, "賞櫻團")
    assert (paused.before["active"], paused.after["active"]) == (True, False)


async def test_a_play_that_was_brought_up_is_paused_not_taken_away(house: Any, ask: Ask) -> None:
    root = await house.logged_in("root", **EN)
    await ask(root, "PUT", "/plays/spring", json=SPRING)
    assert (await ask(root, "POST", "/customers/1/plays/spring/outcome", json={"outcome": "later"}))[0] == 204
    [seen] = (await ask(root, "GET", "/plays"))[1]
    status, refused = await ask(root, "DELETE", "/plays/spring", json={"version": seen["version"]})
    assert (status, refused["error"]["code"]) == (409, "refused")
    assert "pause it instead" in refused["error"]["message"]
    assert (await ask(root, "DELETE", "/plays/nothing", json={"version": 0}))[0] == 404


async def test_nobody_takes_a_colleagues_sale(house: Any, ask: Ask) -> None:
    lin, mei, root = [await house.logged_in(one) for one in ("lin", "mei", "root")]
    assert (await ask(root, "PUT", "/plays/spring", json=SPRING))[0] == 204
    path, won = "/customers/1/plays/spring/outcome", {"outcome": "accepted", "amount": 9000}
    assert (await ask(lin, "POST", path, json=won))[0] == 204
    assert (await ask(mei, "POST", path, json={"outcome": "accepted", "amount": 1}))[0] == 403
    async with house.services.store.session() as session:
        (kept,) = await session.scalars(select(PlayOutcomeRow))
    assert (kept.agent, kept.amount) == ("101", 9000)

    house.arrives()
    house.services.tracker.set_customer("1.1", 1)
    house.rings("102")
    house.answers()
    house.hangs_up()
    await house.tracker.flush()
    house.clock.ahead += timedelta(hours=2)
    assert (await ask(mei, "POST", path, json=won))[0] == 403
    assert (await ask(mei, "POST", path, json={**won, "call_id": "1.1"}))[0] == 204, "she had the call"
