"""What a caller hears while waiting: whose setting counts, how it travels, what asking for a call means afterwards."""

from __future__ import annotations

import wave
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace as changed

from cti.asterisk.events import CallArrived, CallbackAsked, ChannelHungUp, LegRinging, LegStarted, StepStarted
from cti.asterisk.notes import parse_note
from cti.calls.machine import apply
from cti.calls.model import Call, CallState, LegReason
from cti.promises.model import Duty, Happening, Origin, Outcome, OwnerWhy
from cti.promises.rules import read, take
from dialplan import prompts, waiting
from routing.model import (
    WAITING_LANGUAGES,
    WAITING_SECONDS,
    Agent,
    DialledNumber,
    Directory,
    LegKind,
    RoutePlan,
    RouteRequest,
    Service,
    Step,
    Target,
    TargetType,
    Waiting,
    WaitingKind,
    Why,
    WhyCode,
)
from routing.route import route
from routing.wire import PlanCorrupt, PlanUnfit, checksum, decode, encode

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DESK = Target(TargetType.DESK, "101", "101")
PLAN = RoutePlan("p", (Step(LegKind.DESK, (DESK,), 15, Why(WhyCode.OWNER_DESK)),))
OFFER = Waiting(WaitingKind.OFFER, 12)
TOLD = Waiting(WaitingKind.TOLD, 30, "en", answered=True)


def heard(**services: Waiting | None) -> Waiting | None:
    """What a caller of the number of `sales` hears, given what each service says."""
    made = {code: Service(code, waiting=said) for code, said in services.items()}
    number = DialledNumber("+886255501000", service="sales" if "sales" in made else None)
    directory = Directory({"101": Agent("101", desk="101")}, {}, {number.number: number}, services=made)
    return route(RouteRequest(number.number, owner="101"), directory, AT).waiting


def test_a_service_says_so_itself_or_the_company_does() -> None:
    assert heard() is None
    assert heard(sales=None) is None
    assert heard(company=OFFER) == OFFER
    assert heard(sales=None, company=OFFER) == OFFER
    assert heard(sales=TOLD, company=OFFER) == TOLD
    assert heard(sales=Waiting(WaitingKind.OFF), company=OFFER) is None


@pytest.mark.parametrize("said", [OFFER, TOLD, None])
def test_it_travels_with_the_plan(said: Waiting | None) -> None:
    line = encode(replace(PLAN, waiting=said))

    assert decode(line).waiting == said
    assert [step.targets for step in decode(line).steps] == [step.targets for step in PLAN.steps]
    assert line.endswith("~wait!12!offer:zh:early") is (said == OFFER)


@pytest.mark.parametrize("said", [Waiting(WaitingKind.OFF), replace(OFFER, seconds=7), replace(OFFER, language="x~y")])
def test_what_nobody_can_hear_does_not_travel(said: Waiting) -> None:
    with pytest.raises(PlanUnfit):
        encode(replace(PLAN, waiting=said))


@pytest.mark.parametrize("tail", ["wait!x!offer:zh:early", "wait!12!sing:zh:early", "wait!12!offer", "wait!"])
def test_what_cannot_be_read_is_corrupt(tail: str) -> None:
    body = f"p~carrier~desk!15!d:101:101~{tail}"
    with pytest.raises(PlanCorrupt):
        decode(f"RW1~{checksum(body)}~{body}")


def test_every_plan_finds_its_music_class_and_every_class_its_sounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompts.shutil, "which", lambda _: None)
    prompts.make_prompts(tmp_path)
    classes = {one.name: one.sounds for one in waiting.music_classes()}

    assert len(classes) == 2 * len(WAITING_SECONDS) * len(WAITING_LANGUAGES)
    assert classes["ringward-offer-zh-12"] == (waiting.RING,) * 4 + ("ringward-offer-zh",)
    for sound in {sound for sounds in classes.values() for sound in sounds}:
        assert (tmp_path / f"{sound}.wav").is_file()
    assert all(seconds % waiting.RING_SECONDS == 0 for seconds in WAITING_SECONDS)
    with wave.open(str(tmp_path / f"{waiting.RING}.wav")) as ring:
        assert ring.getnframes() == waiting.RING_SECONDS * ring.getframerate()


