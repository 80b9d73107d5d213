"""The settings that concern the whisper, in this room's own words."""

from __future__ import annotations

from cti.mobile.speech import Voice
from cti.settings import Settings
from cti.wording import LANGUAGES, known_language


def voice_of(settings: Settings) -> Voice:
    """How to speak."""
    return Voice(settings.speech_command, settings.speech_voices, settings.speech_seconds)


def language_of(settings: Settings, own: str) -> str:
    """`zh-Hant` or `en`: an agent's `own` (empty for none), else the firm's."""
    return known_language(own or settings.language) or known_language(settings.language) or LANGUAGES[0]
