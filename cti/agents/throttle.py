"""Slows down whoever guesses passwords. Pure state in memory: the instant is passed in, nobody is ever locked out.

Must not know log-ins or networks: a key is any text (a log-in, an address).
"""

from __future__ import annotations

import math

from cti.errors import Refused

FREE_FAILURES = 5
"""A person with a new keyboard layout needs about so many tries; a guesser gains nothing from five."""

LONGEST_WAIT = 60.0
"""Seconds. Long enough to make guessing hopeless (1,440 tries a day); short enough that somebody who fails on
purpose at a colleague's log-in cannot keep that colleague from the telephone for long."""

FORGIVEN = 600.0
"""Seconds. A guesser who is slower than this has some thousand tries a month."""

FREE_FROM_ADDRESS = 30
FORGIVEN_FROM_ADDRESS = 60.0
"""A whole office may share one address and mistype on a Monday morning; whoever tries one password at a hundred log-ins
does not come far with thirty."""

MOST_KEYS = 10_000
"""Guessing at random log-ins must not fill the memory; the longest unused key is forgotten first."""


class TooManyAttempts(Refused):
    """Too many failures; the sentence says in how many seconds to try again. `seconds` is that wait."""

    code = "too_many_attempts"

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"too many failed attempts; try again in {seconds:.0f} s")


class Throttle:
    """Counts failures by key; behind `free` of them each doubles the wait. Instants in seconds of one monotonic clock.

    Every `forgiven` seconds one failure is forgotten: who mistyped yesterday begins anew.
    """

    def __init__(self, free: int = FREE_FAILURES, forgiven: float = FORGIVEN) -> None:
        self._free = free
        self._forgiven = forgiven
        self._failures: dict[str, tuple[float, float]] = {}

    def check(self, key: str, at: float) -> None:
        """Let an attempt through, or not.

        Raises:
            TooManyAttempts: `key` has to wait.
        """
        count, last = self._failures.get(key, (0.0, 0.0))
        rest = last + self._wait(self._left(key, at)) - at if count else 0.0
        if rest > 0:
            raise TooManyAttempts(max(rest, 1.0))

    def failed(self, key: str, at: float) -> None:
        """Count a failure; or an attempt before it is known how it ends, for others may come meanwhile."""
        count = self._left(key, at)
        self._failures.pop(key, None)
        self._failures[key] = (count + 1, at)
        if len(self._failures) > MOST_KEYS:
            del self._failures[next(iter(self._failures))]

    def succeeded(self, key: str) -> None:
        """Forget the failures of who got in."""
        self._failures.pop(key, None)

    def was_none(self, key: str) -> None:
        """What was counted before it was known turned out to be no failure; those before it stand."""
        count, last = self._failures.get(key, (0.0, 0.0))
        if count > 1:
            self._failures[key] = (count - 1, last)
        else:
            self._failures.pop(key, None)

    def _left(self, key: str, at: float) -> float:
        count, last = self._failures.get(key, (0.0, at))
        return max(0.0, count - max(0.0, at - last) / self._forgiven)

    def _wait(self, count: float) -> float:
        over = math.ceil(count) - self._free
        return min(2.0 ** min(over, 10), LONGEST_WAIT) if over >= 0 else 0.0
