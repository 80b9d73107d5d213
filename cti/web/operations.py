"""Routes of the API as values: what a route takes, answers and demands stands beside its handler, once.

The application is wired from these and `/api/v1/openapi.json` written from them, so that neither can differ from the
other. Must not know any single route.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, field_validator
from pydantic_core import PydanticCustomError

from cti.agents.logins import Identity
from cti.errors import NotFound
from cti.web.services import Services

LONGEST_BODY = 64 * 1024
"""Bytes. A note is the longest thing a person writes here."""


LONGEST_ID = 9
"""Digits of an id that fits every database's column."""

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Births of customers and the latest renewal lie between them."""


class Access(IntEnum):
    """Who may use a route, each including those above it in rank."""

    PUBLIC = 0
    WALL = 1
    """Those who lead, auditors, and screens with a wall's token, who may do nothing else. No agents."""
    AGENT = 2
    LEAD = 3
    MANAGER = 4
    ADMIN = 5


RANKS = {
    "auditor": Access.AGENT,
    "agent": Access.AGENT,
    "lead": Access.LEAD,
    "manager": Access.MANAGER,
    "admin": Access.ADMIN,
}
"""Roles by what they may do. An auditor reads what a lead reads, and writes nothing: see `Asked.may_read_all`."""


class Body(BaseModel):
    """A request's body or query: unknown fields are refused, so that a typing mistake is not silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    @field_validator("*")
    @classmethod
    def _is_in_our_times(cls, value: Any) -> Any:
        """Neither the first year nor the last can be put into another time zone, or have a day counted to it."""
        if isinstance(value, date) and not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise PydanticCustomError("year", f"give a year from {FIRST_YEAR} to {LAST_YEAR}")
        return value


class Answer(BaseModel):
    """What a route answers with."""

    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, read and checked. `identity` is None on public routes; `body`, `query` are the route's types."""

    request: web.Request
    services: Services
    identity: Identity | None
    body: Any = None
    query: Any = None

    @property
    def who(self) -> Identity:
        """The person asking; only for routes that are not public."""
        assert self.identity is not None, "a public route asked who is asking"
        return self.identity

    @property
    def may_read_all(self) -> bool:
        """Whether this person sees everybody's calls, not only their own."""
        return self.who.role == "auditor" or RANKS.get(self.who.role, Access.PUBLIC) >= Access.LEAD

    def path(self, name: str) -> str:
        """A part of the path, decoded."""
        return self.request.match_info[name]

    def number(self, name: str, what: str) -> int:
        """The id of `what` that stands in the path.

        Raises:
            NotFound: it is no number, or one that no id has.
        """
        text = self.path(name)
        if not (text.isascii() and text.isdigit()) or len(text) > LONGEST_ID:
            raise NotFound(f"there is no {what} {text[:20]}")
        return int(text)


Handler = Callable[[Asked], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `answer` is a type that pydantic can write; None for an empty answer.

    `keeps_records`: it writes, but nothing of the firm's: an auditor may do it too. `longest`: bytes of the body.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    access: Access
    body: type[Body] | None
    query: type[Body] | None
    answer: Any
    status: int
    keeps_records: bool = False
    longest: int = LONGEST_BODY

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return self.method not in {"GET", "HEAD"}


class Operations:
    """Collects a module's operations; used as a decorator."""

    def __init__(self) -> None:
        self.all: list[Operation] = []

    def route(
        self,
        method: str,
        path: str,
        *,
        answer: Any = None,
        body: type[Body] | None = None,
        query: type[Body] | None = None,
        access: Access = Access.AGENT,
        status: int = 200,
        keeps_records: bool = False,
        longest: int = LONGEST_BODY,
    ) -> Callable[[Handler], Handler]:
        """Declare the decorated handler as `method path` under `/api/v1`; its docstring's first line is the summary."""

        def declare(handler: Handler) -> Handler:
            summary = (handler.__doc__ or "").strip().partition("\n")[0]
            told = (method, path, handler, summary, access, body, query, answer, status, keeps_records, longest)
            self.all.append(Operation(*told))
            return handler

        return declare
