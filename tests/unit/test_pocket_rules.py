"""Who gets a pocket card, how it moves with its call, what its message says. Calls are told as tables of facts."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest

from cti.calls.model import Call
from cti.desktop.messages import Caller, Match, Pop, PopLeg
from cti.pocket.message import Message, text_for
from cti.pocket.model import CardState, PocketCard, digest_of, new_token
from cti.pocket.rules import GONE_SHOWN, Terms, aged, moved, ringing_mobiles
from tests.unit.call_tables import LINKEDID, START, read_facts, told

TERMS = Terms(longest=timedelta(hours=1), wrap_up=timedelta(minutes=5))
BEGINS = """
    0    caller  arrived!+886255501000
    0.1  caller  plan!daemon!p1
"""
MOBILE_101 = """
    1    caller  step!1!mobile!20!m:101:0900000101
    1.1  m1      leg!1!mobile!20!m:101:0900000101
    2    m1      ringing
"""
DEPUTY_102 = """
    9    caller  stepend!1!NOANSWER!16
    9.1  caller  step!2!deputy!15!d:102:102+m:102:0900000102
    9.2  d2      leg!2!deputy!15!d:102:102
    9.2  m2      leg!2!deputy!15!m:102:0900000102
"""


def call(*tables: str) -> Call:
    return told([fact for table in tables for fact in read_facts(table)])


def card(agent: str = "101", step: int = 1, **fields: object) -> PocketCard:
    made = PocketCard(
        id="c1",
        digest="d1",
        linkedid=LINKEDID,
        agent=agent,
        endpoint="PJSIP/0900000101@carrier",
        step=step,
        issued=START,
        expires=START + TERMS.longest,
    )
    for name, value in fields.items():
        made = made.__class__(**{**{f: getattr(made, f) for f in made.__struct_fields__}, name: value})
    return made


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def after(*tables: str, of: PocketCard | None = None, seconds: float = 30) -> PocketCard:
    return moved(of or card(), call(*tables), at(seconds), TERMS)


def test_a_mobile_that_is_being_rung_gets_a_card_before_it_says_that_it_rings() -> None:
    begun = BEGINS + "1 caller step!1!mobile!20!m:101:0900000101\n1.1 m1 leg!1!mobile!20!m:101:0900000101"
    assert set(ringing_mobiles(call(begun))) == {"101"}


def test_a_deputys_mobile_beside_the_desk_gets_one_and_a_desk_does_not() -> None:
    later = call(BEGINS, MOBILE_101, "8 m1 hangup 16", DEPUTY_102)
    assert {agent: leg.endpoint for agent, leg in ringing_mobiles(later).items()} == {"102": "PJSIP/0900000102@carrier"}
    desk = BEGINS + "1 caller step!1!desk!20!d:101:101\n1.1 d1 leg!1!desk!20!d:101:101\n2 d1 ringing"
    assert ringing_mobiles(call(desk)) == {}


def test_nobody_gets_one_once_somebody_has_answered_or_the_caller_has_gone() -> None:
    assert ringing_mobiles(call(BEGINS, MOBILE_101, "4 m1 accepted!1!m:101:0900000101")) == {}
    assert ringing_mobiles(call(BEGINS, MOBILE_101, "4 caller hangup 16")) == {}


def test_a_customers_mobile_that_an_agent_calls_gets_none() -> None:
    ringing = call(BEGINS, MOBILE_101)
    assert ringing_mobiles(msgspec.structs.replace(ringing, direction="outbound", made_by="101")) == {}


def test_it_stays_while_the_phone_rings_and_through_the_prompt() -> None:
    assert after(BEGINS, MOBILE_101) == card()
    assert after(BEGINS, MOBILE_101, "5 m1 up") == card()


def test_who_accepts_has_it_for_the_talk_and_the_wrap_up() -> None:
    talk = "5 m1 up\n6 m1 accepted!1!m:101:0900000101\n6.1 m1 bridge"
    talking = after(BEGINS, MOBILE_101, talk)
    assert talking.state is CardState.TALKING
    over = after(BEGINS, MOBILE_101, talk, "20 caller hangup 16\n20 m1 hangup 16\n20.1 caller over", of=talking)
    assert (over.state, over.expires) == (CardState.WRAP_UP, at(20) + TERMS.wrap_up)
    assert aged(over, over.expires - timedelta(seconds=1)) is over


@pytest.mark.parametrize(
    ("how", "reason", "by"),
    [
        (["8 m1 refused!1!m:101:0900000101!silence\n8 m1 hangup 16", DEPUTY_102], "not_accepted", None),
        (["8 m1 hangup 17", DEPUTY_102], "busy", None),
        (["8 m1 hangup 16", DEPUTY_102, "10 d2 up\n10 d2 bridge"], "answered_elsewhere", "102"),
        (["8 caller hangup 16\n8 m1 hangup 16\n8.1 caller over"], "caller_hung_up", None),
        (["8 m1 hangup 16", "9 caller stepend!1!NOANSWER!16\n9.5 caller hangup 16\n9.6 caller over"], "nobody", None),
    ],
)
def test_it_is_gone_with_the_leg_and_says_why(how: list[str], reason: str, by: str | None) -> None:
    gone = after(BEGINS, MOBILE_101, *how)
    assert (gone.state, gone.reason, gone.by) == (CardState.GONE, reason, by)
    assert gone.expires == at(30) + GONE_SHOWN


def test_one_that_is_gone_learns_who_took_the_call_and_never_comes_back() -> None:
    gone = after(BEGINS, MOBILE_101, "8 m1 hangup 16", DEPUTY_102)
    later = after(BEGINS, MOBILE_101, "8 m1 hangup 16", DEPUTY_102, "10 d2 up\n10 d2 bridge", of=gone, seconds=40)
    assert (later.state, later.by, later.expires) == (CardState.GONE, "102", gone.expires)
    again = """
        9    caller  stepend!1!NOANSWER!16
        9.1  caller  step!2!group!15!m:101:0900000101
        9.2  m2      leg!2!group!15!m:101:0900000101
    """
    rung_again = call(BEGINS, MOBILE_101, "8 m1 hangup 16", again)
    assert not moved(gone, rung_again, at(41), TERMS).live
    assert set(ringing_mobiles(rung_again)) == {"101"}  # a new card


def test_it_expires_whatever_the_call_does_and_is_forgotten_then() -> None:
    expired = aged(card(), START + TERMS.longest)
    assert expired is not None
    assert (expired.state, expired.reason) == (CardState.GONE, "expired")
    assert moved(expired, call(BEGINS, MOBILE_101), at(99), TERMS) == expired
    assert aged(expired, expired.expires) is None


def test_tokens_are_long_and_unlike_what_is_kept() -> None:
    token = new_token()
    assert len(token) >= 43
    assert token != new_token()
    assert digest_of(token) == digest_of(token) != token


def test_the_message_names_nobody_unless_the_firm_allows_it() -> None:
    pop = Pop(
        call_id="1",
        linkedid="1",
        caller=Caller("0933000222", "+886933000222", "Eve <b>"),
        dialled="",
        leg=PopLeg("mobile", "101", 1),
        matches=(Match(1, "陳太太", "A", "number"),),
        card=None,
    )
    assert text_for(pop, "zh-Hant", name=False) == "來電：請看口袋卡"
    assert text_for(pop, "zh-Hant", name=True) == "陳太太 來電：請看口袋卡"
    two = Pop(**{**{name: getattr(pop, name) for name in pop.__struct_fields__}, "matches": pop.matches * 2})
    assert text_for(two, "en", name=True) == "Call coming in: look at the pocket card"
    assert Message("k", "Call", "http://x/p/1", START).whole == "Call http://x/p/1"
