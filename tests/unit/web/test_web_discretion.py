"""Nobody below manager walks out with the list: every way of trying is refused and stands in the audit (M16, M17)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from cti.audit.ledger import entries
from cti.calls import records
from cti.calls.model import Call, CallState, Leg, LegReason, Transfer
from cti.customers import people
from cti.customers.csv_file import read_customers
from cti.customers.tables import CustomerNumberRow
from cti.promises.model import Promise
from cti.web.discretion import FINDS, LOOK_UPS

Ask = Callable[..., Awaitable[tuple[int, Any]]]
ATTEMPTS = [
    "/customers",
    "/customers?limit=200",
    "/customers?q=%20",
    "/customers?q=%1C%1C",
    "/customers?q=%00%00",
    "/customers?after=1",
    "/customers/export",
    "/reports/nearly-lost",
    "/reports/stand-ins",
    "/audit",
]


async def audited(house: Any, action: str) -> list[Any]:
    async with house.services.store.session() as session:
        return [kept.entry for kept in await entries(session, action=action)]


async def crowd(house: Any, many: int) -> list[int]:
    """Customers of somebody else."""
    async with house.services.store.transaction() as session:
        rows = [await people.add(session, f"客{n}", [f"09771{n:05}"], owner="103") for n in range(many)]
        return [row.id for row in rows]


@pytest.mark.parametrize("path", ATTEMPTS)
@pytest.mark.parametrize("login", ["lin", "mei"])
async def test_a_salesperson_lists_and_exports_nothing(house: Any, ask: Ask, login: str, path: str) -> None:
    assert (await ask(await house.logged_in(login), "GET", path))[0] == 403
    (entry,) = await audited(house, "access.refused")
    assert (entry.actor, entry.subject_id) == (login, f"GET /api/v1{path.partition('?')[0]}")


async def test_a_manager_lists_and_it_is_written_down(house: Any, ask: Ask) -> None:
    ids = await crowd(house, 5)
    root = await house.logged_in("root")
    status, page = await ask(root, "GET", f"/customers?limit=3&after={ids[0]}")
    assert (status, [one["customer_id"] for one in page]) == (200, ids[1:4])
    assert page[0]["number"] == "+886977100001"
    assert [entry.actor for entry in await audited(house, "customers.listed")] == ["root"]


async def test_an_export_bears_its_watermark_on_every_line_and_can_be_imported(house: Any) -> None:
    async with house.services.store.transaction() as session:
        await people.add(session, '=HYPERLINK("http://x")', ["0977123456"], external_id="E-1")
        await people.add(session, "＝1+1", ["0977123457"], address="\u3000@SUM(A1)", terms="-2+3")
    async with (await house.logged_in("root")).get("/api/v1/customers/export") as answer:
        content = await answer.read()
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    (entry,) = await audited(house, "customers.exported")
    header, *lines = content.decode("utf-8-sig").splitlines()
    assert header.split(",")[:2] == ["external_id", "name"]
    assert lines
    assert all(line.endswith(entry.subject_id) for line in lines)
    assert "\"'=HYPERLINK" in content.decode("utf-8-sig")
    assert ",'＝1+1," in content.decode("utf-8-sig")
    assert ",'@SUM(A1),'-2+3," in content.decode("utf-8-sig")
    plan = read_customers(content)
    assert not plan.faults
    assert plan.ignored == ("watermark",)
    assert "+886933000222" in {number.e164 for line in plan.lines for number in line.numbers}


async def test_numbers_are_masked_outside_ones_own_calls(house: Any, ask: Ask) -> None:
    mei, root = await house.logged_in("mei"), await house.logged_in("root")
    (found,) = (await ask(mei, "GET", "/customers?q=陳太"))[1]
    assert found["number"] == "+8869•••222"
    (number,) = (await ask(mei, "GET", "/customers/1/card"))[1]["numbers"]
    assert (number["raw"], number["e164"], number["masked"]) == ("+8869•••222", "", True)
    assert number["id"]
    (number,) = (await ask(root, "GET", "/customers/1/card"))[1]["numbers"]
    assert (number["e164"], number["masked"]) == ("+886933000222", False)

    page = await house.desk("mei")
    house.arrives()
    house.rings("102")
    await page.expect("pop")
    assert (await page.expect("pop.card"))["card"]["numbers"][0]["e164"] == "+886933000222"
    (number,) = (await ask(mei, "GET", "/customers/1/card"))[1]["numbers"]
    assert number["e164"] == "+886933000222"
    house.tracker.set_customer("1.1", 1)
    house.hangs_up()
    await house.tracker.flush()
    (number,) = (await ask(mei, "GET", "/customers/1/card"))[1]["numbers"]
    assert number["e164"] == "+886933000222", "notes are still being finished"
    house.clock.ahead += timedelta(hours=2)
    assert (await ask(mei, "GET", "/customers/1/card"))[1]["numbers"][0]["e164"] == ""


async def test_unusual_look_ups_alarm_the_manager_once_and_then_stop(house: Any, ask: Ask) -> None:
    settings = house.services.settings
    ids = await crowd(house, settings.look_ups_most + 1)
    mei, boss = await house.logged_in("mei"), await house.desk("root")
    for customer_id in ids[: settings.look_ups_most]:
        assert (await ask(mei, "GET", f"/customers/{customer_id}/card"))[0] == 200
    status, answer = await ask(mei, "GET", f"/customers/{ids[-1]}/card")
    assert (status, answer["error"]["code"]) == (429, "too_many_attempts")
    alarm = await boss.expect("alarm")
    assert (alarm["kind"], alarm["raised"], alarm["values"]["login"]) == ("look_ups", True, "mei")
    (entry,) = await audited(house, "customers.many_looked_up")
    assert (entry.actor, entry.after["customers"]) == ("mei", settings.look_ups_alarm)
    (refused,) = await audited(house, "access.refused")
    assert (refused.actor, refused.subject_id) == ("mei", f"GET /api/v1/customers/{ids[-1]}/card")
    assert (await ask(mei, "GET", f"/customers/{ids[0]}/card"))[0] == 200, "who was seen already is no further one"


async def test_ones_own_call_is_no_way_through_the_book(house: Any, ask: Ask) -> None:
    settings = house.services.settings
    ids = await crowd(house, settings.look_ups_most + 1)
    mei, page = await house.logged_in("mei"), await house.desk("mei")
    house.arrives(raw="0988777666")
    house.rings("102")
    await page.expect("pop")
    statuses = [
        (await ask(mei, "POST", "/calls/1.1/customer", json={"customer_id": customer_id}))[0] for customer_id in ids
    ]
    assert statuses == [200] * settings.look_ups_most + [429]


async def test_searches_are_no_way_through_the_book(house: Any, ask: Ask) -> None:
    """Twenty at a time by two letters after two letters: names, who looks after them, and half a number."""
    await crowd(house, 45)
    house.server.app[FINDS].alarm, house.server.app[FINDS].most = 20, 35
    mei, boss = await house.logged_in("mei"), await house.desk("root")
    assert (await ask(mei, "GET", "/customers?q=陳%1C"))[0] == 400, "one letter and a control are one letter"
    statuses = [(await ask(mei, "GET", f"/customers?limit=20&q=客{n}"))[0] for n in (1, 2, 3, 4)]
    assert statuses == [200, 200, 200, 429]
    assert (await boss.expect("alarm"))["values"]["login"] == "mei"
    (entry,) = await audited(house, "customers.many_found")
    assert (entry.actor, entry.after["customers"]) == ("mei", 22)
    assert (await ask(mei, "GET", "/customers?limit=20&q=客1"))[0] == 200, "who was found already is no further one"
    root = await house.logged_in("root")
    assert (await ask(root, "GET", "/customers?limit=20&q=客4"))[0] == 200


async def test_a_mask_is_not_guessed_a_digit_at_a_time(house: Any, ask: Ask) -> None:
    house.server.app[FINDS].most = 20
    mei = await house.logged_in("mei")
    tried = [(await ask(mei, "GET", f"/customers?q=%2B8869{n:02}"))[0] for n in range(25)]
    assert tried == [200] * 20 + [429] * 5


Try = tuple[str, str, Callable[[str], Any]]
"""Method, path with the number in `{}`, and the body made of it: what says whether somebody has a number."""

TRIES: list[Try] = [
    ("GET", "/customers?q={}", lambda _: None),
    ("GET", "/route/explain?agent=101&from={}", lambda _: None),
    ("GET", "/route/week?agent=101&from={}", lambda _: None),
    ("GET", "/promises?number={}", lambda _: None),
    ("POST", "/orders", lambda one: {"title": "x", "number": one, "starts": "2026-12-02", "ends": "2026-12-01"}),
    ("POST", "/payments", lambda one: {"number": one}),
    ("POST", "/interactions", lambda one: {"channel": "web", "text": "x", "number": one}),
    ("POST", "/customers/2/numbers/change?try=true", lambda one: {"old": one, "new": "0900111222", "asked_by": "x"}),
    ("POST", "/customers/2/numbers/change?try=true", lambda one: {"old": "#9", "new": one, "asked_by": "x"}),
]


@pytest.mark.parametrize(("method", "path", "body"), TRIES)
async def test_a_mask_is_not_guessed_by_whole_numbers(
    house: Any, ask: Ask, method: str, path: str, body: Callable[[str], Any]
) -> None:
    """Five digits are hidden: a hundred thousand tries, a few minutes for a program, were nobody's look-ups."""
    house.server.app[FINDS].most = 10
    mei, root = await house.logged_in("mei"), await house.logged_in("root")
    numbers = [f"0933{n:03}222" for n in range(12)]
    tried = [(await ask(mei, method, path.format(one), json=body(one)))[0] for one in numbers]
    assert 429 not in tried[:9], tried
    assert tried[-1] == 429, tried
    again = (await ask(mei, method, path.format(numbers[0]), json=body(numbers[0])))[0]
    assert again != 429, "what was tried already says nothing new"
    assert (await ask(root, method, path.format("0933999222"), json=body("0933999222")))[0] != 429


