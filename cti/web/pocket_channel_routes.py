"""The ways by which one's own pocket cards come, and the report on everybody's.

Must not know how any way sends.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import Field

from cti.errors import NotFound, Refused
from cti.pocket import channels, ledger
from cti.pocket.channels import Channel
from cti.pocket.configured import limits_of, usual_of
from cti.pocket.message import Message
from cti.pocket.push import public_key, subscription_host
from cti.pocket.reporting import PocketReport, report
from cti.pocket.ways import KINDS, PUSH
from cti.web.operations import Answer, Asked, Body, Operations
from cti.web.refusals import reader_language
from cti.web.report_routes import PeriodQuery, leading, period
from cti.wording import translate

operations = Operations()


class ChannelAnswer(Answer):
    """A way. `id` is null for one of the firm's usual ones. Of a browser only its service is told.

    `last` (UTC) is the last try that was noted, `failure` what it said, empty when it went well.
    """

    id: int | None
    kind: str
    to: str
    label: str
    last: datetime | None
    failure: str


class ChannelsAnswer(Answer):
    """One's ways, first tried first; `kinds`: those set up here; `push_key`: for `PushManager.subscribe`."""

    channels: list[ChannelAnswer]
    kinds: list[str]
    push_key: str | None


class NewChannel(Body):
    """A way to add. `target`: a number, an address, a LINE user id, or a browser's subscription as JSON text."""

    kind: str = Field(max_length=10)
    target: str = Field("", max_length=3000)
    label: str = Field("", max_length=100)


class ChannelOrder(Body):
    """One's ways by number, in the order wanted."""

    order: list[int] = Field(max_length=20)


class TestAnswer(Answer):
    """Whether a way took the test message, and what it said otherwise."""

    sent: bool
    failure: str


@operations.route("GET", "/pocket/channels", answer=ChannelsAnswer)
async def list_channels(asked: Asked) -> ChannelsAnswer:
    """By which ways pocket cards come to oneself."""
    return await _mine(asked)


@operations.route("POST", "/pocket/channels", body=NewChannel, answer=ChannelsAnswer)
async def add_channel(asked: Asked) -> ChannelsAnswer:
    """Add a way behind the others; the same again only renews it."""
    services, body = asked.services, asked.body
    if body.kind in KINDS and body.kind not in services.pocket.dispatch.kinds:
        raise Refused(f"{body.kind} is not set up here; an administrator does that in the settings")
    async with services.store.transaction() as session:
        limits = limits_of(services.settings)
        await channels.add(session, _agent(asked), body.kind, body.target, body.label, limits, services.now())
    return await _mine(asked)


@operations.route("PUT", "/pocket/channels", body=ChannelOrder, answer=ChannelsAnswer)
async def order_channels(asked: Asked) -> ChannelsAnswer:
    """Try one's ways in this order."""
    async with asked.services.store.transaction() as session:
        await channels.reorder(session, _agent(asked), asked.body.order)
    return await _mine(asked)


@operations.route("DELETE", "/pocket/channels/{id}", answer=ChannelsAnswer)
async def remove_channel(asked: Asked) -> ChannelsAnswer:
    """Take a way away; without any the firm's usual ones serve."""
    async with asked.services.store.transaction() as session:
        await channels.remove(session, _agent(asked), _number(asked))
    return await _mine(asked)


@operations.route("POST", "/pocket/channels/{id}/test", answer=TestAnswer)
async def test_channel(asked: Asked) -> TestAnswer:
    """Send a test message by one of one's ways; the link in it opens one's page."""
    services, agent, number = asked.services, _agent(asked), _number(asked)
    found = [one for one in await _listed(asked) if one.id == number]
    if not found:
        raise NotFound(f"agent {agent} has no way {number} to a mobile")
    now = services.now()
    language = reader_language(asked.request, services.settings)
    message = Message(
        key=f"test-{agent}-{now.timestamp():.0f}",
        text=translate("Ringward test: this is how a call will be told", language),
        link=f"{services.settings.public_address}/",
        until=now + timedelta(seconds=60),
    )
    failure = await services.pocket.dispatch.attempt(found[0], message)
    return TestAnswer(sent=not failure, failure=failure)


@operations.route("GET", "/reports/pocket", answer=PocketReport, query=PeriodQuery)
async def read_pocket_report(asked: Asked) -> PocketReport:
    """How many mobiles that rang had their card sent and opened; for leads, managers, administrators and auditors."""
    leading(asked)
    since, until = period(asked)
    async with asked.services.store.session() as session:
        return report(await ledger.between(session, since, until), since, until)


def _agent(asked: Asked) -> str:
    if asked.who.agent is None:
        raise Refused("this login is no agent; pocket cards belong to agents")
    return asked.who.agent


def _number(asked: Asked) -> int:
    text = asked.path("id")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise NotFound(f"agent {_agent(asked)} has no way {text[:20]} to a mobile")
    return int(text)


async def _listed(asked: Asked) -> list[Channel]:
    agent = _agent(asked)
    async with asked.services.store.session() as session:
        own = await channels.read(session, agent)
    kinds = asked.services.pocket.dispatch.kinds
    usual = usual_of(asked.services.settings, asked.services.directory.agent(agent))
    return own or [one for one in usual if one.kind in kinds]


async def _mine(asked: Asked) -> ChannelsAnswer:
    kinds = asked.services.pocket.dispatch.kinds
    return ChannelsAnswer(
        channels=[
            ChannelAnswer(
                id=one.id,
                kind=one.kind,
                to=subscription_host(one.target) if one.kind == PUSH else one.target,
                label=one.label,
                last=one.last,
                failure=one.failure,
            )
            for one in await _listed(asked)
        ],
        kinds=[one for one in KINDS if one in kinds],
        push_key=public_key(asked.services.settings.push_key_file) if PUSH in kinds else None,
    )
