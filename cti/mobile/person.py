"""Person or machine: who picked a mobile up, judged by the first thing that is said. Pure.

A person says a short word and waits; a voicemail or an announcement speaks on. Whoever says nothing, or speaks late, is
not known to be a person, and is told nothing. Must not know events' wire format or what is whispered.
"""

from __future__ import annotations

from datetime import datetime, timedelta

SILENCE = timedelta(milliseconds=800)
"""How long it must be still before a word counts as over. Within a greeting's sentence nobody pauses that long."""

LOUDNESS = 256
"""Average of 16 bits above which sound counts as speech: Asterisk's own measure of silence in calls."""

SHORTEST = timedelta(milliseconds=80)
"""A click on the line is shorter."""

LONGEST = timedelta(milliseconds=1500)
"""「喂，你好」 takes under a second; 「您的電話將轉接到語音信箱…」 several."""

LATEST_START = timedelta(milliseconds=2500)
"""A beep after a short greeting comes later than a person's first word."""


def is_person(picked_up: datetime, heard: datetime, length: timedelta) -> bool:
    """Whether the first utterance since `picked_up` was a person's.

    `length` without the silence after it; `heard` is when `SILENCE` after it was over.
    """
    began = heard - SILENCE - length
    return SHORTEST <= length <= LONGEST and began - picked_up <= LATEST_START
