"""Whether everything that a call needs is there and agrees: each thing looked at once, from outside, and put in words.

Looks as a stranger would (own connections, no daemon's memory), so that it also tells the truth about a frozen daemon.
Changes nothing. Must not know who reads it.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from cti.agents.tables import AgentRow
from cti.asterisk.ari import AriClient
from cti.errors import NotFound, Refused, StoreUnavailable, SwitchUnavailable
from cti.mobile.configured import language_of, voice_of
from cti.mobile.speech import Speech, SpeechFailed
from cti.pocket.soundness import remarks
from cti.settings import Settings
from cti.store.engine import Store
from cti.store.migrate import current_revision, newest_revision
from cti.trunks import FAMILY, Learnt, read_learnt

OK, WARN, FAIL = "ok", "warn", "fail"

LOOK_SECONDS = 3.0
"""How long one look may take: on loopback an answer takes milliseconds, and a frozen process never gives one."""
GOOD_ASTERISK = (22, 10, 1)
OLDEST_ASTERISK = (20, 0, 0)
CLOCK_WARN, CLOCK_FAIL = 1.0, 10.0
"""Seconds between two clocks. Leave and call-backs are kept to the minute; the order of legs to the second."""
DISK_WARN, DISK_FAIL = 1_000_000_000, 100_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `what` and `advice` are sentences of the catalogue; `values` fill them in."""

    check: str
    state: str
    what: str
    advice: str = ""
    values: dict[str, object] = field(default_factory=dict)


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything; never raises for what it finds."""
    findings = []
    looks = (_settings, _database, _ari, _ami, _agi, _web, _pocket, _journal, _speech, _disk)
    for look in looks:
        async for finding in look(settings):
            findings.append(finding)
    return findings


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


def clock_finding(whose: str, seconds: float) -> Finding:
    """What to think of `seconds` between this machine's clock and another (positive: the other is ahead)."""
    values: dict[str, object] = {"whose": whose, "seconds": f"{seconds:+.1f}"}
    if abs(seconds) < CLOCK_WARN:
        return Finding("clock", OK, "the clock of {whose} agrees ({seconds} s)", values=values)
    state = WARN if abs(seconds) < CLOCK_FAIL else FAIL
    advice = "let a time service (chrony, systemd-timesyncd) keep both machines' clocks"
    return Finding("clock", state, "the clock of {whose} is {seconds} s off", advice, values)


async def _settings(settings: Settings) -> AsyncIterator[Finding]:
    values: dict[str, object] = {"file": settings.home / "ringward.toml"}
    missing = [name for name in ("ami_secret", "ari_secret") if not getattr(settings, name)]
    if missing:
        values["names"] = ", ".join(missing)
        yield Finding("settings", FAIL, "{names} not set", "set them in {file}; ./run makes them up by itself", values)
    else:
        yield Finding("settings", OK, "settings read from {file}", values=values)


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    store = Store(settings.database)
    try:
        at, newest = await asyncio.to_thread(current_revision, settings.database), newest_revision()
        values: dict[str, object] = {"revision": at or "-", "newest": newest or "-"}
        if at != newest:
            what = "the database is at {revision}, this version expects {newest}"
            yield Finding("database", FAIL, what, "run `ringward db upgrade`", values)
            return
        yield Finding("database", OK, "the database is reachable and at {revision}", values=values)
        async with store.session() as session:
            if store.is_sqlite:
                mode = str(await session.scalar(text("PRAGMA journal_mode")))
                yield _wal(mode)
                now = float(await session.scalar(text("SELECT (julianday('now') - 2440587.5) * 86400.0")) or 0)
            else:
                now = float(await session.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0)
            yield clock_finding("database", now - time.time())
            agents = await session.scalar(select(func.count()).select_from(AgentRow).where(AgentRow.active)) or 0
        if not agents:
            yield Finding("database", WARN, "there is no active agent", "add one with `ringward agent add`")
    except (StoreUnavailable, DBAPIError) as error:
        yield Finding(
            "database",
            FAIL,
            "the database cannot be used: {reason}",
            "look at database_url, and whether the server runs or the folder can be written",
            {"reason": _short(error)},
        )
    finally:
        await store.close()


