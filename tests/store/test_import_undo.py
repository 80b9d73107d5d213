"""Files of every kind go in once, every import is taken back whole, and what people changed since stays theirs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

import cti.calls.tables
import cti.customers.worth.tables
import cti.promises.tables
import cti.wrapup.tables  # noqa: F401 - what may hang on a customer
from cti.audit.ledger import entries
from cti.customers import imports, people
from cti.customers.assignments import assignments
from cti.customers.history import Wanted, time_line
from cti.customers.identity_tables import IdentityNumberRow
from cti.customers.import_files import FileReport, import_file
from cti.customers.imports import Undone
from cti.customers.index import CallerIndex
from cti.customers.intake_tables import ImportChangeRow, PaymentRow, WaitingMessageRow
from cti.customers.number_change import Changer
from cti.customers.sealing import Seal, keep, reveal
from cti.customers.tables import CustomerNumberRow, CustomerRow, InteractionRow, OrderRow, PreferenceRow
from cti.errors import NotFound, Refused
from cti.store.base import Base
from cti.store.engine import Store

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
CUSTOMERS = """客戶編號,姓名,電話,負責人,等級,偏好
C1,陳美玲,0933-000-222;03-8331234,101,A,房間=高樓層
C2,林大同,0912-345-678,102,,
"""
LATER = """客戶編號,姓名,電話,負責人,等級,偏好
C1,陳美鈴,0933-000-222;0955-111-222,103,B,房間=低樓層;飲食=素食
C2,林大同,0912-345-678,102,,
C3,新客人,0955-333-444,,,
"""
ORDERS = "單號,客編,品名,金額\nB-1,C1,沖繩,36000\nB-2,C2,簽證,1500\n"
PAYMENTS = "流水號,單號,金額,付款方式\nP-1,B-1,36000,轉帳\n"
MESSAGES = """編號,管道,內容,電話,姓名
M-1,LINE,想去沖繩,0933000222,
M-2,傳真,請報價,0966-777-888,周小姐
M-3,網站,?,0977-888-999,
"""
WATCHED = (CustomerRow, CustomerNumberRow, PreferenceRow, OrderRow, PaymentRow, InteractionRow, WaitingMessageRow)


async def bring(store: Store, text: str, kind: str = "customers", **options: Any) -> FileReport:
    return await import_file(
        store,
        kind,
        text.encode(),
        by="boss",
        file=f"{kind}.csv",
        zone=ZoneInfo("Asia/Taipei"),
        now=options.pop("now", NOW),
        **options,
    )


async def back(store: Store, report: FileReport) -> Undone:
    assert report.import_id is not None
    return await imports.undo(store, report.import_id, by="boss", at=NOW + timedelta(days=2))


async def picture(store: Store) -> dict[str, list[dict[str, Any]]]:
    """All that imports may touch, without what counts changes."""
    found: dict[str, list[dict[str, Any]]] = {}
    async with store.session() as session:
        for table in WATCHED:
            columns = [one for one in table.__table__.columns if one.name not in {"revision", "last_confirmed"}]
            rows = await session.execute(select(*columns).order_by(table.__table__.c.id))
            found[table.__tablename__] = [dict(row._mapping) for row in rows]
    return found


async def test_a_first_import_is_taken_back_to_nothing(store: Store) -> None:
    report = await bring(store, CUSTOMERS)
    assert (report.added, report.faults, report.encoding) == (2, (), "utf-8-sig")
    index = CallerIndex(store)
    await index.load()
    undone = await back(store, report)
    assert (undone.restored, undone.kept, undone.left) == (2, 0, ())
    assert not any((await picture(store)).values())
    await index.refresh()
    assert index.lookup("+886933000222") == ()
    with pytest.raises(Refused):
        await back(store, report)
    with pytest.raises(NotFound):
        await imports.undo(store, 404, by="boss", at=NOW)
    async with store.session() as session:
        (row,) = await imports.listed(session)
        assert (row.undone, row.undone_by, row.added) == (NOW + timedelta(days=2), "boss", 2)
        told = [kept.entry for kept in await entries(session, subject="import")]
        assert await session.scalar(select(func.count()).select_from(ImportChangeRow)) == 0
    assert [(one.action, one.actor) for one in told] == [("import.undone", "boss"), ("import.applied", "boss")]


async def test_a_second_import_is_taken_back_to_the_first(store: Store) -> None:
    await bring(store, CUSTOMERS)
    before = await picture(store)
    report = await bring(store, LATER, now=NOW + timedelta(days=1))
    assert (report.added, report.changed, report.unchanged) == (1, 1, 1)
    assert await picture(store) != before
    assert (await back(store, report)).kept == 0
    assert await picture(store) == before
    async with store.session() as session:
        chen = await session.scalar(select(CustomerRow.id).where(CustomerRow.external_id == "C1"))
        latest, *_ = await assignments(session, chen or 0)
        assert (latest.agent, latest.ends) == ("101", None)


async def test_what_somebody_changed_since_is_left_and_listed(store: Store) -> None:
    await bring(store, CUSTOMERS)
    report = await bring(store, LATER)
    async with store.transaction() as session:
        by_code = {row.external_id: row.id for row in await session.scalars(select(CustomerRow))}
        await people.set_tier(session, by_code["C1"], "C")
        await people.retire_number(session, by_code["C1"], "+886955111222", NOW)
        await people.add_note(session, by_code["C3"], "要再聯絡", "101")
    undone = await back(store, report)
    assert (undone.restored, undone.kept) == (0, 2)
    left = {one.id: (one.why, one.fields) for one in undone.left}
    assert left[by_code["C1"]] == ("changed", ("tier", "numbers +886955111222"))
    assert left[by_code["C3"]] == ("used", ())
    async with store.session() as session:
        chen = await people.get(session, by_code["C1"])
    assert (chen.name, chen.owner, chen.tier) == ("陳美玲", "101", "C")


async def test_a_dry_run_says_the_same_and_writes_nothing(store: Store) -> None:
    tried = await bring(store, CUSTOMERS, dry_run=True)
    assert (tried.added, tried.import_id) == (2, None)
    assert not any((await picture(store)).values())
    await bring(store, CUSTOMERS)
    before = await picture(store)
    for kind, text in (("orders", ORDERS), ("interactions", MESSAGES)):
        tried = await bring(store, text, kind, dry_run=True)
        assert await picture(store) == before
        done = await bring(store, text, kind)
        assert (tried.added, tried.changed, tried.unchanged) == (done.added, done.changed, done.unchanged)
        before = await picture(store)


async def test_orders_payments_and_messages_go_in_once_and_out_whole(store: Store) -> None:
    await bring(store, CUSTOMERS)
    pictures, reports = [await picture(store)], []
    for kind, text in (("orders", ORDERS), ("payments", PAYMENTS), ("interactions", MESSAGES)):
        reports.append(await bring(store, text, kind))
        pictures.append(await picture(store))
        again = await bring(store, text, kind)
        assert (again.added, again.changed, again.import_id) == (0, 0, None)
        assert await picture(store) == pictures[-1]
    async with store.session() as session:
        chen = await session.scalar(select(CustomerRow.id).where(CustomerRow.external_id == "C1"))
        line = await time_line(session, chen or 0, Wanted())
        order = (await session.scalars(select(OrderRow).where(OrderRow.external_id == "B-1"))).one()
    assert {one.kind for one in line} == {"order", "payment", "message"}
    assert (order.state, order.settled) == ("paid", NOW)
    for report in reversed(reports):
        pictures.pop()
        assert (await back(store, report)).kept == 0
        assert await picture(store) == pictures[-1]


async def test_an_order_that_was_paid_since_is_left(store: Store) -> None:
    await bring(store, CUSTOMERS)
    orders = await bring(store, ORDERS, "orders")
    await bring(store, PAYMENTS, "payments")
    undone = await back(store, orders)
    assert (undone.restored, [one.why for one in undone.left]) == (1, ["changed"])


async def test_one_line_that_names_nobody_keeps_all_out(store: Store) -> None:
    await bring(store, CUSTOMERS)
    before = await picture(store)
    wrong = await bring(store, ORDERS + "B-3,C404,誰的,1\nB-4,,沒人,1\n", "orders")
    assert [(fault.line, "C404" in fault.what) for fault in wrong.faults] == [(4, True), (5, False)]
    assert await picture(store) == before
    lost = await bring(store, "流水號,單號,金額\nP-9,B-404,5\n", "payments")
    assert (len(lost.faults), lost.import_id) == (1, None)


async def test_a_file_is_written_and_undone_in_pieces(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("imports", "dealing_import"):
        monkeypatch.setattr(f"cti.customers.{module}.PIECE", 2)
    await bring(store, CUSTOMERS)
    before = await picture(store)
    many = "單號,客編,品名\n" + "".join(f"B-{n},C1,第{n}團\n" for n in range(7))
    report = await bring(store, many, "orders")
    assert report.added == 7
    undone = await back(store, report)
    assert (undone.restored, undone.kept) == (7, 0)
    assert await picture(store) == before


async def test_every_table_that_names_a_customer_keeps_the_record(store: Store) -> None:
    """A new table must not make an undo fail on its foreign key: the record stays, and is listed as used."""
    named = {table.name for table, _ in imports.references()} - imports._OWN
    assert {"orders", "interactions", "payments", "matters", "customer_relations"} <= named <= set(Base.metadata.tables)


async def test_identity_numbers_come_in_sealed_once_and_go_with_the_import(store: Store, tmp_path: Path) -> None:
    seal = Seal(tmp_path / "identity.key")

    async def give(text: str, seal: Seal | None = seal) -> FileReport:
        told = {"by": "boss", "file": "x.csv", "zone": UTC, "now": NOW, "seal": seal}
        return await import_file(store, "customers", text.encode(), **told)  # type: ignore[arg-type]

    async def shown() -> list[tuple[str, str]]:
        async with store.session() as session:
            rows = await session.scalars(select(IdentityNumberRow).order_by(IdentityNumberRow.id))
            return [(one.kind, one.shown) for one in rows]

    first = "客戶編號,姓名,身分證字號,統一編號\nC1,林太太,A123456789,\nC2,海島,,04595257\n"
    assert [one.line for one in (await give(first, None)).faults] == [2]
    made = await give(first)
    assert (made.added, await shown()) == (2, [("national", "A1•••••789"), ("company", "04•••••257")])
    again = await give(first.replace("A123456789", "B123456780"))
    assert (again.unchanged, again.import_id) == (2, None)
    more = await give(first.replace("C1,林太太,A123456789,", "C1,林太太,,22099131"))
    assert (more.changed, len(await shown())) == (1, 3)
    async with store.session() as session:
        assert await reveal(session, 1, "company", seal=seal, by=Changer(actor="boss")) == "22099131"
    assert more.import_id is not None
    assert made.import_id is not None
    assert (await imports.undo(store, more.import_id, by="boss", at=NOW)).kept == 0
    assert len(await shown()) == 2
    async with store.transaction() as session:
        await keep(session, 2, "company", "22099131", seal=seal, by=Changer(actor="lin"), at=NOW)
    undone = await imports.undo(store, made.import_id, by="boss", at=NOW)
    assert (undone.restored, [(one.id, one.why) for one in undone.left]) == (1, [(2, "changed")])
    assert await shown() == [("company", "22•••••131")]
