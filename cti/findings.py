"""What a look at the installation finds, in sentences of the catalogue: the words of the doctor and of all it asks.

Must not know what is looked at, nor who reads it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.exc import DBAPIError

OK, WARN, FAIL = "ok", "warn", "fail"

LOOK_SECONDS = 3.0
"""How long one look may take: on loopback an answer takes milliseconds, and a frozen process never gives one."""
CLOCK_WARN, CLOCK_FAIL = 1.0, 10.0
"""Seconds between two clocks. Leave and call-backs are kept to the minute; the order of legs to the second."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `what` and `advice` are sentences of the catalogue; `values` fill them in."""

    check: str
    state: str
    what: str
    advice: str = ""
    values: dict[str, object] = field(default_factory=dict)


def clock_finding(whose: str, seconds: float) -> Finding:
    """What to think of `seconds` between this machine's clock and another (positive: the other is ahead)."""
    values: dict[str, object] = {"whose": whose, "seconds": f"{seconds:+.1f}"}
    if abs(seconds) < CLOCK_WARN:
        return Finding("clock", OK, "the clock of {whose} agrees ({seconds} s)", values=values)
    state = WARN if abs(seconds) < CLOCK_FAIL else FAIL
    advice = "let a time service (chrony, systemd-timesyncd) keep both machines' clocks"
    return Finding("clock", state, "the clock of {whose} is {seconds} s off", advice, values)


def short(error: BaseException) -> str:
    """The first line of what went wrong, a database's own rather than ours."""
    cause = error.__cause__
    return str(cause.orig if isinstance(cause, DBAPIError) else error).partition("\n")[0]
