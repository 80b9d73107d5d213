"""Files as offices have them: Excel, old telephones' contacts, every encoding; and those that nobody should open."""

from __future__ import annotations

import io
import quopri
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.customers import sheets
from cti.customers.csv_file import ImportPlan, read_customers
from cti.customers.dealing_file import COLUMNS, NEEDED, read_amount, read_day, read_dealings, read_instant
from cti.customers.moving import references
from cti.customers.sheets import open_sheet
from cti.customers.vcards import looks_like_vcard, read_vcards
from cti.errors import Invalid

TAIPEI = ZoneInfo("Asia/Taipei")
ORDERS = """訂單編號,客戶編號,品名,金額,狀態,下單日期,出發日,回程日
B-1,C1,沖繩五日,"NT$36,000",已付款,2026/11/1 14:05,115/12/1,2026年12月5日
B-2,C1,簽證,1500,,2026-11-02,,
"""
HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=20)


def book(rows: list[list[object]]) -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def test_orders_as_an_office_writes_them() -> None:
    plan = read_dealings("orders", ORDERS.encode("cp950"), TAIPEI)
    assert (plan.faults, plan.encoding) == ((), "cp950")
    first, second = plan.lines
    assert first.fields == {
        "title": "沖繩五日",
        "amount": 36000,
        "state": "paid",
        "placed": datetime(2026, 11, 1, 6, 5, tzinfo=UTC),
        "starts": date(2026, 12, 1),
        "ends": date(2026, 12, 5),
    }
    assert (first.external_id, first.sender and first.sender.code, second.fields["amount"]) == ("B-1", "C1", 1500)


def test_an_excel_file_says_the_same_as_its_csv() -> None:
    rows: list[list[object]] = [
        ["客戶編號", "姓名", "電話", "偏好"],
        ["C1", "陳美玲", 912345678.0, "房間=高樓層"],
        ["C2", "<b>林</b>", "(03)833-1234", None],
    ]
    plan = read_customers(book(rows))
    assert (plan.faults, plan.encoding) == ((), "xlsx")
    told = [(one.line, one.fields["name"], one.numbers[0].e164) for one in plan.lines]
    assert told == [(2, "陳美玲", "+886912345678"), (3, "<b>林</b>", "+88638331234")]
    days: list[list[object]] = [
        ["單號", "客編", "品名", "金額", "下單日期", "出發日"],
        ["B-1", "C1", "沖繩", 36000, datetime.fromisoformat("2026-11-01T14:05"), date(2026, 12, 1)],
    ]
    (line,) = read_dealings("orders", book(days), TAIPEI).lines
    assert line.fields["placed"] == datetime(2026, 11, 1, 6, 5, tzinfo=UTC)
    assert (line.fields["amount"], line.fields["starts"]) == (36000, date(2026, 12, 1))


def packed(parts: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        packed({"xl/worksheets/sheet1.xml": bytes(130_000_000)}),
        packed({f"part{n}": b"" for n in range(1001)}),
        packed({"hello.txt": b"hello"}),
        b"PK\x03\x04" + b"\0" * 100,
        book([["a"]])[:-200],
        b"\xd0\xcf\x11\xe0" + b"\0" * 100,
    ],
    ids=["bomb", "many parts", "no book", "no zip", "cut", "old Excel"],
)
def test_a_packed_file_that_is_none_or_too_much_is_refused(content: bytes) -> None:
    plan = read_customers(content)
    assert (plan.lines, [fault.line for fault in plan.faults]) == ((), [1])


def test_a_packed_file_that_lies_about_its_size_is_refused() -> None:
    content = bytearray(packed({"xl/workbook.xml": bytes(1_000_000)}))
    true, told = (1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    assert read_customers(bytes(content).replace(true, told)).faults


def test_too_large_a_book_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "LARGEST_BOOK", 100)
    with pytest.raises(Invalid, match="split"):
        open_sheet(book([["id", "name"]]), str)


@pytest.mark.parametrize("kind", list(NEEDED))
def test_columns_of_a_kind_are_unambiguous(kind: str) -> None:
    names = [name for columns in COLUMNS[kind].values() for name in columns]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("text", "amount"), [("36000", 36000), ("NT$36,000", 36000), ("３６０００元", 36000), ("-1,500.00", -1500)]
)
def test_amounts(text: str, amount: int) -> None:
    assert read_amount(text) == amount


@pytest.mark.parametrize("text", ["", "1.5", "1e5", "=1+1", "三萬", "9" * 11, "٣٦"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(Invalid):
        read_amount(text)


@given(st.dates(date(1912, 1, 1), date(2900, 12, 31)))
def test_days_in_every_way_of_writing(day: date) -> None:
    ways = [
        day.isoformat(),
        day.strftime("%Y/%m/%d"),
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}.{day.month}.{day.day}",
    ]
    year = day.year - 1911
    if year >= 10:
        ways.append(f"民國{year}年{day.month}月{day.day}日")
    if year >= 100:
        ways.append(f"{year}/{day.month}/{day.day}")
    assert {read_day(way) for way in ways} == {day}


@pytest.mark.parametrize("text", ["2026-13-01", "26/12/1", "tomorrow", "1/2/3/4", "2026-02-30", ""])
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(Invalid):
        read_day(text)


def test_a_zone_in_the_file_wins() -> None:
    assert read_instant("2026-11-23T14:05:00+09:00", TAIPEI) == datetime(2026, 11, 23, 5, 5, tzinfo=UTC)
    assert read_instant("2026/11/23 14:05", TAIPEI) == datetime(2026, 11, 23, 6, 5, tzinfo=UTC)
    with pytest.raises(Invalid):
        read_instant("2026-11-23 25:05", TAIPEI)


def test_every_fault_has_its_line() -> None:
    wrong = ORDERS + "B-1,C1,又一次,x,送出,昨天,,\n,C1,沒編號,,,,,\n"
    faults = read_dealings("orders", wrong.encode(), TAIPEI).faults
    assert [(one.line, one.column) for one in faults] == [
        (4, "金額"),
        (4, "狀態"),
        (4, "下單日期"),
        (4, "訂單編號"),
        (5, "訂單編號"),
    ]
    assert [one.column for one in read_dealings("payments", b"a,b\n1,2\n", TAIPEI).faults] == ["external_id", "amount"]


@given(name=HAN, title=HAN, encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]))
def test_what_was_written_in_any_encoding_is_read(name: str, title: str, encoding: str) -> None:
    content = f"訂單編號,客戶編號,品名\n{name}9,C1,{title}\n".encode(encoding)
    (line,) = read_dealings("orders", content, TAIPEI).lines
    assert (line.external_id, line.fields["title"]) == (f"{name}9", title)


