"""How many of the mobiles that rang had their card opened: cards in, figures out. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from cti.pocket.model import PocketCard


@dataclass(frozen=True, slots=True)
class AgentCards:
    """One agent's cards."""

    agent: str
    cards: int
    sent: int
    opened: int


@dataclass(frozen=True, slots=True)
class PocketReport:
    """Cards made from `since` up to `until`: each is one mobile that was rung. Rates are None without any card."""

    since: datetime
    until: datetime
    cards: int
    sent: int
    opened: int
    refused: int
    opened_rate: float | None
    median_seconds_to_open: float | None
    by_way: dict[str, int]
    failures: dict[str, int]
    agents: list[AgentCards]


def report(cards: Iterable[PocketCard], since: datetime, until: datetime) -> PocketReport:
    """Count."""
    listed = list(cards)
    opened = [card for card in listed if card.opened is not None]
    waits = [(card.opened - card.issued).total_seconds() for card in opened if card.opened is not None]
    by_agent: dict[str, list[PocketCard]] = {}
    for card in listed:
        by_agent.setdefault(card.agent, []).append(card)
    return PocketReport(
        since=since,
        until=until,
        cards=len(listed),
        sent=sum(card.sent is not None for card in listed),
        opened=len(opened),
        refused=sum(card.refused for card in listed),
        opened_rate=len(opened) / len(listed) if listed else None,
        median_seconds_to_open=median(waits) if waits else None,
        by_way=dict(sorted(Counter(card.channel for card in listed if card.channel).items())),
        failures=dict(Counter(card.failure for card in listed if card.failure).most_common(10)),
        agents=[
            AgentCards(
                agent,
                len(mine),
                sum(card.sent is not None for card in mine),
                sum(card.opened is not None for card in mine),
            )
            for agent, mine in sorted(by_agent.items())
        ],
    )
