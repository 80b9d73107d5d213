"""A file of orders, payments or messages as lines that could be put in, and the faults that keep it from being. Pure.

Days and times without a zone are meant in the firm's. Must not know the database.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, tzinfo
from typing import Any

import msgspec

from cti.customers.columns import header_key
from cti.customers.csv_file import MOST_FAULTS, LineFault, clean
from cti.customers.dealings import ORDER_STATES
from cti.customers.intake import CHANNELS
from cti.customers.orders import LARGEST
from cti.customers.payments import METHODS
from cti.customers.senders import Sender
from cti.customers.sheets import BadLine, Sheet, open_sheet
from cti.errors import Invalid

MOST_LINES = 50_000

_SENDER: dict[str, tuple[str, ...]] = {
    "code": ("客戶編號", "客編", "客戶代號", "customer_id", "customer_no", "code", "customer"),
    "number": ("電話", "電話號碼", "手機", "號碼", "phone", "number", "mobile", "tel"),
    "email": ("電子郵件", "電子信箱", "信箱", "email", "e_mail", "mail"),
}
COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "orders": {
        "external_id": ("external_id", "訂單編號", "單號", "訂單號碼", "order", "order_no", "order_id", "id"),
        "title": ("title", "品名", "訂單名稱", "行程", "商品", "內容", "product"),
        "amount": ("amount", "金額", "總額", "團費", "total"),
        "discount": ("discount", "折扣", "折讓"),
        "margin": ("margin", "毛利", "利潤"),
        "state": ("state", "狀態", "訂單狀態", "status"),
        "placed": ("placed", "下單日期", "下單時間", "訂購日期", "日期", "date"),
        "starts": ("starts", "出發日", "出發日期", "入住日", "開始日", "from"),
        "ends": ("ends", "回程日", "回程日期", "退房日", "結束日", "to"),
        "terms": ("terms", "付款條件", "交易條件"),
        "due": ("due", "付款期限", "應付日期"),
        "renews": ("renews", "續約日", "到期日"),
        "agent": ("agent", "業務", "承辦人", "負責人"),
        **_SENDER,
    },
    "payments": {
        "external_id": ("external_id", "付款編號", "收款編號", "流水號", "payment", "payment_no", "id"),
        "order": ("order", "訂單編號", "單號", "訂單號碼", "order_no", "order_id"),
        "amount": ("amount", "金額", "收款金額", "付款金額"),
        "method": ("method", "付款方式", "收款方式", "支付方式"),
        "at": ("at", "日期", "時間", "付款日期", "收款日期", "date", "time"),
        "note": ("note", "備註", "說明", "摘要"),
        "agent": ("agent", "經手人", "業務", "承辦人"),
        **_SENDER,
    },
    "interactions": {
        "external_id": ("external_id", "編號", "流水號", "id"),
        "channel": ("channel", "管道", "通路", "方式"),
        "direction": ("direction", "方向"),
        "at": ("at", "日期", "時間", "日期時間", "date", "time"),
        "text": ("text", "內容", "內文", "摘要", "說明", "message"),
        "agent": ("agent", "業務", "承辦人", "負責人"),
        "name": ("name", "姓名", "客戶姓名", "聯絡人"),
        **_SENDER,
    },
}
NEEDED = {
    "orders": ("external_id", "title"),
    "payments": ("external_id", "amount"),
    "interactions": ("external_id", "text"),
}
"""Without a number that never changes, a file that comes again would do everything twice."""

_DAYS = frozenset({"starts", "ends", "due", "renews"})
_INSTANTS = frozenset({"placed", "at"})
_AMOUNTS = frozenset({"amount", "discount", "margin"})
_NAMES = frozenset({"code", "number", "email", "name"})
_LONGEST = {"external_id": 100, "title": 200, "terms": 200, "note": 300, "text": 10_000, "order": 100, "name": 200}
_LONGEST |= {"code": 100, "number": 60, "email": 200}
WORDS: dict[str, dict[str, str]] = {
    "state": {
        **{one: one for one in ORDER_STATES},
        "報價": "quoted",
        "報價中": "quoted",
        "已訂": "booked",
        "成立": "booked",
        "已成立": "booked",
        "已付": "paid",
        "已付款": "paid",
        "付清": "paid",
        "完成": "done",
        "已完成": "done",
        "取消": "cancelled",
        "已取消": "cancelled",
    },
    "method": {
        **{one: one for one in METHODS},
        "現金": "cash",
        "信用卡": "card",
        "刷卡": "card",
        "轉帳": "transfer",
        "匯款": "transfer",
        "支票": "cheque",
        "行動支付": "mobile",
        "line pay": "mobile",
        "街口": "mobile",
        "月結": "account",
        "禮券": "voucher",
        "其他": "other",
    },
    "channel": {
        **{one: one for one in CHANNELS},
        "電話": "phone",
        "網站": "web",
        "網路": "web",
        "電子郵件": "mail",
        "email": "mail",
        "e-mail": "mail",
        "傳真": "fax",
        "面對面": "face",
        "來店": "face",
        "門市": "face",
        "簡訊": "sms",
        "備註": "note",
    },
    "direction": {"in": "in", "out": "out", "來": "in", "進": "in", "客戶": "in", "去": "out", "出": "out"},
}
_DAY = re.compile(r"(\d{2,4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?\Z")
_ROC = 1911
"""The first year of the Republic of China's calendar is 1912."""


