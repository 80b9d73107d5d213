"""The web's side of discretion: who reads a card in full, and who looks up more than anybody's work needs.

Must not know any single route; `cti.customers.discretion` has the rules.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterable
from datetime import timedelta
from typing import Any

import msgspec
from aiohttp import web
from sqlalchemy import or_, select

from cti.agents.logins import Identity
from cti.agents.throttle import TooManyAttempts
from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.calls.model import Call
from cti.calls.tables import CallRow, LegRow
from cti.customers.card import card_json
from cti.customers.discretion import FULL_SIGHT, WINDOW, LookUps, discreet
from cti.customers.model import Card
from cti.customers.numbers import normalise
from cti.desktop.messages import Alarm
from cti.web.operations import Asked
from cti.web.services import Services

LOOK_UPS = web.AppKey("look_ups", LookUps)
FINDS = web.AppKey("finds", LookUps)
OWN_CALL = timedelta(hours=1)
"""After a call its notes are finished and what was forgotten is asked: the number is still one's own call's."""

LOOKED_UP_ALARM = "look_ups"


async def may_see_numbers(asked: Asked, customer_id: int) -> bool:
    """Whether this person may read a customer's numbers: by role, or in their call, now or within the last hour."""
    if asked.who.role in FULL_SIGHT:
        return True
    agent = asked.who.agent
    if agent is None:
        return False
    services = asked.services
    for call in services.tracker.live():
        pop = services.desktops.pops_of(call.linkedid).get(agent)
        if pop is not None and customer_id in {call.customer_id, *(match.customer_id for match in pop.matches)}:
            return True
    recent = (
        select(CallRow.linkedid)
        .outerjoin(LegRow, LegRow.linkedid == CallRow.linkedid)
        .where(CallRow.customer_id == customer_id, or_(LegRow.agent == agent, CallRow.made_by == agent))
        .where(CallRow.started >= services.now() - OWN_CALL)
    )
    async with services.store.session() as session:
        return await session.scalar(recent.limit(1)) is not None


async def shown_card(asked: Asked, card: Card) -> dict[str, Any]:
    """The card as this person may read it; a look outside their own calls counts.

    Raises:
        TooManyAttempts: they looked up more customers within the hour than anybody's work needs.
    """
    if await may_see_numbers(asked, card.customer_id):
        return card_json(card)
    await count_look(asked, card.customer_id)
    return card_json(discreet(card))


def is_theirs(asked: Asked, call: Call) -> bool:
    """Whether it is this person's own call: they made it, or it rang for them."""
    agent = asked.who.agent
    return agent is not None and (
        call.made_by == agent
        or any(leg.agent == agent for leg in call.legs)
        or agent in asked.services.desktops.pops_of(call.linkedid)
    )


def may_see_caller(asked: Asked, call: Call) -> bool:
    """Whether this person may read a call's numbers: by role, or in their own call, now or within the last hour."""
    if asked.who.role in FULL_SIGHT:
        return True
    lately = call.ended is None or (call.started is not None and call.started >= asked.services.now() - OWN_CALL)
    return lately and is_theirs(asked, call)


def shown_choice(asked: Asked, call: Call, card: dict[str, Any]) -> dict[str, Any]:
    """The card (`card_json`'s) of whom a call was just tied to. The call may be an old one."""
    if may_see_caller(asked, call):
        return card
    return card_json(discreet(msgspec.convert(card, Card)))


async def note_access(asked: Asked, action: str, *, subject_id: str = "", text: str = "", after: Any = None) -> None:
    """Put what somebody saw of the customers in bulk into the audit, before they see it.

    Raises:
        StoreUnavailable: it cannot be written down, so it cannot be had.
    """
    who = asked.who
    entry = Entry(
        action=action,
        actor=who.login,
        agent=who.agent,
        department=_department(asked.services, who),
        subject="customers",
        subject_id=subject_id,
        text=text,
        after=after,
    )
    async with asked.services.store.transaction() as session:
        record(session, entry, asked.services.now())


async def count_look(asked: Asked, customer_id: int) -> None:
    """Count that this person looked at this customer, and tell those who lead when it is more than usual.

    Raises:
        TooManyAttempts: they looked up more customers within the hour than anybody's work needs.
    """
    await _count(asked, asked.request.config_dict[LOOK_UPS], "customers.many_looked_up", [customer_id])


async def count_outsider(asked: Asked, customer_id: int) -> None:
    """As `count_look`, but for a customer whose numbers this person may see anyway. Raises as it."""
    if not await may_see_numbers(asked, customer_id):
        await count_look(asked, customer_id)


async def count_found(asked: Asked, found: Iterable[int], *tried: str | None) -> None:
    """Count the customers that a search or a list is about to name. What was `tried` (a number, a part of one, an
    address) counts, too, whether somebody has it or not: a digit at a time, or one after another of those that a mask
    leaves possible, it would say what the mask hides.

    Raises:
        TooManyAttempts: searches showed more customers within the hour than anybody's work needs.
    """
    shown: list[Hashable] = [*found, *(normalise(one).e164 or one.casefold() for one in tried if one)]
    await _count(asked, asked.request.config_dict[FINDS], "customers.many_found", shown)


async def _count(asked: Asked, looks: LookUps, action: str, shown: Iterable[Hashable]) -> None:
    if asked.who.role in FULL_SIGHT:
        return
    services, login = asked.services, asked.who.login
    now = services.now()
    different = looks.look(login, shown, now)
    if different >= looks.alarm and looks.is_news(login):
        await note_access(asked, action, after={"customers": different, "minutes": 60})
        values = {"login": login, "customers": different}
        alarm = Alarm(LOOKED_UP_ALARM, True, now, values)
        services.desktops.set_alarm(alarm)
        asyncio.get_running_loop().call_later(WINDOW.total_seconds(), services.desktops.end_alarm, alarm)
    if different > looks.most:
        raise TooManyAttempts(WINDOW.total_seconds() / 12)


def _department(services: Services, who: Identity) -> str:
    row = services.directory.agent(who.agent) if who.agent else None
    return row.department if row is not None else ""
