"""A call through the real PBX with simulated phones, so that whoever has none can see the card come up.

Plays the carrier and the desk phones of the plan; what happens in between is the real thing. Must not know the
terminal: everything is told through `tell`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cti.errors import NotFound, Refused
from cti.local.sip_call import CallOver, SipCall
from cti.local.sip_phone import Behaviour, SipPhone
from cti.local.sip_wire import Address

Tell = Callable[..., None]

WHO_ANSWERS = ("desk", "mobile", "deputy", "nobody")
ACCEPT_AFTER = 2.0
"""Seconds between picking the mobile up and pressing 1: about when a person has understood the prompt."""
PATIENCE = 30.0
"""Seconds beyond all ring times before the demonstration gives up: something hangs."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be shown. `rings` is how long the phone that answers rings; with `nobody`, when the caller gives up
    (None: never). `talk` is the conversation; all in seconds."""

    caller: str
    name: str
    dialled: str
    answer: str = "desk"
    rings: float | None = None
    talk: float = 3.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Where it is played: the PBX, the carrier's own address, and the phones' passwords by extension.

    `occupied` are extensions where a phone is registered already: it is left to ring by itself. `names` by agent.
    """

    server: Address
    carrier: Address
    passwords: Mapping[str, str]
    occupied: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended: whether anybody answered, and the caller's last SIP status."""

    answered: bool
    status: int | None


def desks_of(steps: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Extension -> agent of the desk phones in the plan's own steps; those of the group when there is nobody else."""
    own = [step for step in steps if step["kind"] != "group"] or list(steps)
    found: dict[str, str] = {}
    for step in own:
        for target in step["targets"]:
            resource = target["endpoint"].partition("/")[2]
            if "@" not in resource:
                found.setdefault(resource, target["agent"])
    return found


def answering(steps: Sequence[Mapping[str, Any]], answer: str) -> tuple[frozenset[str], bool]:
    """Which desk phones answer (extensions), and whether the mobile does.

    Raises:
        NotFound: the plan has nobody of that kind.
    """
    if answer == "nobody":
        return frozenset(), False
    for step in steps:
        desks = frozenset(desks_of([step]))
        if answer == "mobile" and step["kind"] == "mobile":
            return frozenset(), True
        if answer == "deputy" and step["kind"] == "deputy" and desks:
            return desks, False
        if answer == "desk" and step["kind"] in {"desk", "group"} and desks:
            return desks, False
    raise NotFound(f"nobody in this call's plan can answer as {answer}; `ringward route explain` shows the plan")


async def play(stage: Stage, wish: Wish, steps: Sequence[Mapping[str, Any]], tell: Tell) -> Outcome:
    """Register the phones, place the call, act as wished, and tell what happens as it happens.

    Raises:
        NotFound: as `answering`.
        Refused: the carrier's port is taken, or a phone may not register.
        TimeoutError: Asterisk does not answer, or the call hangs.
    """
    desks = desks_of(steps)
    answerers, by_mobile = answering(steps, wish.answer)
    async with contextlib.AsyncExitStack() as stack:
        carrier = SipPhone("", server=stage.server, bind=stage.carrier[0], port=stage.carrier[1])
        try:
            await stack.enter_async_context(carrier)
        except OSError as error:
            address = f"{stage.carrier[0]}:{stage.carrier[1]}"
            raise Refused(f"the carrier's place {address} is taken by another program; end it first") from error
        carrier.behaviour = _behaviour(wish, by_mobile, press="1")
        phones = []
        for extension, agent in desks.items():
            if extension in stage.occupied:
                tell("Phone {extension} is a real one: it rings by itself.", extension=extension)
            elif extension in stage.passwords:
                phone = SipPhone(extension, stage.passwords[extension], server=stage.server)
                phone.behaviour = _behaviour(wish, extension in answerers)
                await stack.enter_async_context(phone)
                await phone.register()
                phones.append((phone, stage.names.get(agent, agent)))
        return await _call(carrier, phones, wish, steps, tell)


def _behaviour(wish: Wish, answers: bool, press: str = "") -> Behaviour:
    if not answers:
        return Behaviour()
    rings = 10.0 if wish.rings is None else wish.rings
    return Behaviour(answer_after=rings, press=press, press_after=ACCEPT_AFTER)


async def _call(
    carrier: SipPhone,
    phones: Sequence[tuple[SipPhone, str]],
    wish: Wish,
    steps: Sequence[Mapping[str, Any]],
    tell: Tell,
) -> Outcome:
    longest = sum(step["seconds"] for step in steps) + PATIENCE + wish.talk
    async with asyncio.timeout(longest), asyncio.TaskGroup() as tasks:
        watchers = [tasks.create_task(_watch(phone, name, tell)) for phone, name in phones]
        watchers.append(tasks.create_task(_watch(carrier, None, tell)))
        call = await carrier.place(wish.dialled, number=wish.caller, name=wish.name)
        tell("{caller} calls {dialled} …", caller=wish.caller, dialled=wish.dialled)
        answered = await _hold(call, wish, tell)
        await _all_over([carrier, *(phone for phone, _ in phones)])
        for watcher in watchers:
            watcher.cancel()
    return Outcome(answered, call.status)


async def _hold(call: SipCall, wish: Wish, tell: Tell) -> bool:
    """The caller's side: waits, talks, hangs up."""
    try:
        patience = wish.rings if wish.answer == "nobody" and wish.rings is not None else 3600.0
        await call.until_answered(patience)
    except TimeoutError:
        tell("The caller gives up.")
        call.hang_up()
        await call.until_over()
        return False
    except CallOver as over:
        tell("Nobody answered; the switch ended the call (SIP {status}).", status=over.status)
        return False
    tell("Answered. They talk for {seconds} s …", seconds=f"{wish.talk:g}")
    with contextlib.suppress(TimeoutError):
        await call.until_over(wish.talk)
    call.hang_up()
    tell("The call is over.")
    return True


async def _watch(phone: SipPhone, name: str | None, tell: Tell) -> None:
    """Tell of everything that comes in on one phone; the carrier's (no name) are mobiles."""
    async with asyncio.TaskGroup() as tasks:
        while True:
            call = await phone.incoming(3600.0)
            tasks.create_task(_follow(call, name, tell))


async def _follow(call: SipCall, name: str | None, tell: Tell) -> None:
    who = {"who": name or "", "number": call.dialled, "caller": call.presented, "shown": call.presented_name}
    if name is None:
        tell("Mobile {number} rings: {caller} {shown}", **who)
    else:
        tell("Desk {number} of {who} rings: {caller} {shown}", **who)
    try:
        await call.until_answered(3600.0)
    except CallOver:
        tell("Phone {number} stops ringing.", **who)
        return
    if name is None:
        tell("Mobile {number} picks up and presses 1 to accept.", **who)
    else:
        tell("Desk {number} of {who} picks up.", **who)


async def _all_over(phones: Sequence[SipPhone]) -> None:
    """Asterisk ends the other legs within milliseconds; a leg that stays is cut off by closing its phone."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(2.0):
            for phone in phones:
                for call in phone.calls:
                    await call.until_over()
