"""What is known of a customer and from where: facts confirmed, corrected, not to be mentioned; consents; fields of the
firm's own; identity numbers, which only managers open.

Must not know how any of it is kept.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from pydantic import Field

from cti.audit.expecting import expect, version_of, versions_of
from cti.customers import facts, fields, sealing
from cti.customers.discretion import MASK
from cti.customers.identity_tables import CustomerFieldRow
from cti.customers.tables import PreferenceRow
from cti.errors import Invalid
from cti.web.call_routes import visible_call
from cti.web.changing import Change, Version
from cti.web.identity_routes import changer, may_change, path_id
from cti.web.operations import Access, Answer, Asked, Body, Operations

operations = Operations()


class InCall(Body):
    """`call_id` is the call in which it was said."""

    call_id: str | None = Field(None, max_length=150)


class FactBody(InCall):
    """A fact. `kind`: `preference`, `contact`, `family`, `policy`, `terms`; a field of the firm's own knows its own."""

    key: str = Field(min_length=1, max_length=facts.LONGEST_KEY)
    value: str = Field(min_length=1, max_length=facts.LONGEST_VALUE)
    kind: str = Field("preference", max_length=20)
    do_not_mention: bool | None = None


class MentionBody(InCall):
    """Whether the customer must not notice that this is known."""

    do_not_mention: bool


class ConsentBody(InCall):
    """Whether the customer may be reached by this channel."""

    given: bool


class FactAnswer(Answer):
    """A fact as it is now. Instants in UTC."""

    id: int
    customer_id: int
    key: str
    kind: str
    value: str
    source: str
    linkedid: str | None
    by: str
    times_confirmed: int
    last_confirmed: datetime
    do_not_mention: bool


class FieldBody(Change):
    """A field of the firm's own. `kind`: `text`, `number`, `date`, `choice` (with `choices`), `yesno`. `ask`: whoever
    talks to a customer of whom it is not known is told to ask. `version` is that of the last change that was seen of
    it, none for a new one."""

    label: str = Field(min_length=1, max_length=60)
    kind: str = Field("text", max_length=10)
    choices: list[str] = Field(default_factory=list, max_length=60)
    ask: bool = False


class FieldAnswer(Answer):
    """A field of the firm's own; who changes it says which `version` they read."""

    key: str
    label: str
    kind: str
    choices: list[str]
    ask: bool
    version: int


class IdentityBody(InCall):
    """The number of a `national` card or residence permit, a `passport`, or a `company`."""

    number: str = Field(min_length=1, max_length=40)


class IdentityAnswer(Answer):
    """What everybody may read of it."""

    kind: str
    shown: str


class Revealed(Answer):
    """The whole number; that it was looked at stands in the audit."""

    number: str


@operations.route("PUT", "/customers/{customer_id}/facts", body=FactBody, answer=FactAnswer)
async def set_fact(asked: Asked) -> dict[str, Any]:
    """Note a fact: said again it is confirmed, said otherwise corrected, and the audit keeps what it was.

    What is read masked is not kept so: a form that was filled in with it would lose the number.
    """
    body = asked.body
    if MASK in body.value:
        raise Invalid("value: this is masked; write the whole of it, or leave it as it was")
    said = {"kind": body.kind, "do_not_mention": body.do_not_mention}
    return await _kept(asked, facts.set_fact, body.key, body.value, **said)


@operations.route("POST", "/customers/{customer_id}/facts/{fact}/confirm", body=InCall, answer=FactAnswer)
async def confirm_fact(asked: Asked) -> dict[str, Any]:
    """It is still so: one click. `fact` is its id, or its key."""
    return await _kept(asked, facts.confirm, asked.path("fact"))


@operations.route("PUT", "/customers/{customer_id}/facts/{fact}/mention", body=MentionBody, answer=FactAnswer)
async def set_mention(asked: Asked) -> dict[str, Any]:
    """Mark a fact that the customer must not notice is known, or take the mark away."""
    return await _kept(asked, facts.set_mention, asked.path("fact"), asked.body.do_not_mention)


@operations.route("DELETE", "/customers/{customer_id}/facts/{fact}", status=204)
async def forget_fact(asked: Asked) -> None:
    """It is not so any more, and nothing is known in its place; the audit keeps what it was."""
    customer_id = await _mine(asked)
    async with asked.services.store.transaction() as session:
        await facts.forget(session, customer_id, asked.path("fact"), by=changer(asked, None), at=asked.services.now())
    await asked.services.desktops.refresh_card(customer_id)


