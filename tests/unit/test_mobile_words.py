"""What is whispered: one name, one matter, and nothing that must not be said aloud."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.mobile.person import SILENCE, is_person
from cti.mobile.words import Heard, plain, sentence

TODAY = date(2026, 11, 23)
CHEN = ("陳太太",)


def card(**blocks: Any) -> dict[str, Any]:
    return {"complaints": [], "requests": [], "orders": [], "preferences": [], **blocks}


def order(title: str, state: str = "done", starts: str | None = None) -> dict[str, Any]:
    return {"title": title, "state": state, "starts": starts}


@pytest.mark.parametrize(
    ("heard", "chinese", "english"),
    [
        (Heard(), "新客戶來電。", "a new customer is calling."),
        (
            Heard(e164="+886922000701"),
            "新客戶來電，末三碼七零一。",
            "a new customer is calling, number ending in 7 0 1.",
        ),
        (Heard(withheld=True), "對方未顯示號碼。", "a caller who withholds the number."),
        (Heard(names=CHEN), "陳太太來電。", "陳太太 is calling."),
        (Heard(names=("陳太太", "陳先生"), card=card()), "可能是陳太太來電。", "perhaps 陳太太 is calling."),
        (
            Heard(names=CHEN, card=card(complaints=[{"state": "open"}]), for_whom="小林"),
            "代理小林，陳太太來電，關於客訴。",
            "for 小林, 陳太太 is calling, about a complaint.",
        ),
        (
            Heard(names=CHEN, card=card(complaints=[{"state": "closed"}], requests=[{"state": "open"}])),
            "陳太太來電，有需求待處理。",
            "陳太太 is calling, with an open request.",
        ),
        (
            Heard(names=CHEN, card=card(orders=[order("東京", "paid", "2026-11-25")], requests=[{"state": "open"}])),
            "陳太太來電，行程中或即將出發。",
            "陳太太 is calling, on a trip or about to leave.",
        ),
        (
            Heard(names=CHEN, card=card(orders=[order("京都賞楓五日")])),
            "陳太太來電，最近訂購京都賞楓五日。",
            "陳太太 is calling, last order 京都賞楓五日.",
        ),
        (
            Heard(names=CHEN, travelling=True, card=card()),
            "陳太太來電，行程中或即將出發。",
            "陳太太 is calling, on a trip or about to leave.",
        ),
    ],
)
def test_one_name_and_the_most_urgent_matter(heard: Heard, chinese: str, english: str) -> None:
    assert sentence(heard, "zh-Hant", TODAY) == chinese
    assert sentence(heard, "en", TODAY) == english


@pytest.mark.parametrize(("key", "value"), [("離婚", "不要提蜜月"), ("diet", "Kosher"), ("蜜月", "")])
def test_what_must_not_be_mentioned_is_not(key: str, value: str) -> None:
    warned = [{"key": key, "value": value, "do_not_mention": True}]
    for title in ("蜜月帛琉", "kosher tour"):
        said = sentence(Heard(names=CHEN, card=card(orders=[order(title)], preferences=warned)), "zh-Hant", TODAY)
        hidden = ("蜜月" in f"{key}{value}" and "蜜月" in title) or ("osher" in value and "osher" in title)
        assert (said == "陳太太來電。") is hidden


def test_a_complaints_own_words_and_a_group_of_customers_affairs_are_never_spoken() -> None:
    told = card(complaints=[{"state": "open", "text": "導遊偷錢"}])
    assert "導遊" not in sentence(Heard(names=CHEN, card=told), "zh-Hant", TODAY)
    assert "客訴" not in sentence(Heard(names=("陳太太", "陳先生"), card=told), "zh-Hant", TODAY)


@given(st.text(), st.integers(1, 40))
def test_nothing_steers_the_speech_command(text: str, longest: int) -> None:
    said = plain(text, longest)
    assert len(said) <= longest
    assert all(one.isalnum() or one == " " for one in said)


AT = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("began", "length", "person"),
    [
        (0.3, 0.5, True),
        (2.4, 0.4, True),
        (0.1, 1.5, True),
        (0.3, 5.0, False),
        (0.3, 1.6, False),
        (3.0, 0.4, False),
        (0.2, 0.02, False),
    ],
)
def test_a_short_word_soon_after_picking_up_is_a_persons(began: float, length: float, person: bool) -> None:
    heard = AT + timedelta(seconds=began + length) + SILENCE
    assert is_person(AT, heard, timedelta(seconds=length)) is person
