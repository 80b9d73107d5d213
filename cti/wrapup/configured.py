"""The settings' part of wrap-up, made into what this room works with. Must not do anything with it."""

from __future__ import annotations

from cti.settings import Settings
from cti.wrapup.model import Outcome


def outcomes_of(settings: Settings) -> tuple[Outcome, ...]:
    """What an agent chooses from at the end of a call, in this order."""
    return tuple(Outcome(one.code, one.zh, one.en) for one in settings.dispositions)