async def test_the_plan_of_a_call_is_no_way_through_the_book(house: Any, ask: Ask) -> None:
    await crowd(house, 6)
    await house.services.callers.refresh()
    house.server.app[FINDS].most = 8
    mei = await house.logged_in("mei")
    path = "/route/explain?agent=101&from=09771{:05}"
    answers = [await ask(mei, "GET", path.format(n)) for n in range(6)]
    assert [status for status, _ in answers] == [200] * 4 + [429] * 2
    assert answers[0][1]["customer"]["name"] == "客0"


async def test_whatever_says_who_a_customer_is_counts_as_a_look(house: Any, ask: Ask) -> None:
    (mine, *ids) = await crowd(house, 5)
    house.server.app[LOOK_UPS].most = 1
    lin = await house.logged_in("lin")
    assert (await ask(lin, "GET", f"/customers/{mine}/card"))[0] == 200
    async with house.services.store.session() as session:
        number = await session.scalar(select(CustomerNumberRow.id).where(CustomerNumberRow.customer_id == ids[0]))
    tries: list[tuple[str, str, Any]] = [
        ("POST", "/customers/1/relations", {"role": "child", "customer_id": ids[0]}),
        ("GET", f"/customers/{ids[0]}/assignments", None),
        ("GET", f"/customers/{ids[0]}/prompts", None),
        ("GET", f"/customers/{ids[0]}/account", None),
        ("GET", f"/customers/{ids[0]}/history", None),
        ("POST", "/calls", {"number_id": number}),
    ]
    for method, path, body in tries:
        assert (await ask(lin, method, path, json=body))[0] == 429, path


