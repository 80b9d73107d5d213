"""How Asterisk looks to a stranger, and to its dial plan the daemon: ARI, phones, AMI, contexts, carriers, FastAGI.

The doctor's looks at the switch, over connections of their own. Must not know who reads what is found.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from cti.agents.tables import AgentRow
from cti.asterisk.ari import AriClient
from cti.errors import NotFound, Refused, StoreUnavailable, SwitchUnavailable
from cti.findings import FAIL, LOOK_SECONDS, OK, WARN, Finding, clock_finding, short
from cti.settings import Settings
from cti.store.engine import Store
from cti.trunks import FAMILY, FORWARDS, Learnt, read_forwards, read_learnt

GOOD_ASTERISK = (22, 10, 1)
OLDEST_ASTERISK = (20, 0, 0)


def version_finding(version: str) -> Finding:
    """What to think of an Asterisk's version, e.g. `22.10.1~dfsg+~cs6.15`."""
    numbers = tuple(int(one) for one in re.findall(r"\d+", version)[:3])
    values: dict[str, object] = {"version": version}
    if numbers >= GOOD_ASTERISK:
        return Finding("asterisk", OK, "Asterisk {version}", values=values)
    if numbers >= OLDEST_ASTERISK:
        advice = "bring it to 22.10.1 or newer: there are security fixes in between"
        return Finding("asterisk", WARN, "Asterisk {version} is old", advice, values)
    return Finding("asterisk", FAIL, "Asterisk {version} is too old", "bring it to 22.10.1 or newer", values)


async def look_at_ari(settings: Settings) -> AsyncIterator[Finding]:
    """Whether ARI answers us, which Asterisk it is, and whether every desk phone is registered."""
    base = f"http://{settings.bind_host}:{settings.ari_port}"
    values: dict[str, object] = {"address": f"{settings.bind_host}:{settings.ari_port}"}
    client = AriClient(base, settings.ari_user, settings.ari_secret, settings.ari_app)
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            found = await client.asterisk.getInfo(only="system")
        yield Finding("ari", OK, "ARI answers at {address}", values=values)
        yield version_finding(str(found["system"]["version"]))
        async for finding in _phones(settings, client):
            yield finding
    except (SwitchUnavailable, TimeoutError):
        advice = "start Asterisk, and see that http.conf and ari.conf are enabled on this port"
        yield Finding("ari", FAIL, "ARI does not answer at {address}", advice, values)
    except Refused as error:
        advice = "ari_user and ari_secret must be those of ari.conf; `ringward dialplan install --check` says more"
        yield Finding("ari", FAIL, "ARI refused us: {reason}", advice, {"reason": short(error)})
    finally:
        await client.close()


async def _phones(settings: Settings, client: AriClient) -> AsyncIterator[Finding]:
    store = Store(settings.database)
    try:
        async with store.session() as session:
            rows = await session.scalars(
                select(AgentRow).where(AgentRow.active, AgentRow.extension.is_not(None)).order_by(AgentRow.code)
            )
            desks = [(row.extension or "", row.name) for row in rows]
    except (StoreUnavailable, DBAPIError):
        return  # the database's own line says so
    finally:
        await store.close()
    for extension, name in desks:
        values: dict[str, object] = {"extension": extension, "name": name}
        state = await phone_state(client, extension)
        if state is None:
            what = "Asterisk does not know phone {extension} ({name})"
            yield Finding("phones", FAIL, what, "write its configuration anew and reload Asterisk", values)
        elif state == "online":
            yield Finding("phones", OK, "phone {extension} ({name}) is registered", values=values)
        else:
            advice = "calls pass it at once and ring the mobile; see that the phone is on and has its password"
            yield Finding("phones", WARN, "phone {extension} ({name}) is not registered", advice, values)


async def phone_state(client: AriClient, extension: str) -> str | None:
    """ARI's state of a desk phone: `online`, `offline` or `unknown`; None when there is no such endpoint.

    Raises:
        SwitchUnavailable: ARI does not answer.
    """
    try:
        found = await client.endpoints.get(tech="PJSIP", resource=extension)
    except NotFound:
        return None
    return str(found.json.get("state", "unknown"))


async def look_at_ami(settings: Settings) -> AsyncIterator[Finding]:
    """Whether AMI lets us in, Asterisk's clock, its dial plan, and what it has learnt of carriers."""
    values: dict[str, object] = {"address": f"{settings.bind_host}:{settings.ami_port}"}
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            reader, writer = await asyncio.open_connection(settings.bind_host, settings.ami_port)
            try:
                await reader.readline()  # the greeting
                login = {"Username": settings.ami_user, "Secret": settings.ami_secret, "Events": "off"}
                if (await _act(reader, writer, "Login", login)).get("response") != "Success":
                    advice = "ami_user and ami_secret must be those of manager.conf"
                    yield Finding("ami", FAIL, "AMI refused our log-in at {address}", advice, values)
                    return
                yield Finding("ami", OK, "AMI answers at {address}", values=values)
                pong = await _act(reader, writer, "Ping", {})
                yield clock_finding("Asterisk", float(pong.get("timestamp", "0")) - time.time())
                yield await _dial_plan(reader, writer)
                for learnt in read_learnt(settings, await _entries(reader, writer, FAMILY), datetime.now(UTC)):
                    yield learnt_finding(learnt)
                for digits in read_forwards(await _entries(reader, writer, FORWARDS), datetime.now(UTC)):
                    yield forwards_finding(digits)
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        advice = "start Asterisk, and see that manager.conf is enabled on this port"
        yield Finding("ami", FAIL, "AMI does not answer at {address}", advice, values)