class DealingLine(msgspec.Struct, frozen=True):
    """One line of the file. `fields` holds what is not empty, as its kind has it; `order` is an order's number."""

    line: int
    external_id: str
    fields: dict[str, Any]
    sender: Sender | None
    order: str | None = None


class DealingPlan(msgspec.Struct, frozen=True):
    """What a file says. With any fault nothing of it may be written. `ignored` are columns nobody knows."""

    kind: str
    lines: tuple[DealingLine, ...]
    faults: tuple[LineFault, ...]
    ignored: tuple[str, ...] = ()
    encoding: str = ""


def read_dealings(kind: str, content: bytes, zone: tzinfo) -> DealingPlan:
    """Read a file of `orders`, `payments` or `interactions`; never raises, every fault is in the plan."""
    known = {header_key(name): column for column, names in COLUMNS[kind].items() for name in names}
    try:
        sheet = open_sheet(content, lambda header: known.get(header_key(header)))
        return _Reading(kind, sheet, known, zone).plan()
    except Invalid as error:
        return DealingPlan(kind, (), (LineFault(1, "", str(error)),))


class _Reading:
    """One pass through the file, gathering lines and faults."""

    def __init__(self, kind: str, sheet: Sheet, known: dict[str, str], zone: tzinfo) -> None:
        self._kind, self._sheet, self._known, self._zone = kind, sheet, known, zone
        self._header: list[str] = []
        self._columns: list[str | None] = []
        self._lines: list[DealingLine] = []
        self._faults: list[LineFault] = []
        self._seen: dict[str, int] = {}

    def plan(self) -> DealingPlan:
        try:
            self._read()
        except BadLine as error:
            self._fault(error.line, "", str(error))
        ignored = tuple(h for h, c in zip(self._header, self._columns, strict=True) if c is None and h)
        lines = () if self._faults else tuple(self._lines)
        return DealingPlan(self._kind, lines, tuple(self._faults[:MOST_FAULTS]), ignored, self._sheet.encoding)

    def _read(self) -> None:
        for line, cells in self._sheet.rows:
            if len(self._faults) >= MOST_FAULTS:
                return
            if not any(cell.strip() for cell in cells):
                continue
            if not self._header:
                self._read_header(line, cells)
                if self._faults:
                    return
            elif len(self._lines) >= MOST_LINES:
                self._fault(line, "", f"more than {MOST_LINES:,} lines; split the file")
                return
            else:
                self._read_line(line, cells)
        if not self._header:
            self._fault(1, "", "the file is empty; its first line names the columns")

    def _read_header(self, line: int, cells: list[str]) -> None:
        self._header = [clean(cell) for cell in cells]
        self._columns = [self._known.get(header_key(cell)) for cell in self._header]
        for needed in NEEDED[self._kind]:
            if needed not in self._columns:
                names = COLUMNS[self._kind][needed]
                self._fault(line, needed, f"no such column; name one {' or '.join(names[:2])}")
        for column in set(self._columns) - {None}:
            if self._columns.count(column) > 1:
                self._fault(line, str(column), "this column stands twice; keep one")

    def _read_line(self, line: int, cells: list[str]) -> None:
        if len(cells) > len(self._header):
            self._fault(line, "", f"{len(cells)} cells under {len(self._header)} columns; quote cells with commas")
            return
        values: dict[str, Any] = {}
        before = len(self._faults)
        for head, column, cell in zip(self._header, self._columns, cells, strict=False):
            text = clean(cell)
            if column is None or not text:
                continue
            try:
                values[column] = self._value(column, text)
            except Invalid as fault:
                self._fault(line, head, str(fault))
        external_id = str(values.pop("external_id", ""))
        if not external_id:
            self._fault(line, self._head_of("external_id"), "empty; every line needs a number that never changes")
        elif (other := self._seen.setdefault(external_id, line)) != line:
            self._fault(line, self._head_of("external_id"), f"{external_id[:60]} stands in line {other} already")
        if len(self._faults) > before:
            return
        named = {name: values.pop(name) for name in _NAMES if name in values}
        sender = Sender(**named) if set(named) - {"name"} else None
        self._lines.append(DealingLine(line, external_id, values, sender, values.pop("order", None)))

    def _value(self, column: str, text: str) -> Any:
        if column in _AMOUNTS:
            return read_amount(text)
        if column in _DAYS:
            return read_day(text)
        if column in _INSTANTS:
            return read_instant(text, self._zone)
        if column in WORDS:
            known = WORDS[column].get(unicodedata.normalize("NFKC", text).casefold())
            if known is None:
                raise Invalid(f"{text[:40]!r}: one of {', '.join(WORDS[column])}")
            return known
        if column == "agent" and not re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", text):
            raise Invalid(f"{text[:40]!r}: give the agent's code, like 101")
        longest = _LONGEST.get(column, 40)
        if len(text) > longest:
            raise Invalid(f"at most {longest} characters, these are {len(text)}")
        return text

    def _head_of(self, column: str) -> str:
        return self._header[self._columns.index(column)]

    def _fault(self, line: int, column: str, what: str) -> None:
        self._faults.append(LineFault(line, column, what))


