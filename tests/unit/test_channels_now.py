"""What the switch's channels say of conversations: on hold, muted, a colleague asked; nonsense says nothing."""

from __future__ import annotations

import asyncio

from cti.asterisk.ami_link import AmiReply
from cti.asterisk.standing import ChannelNow, Mark, channels_now
from cti.calls.handled import Asked, Handled, handled_now, phones_in, questions_now
from tests.unit.call_tables import LINKEDID, read_facts, told
from tests.unit.test_call_machine import DESK_ANSWERED

TALKING = told(read_facts("\n".join(DESK_ANSWERED.strip().splitlines()[:7])))


class Listing:
    """An AMI that lists these channels: unique id and what AMI says of its variables."""

    def __init__(self, **variables: str) -> None:
        self.asked: list[dict[str, str | int]] = []
        self._events = [{"Event": "Status", "Uniqueid": key, "Variable": text} for key, text in variables.items()]
        self.holding = {"b"}

    async def demand(self, action: str, **fields: str | int) -> AmiReply:
        self.asked.append({"Action": action, **fields})
        if action == "Getvar":
            return AmiReply("Success", "", {"Value": "1" if fields["Channel"] in self.holding else "0"})
        return AmiReply("Success", "", {}, (*self._events, {"Event": "StatusComplete"}))


def test_channels_as_ami_lists_them() -> None:
    ami = Listing(a="RW_MUTED=(null)\nRW_ASKS=\nRW_WATCHES=(null)", b="RW_MUTED=1\nRW_ASKS=(null)\nRW_WATCHES=(null)")
    channels = asyncio.run(channels_now(ami, ["b", "gone"]))
    assert {key: (one.holds, dict(one.marks)) for key, one in channels.items()} == {
        "a": (False, {}),
        "b": (True, {"RW_MUTED": "1"}),
    }
    assert [(one["Action"], one.get("Channel")) for one in ami.asked] == [("Status", None), ("Getvar", "b")]


def channel(key: str, *, holds: bool = False, **marks: str) -> ChannelNow:
    return ChannelNow(key, LINKEDID, marks, holds)


def test_what_the_agents_phone_says_counts() -> None:
    desk = f"{LINKEDID}-d1"
    both = {LINKEDID: channel(LINKEDID), desk: channel(desk, holds=True, RW_MUTED="1")}
    assert list(handled_now([TALKING], both)) == [Handled(LINKEDID, "101", held=True, muted=True)]
    turned = {LINKEDID: channel(LINKEDID, holds=True, RW_MUTED="1"), desk: channel(desk)}
    assert list(handled_now([TALKING], turned)) == [Handled(LINKEDID, "101", held=False, muted=False)]
    assert not list(handled_now([TALKING], {LINKEDID: channel(LINKEDID)}))
    assert phones_in([TALKING]) == {desk}


def test_a_question_is_read_from_the_phone_that_asks() -> None:
    asks = channel("q.1", RW_ASKS=f"{LINKEDID}!101!201!102!202")
    assert list(questions_now({"q.1": asks})) == [Asked("q.1", LINKEDID, "101", "201", "102", "202")]
    for nonsense in ("", "1", f"{LINKEDID}!101!201!102", f"{LINKEDID}!101!201!102!", "!!!!"):
        assert not list(questions_now({"q.1": channel("q.1", **{Mark.ASKS: nonsense})}))
