"""A person is erased wherever a copy lies; calls can still be counted, the audit stands, and others lose nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import String, func, select

from cti.agents import people as staff
from cti.audit.ledger import entries, record
from cti.audit.ledger import verify as verify_audit
from cti.audit.model import Entry
from cti.calls import records
from cti.calls.model import OUTBOUND, Call, CallState, Leg
from cti.customers import dealings, people
from cti.customers.card import load_card
from cti.customers.export import export_csv
from cti.customers.index import CallerIndex
from cti.customers.intake_tables import ImportChangeRow, ImportRow, PaymentRow, WaitingMessageRow
from cti.customers.tables import CustomerNumberRow, CustomerRow, InteractionRow, OrderRow, PreferenceRow
from cti.errors import Invalid, NotFound, Refused
from cti.pocket.tables import PocketCardRow
from cti.privacy.copies import NoSwitch
from cti.privacy.erasure import erase, foresee, sweep
from cti.privacy.everywhere import Places, erase_everywhere, make_dossier
from cti.privacy.traces import NOT_THEIRS
from cti.promises.ledger import Ledger, find
from cti.promises.model import Duty, OwnerWhy
from cti.promises.notices import MAIL, Notice
from cti.promises.tables import PromiseNoticeRow, PromiseRow
from cti.store.base import Base
from cti.store.engine import Store
from cti.wrapup.tables import WrapUpRow

NOW = datetime.now(UTC).replace(microsecond=0)
LONG_AGO = NOW - timedelta(days=2)
LEDGER = Ledger(lambda shown, _entry: [Notice(MAIL, "lin@example.test", {"caller": shown.promise.number})])
NAMES = {"0933000222": "CHEN MEI", "0933000223": "HUANG"}
SECRETS = ("0933000222", "933000222", "0933-000-222", "陳太太", "chen@example.test", "窗邊", "民生東路", "CHEN")


class Kept:
    """Asterisk's store, for a test without Asterisk."""

    def __init__(self) -> None:
        self.keys = {"0933000222": "101", "0933000223": "102"}

    async def db_get(self, _family: str, key: str) -> str | None:
        return self.keys.get(key)

    async def db_del(self, _family: str, key: str) -> None:
        self.keys.pop(key, None)


def ended(linkedid: str, number: str, customer_id: int | None, *, outbound: bool = False) -> Call:
    mine = {"dialled": number, "dialled_e164": f"+886{number[1:]}"} if outbound else {}
    theirs = (
        {} if outbound else {"caller_e164": f"+886{number[1:]}", "caller_raw": number, "caller_name": NAMES[number]}
    )
    endpoint = f"PJSIP/{number}@carrier" if outbound else "PJSIP/101"
    leg = Leg(index=1, kind="outbound" if outbound else "desk", agent="101", endpoint=endpoint, seconds=15)
    fields = {"dialled": "+886255501000", **mine, **theirs}
    return Call(
        linkedid=linkedid,
        direction=OUTBOUND if outbound else "inbound",
        customer_id=customer_id,
        started=LONG_AGO,
        ended=LONG_AGO,
        state=CallState.ENDED,
        legs=(leg,),
        **fields,
    )