def called(*more: object) -> Call:
    """A call whose desk rings; then what else happens."""
    on = {"linkedid": "1.1", "channel": "1.1"}
    leg = {"linkedid": "1.1", "channel": "1.2"}
    arrived = CallArrived(
        at=AT, **on, channel_name="PJSIP/c-1", caller_raw="0922000801", caller_name="", dialled="0255501101"
    )
    call = None
    for event in (
        arrived,
        StepStarted(at=AT, **on, index=1, kind="desk", seconds=15, targets=(DESK,)),
        LegStarted(at=AT, **leg, index=1, kind="desk", seconds=15, target=DESK, channel_name="PJSIP/101-1"),
        LegRinging(at=AT, **leg),
        *more,
    ):
        call = apply(call, event)  # type: ignore[arg-type]
    assert call is not None
    return changed(call, caller_e164="+886922000801")


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


ASKED = CallbackAsked(at=after(13), linkedid="1.1", channel="1.1", index=1)
SILENT = ChannelHungUp(at=after(13), linkedid="1.1", channel="1.2", cause=0)
GONE = ChannelHungUp(at=after(17), linkedid="1.1", channel="1.1", cause=16)


def test_the_note_is_read() -> None:
    where = {"linkedid": "1.1", "channel": "1.1", "channel_name": "", "caller_raw": "", "caller_name": ""}
    assert parse_note("callback!1", at=after(13), **where) == ASKED
    assert parse_note("callback!${SHELL(id)}", at=AT, **where) is None


@pytest.mark.parametrize("order", [(ASKED, SILENT), (SILENT, ASKED)])
def test_who_asks_rings_nobody_any_more(order: tuple[object, ...]) -> None:
    call = called(*order)

    assert call.state is CallState.RINGING
    assert not call.targets
    assert [leg.reason for leg in call.legs] == [LegReason.CALLER_HUNG_UP]
    assert called(*order, GONE).callback_asked == after(13)


def test_asking_makes_a_promise_that_says_so() -> None:
    reading = read(called(ASKED, SILENT, GONE), 20.0)
    assert reading is not None
    assert reading.outcome is Outcome.MISSED
    assert reading.asked
    promise, entries = take(None, reading, None, Duty("101", OwnerWhy.OWNER, after(600)))

    assert promise is not None
    assert promise.origin is Origin.ASKED
    assert [entry.what for entry in entries] == [Happening.OPENED, Happening.CALLBACK_ASKED]


def test_asking_never_puts_a_promise_off() -> None:
    reading = read(called(ASKED, SILENT, GONE), 20.0)
    assert reading is not None
    missed = changed(reading, asked=False)
    held, _ = take(None, missed, None, Duty("101", OwnerWhy.OWNER, after(1800)))
    assert held is not None
    assert held.origin is Origin.MISSED
    sooner, entries = take(held, reading, None, Duty("102", OwnerWhy.OWNER, after(600)))
    assert sooner is not None
    assert (sooner.due, sooner.owner, sooner.origin) == (after(600), "101", Origin.ASKED)
    assert [entry.what for entry in entries] == [Happening.MISSED_AGAIN, Happening.CALLBACK_ASKED]
    again, _ = take(changed(held, due=after(60)), reading, None, Duty("102", OwnerWhy.OWNER, after(600)))
    assert again is not None
    assert again.due == after(60)
    once_more, _ = take(sooner, changed(missed, at=after(900)), None, Duty(None, OwnerWhy.NOBODY, after(900)))
    assert once_more is not None
    assert (once_more.due, once_more.origin) == (after(600), Origin.ASKED)
