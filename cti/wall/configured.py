"""From the settings to what the wall and the live figures need of them. Must not know anything else."""

from __future__ import annotations

from cti.reports.live import Threshold
from cti.settings import Settings
from cti.wall.board import WallTerms


def threshold_of(settings: Settings) -> Threshold:
    """When the answer rate is an alarm."""
    return Threshold(settings.answer_rate_alarm, settings.answer_rate_window, settings.answer_rate_minimum)


def terms_of(settings: Settings) -> WallTerms:
    """What the wall shows."""
    return WallTerms(threshold_of(settings), settings.zone, settings.wall_caller_names)
