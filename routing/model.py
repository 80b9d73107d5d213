"""The words of routing: who can be rung, what was asked, and the plan that answers.

Pure data. Knows nothing of Asterisk's wire formats, of customers' files, of clocks or of the network.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


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
    DIRECT_DESK = "direct_desk"
    DIRECT_MOBILE = "direct_mobile"
    DEPUTY_DESK = "deputy_desk"
    DEPUTY_MOBILE = "deputy_mobile"
    NUMBER_GROUP = "number_group"
    LAST_RESORT = "last_resort"
    ALL_AGENTS = "all_agents"


@dataclass(frozen=True, slots=True)
class Why:
    """A reason with its particulars: `agent` is whose phone rings, `stands_for` whom a deputy stands for."""

    code: WhyCode
    agent: str | None = None
    stands_for: str | None = None
    group: str | None = None
    on_leave: bool = False


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


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """The ordered attempts for one call. `plan_id` names it in records."""

    plan_id: str
    steps: tuple[Step, ...]
    trunk: str = "carrier"


@dataclass(frozen=True, slots=True)
class Leave:
    """An absence: from `starts` up to, not including, `ends`. Both aware datetimes."""

    starts: datetime
    ends: datetime
    deputy: str | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """A person who takes calls. Times in whole seconds; `desk` is the extension, `mobile` a national number."""

    code: str
    desk: str | None = None
    mobile: str | None = None
    deputy: str | None = None
    desk_seconds: int = 15
    mobile_seconds: int = 20
    deputy_seconds: int = 15
    desk_passed: Passed | None = None
    dnd: bool = False
    active: bool = True
    leaves: tuple[Leave, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Agents who ring together when nobody else can be named."""

    code: str
    members: tuple[str, ...]
    seconds: int = 30


@dataclass(frozen=True, slots=True)
class DialledNumber:
    """A number of the firm. `agent` set: a direct number. Else `group` answers unknown callers."""

    number: str
    group: str | None = None
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class Directory:
    """Everything routing needs to know of the firm, as of one instant. `numbers` is keyed by dialled digits."""

    agents: dict[str, Agent] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    numbers: dict[str, DialledNumber] = field(default_factory=dict)
    company_group: str = "company"


@dataclass(frozen=True, slots=True)
class RouteRequest:
    """A call asking for its plan. `dialled` is already normalised to the directory's key form (E.164)."""

    dialled: str
    owner: str | None = None
    caller: str | None = None