@given(st.binary(max_size=400), st.sampled_from(list(NEEDED)))
def test_no_bytes_break_a_reader(content: bytes, kind: str) -> None:
    for plan in (read_dealings(kind, content, TAIPEI), read_customers(content), read_vcards(content)):
        assert plan.faults or not isinstance(plan, ImportPlan) or plan.lines or plan.encoding
        assert not (plan.faults and plan.lines)


def quoted(text: str, encoding: str) -> bytes:
    return quopri.encodestring(text.encode(encoding), quotetabs=True).replace(b"\n", b"\r\n")


def vcard(*lines: bytes) -> bytes:
    return b"\r\n".join((b"BEGIN:VCARD", *lines, b"END:VCARD", b""))


@pytest.mark.parametrize(
    "content",
    [
        vcard(
            b"VERSION:2.1",
            b"FN;CHARSET=BIG5;ENCODING=QUOTED-PRINTABLE:" + quoted("許功蓋", "cp950"),
            b"TEL;CELL:0933-000-222",
        ),
        vcard(
            b"VERSION:2.1",
            b"FN;CHARSET=big5;ENCODING=quoted-printable:" + quoted("許功蓋", "cp950"),
            b"TEL;CELL:0933000222",
        ),
        vcard(
            b"VERSION:2.1",
            b"FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:" + quoted("許功蓋", "utf-8"),
            b"TEL:0933000222",
        ),
        vcard(b"VERSION:2.1", b"FN;CHARSET=BIG5:" + "許功蓋".encode("cp950"), b"TEL;HOME:+886933000222"),
        vcard(b"VERSION:2.1", b"FN:" + "許功蓋".encode("cp950"), b"TEL:0933000222"),
        vcard(b"VERSION:3.0", "FN:許功蓋".encode(), b"TEL;TYPE=CELL:0933000222"),
        vcard(b"VERSION:3.0", "N:許;功蓋;;;".encode(), b"FN:", b"TEL;TYPE=CELL:0933000222"),
        vcard(b"VERSION:4.0", "FN:許功蓋".encode(), b"TEL;VALUE=uri:tel:+886-933-000-222"),
    ],
    ids=["2.1 Big5 quoted", "in small letters", "2.1 UTF-8 quoted", "2.1 Big5 raw", "unnamed", "3.0", "only N", "4.0"],
)
def test_contacts_of_every_telephone(content: bytes) -> None:
    assert looks_like_vcard(content)
    plan = read_vcards(content)
    assert plan.faults == ()
    (line,) = plan.lines
    assert (line.fields["name"], [one.e164 for one in line.numbers]) == ("許功蓋", ["+886933000222"])
    assert read_vcards(content).lines == plan.lines, "the made up number is the same again"


def test_a_contact_with_everything() -> None:
    content = vcard(
        b"VERSION:3.0",
        b"UID:urn:uuid:4f2a",
        "FN:陳美玲".encode(),
        b"EMAIL:chen@example.com",
        "ADR;TYPE=HOME:;;中山路1號;花蓮市;;970;".encode(),
        b"PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ",
        b" SkZJRgABAQAAAQABAAD",
        b"TEL:03-833-1234",
    )
    (line,) = read_vcards(content).lines
    assert (line.external_id, line.fields["email"], line.fields["address"]) == (
        "4f2a",
        "chen@example.com",
        "970花蓮市中山路1號",
    )


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (vcard(b"VERSION:3.0", b"TEL:0933000222"), "name"),
        (vcard(b"VERSION:3.0", b"FN:x", b"TEL:hello"), "telephone"),
        (vcard(b"VERSION:3.0", b"UID:1", b"FN:x") + vcard(b"VERSION:3.0", b"UID:1", b"FN:y"), "already"),
        (b"BEGIN:VCARD\r\nFN:x\r\n", "END:VCARD"),
        (b"BEGIN:VCARD\r\n" * 2, "END:VCARD"),
    ],
)
def test_a_contact_at_fault_is_named(content: bytes, word: str) -> None:
    plan = read_vcards(content)
    assert plan.lines == ()
    assert word in plan.faults[0].what


def test_the_command_line_alone_knows_every_table_that_names_a_customer() -> None:
    """In a process of its own, for here the other tests have loaded everything."""
    program = (
        "import cti.cli.imports; from cti.customers.moving import references; print(*(t for t, _ in references()))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {table.name for table, _ in references()} <= set(found.stdout.split())
