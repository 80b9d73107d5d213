"""What the figures mean: labels with their reasons, warnings, and whom a play fits. Pure.

Must not know how figures are worked out or kept.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime, tzinfo
from typing import Any

import msgspec

DUE_DAYS = 14
"""How long before the next purchase that is foreseen somebody is "due again"; and how long after, with the rhythm."""

OUTCOMES = ("accepted", "declined", "later")


class Terms(msgspec.Struct, frozen=True):
    """The firm's thresholds. Shares of 1, days, counts.

    `a_share`: those who make this share of the year's margin are A; up to `b_share` B; the rest C (20/80).
    `margin`: the margin of an order that names none, as a share of its amount. Half and fully dormant are counted in
    the firm's days since that of the last order. From `hollow_contacts` contacts a year on without an order somebody
    is a false customer.
    """

    a_share: float = 0.8
    b_share: float = 0.95
    margin: float = 0.1
    half_dormant_days: int = 180
    dormant_days: int = 365
    hollow_contacts: int = 6


class Worth(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's figures: see `cti.customers.worth.tables.WorthRow`."""

    customer_id: int
    computed: datetime
    orders_life: int
    margin_life: int
    first_order: datetime | None
    last_order: datetime | None
    orders_12m: int
    turnover_12m: int
    margin_12m: int
    margin_90d: int
    quotes_12m: int
    pay_days: int | None
    contacts_12m: int
    complaints_12m: int
    renews: date | None
    rhythm_days: int | None
    next_purchase: date | None
    recency: int
    frequency: int
    monetary: int
    grade: str
    dormancy: str
    hollow: bool
    sensitivity: str
    completeness: int


class Label(msgspec.Struct, frozen=True):
    """One thing to say of a customer: `code` names the sentence, `values` are its figures."""

    code: str
    values: dict[str, Any]


class CardWorth(msgspec.Struct, frozen=True):
    """What the card says of a customer's worth. `score` is recency, frequency, money by fifths (`543`).

    Money in whole New Taiwan dollars; `next_purchase` is foreseen from their own rhythm.
    """

    grade: str
    score: str
    margin_12m: int
    margin_life: int
    next_purchase: date | None
    renews: date | None
    labels: tuple[Label, ...]


class Segment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom a play is for; everything that is named must fit, empty fits all."""

    grades: tuple[str, ...] = ()
    dormancy: tuple[str, ...] = ()
    sensitivity: tuple[str, ...] = ()
    due_again: bool | None = None
    hollow: bool | None = None
    least_margin_12m: int | None = None


def labels(worth: Worth, today: date, zone: tzinfo) -> list[Label]:
    """What is worth saying on `today`, the day of `zone`, the firm's; the most important first. Each label carries the
    figures that explain it.
    """
    return [label for label in _labels(worth, today, zone) if label is not None]


def on_card(worth: Worth, today: date, zone: tzinfo) -> CardWorth:
    """The figures as a card shows them on `today`, the day of `zone`, the firm's."""
    return CardWorth(
        grade=worth.grade,
        score=f"{worth.recency}{worth.frequency}{worth.monetary}" if worth.recency else "",
        margin_12m=worth.margin_12m,
        margin_life=worth.margin_life,
        next_purchase=worth.next_purchase,
        renews=worth.renews,
        labels=tuple(labels(worth, today, zone)),
    )


def is_due(worth: Worth, today: date) -> bool:
    """Whether their own rhythm or a renewal says that it is time: from `DUE_DAYS` before, until half a rhythm late."""
    return _renews_soon(worth, today) or _is_in_rhythm(worth, today)


def _renews_soon(worth: Worth, today: date) -> bool:
    return worth.renews is not None and 0 <= (worth.renews - today).days <= DUE_DAYS * 2


def _is_in_rhythm(worth: Worth, today: date) -> bool:
    if worth.next_purchase is None or worth.rhythm_days is None:
        return False
    late = (today - worth.next_purchase).days
    return -DUE_DAYS <= late <= max(DUE_DAYS, worth.rhythm_days // 2)


def fits(segment: Segment, worth: Worth, today: date) -> bool:
    """Whether a play is for this customer."""
    return (
        (not segment.grades or worth.grade in segment.grades)
        and (not segment.dormancy or worth.dormancy in segment.dormancy)
        and (not segment.sensitivity or worth.sensitivity in segment.sensitivity)
        and segment.due_again in (None, is_due(worth, today))
        and segment.hollow in (None, worth.hollow)
        and (segment.least_margin_12m is None or worth.margin_12m >= segment.least_margin_12m)
    )


def is_held_out(play: str, customer_id: int, percent: int) -> bool:
    """Whether a customer is among those whom a play is kept from: always the same ones, as if by lot."""
    drawn = int.from_bytes(hashlib.sha256(f"{play}/{customer_id}".encode()).digest()[:4])
    return drawn % 100 < percent


def _labels(worth: Worth, today: date, zone: tzinfo) -> list[Label | None]:
    return [
        _grade(worth),
        Label("hollow", {"contacts": worth.contacts_12m, "quotes": worth.quotes_12m}) if worth.hollow else None,
        _dormancy(worth, today, zone),
        _due(worth, today),
        _falling(worth),
        Label("complaints", {"complaints": worth.complaints_12m}) if worth.complaints_12m > 1 else None,
        Label(f"{worth.sensitivity}_sensitive", {"quotes": worth.quotes_12m, "orders": worth.orders_12m})
        if worth.sensitivity
        else None,
        Label("incomplete", {"percent": worth.completeness}) if worth.completeness < 60 else None,
    ]


def _grade(worth: Worth) -> Label | None:
    if not worth.grade:
        return None
    values = {"grade": worth.grade, "margin": worth.margin_12m, "days": worth.pay_days}
    return Label("grade" if worth.pay_days is None else "grade_paid", values)


def _dormancy(worth: Worth, today: date, zone: tzinfo) -> Label | None:
    if not worth.dormancy or worth.last_order is None:
        return None
    return Label(f"dormant_{worth.dormancy}", {"days": (today - worth.last_order.astimezone(zone).date()).days})


def _due(worth: Worth, today: date) -> Label | None:
    """The reason that holds: a renewal has its day, the rhythm is only foreseen."""
    if _renews_soon(worth, today):
        return Label("renewal", {"date": worth.renews})
    if _is_in_rhythm(worth, today):
        return Label("due_again", {"rhythm": worth.rhythm_days, "date": worth.next_purchase})
    return None


def _falling(worth: Worth) -> Label | None:
    """Less than half of what their own year would let one expect of three months."""
    usual = (worth.margin_12m - worth.margin_90d) / 3
    if worth.orders_12m < 4 or usual <= 0 or worth.margin_90d >= usual / 2:
        return None
    return Label("falling", {"recent": worth.margin_90d, "usual": round(usual)})
