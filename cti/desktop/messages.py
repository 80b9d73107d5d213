"""The desktop protocol as types: what travels over `/ws/desktop`, and nothing about how.

`docs/desktop-protocol.md` is the same in prose. All instants are aware UTC, written as ISO 8601.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from cti.customers.model import Probably


class Caller(msgspec.Struct, frozen=True):
    """Who is presented as calling. `e164` is None when withheld or unreadable; `verified` is never assumed."""

    raw: str
    e164: str | None
    name: str
    verified: bool = False
    withheld: bool = False


class PopLeg(msgspec.Struct, frozen=True):
    """The leg a pop belongs to. `index` is the plan's step, from 1."""

    kind: str
    agent: str | None
    index: int


class Match(msgspec.Struct, frozen=True):
    """A customer the number may belong to, and why we think so (a code with a text in `cti.wording`).

    `probably`: of several it is most often this one, and why we think so; nothing is tied to anybody by it.
    """

    customer_id: int
    name: str
    tier: str
    why: str
    probably: Probably | None = None


class Tried(msgspec.Struct, frozen=True):
    """Someone who was rung before in this call, how long, and why it ended (a leg's reason)."""

    kind: str
    agent: str
    name: str
    endpoint: str
    seconds: int
    reason: str


class HandedOn(msgspec.Struct, frozen=True):
    """The latest transfer of a call: who handed it on to whom (agent's code, or a number), with their names.

    `back`: nobody took it, and it is with who transferred it again, or with the end of their chain.
    """

    by: str | None
    by_name: str
    to: str | None
    to_name: str
    how: str = "blind"
    back: bool = False


class Handling(msgspec.Struct, frozen=True):
    """What the agent has done to a conversation from the page: the other party on hold, their own voice muted.

    `asking`: the colleague whom they ask before handing the call on, `asking_call` that call, and `asking_state` how
    far it is: `own_phone` (the agent's phone rings for it), `ringing` or `talking`.
    """

    held: bool = False
    muted: bool = False
    asking: str | None = None
    asking_call: str | None = None
    asking_state: str | None = None


class Pop(msgspec.Struct, frozen=True, tag="pop"):
    """The card comes up: a phone of this desktop's agent is about to ring. `why` says why it rings here.

    `direction` `outbound`: the agent calls somebody outside, whom `caller` then is, and `dialled` as it was dialled.
    `internal`: a colleague calls, whose code `made_by` is. `watching`: this desktop's agent has no part in the call but
    to `listen`, `whisper` or `barge`, in the conversation of `leg.agent`.
    """

    call_id: str
    linkedid: str
    caller: Caller
    dialled: str
    leg: PopLeg
    matches: tuple[Match, ...]
    card: dict[str, Any] | None
    tried: tuple[Tried, ...] = ()
    state: str = "ringing"
    started: datetime | None = None
    answered: datetime | None = None
    why: str = ""
    direction: str = "inbound"
    made_by: str | None = None
    transfer: HandedOn | None = None
    handling: Handling | None = None
    watching: str | None = None


class PopMoved(msgspec.Struct, frozen=True, tag="pop.moved"):
    """The same agent's pop now belongs to another leg (desk to mobile), or who was tried before became known."""

    call_id: str
    leg: PopLeg
    tried: tuple[Tried, ...]
    why: str = ""


class PopWithdrawn(msgspec.Struct, frozen=True, tag="pop.withdrawn"):
    """This desktop has no longer to do with the call. `reason`: a leg's reason; `by`: who answered it elsewhere."""

    call_id: str
    reason: str
    by: str | None = None


class CallAnswered(msgspec.Struct, frozen=True, tag="call.answered"):
    """The call was answered on a phone of this desktop's agent."""

    call_id: str
    agent: str
    at: datetime


class CallOver(msgspec.Struct, frozen=True, tag="call.ended"):
    """The call this desktop answered, or was being rung for, is over. `reason`: `completed` or a leg's reason."""

    call_id: str
    at: datetime
    reason: str


class CardChanged(msgspec.Struct, frozen=True, tag="pop.card"):
    """Matches or card of a pop that stands were changed: a new prospect was made, a note was added."""

    call_id: str
    matches: tuple[Match, ...]
    card: dict[str, Any] | None


class FloorCall(msgspec.Struct, frozen=True, tag="floor.call"):
    """A colleague's call, new or other than before: for those who may listen. `state`: `ringing` or `talking`.

    Desktops of leads and above are told of everybody's, a mentor's of their newcomers'.
    """

    call_id: str
    agent: str
    state: str
    direction: str
    who: str
    customer_id: int | None
    since: datetime | None


