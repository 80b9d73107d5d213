"""The words of routing: who can be rung, what was asked, and the plan that answers.

Pure data. Knows nothing of Asterisk's wire formats, of customers' files, of clocks or of the network.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from routing.hours import Opening


class LegKind(StrEnum):
    """What an attempt is for. A deputy's own mobile is still a deputy leg; its endpoint tells which phone."""

    DESK = "desk"
    MOBILE = "mobile"
    DEPUTY = "deputy"
    GROUP = "group"


class TargetType(StrEnum):
    """What kind of phone a target is: it decides whether the answer must be accepted with a key."""

    DESK = "d"
    MOBILE = "m"


class Passed(StrEnum):
    """Why a phone would be passed at once, as far as is known when the plan is made.

    The dial plan looks again at the moment of the step: what it finds then is what counts.
    """

    OFFLINE = "offline"
    BUSY = "busy"
    DND = "dnd"


class WhyCode(StrEnum):
    """Reasons for a step. Texts in the people's languages are made where people read them (`cti.wording`)."""

    OWNER_DESK = "owner_desk"
    OWNER_MOBILE = "owner_mobile"
    OWNER_BOTH = "owner_both"
    DIRECT_DESK = "direct_desk"
    DIRECT_MOBILE = "direct_mobile"
    DIRECT_BOTH = "direct_both"
    DEPUTY_DESK = "deputy_desk"
    DEPUTY_MOBILE = "deputy_mobile"
    DEPUTY_BOTH = "deputy_both"
    TEAM_GROUP = "team_group"
    NUMBER_GROUP = "number_group"
    OVERFLOW = "overflow"
    ON_DUTY = "on_duty"
    CLOSED_GROUP = "closed_group"
    LAST_RESORT = "last_resort"
    ALL_AGENTS = "all_agents"