@operations.route("PUT", "/customers/{customer_id}/consents/{channel}", body=ConsentBody, answer=FactAnswer)
async def set_consent(asked: Asked) -> dict[str, Any]:
    """Whether the customer may be reached by `phone`, `mail`, `sms` or `line`; what is refused is not sent."""
    return await _kept(asked, facts.set_consent, asked.path("channel"), asked.body.given)


@operations.route("GET", "/fields", answer=list[FieldAnswer])
async def list_fields(asked: Asked) -> list[dict[str, Any]]:
    """The firm's own fields of a customer."""
    async with asked.services.store.session() as session:
        # First: what is read after it is never older than it says.
        versions = await versions_of(session, fields.SUBJECT, fields.ACTIONS)
        return [_field(row, versions.get(row.key, 0)) for row in await fields.defined(session)]


@operations.route("PUT", "/fields/{key}", body=FieldBody, answer=FieldAnswer, access=Access.MANAGER)
async def define_field(asked: Asked) -> dict[str, Any]:
    """Define a field, or change its words, choices and asking; its type, too, until it holds a value. Refused when
    somebody else changed it since `version`."""
    key, body = asked.path("key"), asked.body
    async with asked.services.store.transaction() as session:
        if body.version is not None:
            await expect(session, fields.SUBJECT, key, body.version)
        await fields.define(
            session,
            key,
            body.label,
            body.kind,
            choices=body.choices,
            ask=body.ask,
            new=body.version is None,
            by=changer(asked, None),
            at=asked.services.now(),
        )
    async with asked.services.store.session() as session:
        # Its entry is written with the commit: only now it has a number. The row after it, as in the list.
        version = await version_of(session, fields.SUBJECT, key)
        return _field(await session.get_one(CustomerFieldRow, key), version)


@operations.route("DELETE", "/fields/{key}", body=Version, status=204, access=Access.MANAGER)
async def retire_field(asked: Asked) -> None:
    """The field is asked and offered no more; what was noted stays."""
    key = asked.path("key")
    async with asked.services.store.transaction() as session:
        await expect(session, fields.SUBJECT, key, asked.body.version)
        await fields.retire(session, key, by=changer(asked, None), at=asked.services.now())


@operations.route("PUT", "/customers/{customer_id}/identity/{kind}", body=IdentityBody, answer=IdentityAnswer)
async def keep_identity(asked: Asked) -> dict[str, Any]:
    """Keep an identity number; from now on everybody reads its mask only."""
    customer_id = await _mine(asked)
    async with asked.services.store.transaction() as session:
        kept = await sealing.keep(
            session,
            customer_id,
            asked.path("kind"),
            asked.body.number,
            seal=_seal(asked),
            by=changer(asked, asked.body.call_id),
            at=asked.services.now(),
        )
        told = {"kind": kept.kind, "shown": kept.shown}
    await asked.services.desktops.refresh_card(customer_id)
    return told


@operations.route("POST", "/customers/{customer_id}/identity/{kind}/reveal", answer=Revealed, access=Access.MANAGER)
async def reveal_identity(asked: Asked) -> Revealed:
    """The whole identity number, for managers; that it was looked at stands in the audit before it is shown."""
    async with asked.services.store.transaction() as session:
        number = await sealing.reveal(
            session,
            path_id(asked),
            asked.path("kind"),
            seal=_seal(asked),
            by=changer(asked, None),
            at=asked.services.now(),
        )
    return Revealed(number=number)


async def _mine(asked: Asked) -> int:
    """The customer in the path, once it is sure that this person may change what is known of them."""
    customer_id = path_id(asked)
    await may_change(asked, customer_id)
    call_id = getattr(asked.body, "call_id", None)
    if call_id is not None:
        await visible_call(asked, call_id)
    return customer_id


async def _kept(
    asked: Asked, keep: Callable[..., Awaitable[PreferenceRow]], *what: object, **more: object
) -> dict[str, Any]:
    """Have `keep` change what is known of the customer in the path; the fact as it is now, on every card."""
    customer_id = await _mine(asked)
    by, at = changer(asked, asked.body.call_id), asked.services.now()
    async with asked.services.store.transaction() as session:
        kept = await keep(session, customer_id, *what, **more, by=by, at=at)
    await asked.services.desktops.refresh_card(kept.customer_id)
    return {name: getattr(kept, name) for name in FactAnswer.model_fields}


def _field(row: CustomerFieldRow, version: int) -> dict[str, Any]:
    said = {"key": row.key, "label": row.label, "kind": row.kind, "choices": json.loads(row.choices), "ask": row.ask}
    return {**said, "version": version}


def _seal(asked: Asked) -> sealing.Seal:
    return sealing.Seal(asked.services.settings.identity_key_file)