class FloorGone(msgspec.Struct, frozen=True, tag="floor.gone"):
    """This colleague has no part in that call any more, or this desktop's person may not know of it any more."""

    call_id: str
    agent: str


class Presence(msgspec.Struct, frozen=True, tag="presence"):
    """A colleague's state (`cti.agents.presence.State`) since when, and until when if that is known.

    `reason` is why they are away: `lunch`, `meeting`, `training`, or a text of their own; else None.
    """

    agent: str
    name: str
    state: str
    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class PresenceGone(msgspec.Struct, frozen=True, tag="presence.gone"):
    """Somebody is no colleague any more: they have left the firm."""

    agent: str


class Alarm(msgspec.Struct, frozen=True, tag="alarm"):
    """Something that those who lead should know of now, or, with `raised` false, no longer. One stands of each `kind`.

    `kind`: `answer_rate` or `rehearsal`. `since` is when it began; `values` are the figures that its sentence needs.
    Only desktops of the roles lead, manager and admin are told.
    """

    kind: str
    raised: bool
    since: datetime
    values: dict[str, Any]


class PromiseOwed(msgspec.Struct, frozen=True, tag="promise"):
    """A promise that is open: new, or other than before. Of its owner, whoever was given it when it was late, and
    everyone who leads. `number` is None when it was withheld; `level` 0 is in time, 1 late, then passed on.
    `kind`: `call_back`, or `next_step` with what is to be done as `text`.
    `origin`: `missed`, or `asked` when the caller chose a call back instead of waiting.
    `masked`: a lead reads of somebody else's promise only a part of the number, as `raw`; it can be called by its `id`.
    """

    id: int
    number: str | None
    raw: str
    withheld: bool
    customer: str | None
    customer_id: int | None
    owner: str | None
    escalated_to: str | None
    due: datetime
    level: int
    attempts: int
    first_missed: datetime
    last_missed: datetime
    dialled: str
    origin: str = "missed"
    kind: str = "call_back"
    text: str = ""
    masked: bool = False


class PromiseGone(msgspec.Struct, frozen=True, tag="promise.gone"):
    """A promise this desktop had is no longer its own: `kept`, `closed`, or `moved` to somebody else."""

    id: int
    reason: str


class WrapUpStarted(msgspec.Struct, frozen=True, tag="wrapup.started"):
    """This desktop's agent is in wrap-up after a call, or stays in it longer (`extended`). The same `call_id` again
    replaces what the page has. `seconds` from the call's end to `ends_at`, both with an extension in it.
    """

    call_id: str
    linkedid: str
    agent: str
    customer_id: int | None
    seconds: int
    ends_at: datetime
    extended: bool = False


class WrapUpEnded(msgspec.Struct, frozen=True, tag="wrapup.ended"):
    """The wrap-up is over. `reason`: `time`, `by_hand`, `saved`, or `next_call`."""

    call_id: str
    reason: str


class ColleagueActive(msgspec.Struct, frozen=True, tag="colleague.active"):
    """A colleague works on a customer whose card this desktop's agent has up, or has up the card of one they work on.

    `what`: `call`, `wrap_up`, `noted` (just wrote something down), `ringing`, `looking`; `over` takes back what was
    told of this customer and colleague.
    """

    customer_id: int
    agent: str
    name: str
    what: str
    since: datetime


class Snapshot(msgspec.Struct, frozen=True, tag="snapshot"):
    """First message of every connection: everything the page shows, as of now.

    `colleagues` and `presence` are the same list; the first is its name in older pages.
    """

    at: datetime
    agent: str | None
    name: str
    pops: tuple[Pop, ...]
    colleagues: tuple[Presence, ...]
    promises: tuple[PromiseOwed, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    presence: tuple[Presence, ...] = ()
    wrapup: WrapUpStarted | None = None
    floor: tuple[FloorCall, ...] = ()
    company: tuple[ColleagueActive, ...] = ()


class Ping(msgspec.Struct, frozen=True, tag="ping"):
    """Heartbeat: a page that hears nothing for three of them opens a new connection."""

    at: datetime


DesktopMessage = (
    Snapshot
    | Pop
    | PopMoved
    | PopWithdrawn
    | CallAnswered
    | CallOver
    | CardChanged
    | Presence
    | PresenceGone
    | PromiseOwed
    | PromiseGone
    | Alarm
    | WrapUpStarted
    | WrapUpEnded
    | FloorCall
    | FloorGone
    | ColleagueActive
    | Ping
)