async def test_a_mail_address_is_masked_wherever_the_card_says_it(house: Any, ask: Ask) -> None:
    async with house.services.store.transaction() as session:
        row = await people.add(session, "林太太", ["0977123456"], owner="103", email="lin.tai@example.com")
        customer_id = row.id
    mei, root = await house.logged_in("mei"), await house.logged_in("root")
    fact = {"key": "LINE", "value": "0977-123-456", "kind": "contact"}
    assert (await ask(root, "PUT", f"/customers/{customer_id}/facts", json=fact))[0] == 200
    shown = (await ask(mei, "GET", f"/customers/{customer_id}/card"))[1]
    assert "lin.tai@" not in str(shown)
    assert {one["key"]: one["value"] for one in shown["facts"]} == {
        "LINE": "0977•••456",
        "email": "l•••@example.com",
    }
    assert "lin.tai@example.com" in str((await ask(root, "GET", f"/customers/{customer_id}/card"))[1]["facts"])


async def test_a_number_is_masked_in_what_is_written_of_them(house: Any, ask: Ask) -> None:
    """A form of the firm's page says it, and so does the note of who took the call."""
    mei, root = await house.logged_in("mei"), await house.logged_in("root")
    async with house.services.store.transaction() as session:
        row = await people.add(
            session, "林太太", ["0977123456", "0225501999"], email="lin.tai@example.com", owner="103"
        )
        customer_id = row.id
    path = f"/customers/{customer_id}"
    for text in ("請打 0977-123-456 給我", "(02) 2550-1999 找她", "+886 977 123 456", "寄到 Lin.Tai@example.com"):
        assert (await ask(root, "POST", f"{path}/notes", json={"text": text}))[0] == 204
    for kind, key in (("preference", "備用"), ("family", "先生")):
        fact = {"key": key, "value": "0977 123 456", "kind": kind}
        assert (await ask(root, "PUT", f"{path}/facts", json=fact))[0] == 200
    order = {"customer_id": customer_id, "title": "機票 0977123456", "number": None}
    assert (await ask(root, "POST", "/orders", json=order))[0] == 200
    for part in ("/card", "/history"):
        plain = str((await ask(root, "GET", path + part))[1])
        shown = str((await ask(mei, "GET", path + part))[1])
        assert "0977-123-456" in plain
        for told in ("123-456", "123 456", "123456", "2550-1999", "Tai@", "tai@"):
            assert told not in shown, (part, told, shown)
        assert "請打 +8869•••456 給我" in shown, shown