@pytest.fixture
async def firm(store: Store) -> Store:
    """陳太太 (1), whose number is hers alone, and 黃先生 (2), whose notes mention her."""
    async with store.transaction() as session:
        await staff.add_agent(session, "101", "林小明", extension="101")
        chen = await people.add(
            session, "陳太太", ["0933-000-222"], owner="101", email="chen@example.test", address="台北市民生東路 1 號"
        )
        huang = await people.add(session, "黃先生", ["0933-000-223"], owner="101")
        assert (chen.id, huang.id) == (1, 2)
        await people.add_note(session, 1, "喜歡窗邊的位子", "101")
        await people.add_note(session, 2, "陳太太(0933000222)介紹的", "101")
        await dealings.add_complaint(session, 1, "窗邊沒有窗", agent="101")
        session.add(PreferenceRow(customer_id=1, key="seat", value="窗邊", last_confirmed=NOW))
        session.add(OrderRow(customer_id=1, title="陳太太 沖繩", amount=1, state="done", placed=LONG_AGO))
        session.add(OrderRow(customer_id=1, title="陳太太 報價", amount=1, state="quoted", placed=LONG_AGO))
        session.add(
            PocketCardRow(
                id="p", digest="d", linkedid="1.1", agent="101", endpoint="x", step=1, issued=LONG_AGO,
                expires=LONG_AGO, state="gone", shown_link="https://example.test/p/x",
            )
        )  # fmt: skip
        session.add(WrapUpRow(linkedid="1.1", agent="101", customer_id=1, note="窗邊", next_step="寄到民生東路"))
        record(session, Entry(action="number.changed", actor="101", subject="customer", subject_id="1", after="x"))
        record(session, Entry(action="call.noted", actor="101", text="陳太太 0933000222"))
        record(session, Entry(action="agent.left", actor="101", subject="agent", subject_id="9", after={"n": 1}))
    for call in (
        ended("1.1", "0933000222", 1),
        ended("2.1", "0933000222", None),
        ended("3.1", "0933000222", 1, outbound=True),
        ended("4.1", "0933000223", 2),
    ):
        async with store.transaction() as session:
            await records.save(session, call)
        async with store.transaction() as session:
            await LEDGER.decide(session, call, 20, lambda call, _: Duty("101", OwnerWhy.OWNER, NOW, call.customer_id))
    return store


async def everything(store: Store) -> str:
    """Every text in the database but those of the firm's own tables and the audit's chain."""
    texts = []
    async with store.session() as session:
        for table in Base.metadata.sorted_tables:
            if table.name in NOT_THEIRS - {"audit_contents"}:
                continue
            for column in table.columns:
                if isinstance(column.type, String):
                    found = await session.scalars(select(column).where(column.is_not(None)))
                    texts += [f"{table.name}.{column.name}: {text}" for text in found]
    return "\n".join(texts)


async def go(store: Store, reason: str = "她寫信來要求") -> None:
    await erase(store, 1, by="boss", reason=reason, keep_years=5, at=NOW)


async def test_nothing_of_the_person_stays_anywhere(firm: Store) -> None:
    before = await everything(firm)
    assert all(secret in before for secret in SECRETS if secret not in {"933000222", "0933-000-222"})
    await go(firm, "陳太太 0933000222 寫信來要求")
    left = await everything(firm)
    for secret in SECRETS:
        assert secret not in left.replace("黃先生", ""), [line for line in left.splitlines() if secret in line]
    assert "***" in left, "somebody else's note stays, without her"
    async with firm.session() as session:
        verdict = await verify_audit(session)
        (entry,) = await entries(session, action="customer.erased")
    assert verdict.sound
    assert verdict.erased == 2
    assert entry.entry.subject_id == "1"


@pytest.mark.parametrize(
    "written",
    ["0933 000 222", "0933.000.222", "0933-000222", "(0933) 000-222", "+886 933 000 222", "+886-933-000-222"],
)
async def test_however_a_note_writes_her_number_it_goes(firm: Store, written: str) -> None:
    async with firm.transaction() as session:
        await people.add_note(session, 2, f"介紹人 {written}", "101")
    await go(firm)
    async with firm.session() as session:
        notes = await session.scalars(select(InteractionRow.text).where(InteractionRow.customer_id == 2))
    assert "介紹人 ***" in list(notes)


