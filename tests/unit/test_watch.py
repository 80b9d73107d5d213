"""Our copy of the switch is compared with it again and again, whatever went wrong with it before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cti import watch
from cti.agents.directory import DirectoryCache
from cti.asterisk.ami_link import AmiReply
from cti.bus import LocalBus
from cti.errors import StoreUnavailable
from cti.watch import SwitchWatch
from routing.model import Passed


class Ari:
    """A switch whose list of channels is taken note of."""

    def __init__(self) -> None:
        self.asked = 0

    @property
    def channels(self) -> Ari:
        return self

    async def list(self) -> list[Any]:
        self.asked += 1
        return []


async def test_a_fault_in_the_reading_ends_neither_the_watching_nor_the_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = iter((KeyError("a fault of ours"), StoreUnavailable("locked")))
    read = asyncio.Event()

    async def catch_up(*_: object, **told: object) -> None:
        fault = next(faults, None)
        if fault is not None:
            raise fault
        assert told["channels"] == {}
        read.set()

    monkeypatch.setattr(watch, "catch_up", catch_up)
    monkeypatch.setattr(watch, "RECONCILE_SECONDS", 0)
    ari: Any = Ari()
    nothing: Any = object()
    one = SwitchWatch(ari=ari, ami=nothing, tracker=nothing, directory=nothing, store=nothing, journal=Path("x"))
    monkeypatch.setattr(one, "_follow_phones", read.wait)
    running = asyncio.create_task(one.run())
    try:
        async with asyncio.timeout(10):
            await read.wait()
        assert ari.asked >= 3
        assert not running.done()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


class Ami:
    """An Asterisk whose device states and contacts are as they are set here."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}
        self.contacts: dict[str, str] = {}
        self.tell: dict[str, Callable[[dict[str, str]], None]] = {}
        self.meanwhile: Callable[[], None] = lambda: None
        self.connected = False
        self.on: Callable[[], None] = lambda: None

    def on_event(self, name: str, callback: Callable[[dict[str, str]], None]) -> None:
        self.tell[name] = callback

    def on_connected(self, callback: Callable[[], None]) -> None:
        self.on = callback

    async def demand(self, action: str) -> AmiReply:
        assert action == "DeviceStateList"
        states = tuple({"Device": f"PJSIP/{one}", "State": state} for one, state in self.states.items())
        return AmiReply("Success", "", {}, states)

    async def send(self, action: str) -> AmiReply:
        if action == "PJSIPShowEndpoints":
            endpoints = [
                {"Event": "EndpointList", "ObjectName": one, "Contacts": f"{one}/sip:{one}@h," * (one in self.contacts)}
                for one in self.states
            ]
            return AmiReply("Success", "", {}, (*endpoints, {"Event": "EndpointListComplete"}))
        assert action == "PJSIPShowContacts"
        self.meanwhile()
        listed = [
            {"Event": "ContactList", "ObjectName": f"{one};@5f3759df", "Status": status}
            for one, status in self.contacts.items()
        ]
        return AmiReply("Success", "", {}, (*listed, {"Event": "ContactListComplete"}))


class Phones:
    """A watch over phones, and what the directory thinks of one."""

    def __init__(self) -> None:
        nothing: Any = object()
        self.ami = Ami()
        told: Any = type("Told", (), {"on_resync": lambda *_: None, "on_any_event": lambda *_: None})()
        self.directory = DirectoryCache(nothing, LocalBus())
        ami: Any = self.ami
        self.watch = SwitchWatch(
            ari=told, ami=ami, tracker=nothing, directory=self.directory, store=nothing, journal=Path("x")
        )
        self.watch.start()

    @property
    def passed(self) -> Passed | None:
        return self.directory.desk_state("101")

    def device(self, state: str) -> None:
        self.ami.tell["DeviceStateChange"]({"Device": "PJSIP/101", "State": state})

    def contact(self, status: str) -> None:
        self.ami.tell["ContactStatus"]({"AOR": "101", "ContactStatus": status})


async def test_a_phone_that_is_back_rings_though_its_state_stays_unavailable() -> None:
    """Asterisk computes the state a moment too soon, and says no more."""
    phones = Phones()
    phones.device("UNAVAILABLE")
    assert phones.passed is Passed.OFFLINE
    phones.contact("NonQualified")
    assert phones.passed is None

    # Told in the other order, or not at all, the lists say it.
    phones.ami.states, phones.ami.contacts = {"101": "UNAVAILABLE"}, {"101": "NonQual"}
    phones.device("UNAVAILABLE")
    assert phones.passed is Passed.OFFLINE
    await phones.watch.read_phones()
    assert phones.passed is None

    phones.contact("Removed")
    phones.device("UNAVAILABLE")
    phones.ami.contacts = {}
    await phones.watch.read_phones()
    assert phones.passed is Passed.OFFLINE


async def test_a_phone_that_has_gone_is_offline_though_its_state_stays_not_in_use() -> None:
    """Asterisk computes the state from a copy of its endpoints that may still be the one before."""
    phones = Phones()
    phones.ami.states, phones.ami.contacts = {"101": "NOT_INUSE"}, {"101": "NonQual"}
    following = asyncio.create_task(phones.watch._follow_phones())
    try:
        phones.ami.connected = True
        phones.device("NOT_INUSE")
        assert phones.passed is None
        phones.ami.contacts = {}
        phones.contact("Removed")
        # Told once while the lists are made, and wrong.
        wrong = iter(("NOT_INUSE",))
        phones.ami.meanwhile = lambda: [phones.device(state) for state in wrong].clear()
        async with asyncio.timeout(10):
            while phones.passed is not Passed.OFFLINE:
                await asyncio.sleep(0)
        assert not list(wrong)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def test_a_phone_in_use_is_busy_whatever_its_contacts_say_and_what_is_newer_counts() -> None:
    phones = Phones()
    phones.device("INUSE")
    phones.contact("NonQualified")
    assert phones.passed is Passed.BUSY

    phones.ami.states, phones.ami.contacts = {"101": "NOT_INUSE"}, {"101": "NonQual"}
    phones.ami.meanwhile = lambda: phones.device("INUSE")
    await phones.watch.read_phones()
    assert phones.passed is Passed.BUSY


async def test_phones_are_read_as_soon_as_asterisk_lets_us_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """That it has booted it says before: to ask then would be refused, and cost a second."""
    paused = asyncio.Event()
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        paused.set()
        await real(0)

    monkeypatch.setattr(watch.asyncio, "sleep", sleep)
    phones = Phones()
    phones.ami.states = {"101": "UNAVAILABLE"}
    following = asyncio.create_task(phones.watch._follow_phones())
    try:
        phones.ami.tell["FullyBooted"]({})
        for _ in range(5):
            await real(0)
        assert not paused.is_set()
        phones.ami.connected = True
        phones.ami.on()
        async with asyncio.timeout(10):
            while phones.passed is not Passed.OFFLINE:
                await real(0)
        assert not paused.is_set()
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