async def test_a_number_is_masked_in_what_is_owed(house: Any, ask: Ask) -> None:
    promise = await missed(house)
    boss, lin = await house.logged_in("boss"), await house.logged_in("lin")
    said = {"text": "0933-000-222 要轉接"}
    assert (await ask(lin, "POST", f"/promises/{promise.id}/note", json=said))[0] == 200
    assert "0933-000-222" in str((await ask(lin, "GET", f"/promises/{promise.id}"))[1]["history"])
    assert "+8869•••222 要轉接" in str((await ask(boss, "GET", f"/promises/{promise.id}"))[1]["history"])
    assert (await ask(lin, "POST", f"/promises/{promise.id}/close", json={"reason": "0933000222 已談"}))[0] == 200
    assert (await ask(boss, "GET", f"/promises/{promise.id}"))[1]["reason"] == "+8869•••222 已談"


async def test_an_old_call_tied_to_somebody_shows_them_masked(house: Any, ask: Ask) -> None:
    mei = await house.logged_in("mei")
    house.arrives(raw="0988777666")
    house.rings("102")
    house.hangs_up()
    await house.tracker.flush()
    choice = {"customer_id": 1}
    _, card = await ask(mei, "POST", "/calls/1.1/customer", json=choice)
    assert card["numbers"][0]["e164"] == "+886933000222", "the caller turned out to be somebody we know"
    house.clock.ahead += timedelta(hours=2)
    status, card = await ask(mei, "POST", "/calls/1.1/customer", json=choice)
    assert (status, card["numbers"][0]["e164"], card["numbers"][0]["raw"]) == (200, "", "+8869•••222")


async def missed(house: Any, linkedid: str = "5.1", number: str = "+886933000222") -> Promise:
    """A caller is missed, so that somebody owes them a call back."""
    now = house.clock()
    call = Call(
        linkedid=linkedid,
        state=CallState.ENDED,
        caller_raw=number,
        caller_e164=number,
        dialled="0255501000",
        started=now - timedelta(seconds=30),
        ended=now,
        customer_id=1,
    )
    async with house.services.store.transaction() as session:
        await records.save(session, call)
    promise: Promise = await house.services.keeper.decide(call)
    await house.services.keeper.refresh()
    return promise


async def test_who_leads_reads_no_numbers_of_others_calls_and_promises(house: Any, ask: Ask) -> None:
    promise = await missed(house)
    boss, lin, root = [await house.logged_in(one) for one in ("boss", "lin", "root")]
    for path in ("/calls", "/calls?limit=200", "/calls/5.1", "/promises?all=true", "/promises", "/reports/nearly-lost"):
        assert "3000222" not in str((await ask(boss, "GET", path))[1]), path
        assert "3000222" in str((await ask(root, "GET", path))[1]), path
    (shown,) = (await ask(boss, "GET", "/promises"))[1]
    assert (shown["number"], shown["raw"], shown["masked"]) == (None, "+8869•••222", True)
    (shown,) = (await ask(lin, "GET", "/promises"))[1]
    assert (shown["number"], shown["masked"]) == ("+886933000222", False)
    (owed,) = (await house.desk("boss")).snapshot["promises"]
    assert (owed["number"], owed["raw"], owed["masked"]) == (None, "+8869•••222", True)
    (owed,) = (await house.desk("lin")).snapshot["promises"]
    assert (owed["number"], owed["masked"]) == ("+886933000222", False)
    assert (await ask(lin, "POST", f"/promises/{promise.id}/close", json={"reason": "done"}))[1]["masked"] is True


