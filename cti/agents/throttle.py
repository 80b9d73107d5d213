"""Slows down whoever guesses passwords. Pure state in memory: the instant is passed in, nobody is ever locked out.

Must not know log-ins or networks: a key is any text (a log-in, an address).
"""

from __future__ import annotations

from cti.errors import Refused

FREE_FAILURES = 5
"""A person with a new keyboard layout needs about so many tries; a guesser gains nothing from five."""

LONGEST_WAIT = 60.0
"""Seconds. Long enough to make guessing hopeless (1,440 tries a day); short enough that somebody who fails on
purpose at a colleague's log-in cannot keep that colleague from the telephone for long."""

MOST_KEYS = 10_000
"""Guessing at random log-ins must not fill the memory; the longest unused key is forgotten first."""


class TooManyAttempts(Refused):
    """Too many failures; the sentence says in how many seconds to try again. `seconds` is that wait."""

    code = "too_many_attempts"

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"too many failed attempts; try again in {seconds:.0f} s")


class Throttle:
    """Counts failures by key; from the sixth on each doubles the wait. Instants in seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._failures: dict[str, tuple[int, float]] = {}

    def check(self, key: str, at: float) -> None:
        """Let an attempt through, or not.

        Raises:
            TooManyAttempts: `key` has to wait.
        """
        count, last = self._failures.get(key, (0, 0.0))
        rest = last + self._wait(count) - at
        if rest > 0:
            raise TooManyAttempts(max(rest, 1.0))

    def failed(self, key: str, at: float) -> None:
        """Count a failure."""
        count, _ = self._failures.pop(key, (0, 0.0))
        self._failures[key] = (count + 1, at)
        if len(self._failures) > MOST_KEYS:
            del self._failures[next(iter(self._failures))]

    def succeeded(self, key: str) -> None:
        """Forget the failures of who got in."""
        self._failures.pop(key, None)

    @staticmethod
    def _wait(count: int) -> float:
        return min(2.0 ** min(count - FREE_FAILURES, 10), LONGEST_WAIT) if count >= FREE_FAILURES else 0.0