def _wal(mode: str) -> Finding:
    if mode == "wal":
        return Finding("database", OK, "SQLite writes ahead (WAL)")
    advice = "keep the file on a local disk: WAL needs shared memory, which network drives have not"
    return Finding("database", WARN, "SQLite's journal mode is {mode}, not WAL", advice, {"mode": mode})


async def _ari(settings: Settings) -> AsyncIterator[Finding]:
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
        yield Finding("ari", FAIL, "ARI refused us: {reason}", advice, {"reason": _short(error)})
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


async def _ami(settings: Settings) -> AsyncIterator[Finding]:
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


async def _agi(settings: Settings) -> AsyncIterator[Finding]:
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


async def _web(settings: Settings) -> AsyncIterator[Finding]:
    address = f"http://{settings.bind_host}:{settings.web_port}/readyz"
    values: dict[str, object] = {"address": address}
    try:
        timeout = aiohttp.ClientTimeout(total=LOOK_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(address) as response:
            said = " ".join((await response.text())[:200].split())
        values["said"] = said
        if response.status == 200:
            yield Finding("web", OK, "the daemon is ready ({address})", values=values)
        else:
            advice = "the other lines say which part is missing"
            yield Finding("web", FAIL, "the daemon is not ready: {said}", advice, values)
    except (aiohttp.ClientError, TimeoutError, OSError):
        yield Finding("web", FAIL, "nothing answers at {address}", "start it with `ringward serve` or ./run", values)


async def _pocket(settings: Settings) -> AsyncIterator[Finding]:
    store = Store(settings.database)
    try:
        for one in await remarks(settings, store):
            state = FAIL if one.broken else WARN if one.advice else OK
            yield Finding("pocket", state, one.what, one.advice, one.values)
    except (StoreUnavailable, DBAPIError):
        return  # the database's own line says so
    finally:
        await store.close()


async def _journal(settings: Settings) -> AsyncIterator[Finding]:
    file = settings.journal_file
    values: dict[str, object] = {"file": file, "folder": file.parent}
    if file.is_file():
        yield Finding("journal", OK, "Asterisk writes its journal to {file}", values=values)
    elif file.parent.is_dir():
        yield Finding("journal", WARN, "no journal yet at {file}", "it begins with the first call", values)
    else:
        advice = "make it, writable for Asterisk: it does not make it itself; or set cel_file"
        yield Finding("journal", FAIL, "the journal's folder {folder} is not there", advice, values)


async def _speech(settings: Settings) -> AsyncIterator[Finding]:
    """Whether a sentence can be spoken, by speaking one; nothing of it stays."""
    if settings.whisper == "off":
        yield Finding("speech", OK, "the whisper on mobiles is off")
        return
    values: dict[str, object] = {"file": settings.home / "ringward.toml"}
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory() as folder:
            await Speech(Path(folder), voice_of(settings)).make("陳太太來電", language_of(settings, ""))
    except SpeechFailed as error:
        what = "no sentence can be spoken: {reason}"
        advice = "mobiles hear the plain prompt only; install espeak-ng and sox, or set speech_command in {file}"
        yield Finding("speech", WARN, what, advice, {**values, "reason": str(error)})
        return
    values["seconds"] = f"{time.monotonic() - began:.2f}"
    yield Finding("speech", OK, "the speech command works ({seconds} s for a sentence)", values=values)


async def _disk(settings: Settings) -> AsyncIterator[Finding]:
    try:
        free = shutil.disk_usage(settings.home).free
    except OSError:
        advice = "make it with ./run, or set RINGWARD_HOME to the folder that you mean"
        yield Finding("disk", FAIL, "{folder} is not there", advice, {"folder": settings.home})
        return
    values: dict[str, object] = {"free": f"{free / 1e9:.1f}", "folder": settings.home}
    state = OK if free > DISK_WARN else WARN if free > DISK_FAIL else FAIL
    advice = "" if state == OK else "make room: without it no call is recorded"
    yield Finding("disk", state, "{free} GB free at {folder}", advice, values)


def _short(error: BaseException) -> str:
    cause = error.__cause__
    return str(cause.orig if isinstance(cause, DBAPIError) else error).partition("\n")[0]
