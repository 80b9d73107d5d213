"""What must be known before a word is said: each flag's rule at its edges, in the firm's days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cti.customers.hot import BACK_WITHIN, hot_flags
from cti.customers.model import CardInteraction, CardMatter, CardOrder, Hot

TAIPEI = ZoneInfo("Asia/Taipei")
NOW = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)  # one o'clock on the 23rd in Taipei


def trip(starts: str | None, ends: str | None = None, state: str = "paid") -> CardOrder:
    first = date.fromisoformat(starts) if starts else None
    last = date.fromisoformat(ends) if ends else None
    return CardOrder(1, "沖繩", 1, state, NOW, first, "101", last)


def complaint(days: int, state: str = "open") -> CardMatter:
    return CardMatter(days, f"{days} days old", state, NOW - timedelta(days=days), None, "102")


def contact(ago: timedelta, channel: str = "phone") -> CardInteraction:
    return CardInteraction(1, NOW - ago, channel, "in", "talked", "103", None)


def kinds(orders: list[CardOrder]) -> list[str]:
    return [one.kind for one in hot_flags(orders, [], [], NOW, TAIPEI)]


def test_nothing_known_is_nothing_hot() -> None:
    assert hot_flags([], [], [], NOW, TAIPEI) == ()


def test_the_oldest_open_complaint_stands_first() -> None:
    flags = hot_flags([], [complaint(2), complaint(9, "in_progress"), complaint(30, "closed")], [], NOW, TAIPEI)
    assert flags == (Hot("complaint", "9 days old", NOW - timedelta(days=9), None, "102"),)


@pytest.mark.parametrize(
    ("order", "flag"),
    [
        (trip("2026-11-23"), ["travelling"]),
        (trip("2026-11-20", "2026-11-23"), ["travelling"]),
        (trip("2026-11-20", "2026-11-22"), []),
        (trip("2026-11-24", "2026-11-30"), []),
        (trip("2026-11-20", "2026-11-30", "cancelled"), []),
        (trip("2026-11-20", "2026-11-30", "quoted"), []),
        (trip(None), []),
    ],
)
def test_travelling_by_the_firms_day(order: CardOrder, flag: list[str]) -> None:
    assert kinds([order]) == flag


def test_back_again_within_minutes_and_a_note_is_no_talk() -> None:
    [flag] = hot_flags([], [], [contact(timedelta(0), "note"), contact(BACK_WITHIN)], NOW, TAIPEI)
    assert (flag.kind, flag.since, flag.agent) == ("back_again", NOW - BACK_WITHIN, "103")
    assert not hot_flags([], [], [contact(BACK_WITHIN + timedelta(seconds=1))], NOW, TAIPEI)


def missed(ago: int, direction: str = "in", calls: int = 1) -> CardInteraction:
    return CardInteraction(1, NOW - timedelta(minutes=ago), "phone", direction, "未接來電", None, f"{ago}", calls)


def test_back_again_after_missed_calls_says_so_and_a_talk_among_them_says_more() -> None:
    [flag] = hot_flags([], [], [missed(2, "out"), missed(3, calls=6)], NOW, TAIPEI)
    assert (flag.since, flag.missed) == (NOW - timedelta(minutes=3), 6)
    [flag] = hot_flags([], [], [missed(2), contact(timedelta(minutes=9))], NOW, TAIPEI)
    assert (flag.since, flag.agent, flag.missed) == (NOW - timedelta(minutes=9), "103", 0)
    assert not hot_flags([], [], [missed(2, "out")], NOW, TAIPEI)


@pytest.mark.parametrize(
    ("orders", "flag"),
    [
        ([trip("2025-12-20", "2025-12-26", "done")], ["due_again"]),
        ([trip("2026-01-22", state="done")], ["due_again"]),
        ([trip("2026-01-23", state="done")], []),
        ([trip("2025-11-09", state="done")], ["due_again"]),
        ([trip("2025-11-08", state="done")], []),
        ([trip("2025-12-20", state="done"), trip("2027-02-01", state="quoted")], []),
        ([trip("2025-12-20", state="done"), trip("2027-02-01", state="cancelled")], ["due_again"]),
        ([trip("2024-02-29", state="done")], []),
    ],
)
def test_due_again_when_they_travelled_about_now_and_have_nothing_ahead(
    orders: list[CardOrder], flag: list[str]
) -> None:
    assert kinds(orders) == flag
