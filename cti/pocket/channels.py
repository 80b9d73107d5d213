"""The ways by which each agent gets links, in the order in which they are tried, and changes of them.

Must not know how any of them sends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents.fields import mobile_number
from cti.agents.tables import AgentRow
from cti.errors import Invalid, NotFound, Refused
from cti.pocket.push import read_subscription
from cti.pocket.tables import PocketChannelRow
from cti.pocket.ways import KINDS, LINE, LOG, MAIL, PUSH, SMS
from cti.store.base import storable

MOST_CHANNELS = 8
"""An agent's phones, and a way or two besides: all are tried while one mobile rings."""

_LINE_USER = re.compile(r"U[0-9a-f]{32}\Z")
_ADDRESS = re.compile(r"[^\s@<>,;\"]{1,64}@[A-Za-z0-9.-]{1,180}\Z")


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to one agent. `id` is None for a way that the firm's settings give to everybody."""

    kind: str
    target: str
    label: str = ""
    id: int | None = None
    last: datetime | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the firm allows as a target: push services, calling codes of other countries; `log` only in a demo."""

    services: tuple[str, ...] = ()
    countries: frozenset[str] = frozenset()
    log: bool = False


def checked_target(kind: str, target: str, limits: Limits) -> str:
    """The target as it is kept.

    Raises:
        Invalid, Refused: it is none of that kind, or none that the firm allows.
    """
    text = storable(target).strip()
    if kind == PUSH:
        read_subscription(text, limits.services)
        return text
    if kind == LINE:
        if not _LINE_USER.match(text):
            raise Invalid("line: give the LINE user id, a U and 32 hexadecimal digits")
        return text
    if kind == SMS:
        number = mobile_number(text, limits.countries)
        if number is None:
            raise Invalid("sms: give a mobile number")
        return number
    if kind == MAIL:
        if not _ADDRESS.match(text):
            raise Invalid("mail: give an address like name@example.com")
        return text
    if kind == LOG:
        if not limits.log:
            raise Refused("links are written into the log only where pocket_log allows it: for trying it out")
        return ""
    raise Invalid(f"there is no way {kind[:20]!r}; there are {', '.join(KINDS)}")


def usual(row: AgentRow | None, kinds: Iterable[str], mail_to: Mapping[str, str]) -> list[Channel]:
    """The ways of an agent who has set none: of the firm's usual `kinds` those for which their target is known."""
    if row is None:
        return []
    targets = {SMS: row.mobile, MAIL: mail_to.get(row.code) or mail_to.get("*"), LOG: ""}
    return [Channel(kind, targets[kind] or "") for kind in kinds if targets.get(kind) is not None]


async def read(session: AsyncSession, agent: str) -> list[Channel]:
    """The ways that this agent has set, in order; none: the firm's usual ones serve."""
    return (await read_all(session, agent)).get(agent, [])


async def read_all(session: AsyncSession, agent: str | None = None) -> dict[str, list[Channel]]:
    """Everybody's, or one agent's, by agent."""
    row = PocketChannelRow
    query = select(row).order_by(row.agent_code, row.position, row.id)
    found: dict[str, list[Channel]] = {}
    for one in await session.scalars(query if agent is None else query.where(row.agent_code == storable(agent))):
        channel = Channel(one.kind, one.target, one.label, one.id, one.last, one.failure)
        found.setdefault(one.agent_code, []).append(channel)
    return found


async def add(
    session: AsyncSession, agent: str, kind: str, target: str, label: str, limits: Limits, at: datetime
) -> int:
    """Add a way behind the others; the same target again only renews it. Returns its id.

    Raises:
        NotFound: no such agent; Invalid, Refused: as `checked_target`, or there are too many.
    """
    row = PocketChannelRow
    target = checked_target(kind, target, limits)
    label = " ".join(storable(label).split())[:100]
    if await session.scalar(select(AgentRow.id).where(AgentRow.code == storable(agent))) is None:
        raise NotFound(f"there is no agent {agent[:40]}; `ringward agent list` shows those there are")
    same = select(row.id).where(row.agent_code == agent, row.kind == kind, row.target == target)
    known = await session.scalar(same)
    if known is not None:
        await session.execute(update(row).where(row.id == known).values(label=label, failure=""))
        return known
    count, last = (
        await session.execute(select(func.count(), func.max(row.position)).where(row.agent_code == agent))
    ).one()
    if count >= MOST_CHANNELS:
        raise Refused(f"agent {agent} has {MOST_CHANNELS} ways already; remove one first")
    fresh = row(
        agent_code=agent,
        position=(last if last is not None else -1) + 1,
        kind=kind,
        target=target,
        label=label,
        created=at,
        failure="",
    )
    session.add(fresh)
    await session.flush()
    return fresh.id


async def replace_all(
    session: AsyncSession, agent: str, wanted: Sequence[tuple[str, str]], limits: Limits, at: datetime
) -> None:
    """Have exactly these ways (kind and target), in this order; push subscriptions stay, in front of the others.

    Raises:
        NotFound, Invalid, Refused: as `add`; nothing is changed then.
    """
    row = PocketChannelRow
    await session.execute(delete(row).where(row.agent_code == storable(agent), row.kind != PUSH))
    for kind, target in wanted:
        await add(session, agent, kind, target, "", limits, at)


async def reorder(session: AsyncSession, agent: str, order: Sequence[int]) -> None:
    """Try the agent's ways in this order from now on.

    Raises:
        Invalid: these are not exactly the agent's ways.
    """
    mine = [one.id for one in await read(session, agent)]
    if sorted(order) != sorted(one for one in mine if one is not None):
        raise Invalid("order: name each of the ways once, by its number")
    for position, channel_id in enumerate(order):
        row = PocketChannelRow
        await session.execute(update(row).where(row.id == channel_id).values(position=position))


async def remove(session: AsyncSession, agent: str, channel_id: int) -> None:
    """Take a way away.

    Raises:
        NotFound: this agent has no such way.
    """
    row = PocketChannelRow
    gone = delete(row).where(row.id == channel_id, row.agent_code == storable(agent)).returning(row.id)
    if (await session.execute(gone)).scalar_one_or_none() is None:
        raise NotFound(f"agent {agent} has no way {channel_id} to a mobile")


async def forget_all(session: AsyncSession, agent: str) -> int:
    """Somebody has left: nothing goes to their own mobile or browser any more. How many ways there were."""
    row = PocketChannelRow
    gone = await session.scalars(delete(row).where(row.agent_code == storable(agent)).returning(row.id))
    return len(gone.all())


async def note(session: AsyncSession, channel_id: int, at: datetime, failure: str) -> None:
    """Write down how the last try of a way went."""
    row = PocketChannelRow
    values = {"last": at, "failure": storable(failure)[:300]}
    await session.execute(update(row).where(row.id == channel_id).values(**values))


async def forget(session: AsyncSession, channel_id: int) -> None:
    """A browser withdrew its subscription: it will never take anything again."""
    await session.execute(delete(PocketChannelRow).where(PocketChannelRow.id == channel_id))
