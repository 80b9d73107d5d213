"""What may stand in an agent's fields, read as people type it and refused in sentences.

Must not know how a change is logged or what it does to a chain.
"""

from __future__ import annotations

import re
from typing import Any

import phonenumbers
from sqlalchemy import String, select
from sqlalchemy.ext.asyncio import AsyncSession

from cti.agents.chains import DESK_AND_MOBILE, LONGEST_RING, MOBILE_ONLY, PROFILES, can_ring, parse_steps, steps_text
from cti.agents.changes import mobile_countries
from cti.agents.dialling import dialled_key, is_taiwan_mobile
from cti.agents.tables import AgentRow, NumberRow
from cti.errors import Invalid, NotFound, Refused
from cti.store.base import storable
from routing.numbering import EMERGENCY_NUMBERS

LANGUAGES = ("", "zh-Hant", "en")
"""What a person's mobile may be told in; the first: in the firm's language."""
PRESENCES = ("available", "away", "dnd")

CHANGEABLE = frozenset(
    (
        "name",
        "nickname",
        "department",
        "extension",
        "mobile",
        "deputy",
        "desk_seconds",
        "mobile_seconds",
        "deputy_seconds",
        "presence",
        "phone_secret",
        "active",
        "profile",
        "steps",
        "language",
        "shows",
    )
)
CAN_SILENCE = frozenset(("extension", "mobile", "deputy", "active", "profile", "steps"))
"""What can leave a caller without an answer; a name cannot, and need not be checked."""

CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}\Z")
"""What can travel in a plan (routing/wire.py)."""

_TAIWAN = 886
_MOBILES = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
_DEAR = (phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST)

_EXTENSION = re.compile(r"[0-9]{2,10}\Z")


async def checked_fields(session: AsyncSession, code: str, fields: dict[str, Any]) -> dict[str, Any]:
    unknown = set(fields) - CHANGEABLE
    if unknown:
        raise Invalid(f"{', '.join(sorted(unknown))}: no such field; there are {', '.join(sorted(CHANGEABLE))}")
    checked: dict[str, Any] = {}
    for field, value in fields.items():
        if field == "extension":
            checked[field] = await _extension(session, code, value)
        elif field == "mobile":
            checked[field] = mobile_number(value, mobile_countries(session))
        elif field == "profile":
            if value not in PROFILES:
                raise Invalid(f"profile: one of {', '.join(PROFILES)}")
            checked[field] = value
        elif field == "language":
            if value not in LANGUAGES:
                raise Invalid("language: zh-Hant, en, or empty for the firm's")
            checked[field] = value
        elif field == "steps":
            checked[field] = steps_text(parse_steps(value or ""))
        elif field == "shows":
            checked[field] = await _shown_number(session, code, str(value))
        elif field == "deputy":
            checked[field] = await deputy_code(session, code, value)
        elif field.endswith("_seconds"):
            checked[field] = ring_seconds(field, value)
        elif field == "active":
            checked[field] = bool(value)
        elif field == "presence" and value not in PRESENCES:
            raise Invalid(f"presence: one of {', '.join(PRESENCES)}")
        else:
            checked[field] = text_of(field, value, _longest(field), needed=field == "name")
    return checked


async def _extension(session: AsyncSession, code: str, value: str | None) -> str | None:
    if not value:
        return None
    if not _EXTENSION.match(value):
        raise Invalid("extension: 2 to 10 digits")
    if value in EMERGENCY_NUMBERS:
        raise Invalid(f"extension: {value} is an emergency number, and must stay one on every desk")
    holder = await session.scalar(select(AgentRow.code).where(AgentRow.extension == value, AgentRow.code != code))
    if holder is not None:
        raise Refused(f"extension {value} is agent {holder}'s; give it up there first")
    return value


async def _shown_number(session: AsyncSession, code: str, value: str) -> str:
    """What an agent's calls outside show: who calls it back must reach the firm, so it is a number of the firm."""
    if value == "company":
        return value
    if value == "direct":
        if await session.scalar(select(NumberRow.e164).where(NumberRow.agent_code == code).limit(1)) is None:
            raise Refused(f"agent {code} has no direct number to show; give one first")
        return value
    row = await session.get(NumberRow, dialled_key(value))
    if row is None or row.agent_code not in {None, code}:
        raise Refused(f"{value[:40]} is no number of the firm; calls show company, direct, or one of its numbers")
    return row.e164


async def deputy_code(session: AsyncSession, code: str, value: str | None) -> str | None:
    if not value:
        return None
    if value == code:
        raise Invalid("deputy: nobody is their own deputy")
    found: str | None = await session.scalar(select(AgentRow.code).where(AgentRow.code == storable(value)))
    if found is None:
        raise NotFound(f"there is no agent {value[:40]}; `ringward agent list` shows those there are")
    return found


def mobile_number(value: str | None, countries: frozenset[str]) -> str | None:
    """A mobile of Taiwan, or of a country on the list: a leg to anywhere else may cost more than the call is worth."""
    if not value:
        return None
    key = dialled_key(value)
    if is_taiwan_mobile(key):
        return key
    try:
        number = phonenumbers.parse(key)
    except phonenumbers.NumberParseException:
        number = None
    kind = phonenumbers.number_type(number) if number is not None else phonenumbers.PhoneNumberType.UNKNOWN
    if kind in _DEAR:
        raise Refused(f"mobile: {key} is a premium-rate number; calls are never sent to one")
    if number is not None and key.startswith("+") and number.country_code != _TAIWAN and len(key) <= 16:
        if str(number.country_code) in countries:
            if kind in _MOBILES:
                return key
        elif kind in _MOBILES:
            raise Refused(
                f"mobile: calls to +{number.country_code} are not allowed; "
                f"add {number.country_code} to mobile_countries in the settings"
            )
    raise Invalid(f"mobile: {value[:40]!r} is no mobile number; write it like 0900-000-101 or +852 9123 4567")


def rings_somewhere(row: AgentRow) -> None:
    """Refuse a profile or a chain that has no phone to ring. Who has no phone at all is nobody's mistake."""
    profile = row.profile or DESK_AND_MOBILE
    if profile == MOBILE_ONLY and not row.mobile:
        raise Refused(f"agent {row.code} has no mobile number; give one first, or set the profile {DESK_AND_MOBILE}")
    has_desk = bool(row.extension) and profile != MOBILE_ONLY
    rings = parse_steps(row.steps or "")
    if rings and not can_ring(rings, has_desk=has_desk, has_mobile=bool(row.mobile)):
        raise Refused(f"the steps {row.steps} of agent {row.code} ring nobody: those phones do not exist")


def ring_seconds(field: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LONGEST_RING:
        raise Invalid(f"{field}: whole seconds from 1 to {LONGEST_RING}")
    return value


def text_of(field: str, value: Any, longest: int, *, needed: bool = False) -> str:
    text = " ".join(storable(str(value or "")).split())
    if needed and not text:
        raise Invalid(f"{field}: must not be empty")
    if len(text) > longest:
        raise Invalid(f"{field}: at most {longest} characters")
    return text


def _longest(field: str) -> int:
    kind = AgentRow.__table__.c[field].type
    assert isinstance(kind, String)
    assert kind.length is not None
    return kind.length