async def _dial_plan(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Finding:
    """Whether our contexts are loaded. `Getvar` evaluates a function, which needs no right beyond `system`."""
    missing = []
    for context in ("ringward-route", "ringward-ask", "ringward-step", "ringward-accept"):
        answer = await _act(reader, writer, "Getvar", {"Variable": f"DIALPLAN_EXISTS({context},s,1)"})
        if answer.get("response") != "Success" or answer.get("value") not in {"0", "1"}:
            advice = "load func_dialplan.so in modules.conf, then this can be looked at"
            return Finding("dialplan", WARN, "whether the dial plan is loaded cannot be asked", advice)
        if answer["value"] == "0":
            missing.append(context)
    if missing:
        advice = "include ringward.conf in extensions.conf, then `dialplan reload`"
        return Finding("dialplan", FAIL, "not loaded: {contexts}", advice, {"contexts": ", ".join(missing)})
    return Finding("dialplan", OK, "the dial plan is loaded")


def learnt_finding(learnt: Learnt) -> Finding:
    """What to think of a carrier that refused somebody's number: calls go through, and show less."""
    values: dict[str, object] = {
        "trunk": learnt.trunk,
        "refused": learnt.refused,
        "status": learnt.status,
        "form": learnt.form,
    }
    what = "trunk {trunk}: the carrier refused Caller ID `{refused}` ({status}); calls to mobiles begin with `{form}`"
    advice = "ask the carrier to let it through, then `ringward trunk reset {trunk}`; docs/mobile.md tells of the forms"
    return Finding("trunk", WARN, what, advice, values)


def forwards_finding(digits: str) -> Finding:
    """What to think of a mobile, by its last nine digits, that sent a call of ours back to the firm within a week."""
    what = "the mobile that ends in {digits} forwards to the firm: a call that rang it came back"
    advice = "switch its forwarding off, or have it forward elsewhere; until then it answers busy when it should ring"
    return Finding("mobiles", WARN, what, advice, {"digits": digits})


async def _entries(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, family: str) -> dict[str, str]:
    """A family of AstDB, key -> value; empty when there is none of it."""
    if (await _act(reader, writer, "DBGetTree", {"Family": family})).get("response") != "Success":
        return {}
    entries: dict[str, str] = {}
    while (event := await _block(reader)).get("event") != "DBGetTreeComplete":
        if event.get("event") == "DBGetTreeResponse":
            entries[event["key"].removeprefix(f"/{family}/")] = event.get("val", "")
    return entries


async def _act(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, action: str, fields: dict[str, str]
) -> dict[str, str]:
    """One action and its response; events in between are left out."""
    lines = [f"Action: {action}", *(f"{name}: {value}" for name, value in fields.items())]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    while "response" not in (answer := await _block(reader)):
        pass
    return answer


async def _block(reader: asyncio.StreamReader) -> dict[str, str]:
    block = (await reader.readuntil(b"\r\n\r\n")).decode("utf-8", "replace")
    lines = (line.partition(":") for line in block.split("\r\n"))
    return {key.strip().lower(): value.strip() for key, _, value in lines}


async def look_at_agi(settings: Settings) -> AsyncIterator[Finding]:
    """Asks for a route that is not there: a daemon that lives closes at once, a frozen one leaves us waiting."""
    values: dict[str, object] = {"address": f"{settings.bind_host}:{settings.agi_port}"}
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            reader, writer = await asyncio.open_connection(settings.bind_host, settings.agi_port)
            writer.write(b"agi_network: yes\nagi_network_script: doctor\nagi_request: agi://localhost/doctor\n\n")
            try:
                await reader.read()
            finally:
                writer.close()
        yield Finding("fastagi", OK, "the daemon answers the dial plan at {address}", values=values)
    except TimeoutError:
        what = "the daemon at {address} accepts questions but does not answer: it is stopped or frozen"
        yield Finding(
            "fastagi", FAIL, what, "end it and start it again; calls ring by the kept plans meanwhile", values
        )
    except OSError:
        advice = "start it with `ringward serve` or ./run; calls ring by the kept plans meanwhile"
        yield Finding("fastagi", FAIL, "no daemon answers the dial plan at {address}", advice, values)
