"""Labels of worth: each with the figures that explain it, in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from cti.customers.worth.rules import Segment, Worth, fits, is_due, is_held_out, labels
from cti.wording import LABELS, label_text

TAIPEI = ZoneInfo("Asia/Taipei")
TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, tzinfo=UTC)
PLAIN = Worth(
    customer_id=1,
    computed=NOW,
    orders_life=6,
    margin_life=500_000,
    first_order=NOW - timedelta(days=900),
    last_order=NOW - timedelta(days=40),
    orders_12m=4,
    turnover_12m=900_000,
    margin_12m=312_000,
    margin_90d=90_000,
    quotes_12m=1,
    pay_days=18,
    contacts_12m=9,
    complaints_12m=0,
    renews=None,
    rhythm_days=None,
    next_purchase=None,
    recency=5,
    frequency=4,
    monetary=5,
    grade="A",
    dormancy="",
    hollow=False,
    sensitivity="",
    completeness=80,
)


def codes(**changes: Any) -> list[str]:
    return [label.code for label in labels(replace(PLAIN, **changes), TODAY, TAIPEI)]


def test_a_label_explains_itself() -> None:
    (label,) = labels(PLAIN, TODAY, TAIPEI)
    assert label_text(label.code, label.values, "en") == "class A: margin 312,000 in 12 months, paid in 18 days"
    assert label_text(label.code, label.values, "zh-Hant") == "A 級客戶：近 12 個月毛利 312,000 元，平均 18 天付清"


def test_each_label_when_it_is_time() -> None:
    assert codes(pay_days=None) == ["grade"]
    assert codes(grade="", hollow=True) == ["hollow"]
    assert codes(dormancy="half")[1] == "dormant_half"
    assert codes(margin_90d=20_000)[1:] == ["falling"]
    assert codes(complaints_12m=2)[1:] == ["complaints"]
    assert codes(sensitivity="price", completeness=40)[1:] == ["price_sensitive", "incomplete"]
    assert codes(renews=TODAY + timedelta(days=20))[1:] == ["renewal"]


def test_a_renewal_is_not_explained_by_a_rhythm_that_says_otherwise() -> None:
    renews, foreseen = TODAY + timedelta(days=20), TODAY + timedelta(days=300)
    worth = replace(PLAIN, renews=renews, next_purchase=foreseen, rhythm_days=365)
    assert [(one.code, one.values) for one in labels(worth, TODAY, TAIPEI)][1:] == [("renewal", {"date": renews})]


@pytest.mark.parametrize(("days", "due"), [(-20, False), (-14, True), (0, True), (45, True), (46, False)])
def test_due_again_around_the_day_that_is_foreseen(days: int, due: bool) -> None:
    worth = replace(PLAIN, next_purchase=TODAY - timedelta(days=days), rhythm_days=90)
    assert is_due(worth, TODAY) is due


def test_every_label_has_words() -> None:
    every = {
        *codes(hollow=True, dormancy="half", margin_90d=0, complaints_12m=2, sensitivity="price", completeness=0),
        *codes(pay_days=None, dormancy="full", sensitivity="quality", renews=TODAY),
        *codes(next_purchase=TODAY, rhythm_days=9),
    }
    assert every == set(LABELS)


def test_a_segment_fits_when_everything_named_does() -> None:
    assert fits(Segment(), PLAIN, TODAY)
    assert fits(Segment(grades=("A",), least_margin_12m=300_000, hollow=False, due_again=False), PLAIN, TODAY)
    assert not fits(Segment(grades=("A",), dormancy=("half",)), PLAIN, TODAY)
    assert not fits(Segment(due_again=True), PLAIN, TODAY)


def test_nobody_is_held_out_of_what_holds_nobody_out() -> None:
    assert not any(is_held_out("x", one, 0) for one in range(500))
    assert 100 < sum(is_held_out("x", one, 30) for one in range(500)) < 200
