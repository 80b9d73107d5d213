"""The lines to the carriers: whether each answers now, whose number it shows, and what its carrier refused of that.

Must not know how calls go over them.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from cti.asterisk.sip_options import ask_options
from cti.audit.ledger import record
from cti.audit.model import Entry
from cti.errors import SwitchUnavailable
from cti.trunks import FAMILY, Learnt, forget, forms_of, read_learnt, trunk_state
from cti.web.changing import may_read_all
from cti.web.operations import Access, Answer, Asked, Operations

operations = Operations()

ANSWER_SECONDS = 2.0
"""A carrier that is there answers within a tenth of it; the page waits for the slowest."""


class RefusalAnswer(Answer):
    """The carrier answered `status` to the form `refused` at `at`; until `until` calls begin with `form`. `withheld`:
    of callers who withhold their number, and for them only."""

    withheld: bool
    form: str
    refused: str
    status: int
    at: datetime
    until: datetime


class TrunkAnswer(Answer):
    """A line to a carrier. `numbers` are beginnings of numbers that go over it first, `forms` of Caller ID in order.

    `answers`: what it said to OPTIONS just now, null when it said nothing. `asked_switch`: false when Asterisk could
    not be asked what the carrier refused.
    """

    trunk: str
    address: str
    numbers: list[str]
    forms: list[str]
    begins_with: str
    learnt: list[RefusalAnswer]
    answers: str | None
    asked_switch: bool


@operations.route("GET", "/trunks", answer=list[TrunkAnswer])
async def list_trunks(asked: Asked) -> list[dict[str, Any]]:
    """Every line to a carrier, the first tried first; for those who lead, and auditors."""
    may_read_all(asked)
    trunks = asked.services.settings.all_trunks
    learnt, answers = await asyncio.gather(
        _learnt(asked), asyncio.gather(*(_answers(where.host, where.port) for where in trunks.values()))
    )
    known = {"asked_switch": learnt is not None}
    return [
        {**trunk_state(asked.services.settings, name, learnt or ()), **known, "answers": said}
        for name, said in zip(trunks, answers, strict=True)
    ]


@operations.route("POST", "/trunks/{trunk}/reset", status=204, access=Access.MANAGER)
async def reset_trunk(asked: Asked) -> None:
    """Forget what the carrier refused: the next call begins with the first form again."""
    services, trunk = asked.services, asked.path("trunk")
    forms_of(services.settings, trunk)
    if services.switch is None:
        raise SwitchUnavailable("Asterisk is not connected")
    entry = Entry(action="trunk.reset", actor=asked.who.login, subject="trunk", subject_id=trunk)
    async with services.store.transaction() as session:
        record(session, entry, services.now())
    await forget(services.switch, services.settings, trunk)


async def _learnt(asked: Asked) -> list[Learnt] | None:
    services = asked.services
    if services.switch is None:
        return None
    try:
        entries = await services.switch.db_tree(FAMILY)
    except SwitchUnavailable:
        return None
    return read_learnt(services.settings, entries, services.now())


async def _answers(host: str, port: int) -> str | None:
    try:
        return await ask_options(host, port, ANSWER_SECONDS)
    except OSError:
        return None