async def test_however_a_note_writes_her_address_it_goes(firm: Store) -> None:
    async with firm.transaction() as session:
        (await session.get_one(CustomerRow, 1)).email = "Chen@Example.test"
        await people.add_note(session, 2, "介紹人 CHEN@example.TEST", "101")
        session.add(
            WaitingMessageRow(
                at=LONG_AGO, channel="mail", direction="in", text="想去沖繩", source="api", name="C", attachments="[]",
                email="chen@example.test", candidates="[]", received=LONG_AGO,
            )
        )  # fmt: skip
    await go(firm)
    async with firm.session() as session:
        notes = await session.scalars(select(InteractionRow.text).where(InteractionRow.customer_id == 2))
        assert "介紹人 ***" in list(notes)
        assert await session.scalar(select(func.count()).select_from(WaitingMessageRow)) == 0


async def test_what_the_audit_says_of_her_orders_and_payments_goes(firm: Store, tmp_path: Path) -> None:
    async with firm.transaction() as session:
        hers = list(await session.scalars(select(OrderRow.id).order_by(OrderRow.id)))
        his = OrderRow(customer_id=2, title="東京", amount=1, state="done", placed=LONG_AGO)
        paid = PaymentRow(customer_id=1, amount=1, method="cash", at=LONG_AGO, note="私下付的")
        session.add_all((his, paid))
        await session.flush()
        for subject, number in (*(("order", one) for one in (*hers, his.id)), ("payment", paid.id)):
            after = {"note": f"{subject} {number}"}
            record(
                session,
                Entry(action=f"{subject}.added", actor="a", subject=subject, subject_id=f"{number}", after=after),
            )
    held = await make_dossier(firm, Places(tmp_path / "journal.csv", tmp_path), NoSwitch(), 1, by="boss", at=NOW)
    told = {one["subject_id"] for one in held["audit"] if one["subject"] in {"order", "payment"}}
    assert told == {str(one) for one in (*hers, paid.id)}, "and she may read it before"
    await go(firm)
    async with firm.session() as session:
        orders = await entries(session, action="order.added")
        (payment,) = await entries(session, action="payment.added")
        assert {one.entry.subject_id: one.erased for one in orders} == {
            **{str(one): True for one in hers},
            str(his.id): False,
        }
        assert payment.erased
        assert (await verify_audit(session)).sound


async def test_what_happened_can_still_be_counted(firm: Store) -> None:
    async with firm.session() as session:
        before = await session.scalar(select(func.count()).select_from(InteractionRow))
    await go(firm)
    async with firm.session() as session:
        calls = await records.recent(session, limit=10)
        row = await session.get_one(CustomerRow, 1)
        assert await session.scalar(select(func.count()).select_from(InteractionRow)) == before
        orders = list(await session.scalars(select(OrderRow)))
        promises = await find(session, everything=True)
    assert {call.linkedid: call.customer_id for call in calls} == {"1.1": 1, "2.1": 1, "3.1": 1, "4.1": 2}
    assert (row.name, row.state, row.owner) == ("", "erased", None)
    assert [(order.title, order.state) for order in orders] == [("*** 沖繩", "done")]
    states = {one.promise.customer_id: one.promise.state.value for one in promises}
    assert states == {1: "closed", 2: "open"}


async def test_others_keep_everything(firm: Store) -> None:
    await go(firm)
    async with firm.session() as session:
        other = await session.get_one(CustomerRow, 2)
        assert (other.name, other.owner) == ("黃先生", "101")
        assert list(await session.scalars(select(CustomerNumberRow.e164))) == ["+886933000223"]
        (call,) = (await records.load_many(session, ["4.1"])).values()
    assert call.caller_e164 == "+886933000223"


async def test_a_shared_number_stays_the_others(firm: Store) -> None:
    async with firm.transaction() as session:
        await people.add_number(session, 2, "0933-000-222")
    await go(firm)
    async with firm.session() as session:
        calls = await records.load_many(session, ["1.1", "2.1"])
    assert calls["1.1"].caller_e164 is None, "it was her call"
    assert calls["2.1"].caller_e164 == "+886933000222", "nobody knows whose call it was"


