"""The card's contacts: what happened lately between customer and firm, calls without an answer taken together. Pure.

Six missed calls in a row would push the last talk off the card. Must not know how they are read, nor who looks.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from cti.customers.model import CardInteraction


def folded(contacts: Iterable[CardInteraction], most: int) -> tuple[CardInteraction, ...]:
    """`contacts` newest first, each run of unanswered calls in one direction as its latest entry; `most` of them.

    `missed` of an entry says how many calls it stands for, `since` when the first of them was.
    """
    rows: list[CardInteraction] = []
    for one in sorted(contacts, key=lambda one: (one.date, one.id), reverse=True):
        last = rows[-1] if rows else None
        if last is not None and one.missed and last.missed and last.direction == one.direction:
            rows[-1] = replace(last, missed=last.missed + one.missed, since=one.date)
        else:
            rows.append(one)
    return tuple(rows[:most])
