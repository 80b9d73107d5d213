"""Every way of writing one number meets; what is no number never becomes one."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.customers.numbers import NumberKind, display, is_mobile, normalise

FULL_WIDTH = str.maketrans("0123456789+-()#", "０１２３４５６７８９＋－（）＃")

WAYS = {
    "mobile": lambda n: f"0{n[:3]}-{n[3:6]}-{n[6:]}",
    "plain": lambda n: f"0{n}",
    "spaces": lambda n: f" 0{n[:3]} {n[3:6]}  {n[6:]} ",
    "dots": lambda n: f"0{n[:3]}.{n[3:]}",
    "e164": lambda n: f"+886{n}",
    "no plus": lambda n: f"886{n}",
    "zero in brackets": lambda n: f"+886(0){n}",
    "zero left in": lambda n: f"+8860{n}",
    "double zero": lambda n: f"00886{n}",
    "access code": lambda n: f"002-886-{n}",
    "other carrier": lambda n: f"009886{n}",
    "full width": lambda n: f"0{n}".translate(FULL_WIDTH),
    "full width e164": lambda n: f"+886-{n}".translate(FULL_WIDTH),
    "lost zero": lambda n: n,
    "sip": lambda n: f"sip:+886{n}@10.0.0.1;user=phone",
    "tel": lambda n: f"tel:+886-{n}",
    "label": lambda n: f"手機:0{n}",
    "invisible": lambda n: f"\u202a0{n}\u202c",
}


@given(st.from_regex(r"9[0-9]{8}", fullmatch=True).filter(str.isascii), st.sampled_from(sorted(WAYS)))
def test_every_way_of_writing_a_mobile_meets(number: str, way: str) -> None:
    read = normalise(WAYS[way](number))
    assert (read.e164, read.kind) == (f"+886{number}", NumberKind.EXTERNAL)


@given(
    st.sampled_from(["225551234", "38331234", "492223333", "87321234", "89323456", "74123456"]),
    st.sampled_from(sorted(set(WAYS) - {"lost zero"})),
    st.sampled_from(["", "#{}", "分機{}", " 分機 {}", " ext. {}", "轉{}", " ext{}", "(分機{})", ";ext={}"]),
    st.from_regex(r"[0-9]{1,5}", fullmatch=True).filter(str.isascii),
)
def test_every_way_of_writing_a_landline_meets(number: str, way: str, form: str, digits: str) -> None:
    tail = "" if way in {"sip"} else form.format(digits)
    read = normalise(WAYS[way](number) + tail)
    assert read.e164 == f"+886{number}"
    assert read.extension == (digits if tail else "")


@given(st.from_regex(r"9[0-9]{8}", fullmatch=True).filter(str.isascii))
def test_what_is_displayed_reads_back(number: str) -> None:
    assert normalise(display(f"+886{number}")).e164 == f"+886{number}"


@given(st.text(max_size=200))
def test_nothing_makes_it_raise_and_e164_is_always_digits(text: str) -> None:
    read = normalise(text)
    assert read.raw == text
    assert (read.e164 is not None) == (read.kind is NumberKind.EXTERNAL)
    assert read.e164 is None or (read.e164[0] == "+" and set(read.e164[1:]) <= set(string.digits))
    assert set(read.extension) <= set(string.digits)


@pytest.mark.parametrize(
    ("raw", "e164"),
    [
        ("(03)833-1234", "+88638331234"),
        ("02-5550-1000", "+886255501000"),
        ("0800-123-456", "+886800123456"),
        ("+852 9123 4567", "+85291234567"),
        ("85291234567", "+85291234567"),
        ("009-1-212-555-1234", "+12125551234"),
        ("012-1-212-555-1234", "+12125551234"),
        ("0091 98765 43210", "+919876543210"),
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("+39 06 698 12345", "+390669812345"),
    ],
)
def test_known_forms(raw: str, e164: str) -> None:
    assert normalise(raw).e164 == e164


@pytest.mark.parametrize("raw", ["201", "1999", "110", "119", "＃201", "101"])
def test_short_codes_stay_inside(raw: str) -> None:
    read = normalise(raw.lstrip("＃"))
    assert (read.e164, read.kind) == (None, NumberKind.INTERNAL)


@pytest.mark.parametrize(
    "raw", ["", " ", "Anonymous", "unavailable", "RESTRICTED", "空", "未顯示號碼", "\u200b", "0000000000", "+00"]
)
def test_withheld(raw: str) -> None:
    assert normalise(raw).kind is NumberKind.WITHHELD


@pytest.mark.parametrize(
    "raw",
    [
        "<script>alert(1)</script>",
        "0912345678/0933000222",
        "0912-34",
        "+886",
        "+999123456789",
        "${SHELL(rm)}",
        "9" * 500,
        "٠٩١٢٣٤٥٦٧٨x",
        "0912345678\r\nX: y",
    ],
)
def test_unreadable(raw: str) -> None:
    read = normalise(raw)
    assert (read.e164, read.kind) == (None, NumberKind.UNREADABLE)


def test_another_region() -> None:
    assert normalise("020 7946 0018", region="GB").e164 == "+442079460018"


@pytest.mark.parametrize(
    ("e164", "shown"),
    [
        ("+886912345678", "0912-345-678"),
        ("+886255501000", "02-5550-1000"),
        ("+88638331234", "03-833-1234"),
        ("+886355502000", "03-5550-2000"),
        ("+886492223333", "049-222-3333"),
        ("+88689323456", "089-323-456"),
        ("+88683622222", "0836-22-222"),
        ("+886800123456", "0800-123-456"),
        ("+88637261234", "037-261-234"),
        ("+85291234567", "+852 9123 4567"),
        ("gibberish", "gibberish"),
        ("", ""),
    ],
)
def test_display(e164: str, shown: str) -> None:
    assert display(e164) == shown


def test_mobiles() -> None:
    assert is_mobile("+886912345678")
    assert is_mobile("+85291234567")
    assert not is_mobile("+886255501000")
    assert not is_mobile("x")
