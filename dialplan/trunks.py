"""The ways to the carriers: which there are, and which of them a number is tried over, in which order. Pure.

Knows no template and no file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trunk:
    """One carrier: `name` is its endpoint, `host` and `port` where it listens.

    `numbers` are the beginnings of numbers, as they are dialled (`002`, `+81`), that go over it first.
    """

    name: str
    host: str
    port: int = 5060
    numbers: tuple[str, ...] = ()


def orders(trunks: Iterable[Trunk]) -> list[tuple[str, tuple[str, ...]]]:
    """Beginning of a number -> names of the trunks that are tried for it, in order; "" for every other number.

    Whichever trunk a number goes over first, the others follow, as they are named.
    """
    known = tuple(trunks)
    names = tuple(trunk.name for trunk in known)
    wanted: dict[str, list[str]] = {}
    for trunk in known:
        for beginning in trunk.numbers:
            wanted.setdefault(beginning, []).append(trunk.name)
    found = [
        (beginning, (*first, *(name for name in names if name not in first)))
        for beginning, first in sorted(wanted.items())
    ]
    return [*found, ("", names)]
