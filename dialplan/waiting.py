"""What a caller hears while the phones ring, or on hold: the tones and sentences, and the music classes of them.

Pure. Must not know who is offered what; `routing.model.Waiting` says so, call by call.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from routing.model import WAITING_LANGUAGES, WAITING_SECONDS, WaitingKind

RING = "ringward-ring"
RING_SECONDS = 3
"""Taiwan's ringing tone: a second on, two off. Every `WAITING_SECONDS` is a multiple of it, so no ring is cut."""

HOLD = "ringward-hold"
HOLD_SECONDS = 4
"""One soft tone in so many seconds: enough to know that the line is there, too little to be tired of."""

SENTENCES = {
    "ringward-told-zh": "正在為您轉接，請稍候",
    "ringward-told-en": "We are still ringing for you. Please hold on.",
    "ringward-offer-zh": "如需回電請按一，否則請繼續等候",
    "ringward-offer-en": "To be called back, press one. Otherwise, please hold on.",
    "ringward-callback-zh": "好的，我們會盡快回電給您，謝謝您的來電",
    "ringward-callback-en": "Thank you. We will call you back as soon as we can. Goodbye.",
}
"""File name -> what it says. The end of the name is the language, from which `dialplan.prompts` takes the voice."""


@dataclass(frozen=True, slots=True)
class MusicClass:
    """One class of `musiconhold.conf`: sounds that are played one after another, for ever."""

    name: str
    sounds: tuple[str, ...]


def music_classes() -> tuple[MusicClass, ...]:
    """Every class that a plan can name: `ringward-offer-zh-12`."""
    return tuple(
        MusicClass(
            f"ringward-{kind.value}-{language}-{seconds}",
            (RING,) * (seconds // RING_SECONDS) + (f"ringward-{kind.value}-{language}",),
        )
        for kind in (WaitingKind.TOLD, WaitingKind.OFFER)
        for language in WAITING_LANGUAGES
        for seconds in WAITING_SECONDS
    )


def ring_samples(rate: int) -> list[int]:
    """One ring, 440 and 480 Hz, as 16-bit samples at `rate` a second; not louder than speech."""
    tone = [
        int(4000 * (math.sin(2 * math.pi * 440 * n / rate) + math.sin(2 * math.pi * 480 * n / rate)))
        for n in range(rate)
    ]
    return tone + [0] * (rate * (RING_SECONDS - 1))


def hold_samples(rate: int) -> list[int]:
    """What is heard on hold: a soft 660 Hz that dies away within a second, as 16-bit samples at `rate` a second."""
    tone = [int(5000 * (1 - n / rate) ** 2 * math.sin(2 * math.pi * 660 * n / rate)) for n in range(rate)]
    return tone + [0] * (rate * (HOLD_SECONDS - 1))
