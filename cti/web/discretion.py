"""The web's side of discretion: who reads a card in full, and who looks up more than anybody's work needs.

Must not know any single route; `cti.customers.discretion` has the rules.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from aiohttp import web
from sqlalchemy import select

from cti.agents.logins import Identity
from cti.agents.throttle import TooManyAttempts
from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.calls.tables import CallRow, LegRow
from cti.customers.card import card_json
from cti.customers.discretion import FULL_SIGHT, WINDOW, LookUps, discreet
from cti.customers.model import Card
from cti.desktop.messages import Alarm
from cti.web.operations import Asked
from cti.web.services import Services

LOOK_UPS = web.AppKey("look_ups", LookUps)
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
        .join(LegRow, LegRow.linkedid == CallRow.linkedid)
        .where(CallRow.customer_id == customer_id, LegRow.agent == agent)
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
    if asked.who.role in FULL_SIGHT:
        return
    services, login = asked.services, asked.who.login
    looks = asked.request.config_dict[LOOK_UPS]
    now = services.now()
    different = looks.look(login, customer_id, now)
    if different < looks.alarm:
        return
    if looks.is_news(login):
        await note_access(asked, "customers.many_looked_up", after={"customers": different, "minutes": 60})
        values = {"login": login, "customers": different}
        services.desktops.set_alarm(Alarm(LOOKED_UP_ALARM, True, now, values))
        over = Alarm(LOOKED_UP_ALARM, False, now, values)
        asyncio.get_running_loop().call_later(WINDOW.total_seconds(), services.desktops.set_alarm, over)
    if different > looks.most:
        raise TooManyAttempts(WINDOW.total_seconds() / 12)


def _department(services: Services, who: Identity) -> str:
    row = services.directory.agent(who.agent) if who.agent else None
    return row.department if row is not None else ""
