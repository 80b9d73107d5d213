"""The spoken prompts, made on the machine that plays them: `espeak-ng` and `sox` where they are, else a plain tone.

A mobile that hears only a tone can still accept with 1; a missing file would refuse every call. Knows no Asterisk.
"""

from __future__ import annotations

import math
import shutil
import struct
import subprocess
import wave
from collections.abc import Sequence
from pathlib import Path

from dialplan import waiting

RATE = 8000
"""Telephone sound: 8 kHz, 16 bits, one channel; what Asterisk's `wav` format reads."""

TIDY = [*("silence", "1", "0.02", "0.5%", "reverse") * 2, "norm", "-3"]
"""Cut the silence at both ends: a caller is waiting."""

EAR = ["pad", "0.3", "0"]
"""Before the first words, for the phone to reach the ear."""

VOICES = {"": "cmn", "-en": "en"}
"""End of a file's name -> voice: Mandarin unless the daemon says that the agent wants English."""

PROMPTS = {
    "ringward-accept-call": "公司來電",
    "ringward-accept-key1": "接聽請按一",
    "ringward-accept-call-en": "A call for the company",
    "ringward-accept-key1-en": "Press one to take it",
}
"""File name -> what it says. Between the two of a language stands the whisper, when there is one."""


def make_prompts(directory: Path) -> dict[str, str]:
    """Make every prompt that is not there yet; returns file name -> `spoken`, `tone` or `kept`.

    Raises:
        OSError: the directory cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    sentences = PROMPTS | waiting.SENTENCES
    made = {name: _make(directory / f"{name}.wav", text) for name, text in sentences.items()}
    for name, samples in ((waiting.RING, waiting.ring_samples), (waiting.HOLD, waiting.hold_samples)):
        path = directory / f"{name}.wav"
        made[name] = "kept" if path.exists() else "tone"
        if not path.exists():
            draft = path.with_name(f".{path.name}")
            _write_samples(draft, samples(RATE))
            draft.replace(path)
    return made


def _make(path: Path, text: str) -> str:
    if path.exists():
        return "kept"
    draft = path.with_name(f".{path.name}")
    voice = VOICES["-en" if path.stem.endswith("-en") else ""]
    pad = EAR if "-accept-call" in path.stem else []
    how = "spoken" if _speak(draft, text, voice, pad) else "tone"
    if how == "tone":
        _write_tone(draft)
    draft.replace(path)
    return how


def _speak(path: Path, text: str, voice: str, pad: list[str]) -> bool:
    """Two programs in a row; False when either is missing or fails, since a tone serves then."""
    speak, convert = shutil.which("espeak-ng"), shutil.which("sox")
    if speak is None or convert is None:
        return False
    raw = path.with_suffix(".raw.wav")
    try:
        subprocess.run(  # noqa: S603 - fixed texts, no shell
            [speak, "-v", voice, "-s", "230", "-w", raw, text], check=True, capture_output=True, timeout=30
        )
        subprocess.run(  # noqa: S603
            [convert, raw, "-t", "wav", "-r", str(RATE), "-c", "1", "-b", "16", path, *TIDY, *pad],
            check=True,
            capture_output=True,
            timeout=30,
        )
    except (subprocess.SubprocessError, OSError):
        return False
    finally:
        raw.unlink(missing_ok=True)
    return True


def _write_tone(path: Path) -> None:
    """Two short beeps."""
    beep = [int(9000 * math.sin(2 * math.pi * 880 * n / RATE)) for n in range(RATE // 5)]
    _write_samples(path, (beep + [0] * (RATE // 5)) * 2)


def _write_samples(path: Path, samples: Sequence[int]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
