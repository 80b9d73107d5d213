"""What Asterisk is to be told, read from the settings and the database: phones, the last net, ports and secrets.

Must not know where the files go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents.chains import MOBILE_ONLY
from cti.agents.dialling import carried, national
from cti.agents.tables import AgentRow, GroupMemberRow, GroupRow, NumberRow
from cti.errors import Refused
from cti.settings import Settings
from dialplan.site import Member, Paths, Phone, Site, SiteUnfit
from dialplan.trunks import Trunk
from routing.model import Directory

COMPANY_GROUP = Directory().company_group


async def site_of(session: AsyncSession, settings: Settings, paths: Paths | None = None) -> Site:
    """The site as the database has it now.

    Raises:
        Refused: something cannot stand in Asterisk's configuration, or the firm has no number yet.
    """
    agents = {row.code: row for row in await session.scalars(select(AgentRow).where(AgentRow.active))}
    members = await session.scalars(
        select(GroupMemberRow.agent_code)
        .where(GroupMemberRow.group_code == COMPANY_GROUP)
        .order_by(GroupMemberRow.position)
    )
    seconds = await session.scalar(select(GroupRow.seconds).where(GroupRow.code == COMPANY_GROUP))
    main = await session.scalar(
        select(NumberRow.e164).where(NumberRow.agent_code.is_(None)).order_by(NumberRow.e164).limit(1)
    )
    if main is None:
        raise Refused("the firm has no number yet: without one there is nothing to answer")
    numbers = {row.e164: row.agent_code for row in await session.scalars(select(NumberRow).order_by(NumberRow.e164))}
    phones = [
        Phone(row.extension, row.phone_secret, row.name, row.code, _shown(row, numbers))
        for row in agents.values()
        if row.extension
    ]
    try:
        site = Site(
            ami_secret=settings.ami_secret,
            ari_secret=settings.ari_secret,
            ami_user=settings.ami_user,
            ari_user=settings.ari_user,
            phones=tuple(phones),
            members=tuple(_member(agents[code]) for code in members if code in agents),
            company_number=national(main),
            bind_host=settings.bind_host,
            sip_port=settings.sip_port,
            rtp_start=settings.rtp_start,
            rtp_end=settings.rtp_end,
            ami_port=settings.ami_port,
            ari_port=settings.ari_port,
            agi_host=settings.bind_host,
            agi_port=settings.agi_port,
            carrier_host=settings.carrier_host,
            carrier_port=settings.carrier_port,
            more_trunks=tuple(Trunk(name, one.host, one.port, one.numbers) for name, one in settings.trunks.items()),
            countries=settings.callable_countries,
            transfer_outside=settings.transfer_outside,
            ask_timeout=settings.ask_timeout,
            group_seconds=seconds or 30,
            caller_ids=tuple(settings.caller_id.items()),
            caller_id_hours=settings.caller_id_hours,
            listens=settings.whisper == "person",
        )
        return replace(site, paths=paths) if paths else site
    except SiteUnfit as error:
        raise Refused(f"Asterisk's configuration cannot be written: {error}") from error


def _shown(row: AgentRow, numbers: Mapping[str, str | None]) -> str:
    """The number of this agent's calls outside; empty for the company's, also when theirs is no longer the firm's."""
    if row.shows == "direct":
        shown = next((e164 for e164, agent in numbers.items() if agent == row.code), None)
    else:
        shown = row.shows if row.shows in numbers and numbers[row.shows] in {None, row.code} else None
    return national(shown) if shown is not None else ""


def _member(row: AgentRow) -> Member:
    desk = None if row.profile == MOBILE_ONLY else row.extension
    return Member(row.code, desk, carried(row.mobile) if row.mobile else None)
