"""A customers' file: every fault by its line, every encoding, nothing evaluated."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.customers import csv_file, sheets
from cti.customers.columns import COLUMNS, LONGEST
from cti.customers.csv_file import LineFault, read_customers
from cti.customers.tables import CustomerRow

CHINESE = """客戶編號,姓名,稱謂,電話,負責人,等級,地址,偏好
C001,陳美玲,陳太太,"0933-000-222;(03)833-1234",101,A,花蓮市中山路１號,房間=高樓層；飲食：素食
C002,林家,,02-2555-1234分機12,,,,
"""


def test_chinese_headers_and_all_columns() -> None:
    plan = read_customers(CHINESE.encode())
    assert plan.faults == ()
    first, second = plan.lines
    assert first.external_id == "C001"
    assert first.fields == {
        "name": "陳美玲",
        "title": "陳太太",
        "owner": "101",
        "tier": "A",
        "address": "花蓮市中山路１號",
    }
    assert [n.e164 for n in first.numbers] == ["+886933000222", "+88638331234"]
    assert [n.kind for n in first.numbers] == ["mobile", "landline"]
    assert first.preferences == (("房間", "高樓層"), ("飲食", "素食"))
    assert (second.line, second.fields, second.numbers[0].extension) == (3, {"name": "林家"}, "12")


def test_identity_numbers_are_checked_by_their_line() -> None:
    file = "客戶編號,姓名,身分證字號,統一編號\n7,林太太,a123456789,\n8,海島,,04595258\n9,王,A123456788,\n"
    plan = read_customers(file.encode())
    assert [(one.line, one.column) for one in plan.faults] == [(3, "統一編號"), (4, "身分證字號")]
    assert all("check digit" in one.what for one in plan.faults)
    (line,) = read_customers("".join(file.splitlines(keepends=True)[:2]).encode()).lines
    assert line.identity == (("national", "A123456789"),)


def test_a_list_within_a_preference_is_one_preference() -> None:
    file = "客戶編號,姓名,偏好\n7,林太太,飲食=素食、不吃蛋；房間=高樓層\n8,王先生,素食、飲食=葷\n"
    plan = read_customers(file.encode())
    assert [(one.line, one.column) for one in plan.faults] == [(3, "偏好")]
    plan = read_customers(file.replace("素食、飲食=葷", "").encode())
    assert plan.lines[0].preferences == (("飲食", "素食、不吃蛋"), ("房間", "高樓層"))


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp950", "cp950"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
def test_every_encoding_an_office_has(encoding: str, named: str) -> None:
    plan = read_customers(CHINESE.encode(encoding))
    assert plan.encoding == named
    assert plan.lines == read_customers(CHINESE.encode()).lines


def test_english_headers_tabs_and_unknown_columns() -> None:
    plan = read_customers(b"ID\tName\tPhone\tMobile\tShoe size\n7\tLin\t02 2555 1234\t0912345678\t44\n")
    assert plan.faults == ()
    assert plan.ignored == ("Shoe size",)
    assert [n.e164 for n in plan.lines[0].numbers] == ["+886225551234", "+886912345678"]


def test_every_fault_has_its_line_and_column() -> None:
    text = (
        "編號,姓名,電話,負責人,等級,偏好\n"
        "1,陳,0912345678,101,A,\n"
        "1,林,0912345678,,,\n"
        ",王,,,,\n"
        "4,,12,小林 先生,Z,高樓層\n"
        '\n5,"李\n二行",0912345678,,,\n'
        "6,張,a,,,,,,\n"
    )
    plan = read_customers(text.encode())
    assert plan.lines == ()
    assert [(f.line, f.column) for f in plan.faults] == [
        (3, "編號"),
        (4, "編號"),
        (5, "電話"),
        (5, "負責人"),
        (5, "等級"),
        (5, "偏好"),
        (5, "姓名"),
        (9, ""),
    ]
    assert "line 2" in plan.faults[0].what
    assert all(fault.what for fault in plan.faults)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"name\nx\n",
        b"id\n1\n",
        b"id,name,name\n1,a,b\n",
        b'id,name\n1,"never closed\n',
        b"\x80\x81\xff\xff\xff",
        b"id,name\n1," + b"x" * 6000 + b"\n",
        b"id,name\n1," + b"x" * 200_000 + b"\n",
        codecs.BOM_UTF16_LE + b"a",
    ],
)
def test_what_is_no_such_file_is_said_so(content: bytes) -> None:
    plan = read_customers(content)
    assert plan.lines == ()
    assert isinstance(plan.faults[0], LineFault)


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "MOST_LINES", 2)
    assert "split" in read_customers(b"id,name\n1,a\n2,b\n3,c\n").faults[0].what
    monkeypatch.setattr(sheets, "LARGEST_FILE", 5)
    assert "split" in read_customers(b"id,name\n").faults[0].what
    monkeypatch.undo()
    monkeypatch.setattr(csv_file, "MOST_FAULTS", 3)
    assert len(read_customers(b"id,name\n" + b"x\n" * 50).faults) == 3


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1+1", "@SUM(1)", "-2", "${X}", "<script>", "a\x00b'; DROP"])
def test_hostile_cells_are_text(cell: str) -> None:
    plan = read_customers(f'id,name,address\n1,"{cell}","{cell}"\n'.encode())
    assert plan.faults == ()
    assert plan.lines[0].fields["name"] == cell.replace("\0", "")


def test_a_spreadsheets_way_to_keep_a_zero() -> None:
    plan = read_customers(b'id,name,phone\n1,a,"=""0912345678"""\n2,b,912345678\n')
    assert [line.numbers[0].e164 for line in plan.lines] == ["+886912345678", "+886912345678"]


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(content: bytes) -> None:
    plan = read_customers(b"id,name,phone\n" + content)
    assert not (plan.lines and plan.faults)


@given(st.text(max_size=300))
def test_no_text_makes_it_raise(content: str) -> None:
    read_customers(("編號,姓名,電話\n" + content).encode("utf-8", "ignore"))


def test_limits_are_the_tables() -> None:
    columns = CustomerRow.__table__.c
    assert {name: columns[name].type.length for name in LONGEST} == LONGEST


def test_every_header_means_one_column() -> None:
    names = [name for group in COLUMNS.values() for name in group]
    assert len(names) == len(set(names))