async def test_queued_notices_say_nothing_any_more(firm: Store) -> None:
    await go(firm)
    async with firm.session() as session:
        notices = list(await session.scalars(select(PromiseNoticeRow)))
    hers = [one for one in notices if one.body == "{}"]
    assert hers
    assert all(one.sent is None and one.given_up for one in hers)
    assert any("0933000223" in one.body or "+886933000223" in one.body for one in notices)


async def test_her_next_call_is_nobodys(firm: Store) -> None:
    index = CallerIndex(firm)
    await index.load()
    assert [match.name for match in index.lookup("+886933000222")] == ["陳太太"]
    await go(firm)
    await index.refresh()
    assert index.lookup("+886933000222") == ()
    assert dict(index.owners()) == {"+886933000223": "101"}


async def test_the_dry_run_says_the_same_and_changes_nothing(firm: Store) -> None:
    before = await everything(firm)
    foreseen = await foresee(firm, 1, keep_years=5, at=NOW)
    assert await everything(firm) == before
    done, _ = await erase(firm, 1, by="boss", reason="x", keep_years=5, at=NOW)
    assert msgspec.structs.replace(foreseen, done=True) == done
    assert done.rows["calls"] == 3
    assert done.orders_kept == (1,)


async def test_again_changes_nothing_but_what_has_come_back(firm: Store) -> None:
    await go(firm)
    again, _ = await erase(firm, 1, by="boss", reason="x", keep_years=5, at=NOW)
    assert (again.again, again.rows) == (True, {})
    async with firm.transaction() as session:
        await records.save(session, ended("1.1", "0933000222", 1))
    assert await sweep(firm, NOW, 5) == 1
    async with firm.session() as session:
        assert (await records.load_many(session, ["1.1"]))["1.1"].caller_raw == ""


async def test_refused_while_she_is_still_being_served(firm: Store) -> None:
    async with firm.transaction() as session:
        session.add(OrderRow(customer_id=1, title="京都", amount=1, state="paid", placed=NOW, starts=NOW.date()))
    with pytest.raises(Refused, match="order 3 of customer 1 is still to be delivered"):
        await go(firm)
    async with firm.transaction() as session:
        await dealings.set_order_state(session, 3, "cancelled")
        await records.save(session, msgspec.structs.replace(ended("9.1", "0933000222", 1), ended=NOW))
    with pytest.raises(Refused, match=r"call 9\.1"):
        await go(firm)


async def test_bad_input_is_refused(firm: Store) -> None:
    with pytest.raises(Invalid, match="reason"):
        await go(firm, "  ")
    with pytest.raises(NotFound):
        await foresee(firm, 77, keep_years=5, at=NOW)


async def test_copies_outside_the_database_follow(firm: Store, tmp_path: Path) -> None:
    journal = tmp_path / "ringward.csv"
    hers = '"ANSWER","1700000000.1","1.1","1.1","PJSIP/carrier-1","0933000222","CHEN MEI","s","ringward","Dial","",""'
    other = hers.replace("0933000222", "0933000223").replace('"1.1"', '"4.1"').replace("CHEN MEI", "HUANG")
    journal.write_text(f"{hers}\n{other}\n")
    (tmp_path / "ringward.csv.1.gz").write_bytes(b"x")
    sounds = tmp_path / "whisper"
    sounds.mkdir()
    (sounds / "a.wav").write_bytes(b"x")
    kept, size = Kept(), journal.stat().st_size
    places = Places(journal, sounds)
    held = await make_dossier(firm, places, kept, 1, by="boss", at=NOW)
    assert held["copies"]["astdb"] == {"0933000222": "101"}
    assert list(held["copies"]["journal"]) == [hers]
    assert [call["linkedid"] for call in held["calls"]] == ["1.1", "2.1", "3.1"]
    assert {"interactions", "promises", "pocket_cards", "wrap_ups", "assignments"} <= held["tables"].keys()
    assert held["mentioned_in"]["interactions.text"] == 1
    json.dumps(held)
    _, copies = await erase_everywhere(
        firm, places, kept, 1, by="boss", reason="x", keep_years=5, at=NOW + timedelta(seconds=1)
    )
    assert (copies.astdb, copies.journal, copies.journal_left, copies.whispers) == (True, 1, ("ringward.csv.1.gz",), 1)
    assert journal.read_text().splitlines()[1] == other
    assert "0933000222" not in journal.read_text()
    assert "CHEN" not in journal.read_text()
    assert journal.stat().st_size == size
    assert kept.keys == {"0933000223": "102"}
    async with firm.session() as session:
        assert [one.entry.action for one in await entries(session, subject_id="1", limit=2)] == [
            "customer.erased",
            "customer.dossier_made",
        ]


