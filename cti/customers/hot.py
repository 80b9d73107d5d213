"""What the person answering must know before they say a word: the customer was on the phone minutes ago, travels now,
waits for an answer to a complaint, or would be booking about now. Pure.

Must not know how a card is read, nor what a screen makes of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo

from cti.customers.model import CardInteraction, CardMatter, CardOrder, Hot

BACK_WITHIN = timedelta(minutes=30)
"""Who calls again so soon calls about the same thing, and should not have to tell it twice."""

TRAVEL_STATES = frozenset({"booked", "paid"})

SEASON_AHEAD = timedelta(days=60)
SEASON_PAST = timedelta(days=14)
"""A family that travelled last year books four to eight weeks before the same days; two weeks after, they have not."""


def hot_flags(
    orders: Sequence[CardOrder],
    complaints: Sequence[CardMatter],
    interactions: Sequence[CardInteraction],
    at: datetime,
    zone: tzinfo,
) -> tuple[Hot, ...]:
    """The flags that are up at the aware instant `at`, the most urgent first; days are those of `zone`, the firm's.

    `interactions` without the call that is looked at: it is not what its caller comes back after.
    """
    today = at.astimezone(zone).date()
    return (
        *_complaint(complaints),
        *_travelling(orders, today),
        *_back_again(interactions, at),
        *_due_again(orders, today),
    )


def _complaint(complaints: Sequence[CardMatter]) -> Iterator[Hot]:
    standing = [one for one in complaints if one.state != "closed"]
    if standing:
        oldest = min(standing, key=lambda one: one.date)
        yield Hot("complaint", oldest.text, oldest.date, None, oldest.agent)


def _travelling(orders: Sequence[CardOrder], today: date) -> Iterator[Hot]:
    for order in orders:
        if order.starts and order.state in TRAVEL_STATES and order.starts <= today <= (order.ends or order.starts):
            yield Hot("travelling", order.title, None, order.ends or order.starts, order.agent)
            return


def _back_again(interactions: Sequence[CardInteraction], at: datetime) -> Iterator[Hot]:
    before = [one for one in interactions if one.channel != "note" and timedelta() <= at - one.date <= BACK_WITHIN]
    # A talk says more than the tries around it; that we tried to reach them makes nobody come back.
    talks = [one for one in before if not one.missed]
    tries = [one for one in before if one.missed and one.direction == "in"]
    for one in (talks or tries)[:1]:
        yield Hot("back_again", one.text, one.date, None, one.agent, one.missed)


def _due_again(orders: Sequence[CardOrder], today: date) -> Iterator[Hot]:
    trips = [order for order in orders if order.starts and order.state not in {"cancelled", "quoted"}]
    if any((order.ends or order.starts or today) >= today for order in orders if order.state != "cancelled"):
        return  # they have something ahead, or are being offered it
    for order in trips:
        same_days = _next_year(order.starts) if order.starts else None
        if same_days and today - SEASON_PAST <= same_days <= today + SEASON_AHEAD:
            yield Hot("due_again", order.title, None, same_days, order.agent)
            return


def _next_year(day: date) -> date:
    return day.replace(year=day.year + 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)