async def test_ones_own_calls_are_masked_once_they_are_over_for_an_hour(house: Any, ask: Ask) -> None:
    lin = await house.logged_in("lin")
    house.arrives(name="0933000222")
    house.rings("101")
    house.answers()
    house.hangs_up()
    await house.tracker.flush()
    (call,) = (await ask(lin, "GET", "/calls"))[1]
    assert (call["caller"]["e164"], call["masked"]) == ("+886933000222", False)
    house.clock.ahead += timedelta(hours=2)
    for call in ((await ask(lin, "GET", "/calls"))[1][0], (await ask(lin, "GET", "/calls/1.1"))[1]):
        assert (call["caller"]["raw"], call["caller"]["e164"], call["masked"]) == ("+8869•••222", None, True)
        assert call["caller"]["name"] == "0933•••222"


async def test_what_a_call_was_made_to_is_masked_too(house: Any, ask: Ask) -> None:
    at = house.clock() - timedelta(hours=2)
    leg = Leg(index=1, kind="outbound", agent=None, endpoint="PJSIP/0933000222@carrier", seconds=0, channel="1.2")
    call = Call(
        linkedid="1.1",
        state=CallState.ENDED,
        direction="outbound",
        made_by="101",
        dialled="0933000222",
        dialled_e164="+886933000222",
        started=at,
        ended=at,
        legs=(replace(leg, started=at, answered=at, ended=at, reason=LegReason.ANSWERED),),
        transfers=(Transfer(at=at, by="101", to="0933000222", index=1),),
    )
    async with house.services.store.transaction() as session:
        await records.save(session, call)
    for login in ("lin", "boss"):
        assert "3000222" not in str((await ask(await house.logged_in(login), "GET", "/calls/1.1"))[1])
    assert "3000222" in str((await ask(await house.logged_in("root"), "GET", "/calls/1.1"))[1])


async def test_lists_of_colleagues_customers_count_as_found(house: Any, ask: Ask) -> None:
    await missed(house)
    house.server.app[FINDS].most = 1
    async with house.services.store.transaction() as session:
        await people.add(session, "客一", ["0977100001"], owner="101")
    boss = await house.logged_in("boss")
    assert (await ask(boss, "GET", "/customers?q=客一"))[0] == 200
    for path in ("/calls", "/promises"):
        assert (await ask(boss, "GET", path))[0] == 429, path


async def test_who_may_not_read_a_number_may_call_it(house: Any, ask: Ask) -> None:
    promise = await missed(house)
    boss, mei = await house.logged_in("boss"), await house.logged_in("mei")
    status, answer = await ask(boss, "POST", "/calls", json={"promise_id": promise.id})
    assert (status, answer["error"]["code"]) == (503, "switch_unavailable"), "all but the switch was there"
    assert (await ask(mei, "POST", "/calls", json={"promise_id": promise.id}))[0] == 404
    house.server.app[LOOK_UPS].most = 0
    assert (await ask(boss, "POST", "/calls", json={"promise_id": promise.id}))[0] == 429


async def test_changes_of_numbers_are_masked_for_who_leads(house: Any, ask: Ask) -> None:
    lin, boss, root = [await house.logged_in(one) for one in ("lin", "boss", "root")]
    change = {"old": "0933-000-222", "new": "0933-000-333", "asked_by": "本人", "read_back": True}
    assert (await ask(lin, "POST", "/customers/1/numbers/change", json=change))[0] == 200
    path = "/customers/1/numbers/changes"
    (one,) = (await ask(boss, "GET", path))[1]
    assert (one["before"], one["after"]) == ("+8869•••222", "+8869•••333")
    assert (await ask(root, "GET", path))[1][0]["after"] == "+886933000333"


async def test_whom_one_called_is_ones_own_call_too(house: Any, ask: Ask) -> None:
    now = house.clock()
    call = Call(linkedid="1.1", state=CallState.ENDED, direction="outbound", made_by="102", started=now, ended=now)
    async with house.services.store.transaction() as session:
        await records.save(session, replace(call, customer_id=1))
    card = (await ask(await house.logged_in("mei"), "GET", "/customers/1/card"))[1]
    assert card["numbers"][0]["e164"] == "+886933000222"
