"""Whether pocket cards could reach everybody's mobile now, put in words for `ringward doctor`. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from cti.agents.tables import AgentRow
from cti.errors import Invalid
from cti.pocket import channels, ledger
from cti.pocket.configured import usual_of, ways_of
from cti.pocket.ways import LOG
from cti.settings import Settings
from cti.store.engine import Store

RECENT = timedelta(days=1)
"""What failed longer ago has been mended, or somebody has been told of it before."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing seen. `what` and `advice` are sentences of the catalogue; `advice` is empty when all is well."""

    what: str
    advice: str = ""
    values: dict[str, object] = field(default_factory=dict)
    broken: bool = False


async def remarks(settings: Settings, store: Store) -> list[Remark]:
    """Look at settings, ways and the last day's cards.

    Raises:
        StoreUnavailable: the database cannot be used now.
    """
    try:
        kinds = frozenset(ways_of(settings, lambda: datetime.now(UTC)))
    except Invalid as error:
        what = "pocket cards: {reason}"
        return [Remark(what, "mend it in {file}", {"reason": error, "file": settings.home / "ringward.toml"}, True)]
    found = [*_address(settings, kinds), *await _reach(settings, store, kinds)]
    if all(not one.advice for one in found):
        found.append(Remark("pocket cards reach every mobile: {ways}", values={"ways": ", ".join(sorted(kinds))}))
    return found


def _address(settings: Settings, kinds: frozenset[str]) -> list[Remark]:
    if kinds - {LOG} and settings.public_url and not settings.public_url.startswith("https://"):
        what, advice = "pocket cards travel in clear: public_url is {url}", "put a proxy with TLS before the page"
        return [Remark(what, advice, {"url": settings.public_url})]
    if kinds - {LOG, "push"} and not settings.public_url:
        what = "links to pocket cards begin with {url}: only this machine can open them"
        return [
            Remark(what, "set public_url to where a phone out there reaches the page", {"url": settings.public_address})
        ]
    return []


async def _reach(settings: Settings, store: Store, kinds: frozenset[str]) -> list[Remark]:
    async with store.session() as session:
        query = select(AgentRow).where(AgentRow.active, AgentRow.mobile.is_not(None)).order_by(AgentRow.code)
        rows = (await session.scalars(query)).all()
        own = await channels.read_all(session)
        unsent = await ledger.unsent(session, datetime.now(UTC) - RECENT)
    ways = {row.code: own.get(row.code) or usual_of(settings, row) for row in rows}
    without = [code for code, mine in ways.items() if not any(one.kind in kinds for one in mine)]
    found = []
    if without:
        what = "no pocket card can reach the mobile of {agents}"
        advice = "set a way up (docs/pocket-card.md), then `ringward pocket test`"
        found.append(Remark(what, advice, {"agents": ", ".join(without)}))
    for code, mine in ways.items():
        for one in mine:
            if one.failure:
                values: dict[str, object] = {"agent": code, "way": one.kind, "reason": one.failure}
                what, advice = "pocket card of {agent} by {way}: {reason}", "try it with `ringward pocket test {agent}`"
                found.append(Remark(what, advice, values))
    if unsent:
        what = "{count} pocket cards of the last day were not sent"
        found.append(Remark(what, "see why with `ringward pocket list`", {"count": unsent}))
    return found