async def test_asterisk_that_is_away_is_said(firm: Store, tmp_path: Path) -> None:
    _, copies = await erase_everywhere(
        firm, Places(tmp_path / "no.csv", tmp_path / "none"), NoSwitch(), 1, by="b", reason="x", keep_years=5, at=NOW
    )
    assert (copies.astdb, copies.journal, copies.whispers) == (False, 0, 0)


async def test_what_an_undo_or_an_unmerge_would_bring_back_goes_too(firm: Store) -> None:
    async with firm.transaction() as session:
        old = await people.add(session, "陳美玲小姐", ["0933000777"])
        old.merged_into = 1
        session.add(ImportRow(id=1, kind="customers", at=NOW))
        await session.flush()
        session.add(ImportChangeRow(import_id=1, subject_id=1, before=None, after='{"address": "民生東路"}'))
        session.add(ImportChangeRow(import_id=1, subject_id=2, before=None, after='{"address": "忠孝東路"}'))
        waiting = {"channel": "mail", "direction": "in", "at": NOW, "received": NOW}
        session.add(WaitingMessageRow(email="chen@example.test", text="窗邊", **waiting))
        session.add(WaitingMessageRow(number="+886933000223", text="改期", **waiting))
    with pytest.raises(Refused, match="merged into customer 1"):
        await foresee(firm, 3, keep_years=5, at=NOW)
    await go(firm)
    left = await everything(firm)
    assert [secret for secret in (*SECRETS, "陳美玲", "0933000777") if secret in left] == []
    assert "忠孝東路" in left
    assert "改期" in left


async def test_an_erased_customer_is_found_and_listed_no_more(firm: Store) -> None:
    await go(firm)
    async with firm.session() as session:
        assert [one.customer_id for one in await people.search(session)] == [2]
        assert [one.customer_id for one in await people.search(session, "沖繩")] == []
        assert [one.customer_id for one in await people.listed(session, 0, 9)] == [2]
        exported = [piece async for piece in export_csv(session, "RW-x")]
        assert await load_card(session, 1) is None
        with pytest.raises(NotFound, match="customer 1 was erased"):
            await people.get(session, 1)
    assert "ringward-1" not in "".join(exported)


async def test_more_promises_than_one_statement_binds_are_all_forgotten(
    firm: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in ("traces", "erasure"):
        monkeypatch.setattr(f"cti.privacy.{room}.AT_ONCE", 1, raising=False)
    async with firm.transaction() as session:
        one = (await session.scalars(select(PromiseRow).where(PromiseRow.customer_id == 1))).one()
        again = {column.name: getattr(one, column.name) for column in PromiseRow.__table__.columns}
        session.add(PromiseRow(**again | {"id": 8, "state": "closed", "caller": "earlier"}))
        for number in range(1, 9):
            record(session, Entry(action="promise.noted", actor="101", subject="promise", subject_id=str(number)))
    await go(firm)
    async with firm.session() as session:
        theirs = set(await session.scalars(select(PromiseRow.id).where(PromiseRow.customer_id == 1)))
        noted = await entries(session, action="promise.noted")
    assert len(theirs) > 1
    assert {int(one.entry.subject_id) for one in noted if one.erased} == theirs