def read_amount(text: str) -> int:
    """`NT$36,000`, `36000.00`, `３６０００元` in whole dollars.

    Raises:
        Invalid: it is none.
    """
    plain = unicodedata.normalize("NFKC", text).upper().strip()
    for mark in ("NT$", "NTD", "TWD", "$", "元", ",", " "):
        plain = plain.replace(mark, "")
    found = re.fullmatch(r"([-+]?\d{1,10})(?:\.0*)?", plain)
    if found is None or not found[1].isascii() or abs(int(found[1])) > LARGEST:
        raise Invalid(f"{text[:40]!r} is no amount in whole dollars; write it like 36000")
    return int(found[1])


def read_day(text: str) -> date:
    """`2026-12-01`, `2026/12/1`, `115/12/1` of the Republic's calendar, `2026年12月1日`.

    Raises:
        Invalid: it is none.
    """
    written = unicodedata.normalize("NFKC", text).strip()
    plain = written.removeprefix("民國").strip()
    plain = re.sub(r"\s*([-/.年月])\s*", r"\1", plain)
    found = _DAY.match(plain.partition(" ")[0]) if plain.isascii() or "年" in plain else None
    # 26/12/1 is 2026 to some and 1937 to others.
    if found is not None and len(found[1]) < 3 and plain == written:
        found = None
    refused = Invalid(f"{text[:40]!r} is no date; write it like 2026-12-01")
    if found is None:
        raise refused
    year = int(found[1])
    try:
        return date(year + _ROC if year < 1000 else year, int(found[2]), int(found[3]))
    except ValueError as error:
        raise refused from error


def read_instant(text: str, zone: tzinfo) -> datetime:
    """A day, or a day and a time like `2026/12/1 14:05`; a zone given in it wins, else it is the firm's.

    Raises:
        Invalid: it is neither.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    try:
        at = datetime.fromisoformat(plain)
    except ValueError:
        day, _, clock = plain.partition(" ")
        try:
            at = datetime.combine(read_day(day), datetime.fromisoformat(f"2000-01-01 {clock or '00:00'}").timetz())
        except ValueError:
            raise Invalid(f"{text[:40]!r} is no time; write it like 2026-12-01 14:05") from None
    return at.replace(tzinfo=zone) if at.tzinfo is None else at
