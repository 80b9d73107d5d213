"""Which phone a wish to hang up or hand on is about, and which numbers may be dialled from the page."""

from __future__ import annotations

import pytest

from cti.asterisk.ami_link import AmiReply
from cti.asterisk.control import CallControl
from cti.calls.control import number_to_dial, own_channel, talking_channel
from cti.errors import Invalid, Refused
from tests.unit.call_tables import LINKEDID, read_facts, told
from tests.unit.test_call_machine import DESK_ANSWERED, OUTBOUND, TRANSFERRED


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0933-000-222", "0933000222"),
        ("(02) 5550 1000", "0255501000"),
        ("+886 (0)2 5550 1000", "+886255501000"),
        ("０９３３０００２２２", "0933000222"),
        ("102", "102"),
        ("119", "119"),
        ("+852 9123 4567", "+85291234567"),
    ],
)
def test_a_number_as_people_write_it(written: str, number: str) -> None:
    assert number_to_dial(written, {"102"}, ["852"]) == number


@pytest.mark.parametrize("written", ["", "abc", "sip:101@x", "102\r\nAction: Command", "0912&SIP/1", "1" * 61])
def test_what_is_no_number(written: str) -> None:
    with pytest.raises((Invalid, Refused)):
        number_to_dial(written, {"102"}, [])


@pytest.mark.parametrize(
    ("written", "why"), [("0204123456", "premium"), ("+85291234567", "country"), ("9", "no number")]
)
def test_what_is_not_called(written: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        number_to_dial(written, {"102"}, [])


def test_who_talks_can_hang_up_and_hand_on() -> None:
    call = told(read_facts("\n".join(DESK_ANSWERED.strip().splitlines()[:7])))

    assert own_channel(call, "101") == talking_channel(call, "101") == f"{LINKEDID}-d1"
    assert own_channel(call, "102") is None
    with pytest.raises(Refused):
        talking_channel(call, "102")


def test_whose_phone_rings_can_hang_up_only() -> None:
    call = told(read_facts(TRANSFERRED))

    assert own_channel(call, "102") == f"{LINKEDID}-d2"
    assert own_channel(call, "101") is None
    with pytest.raises(Refused):
        talking_channel(call, "102")


def test_who_made_a_call_has_its_first_channel() -> None:
    ringing = told(read_facts("\n".join(OUTBOUND.strip().splitlines()[:3])))
    talking = told(read_facts("\n".join(OUTBOUND.strip().splitlines()[:6])))

    assert own_channel(ringing, "101") == talking_channel(talking, "101") == LINKEDID
    with pytest.raises(Refused):
        talking_channel(ringing, "101")


class Nothing:
    """A switch of which nothing may be asked."""

    channels = None

    async def demand(self, action: str, **fields: str | int) -> AmiReply:
        raise AssertionError(action)


@pytest.mark.parametrize("hostile", ["101\r\nAction: Command", "101,1)", "101&PJSIP/x", "", "${SHELL(id)}", "../x"])
async def test_nothing_hostile_reaches_the_switch(hostile: str) -> None:
    control = CallControl(Nothing(), Nothing())
    for wish in (control.dial(hostile, "119"), control.dial("101", hostile), control.hand_on("1.1", hostile)):
        with pytest.raises(Invalid):
            await wish
    if hostile != "../x":
        with pytest.raises(Invalid):
            await control.hang_up(hostile)
