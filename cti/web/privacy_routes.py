"""What the law gives a person: everything held on them, and that it is erased. For managers.

Must not know where copies lie: `cti.privacy` does.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec
from aiohttp import web
from pydantic import Field

from cti.privacy.copies import NoSwitch
from cti.privacy.dossier import Dossier, readable
from cti.privacy.erasure import LONGEST_REASON, foresee
from cti.privacy.everywhere import Places, erase_everywhere, make_dossier
from cti.privacy.person import find_person
from cti.privacy.retention import standing
from cti.web.customer_routes import customer_id_of
from cti.web.operations import Access, Answer, Asked, Body, Operations
from cti.web.refusals import reader_language

operations = Operations()


class Erasing(Body):
    """Why the person is erased (who asked for it, and how). `dry_run`: only say what would go."""

    reason: str = Field("", max_length=LONGEST_REASON)
    dry_run: bool = True


class CopiesAnswer(Answer):
    """What became of the copies outside the database. `journal_left`: files that could not be rewritten."""

    astdb: bool
    journal: int
    journal_left: list[str]
    whispers: int


class ErasureAnswer(Answer):
    """What went, or would go (`done` false). `rows`: table -> how many; `orders_kept` stay without the person."""

    customer_id: int
    at: datetime
    done: bool
    again: bool
    rows: dict[str, int]
    audit_contents: int
    orders_kept: list[int]
    kept_until: date | None
    copies: CopiesAnswer | None


class KeptAnswer(Answer):
    """How long a kind of record is kept: `days` (0: for good), how many there are, how many are older and go tonight,
    and the oldest's time in UTC."""

    kind: str
    days: int
    count: int
    over: int
    oldest: datetime | None


class RetentionAnswer(Answer):
    """The terms of this installation. `at`: the hour of the firm's day, like `03:30`, at which what is older goes."""

    at: str
    keep_orders_years: int
    kinds: list[KeptAnswer]


@operations.route("GET", "/retention", answer=RetentionAnswer, access=Access.MANAGER)
async def read_retention(asked: Asked) -> dict[str, Any]:
    """How long each kind of record is kept, how many there are, and how many are older than they may be."""
    services = asked.services
    settings = services.settings
    async with services.store.session() as session:
        kinds = await standing(session, settings.keep_days, services.now())
    return {
        "at": f"{settings.retention_at:%H:%M}",
        "keep_orders_years": settings.keep_orders_years,
        "kinds": [msgspec.structs.asdict(one) for one in kinds],
    }


@operations.route("GET", "/customers/{customer_id}/dossier", answer=dict[str, Any], access=Access.MANAGER)
async def read_dossier(asked: Asked) -> dict[str, Any]:
    """Everything held on one person, copies in Asterisk included; that it was given out joins the audit."""
    return await _held(asked)


@operations.route("GET", "/customers/{customer_id}/dossier/text", answer=str, access=Access.MANAGER)
async def read_dossier_as_text(asked: Asked) -> web.Response:
    """The same as plain text for who reads no JSON, its headings in the reader's language."""
    held = await _held(asked)
    text = readable(held, reader_language(asked.request, asked.services.settings))
    name = f'attachment; filename="dossier-{held["customer_id"]}.txt"'
    return web.Response(text=text, headers={"Content-Disposition": name})


async def _held(asked: Asked) -> Dossier:
    services = asked.services
    return await make_dossier(
        services.store,
        places_of(asked),
        services.switch or NoSwitch(),
        customer_id_of(asked),
        by=asked.who.login,
        at=services.now(),
    )


@operations.route("POST", "/customers/{customer_id}/erase", body=Erasing, answer=ErasureAnswer, access=Access.MANAGER)
async def erase_person(asked: Asked) -> dict[str, Any]:
    """Erase a person for good, wherever a copy lies; or say what would go."""
    services, body, customer_id = asked.services, asked.body, customer_id_of(asked)
    keep_years, at = services.settings.keep_orders_years, services.now()
    if body.dry_run:
        foreseen = await foresee(services.store, customer_id, keep_years=keep_years, at=at)
        return {**msgspec.to_builtins(foreseen), "copies": None}
    async with services.store.session() as session:
        calls = (await find_person(session, customer_id)).calls
    done, copies = await erase_everywhere(
        services.store,
        places_of(asked),
        services.switch or NoSwitch(),
        customer_id,
        by=asked.who.login,
        reason=body.reason,
        keep_years=keep_years,
        at=at,
    )
    services.pocket.withdraw(calls)
    # Not half a second later: the next call may come in between.
    await services.callers.refresh()
    await services.keeper.refresh()
    return {**msgspec.to_builtins(done), "copies": msgspec.to_builtins(copies)}


def places_of(asked: Asked) -> Places:
    """Where this installation's copies lie."""
    settings = asked.services.settings
    return Places(settings.journal_file, settings.sounds / "whisper")
