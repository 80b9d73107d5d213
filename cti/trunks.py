"""What the dial plan has learnt of each trunk: which form of Caller ID its carrier refused, where calls begin since;
and which mobiles send calls back to the firm.

The dial plan writes it into AstDB by itself, daemon or not (`ringward-carried`); here it is read, shown and forgotten.
Must not know calls, terminals or HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from cti.errors import NotFound
from cti.settings import Settings

FAMILY = "ringward-trunk"
DEFAULT_FORMS = ("customer", "asserted", "company")
"""First what the person wants to see, last what every carrier takes: the firm's own number."""

FORWARDS = "ringward-forwards"
FORWARDS_FOR = timedelta(days=7)
"""How long one call that came back counts: who forwards only when busy may not be busy every day."""

_KEPT = re.compile(r"(\w+)!(\w+)!(\d{3})!(\d{1,11})\Z")
_CAME_BACK = re.compile(r"(\d{1,11})!\+?\w{1,40}\Z")
_WITHHELD = "/withheld"


@dataclass(frozen=True, slots=True)
class Learnt:
    """The carrier answered `status` to the form `refused` at `at` (aware UTC); until `until` calls begin with `form`.

    `withheld`: learnt from callers who withhold their number, and kept to for them only.
    """

    trunk: str
    withheld: bool
    form: str
    refused: str
    status: int
    at: datetime
    until: datetime


class AstDb(Protocol):
    """What we need of Asterisk's store; `cti.asterisk.ami.AmiClient` offers it."""

    async def db_tree(self, family: str) -> dict[str, str]: ...

    async def db_del(self, family: str, key: str) -> None: ...


def forms_of(settings: Settings, trunk: str) -> tuple[str, ...]:
    """The forms of a trunk, first tried first.

    Raises:
        NotFound: there is no such trunk.
    """
    if trunk not in settings.all_trunks:
        raise NotFound(f"there is no trunk {trunk[:40]}; `ringward trunk list` shows those there are")
    return settings.caller_id.get(trunk, DEFAULT_FORMS)


def read_learnt(settings: Settings, entries: Mapping[str, str], at: datetime) -> list[Learnt]:
    """What counts at the instant `at` of AstDB's `entries` (key -> value); what is old or unreadable is left out."""
    found, known = [], settings.all_trunks
    for key, value in sorted(entries.items()):
        trunk, parts = key.removesuffix(_WITHHELD), _KEPT.match(value)
        if parts is None or trunk not in known or parts[1] not in forms_of(settings, trunk):
            continue
        since = datetime.fromtimestamp(int(parts[4]), UTC)
        until = since + timedelta(hours=settings.caller_id_hours)
        if at < until:
            withheld = key.endswith(_WITHHELD)
            found.append(Learnt(trunk, withheld, parts[1], parts[2], int(parts[3]), since, until))
    return found


def read_forwards(entries: Mapping[str, str], at: datetime) -> dict[str, datetime]:
    """The mobiles, by their last nine digits, that sent a call back to the firm within a week before the aware instant
    `at`, and when they last did (`ringward-returned`); what is unreadable is left out."""
    found = {}
    for digits, value in sorted(entries.items()):
        parts = _CAME_BACK.match(value)
        if parts is None or not digits.isdecimal():
            continue
        last = datetime.fromtimestamp(int(parts[1]), UTC)
        if at - FORWARDS_FOR < last:
            found[digits] = last
    return found


def trunk_state(settings: Settings, trunk: str, learnt: Iterable[Learnt]) -> dict[str, Any]:
    """A trunk as it is told: its address, its forms, and what of `learnt` is its own. Instants are aware UTC.

    Raises:
        NotFound: there is no such trunk.
    """
    forms, mine = forms_of(settings, trunk), [one for one in learnt if one.trunk == trunk]
    begins = next((one.form for one in mine if not one.withheld), forms[0])
    told = ("withheld", "form", "refused", "status", "at", "until")
    facts = [{name: getattr(one, name) for name in told} for one in mine]
    where = settings.all_trunks[trunk]
    about = {"trunk": trunk, "address": f"{where.host}:{where.port}", "numbers": list(where.numbers)}
    return {**about, "forms": list(forms), "begins_with": begins, "learnt": facts}


async def forget(switch: AstDb, settings: Settings, trunk: str) -> int:
    """Begin with the first form again, from the next call on; returns how many things were forgotten.

    Raises:
        NotFound: there is no such trunk. SwitchUnavailable: Asterisk does not answer.
    """
    forms_of(settings, trunk)
    keys = [key for key in await switch.db_tree(FAMILY) if key.removesuffix(_WITHHELD) == trunk]
    for key in keys:
        await switch.db_del(FAMILY, key)
    return len(keys)
