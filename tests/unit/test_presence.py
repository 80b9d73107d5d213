"""How a person is: the rule for every mixture of facts, and the board that tells, remembers and keeps a record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti.agents.directory import DirectoryCache
from cti.agents.logins import Identity
from cti.agents.presence import Being, ByHand, Facts, PresenceChanged, State, being
from cti.agents.tables import PresenceChangeRow
from cti.bus import LocalBus
from cti.desktop.hub import Hub
from cti.desktop.messages import Pop
from cti.desktop.presence import PresenceBoard
from cti.store.engine import Store
from routing.model import Agent, Directory, Leave, Passed

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
GRACE = timedelta(seconds=30)
HOUR = timedelta(hours=1)
DESK = Facts(phone=True)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (DESK, Being(State.AVAILABLE)),
        (Facts(), Being(State.OFFLINE)),
        (Facts(desktop=True), Being(State.AVAILABLE)),
        (Facts(mobile_only=True), Being(State.AVAILABLE)),
        (Facts(mobile_only=True, desktop_left=NOON - HOUR), Being(State.AVAILABLE)),
        (replace(DESK, by_hand=ByHand("away", "lunch", NOON, NOON + HOUR)), Being(State.AWAY, "lunch", NOON + HOUR)),
        (replace(DESK, by_hand=ByHand("away", "lunch", NOON, NOON)), Being(State.AVAILABLE)),
        (Facts(by_hand=ByHand("dnd")), Being(State.DND)),
        (replace(DESK, talking=True, ringing=True, by_hand=ByHand("dnd")), Being(State.ON_CALL)),
        (replace(DESK, ringing=True, by_hand=ByHand("away")), Being(State.RINGING)),
        (replace(DESK, wrap_up_until=NOON + HOUR), Being(State.WRAP_UP, until=NOON + HOUR)),
        (replace(DESK, wrap_up_until=NOON), Being(State.AVAILABLE)),
        (replace(DESK, leave_until=NOON + HOUR, by_hand=ByHand("dnd")), Being(State.ON_LEAVE, until=NOON + HOUR)),
        (replace(DESK, desktop_left=NOON - GRACE), Being(State.OFFLINE, left=True)),
        (replace(DESK, desktop_left=NOON - GRACE + timedelta(seconds=1)), Being(State.AVAILABLE)),
        (replace(DESK, desktop_left=NOON - HOUR, seen=NOON - GRACE), Being(State.AVAILABLE)),
        (Facts(desktop_left=NOON - HOUR, seen=NOON - GRACE), Being(State.OFFLINE)),
    ],
)
def test_the_state_that_says_most(facts: Facts, expected: Being) -> None:
    assert being(facts, NOON, GRACE) == expected


instants = st.none() | st.integers(-7200, 7200).map(lambda seconds: NOON + timedelta(seconds=seconds))
facts = st.builds(
    Facts,
    by_hand=st.builds(ByHand, st.sampled_from(["available", "away", "dnd"]), st.none(), st.none(), instants),
    talking=st.booleans(),
    ringing=st.booleans(),
    wrap_up_until=instants,
    leave_until=instants,
    desktop=st.booleans(),
    desktop_left=instants.map(lambda at: at if at is None or at <= NOON else NOON),
    seen=instants,
    phone=st.booleans(),
    mobile_only=st.booleans(),
)


@given(facts)
def test_an_end_lies_ahead_and_a_call_goes_before_everything(given_facts: Facts) -> None:
    one = being(given_facts, NOON, GRACE)
    assert one.until is None or one.until > NOON
    assert (one.state is State.ON_CALL) == given_facts.talking
    assert one.reason is None or one.state is State.AWAY
    assert not one.left or one.state is State.OFFLINE


@given(facts)
def test_a_reload_changes_nothing(given_facts: Facts) -> None:
    """Open, and closed for less than the grace, are the same."""
    open_page = replace(given_facts, desktop=True, desktop_left=None)
    reloading = replace(given_facts, desktop=False, desktop_left=NOON - GRACE / 2)
    assert being(open_page, NOON, GRACE) == being(reloading, NOON, GRACE)


class Firm:
    """Two people with desks and one with a mobile only."""

    def __init__(self) -> None:
        self.names = {"101": "小林", "102": "阿美", "103": "大同"}
        self.by_hand: dict[str, ByHand] = {}
        self.agents = {
            "101": Agent("101", desk="101", desk_passed=Passed.OFFLINE),
            "102": Agent("102", desk="102"),
            "103": Agent("103", mobile="0900000103"),
        }

    @property
    def directory(self) -> Directory:
        return Directory(self.agents)


class Watched:
    """A board whose clock the test moves."""

    def __init__(self) -> None:
        self.firm, self.hub, self.bus, self.at = Firm(), Hub(), LocalBus(), NOON
        self.wrap_ups: dict[str, datetime] = {}
        self.heard: list[PresenceChanged] = []
        self.bus.subscribe(PresenceChanged, self.heard.append)
        self.board = self.start()

    def start(self) -> PresenceBoard:
        return PresenceBoard(
            self.hub, self.bus, self.firm, now=lambda: self.at, grace=30, wrap_ups=lambda: self.wrap_ups
        )

    def states(self, pops: tuple[Pop, ...] = ()) -> list[str]:
        self.board.refresh(pops)
        return [one.state for one in self.board.now(pops).values()]

    def changes(self) -> list[tuple[str, str]]:
        told = [(one.agent, one.being.state.value) for one in self.heard]
        self.heard.clear()
        return told


@pytest.fixture
async def watched() -> Watched:
    return Watched()


async def test_everybody_is_told_of_once_and_since_when(watched: Watched) -> None:
    assert watched.states() == ["offline", "available", "available"]
    watched.at += HOUR
    assert watched.states() == ["offline", "available", "available"]
    assert watched.changes() == [("101", "offline"), ("102", "available"), ("103", "available")]
    assert {one.since for one in watched.board.now(()).values()} == {NOON}
    watched.firm.agents["102"] = replace(
        watched.firm.agents["102"], leaves=(Leave(watched.at, watched.at + HOUR), Leave(NOON, watched.at + 2 * HOUR))
    )
    assert watched.states() == ["offline", "on_leave", "available"]
    assert watched.board.now(())["102"].until == watched.at + 2 * HOUR
    assert watched.changes() == [("102", "on_leave")]


async def test_closing_the_page_makes_offline_after_the_grace_and_a_reload_does_not(watched: Watched) -> None:
    first = watched.hub.connect(Identity("mei", "agent", "102"))
    watched.board.came("102")
    assert watched.states()[1] == "available"
    watched.hub.disconnect(first)
    watched.board.went("102")
    watched.at += timedelta(seconds=20)
    assert watched.states()[1] == "available"
    again = watched.hub.connect(Identity("mei", "agent", "102"))
    watched.board.came("102")
    watched.at += HOUR
    assert watched.states()[1] == "available"
    watched.changes()
    watched.hub.disconnect(again)
    watched.board.went("102")
    watched.at += timedelta(seconds=31)
    assert watched.states()[1] == "offline"
    assert [(one.being.left, one.since) for one in watched.heard] == [(True, watched.at)]
    watched.firm.by_hand["102"] = ByHand("available", since=watched.at)
    assert watched.states()[1] == "available"


async def test_one_of_two_pages_is_enough(watched: Watched) -> None:
    one, _two = (watched.hub.connect(Identity("mei", "agent", "102")) for _ in range(2))
    watched.hub.disconnect(one)
    watched.board.went("102")
    watched.at += HOUR
    assert watched.states()[1] == "available"


async def test_a_daemon_that_is_replaced_makes_nobody_come_and_go(watched: Watched) -> None:
    def line(code: str, state: str, *, left: bool = False) -> PresenceChangeRow:
        return PresenceChangeRow(agent_code=code, at=NOON - HOUR, state=state, reason=None, left_page=left)

    watched.board.remember([line("101", "available"), line("102", "offline", left=True)])
    assert watched.states() == ["available", "offline", "available"]
    assert watched.board.now(())["101"].since == NOON - HOUR
    watched.at += timedelta(seconds=31)
    assert watched.states()[0] == "offline", "the page did not come back"


async def test_wrap_up_is_seen_until_it_ends(watched: Watched) -> None:
    watched.wrap_ups["102"] = NOON + timedelta(seconds=30)
    assert watched.states()[1] == "wrap_up"
    assert watched.board.now(())["102"].until == NOON + timedelta(seconds=30)
    watched.at += timedelta(seconds=30)
    assert watched.states()[1] == "available"


async def test_who_plugs_a_phone_in_is_here_again(watched: Watched) -> None:
    watched.states()
    watched.board.went("102")
    watched.at += HOUR
    assert watched.states()[1] == "offline"
    watched.firm.agents["102"] = replace(watched.firm.agents["102"], desk_passed=Passed.OFFLINE)
    assert watched.states()[1] == "offline"
    watched.at += HOUR
    watched.firm.agents["102"] = replace(watched.firm.agents["102"], desk_passed=None)
    assert watched.states()[1] == "available"


async def test_a_phone_that_went_and_came_between_two_looks_was_plugged_in(watched: Watched) -> None:
    """As right after a start: the daemon takes every phone for plugged in until the switch has told of it."""
    watched.states()
    watched.board.went("102")
    watched.at += HOUR
    assert watched.states()[1] == "offline"
    phones = DirectoryCache(cast(Store, None), watched.bus)
    phones._directory = watched.firm.directory
    phones.set_desk_state("102", Passed.OFFLINE)
    assert watched.states()[1] == "offline"
    watched.at += HOUR
    phones.set_desk_state("102", None)
    assert watched.states()[1] == "available"
