"""Whether everything that a call needs is there and agrees: each thing looked at once, from outside, and put in words.

Looks as a stranger would (own connections, no daemon's memory), so that it also tells the truth about a frozen daemon.
Changes nothing. Must not know who reads it.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from cti.agents.tables import AgentRow
from cti.errors import StoreUnavailable
from cti.findings import FAIL, LOOK_SECONDS, OK, WARN, Finding, clock_finding, short
from cti.mobile.configured import language_of, voice_of
from cti.mobile.speech import Speech, SpeechFailed
from cti.pocket.soundness import remarks
from cti.settings import Settings
from cti.store.engine import Store
from cti.store.migrate import current_revision, newest_revision
from cti.switch_check import look_at_agi, look_at_ami, look_at_ari, phone_state, version_finding

__all__ = ["FAIL", "OK", "WARN", "Finding", "clock_finding", "examine", "phone_state", "version_finding"]

DISK_WARN, DISK_FAIL = 1_000_000_000, 100_000_000


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything; never raises for what it finds."""
    findings = []
    looks = (_settings, _database, look_at_ari, look_at_ami, look_at_agi, _web, _pocket, _journal, _speech, _disk)
    for look in looks:
        async for finding in look(settings):
            findings.append(finding)
    return findings


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
            {"reason": short(error)},
        )
    finally:
        await store.close()


def _wal(mode: str) -> Finding:
    if mode == "wal":
        return Finding("database", OK, "SQLite writes ahead (WAL)")
    advice = "keep the file on a local disk: WAL needs shared memory, which network drives have not"
    return Finding("database", WARN, "SQLite's journal mode is {mode}, not WAL", advice, {"mode": mode})


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
