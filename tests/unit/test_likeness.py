"""Which records are taken for one customer, and which are not."""

from __future__ import annotations

import pytest

from cti.customers.likeness import LARGEST_BLOCK, LEAST, Record, compare, find_pairs

N, M = "+886933000222", "+886911000111"


def person(customer_id: int, name: str, *numbers: str, **more: object) -> Record:
    return Record(customer_id, "person", name, numbers=numbers, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "reasons"),
    [
        ("陳美玲", "陳美玲", {"number", "name"}),
        ("陳美玲", "陈美玲", {"number", "name"}),
        ("張峯", "張峰 先生", {"number", "short_name"}),
        ("王　大明", "王大明", {"number", "name"}),
        ("林小明", "Lin Hsiao-Ming", {"number", "romanised"}),
        ("林小明", "Hsiao-ming LIN", {"number", "romanised"}),
        ("陈美玲", "Mei Ling Chen", {"number", "romanised"}),
        ("陳太太", "陳美玲", {"number", "surname"}),
    ],
)
def test_one_number_and_one_name_in_any_script(one: str, other: str, reasons: set[str]) -> None:
    found = compare(person(1, one, N), person(2, other, N))
    assert found is not None
    assert set(found.reasons) == reasons
    assert found.score >= LEAST


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (person(1, "陳美玲", N), person(2, "陳美玲", M)),
        (person(1, "張先生", N), person(2, "李太太", N)),
        (person(1, "張大明", N), person(2, "張小明", N)),
        (person(1, "張太太", N, circle=(9,)), person(2, "張大明", N, circle=(9,))),
        (person(1, "陳美玲", N), Record(2, "company", "陳美玲", numbers=(N,))),
        (person(1, "", N), person(2, "", N)),
    ],
)
def test_families_namesakes_and_companies_are_left_alone(one: Record, other: Record) -> None:
    assert compare(one, other) is None


def test_the_heaviest_reason_stands_first_and_all_of_them_are_surer_than_each() -> None:
    one = person(1, "陳美玲", N, email="Chen@Example.com", digests=("d",), address="台北市中山路1號")
    other = person(2, "陳美玲", N, email="chen@example.com", digests=("d",), address="臺北市 中山路 1號")
    found = compare(one, other)
    assert found is not None
    assert found.reasons == ("identity", "number", "mail", "name", "address")
    assert found.score == 99


def test_what_many_share_tells_nobody_from_another() -> None:
    crowd = [person(n, f"客人{n}", N, email="info@example.com") for n in range(LARGEST_BLOCK + 1)]
    assert find_pairs(crowd) == []
    few = find_pairs([*crowd[:2], person(900, "客人0", N)])
    assert [(one.first, one.second) for one in few] == [(0, 900), (0, 1)]


@pytest.mark.parametrize("name", ["", " ", "😀", "太太", "\u202e", "曾", "a", "X" * 500, "龘" * 30, "陳 Chen"])
def test_any_name_can_be_read(name: str) -> None:
    found = compare(person(1, name, N), person(2, name, N))
    assert found is None or found.score >= LEAST