class Because(StrEnum):
    """What made a step other than it usually is."""

    TIER = "tier"
    TRIP = "trip"
    COMPLAINT = "complaint"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Why:
    """A reason with its particulars: `agent` is whose phone rings, `stands_for` whom a deputy stands for.

    `on_leave`: that person is away, not merely silent. `because`: the circumstances that shaped the step.
    """

    code: WhyCode
    agent: str | None = None
    stands_for: str | None = None
    group: str | None = None
    on_leave: bool = False
    because: tuple[Because, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """One phone of one agent. `resource` is the extension of a desk, the national number of a mobile."""

    type: TargetType
    agent: str
    resource: str
    passed: Passed | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One attempt: every target rings for `seconds`; the first that is accepted has the call."""

    kind: LegKind
    targets: tuple[Target, ...]
    seconds: int
    why: Why

    @property
    def agent(self) -> str | None:
        """The agent of a step that rings one person; None for a group."""
        agents = {target.agent for target in self.targets}
        return agents.pop() if len(agents) == 1 and self.kind is not LegKind.GROUP else None

    @property
    def passed(self) -> Passed | None:
        """The reason when every phone of the step would be passed at once, else None."""
        if self.targets and all(target.passed for target in self.targets):
            return self.targets[0].passed
        return None


class WaitingKind(StrEnum):
    """What a caller hears while the phones ring: nothing but the ringing, a sentence, or the offer of a call back."""

    OFF = "off"
    TOLD = "told"
    OFFER = "offer"


WAITING_SECONDS = (6, 12, 18, 24, 30, 45, 60)
"""After how much ringing the sentence may come: whole rings, and so few that each is a music class of Asterisk's."""

WAITING_LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Waiting:
    """`kind` after `seconds` of ringing, and again and again. `answered`: the call is answered for it at the beginning;
    else it is early media, which costs the caller nothing, but not every carrier lets a key through then."""

    kind: WaitingKind
    seconds: int = 18
    language: str = "zh"
    answered: bool = False


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """The ordered attempts for one call. `plan_id` names it in records. `waiting`: what is heard beside the ringing."""

    plan_id: str
    steps: tuple[Step, ...]
    trunk: str = "carrier"
    waiting: Waiting | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """An absence: from `starts` up to, not including, `ends`. Both aware datetimes."""

    starts: datetime
    ends: datetime
    deputy: str | None = None


class Phones(StrEnum):
    """Which of an agent's phones ring in one step."""

    DESK = "desk"
    MOBILE = "mobile"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Ring:
    """One step of an agent's own chain. "Mobile joins after 8 s" is `desk` for 8 s, then `both`."""

    phones: Phones
    seconds: int


@dataclass(frozen=True, slots=True)
class Agent:
    """A person who takes calls. Times in whole seconds; `desk` is the extension, `mobile` a national number.

    `rings` is the agent's own chain; empty, it is the desk and then the mobile, for the seconds given here. `away`: not
    at the desk, which is passed; the mobile rings. Who is away or wrapping up rings in groups after the others.
    """

    code: str
    desk: str | None = None
    mobile: str | None = None
    deputy: str | None = None
    desk_seconds: int = 15
    mobile_seconds: int = 20
    deputy_seconds: int = 15
    desk_passed: Passed | None = None
    dnd: bool = False
    away: bool = False
    wrapping_up: bool = False
    active: bool = True
    leaves: tuple[Leave, ...] = ()
    rings: tuple[Ring, ...] = ()


@dataclass(frozen=True, slots=True)
class Duty:
    """A turn of the rota: from `starts` up to, not including, `ends`, this agent answers first. Aware datetimes."""

    starts: datetime
    ends: datetime
    agent: str


@dataclass(frozen=True, slots=True)
class Group:
    """Agents who ring together when nobody else can be named. `duties`: whose turn it is while closed."""

    code: str
    members: tuple[str, ...]
    seconds: int = 30
    duties: tuple[Duty, ...] = ()


@dataclass(frozen=True, slots=True)
class Team:
    """The group for callers of a `tier`, a `kind`, or both; "" stands for any."""

    group: str
    tier: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """What a number is for: who answers, in which hours, who else when they do not, and who while closed.

    No `opening`: always open. No `closed_group`: while closed the same phones ring as by day. No `waiting`: as for the
    company's service.
    """

    code: str
    group: str | None = None
    opening: Opening | None = None
    closed_group: str | None = None
    overflow_group: str | None = None
    teams: tuple[Team, ...] = ()
    waiting: Waiting | None = None


@dataclass(frozen=True, slots=True)
class TierRule:
    """What a tier of customers changes; None leaves the agents' own ring times. No tier rings fewer people."""

    desk_seconds: int | None = None
    mobile_seconds: int | None = None
    together: bool = False


@dataclass(frozen=True, slots=True)
class DialledNumber:
    """A number of the firm. `agent` set: a direct number. Else `group`, or its service's, answers unknown callers."""

    number: str
    group: str | None = None
    agent: str | None = None
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Directory:
    """Everything routing needs to know of the firm, as of one instant. `numbers` is keyed by dialled digits.

    `company_service` is what a number that is not in `numbers` is for, if there is such a service.
    """

    agents: dict[str, Agent] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    numbers: dict[str, DialledNumber] = field(default_factory=dict)
    company_group: str = "company"
    services: dict[str, Service] = field(default_factory=dict)
    tiers: dict[str, TierRule] = field(default_factory=dict)
    company_service: str = "company"


@dataclass(frozen=True, slots=True)
class RouteRequest:
    """A call asking for its plan. `dialled` is already normalised to the directory's key form (E.164).

    Of the customer: `deputy` is whom they want while the owner is not there, `tier` and `kind` as in their record,
    `travelling` that they are on a trip or leave within 72 h, `avoid` the agents they have an open complaint about.
    """

    dialled: str
    owner: str | None = None
    caller: str | None = None
    deputy: str | None = None
    tier: str = ""
    kind: str = ""
    travelling: bool = False
    avoid: tuple[str, ...] = ()
