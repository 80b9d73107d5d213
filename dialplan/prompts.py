"""The spoken prompts, made on the machine that plays them: `espeak-ng` and `sox` where they are, else a plain tone.

A mobile that hears only a tone can still accept with 1; a missing file would refuse every call. Knows no Asterisk.
"""

from __future__ import annotations

import math
import shutil
import struct
import subprocess
import wave
from pathlib import Path

RATE = 8000
"""Telephone sound: 8 kHz, 16 bits, one channel; what Asterisk's `wav` format reads."""

TIDY = [*("silence", "1", "0.02", "0.5%", "reverse") * 2, "norm", "-3", "pad", "0.5", "0"]
"""Cut the silence at both ends (a caller is waiting), then half a second of it for the phone to reach the ear."""

PROMPTS = {"ringward-accept-press1": "有客戶來電，接聽請按一"}
"""File name -> what it says (Mandarin, Taiwan)."""


def make_prompts(directory: Path, voice: str = "cmn") -> dict[str, str]:
    """Make every prompt that is not there yet; returns file name -> `spoken`, `tone` or `kept`.

    Raises:
        OSError: the directory cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    return {name: _make(directory / f"{name}.wav", text, voice) for name, text in PROMPTS.items()}


def _make(path: Path, text: str, voice: str) -> str:
    if path.exists():
        return "kept"
    draft = path.with_name(f".{path.name}")
    how = "spoken" if _speak(draft, text, voice) else "tone"
    if how == "tone":
        _write_tone(draft)
    draft.replace(path)
    return how


def _speak(path: Path, text: str, voice: str) -> bool:
    """Two programs in a row; False when either is missing or fails, since a tone serves then."""
    speak, convert = shutil.which("espeak-ng"), shutil.which("sox")
    if speak is None or convert is None:
        return False
    raw = path.with_suffix(".raw.wav")
    try:
        subprocess.run(  # noqa: S603 - fixed texts, no shell
            [speak, "-v", voice, "-s", "200", "-w", raw, text], check=True, capture_output=True, timeout=30
        )
        subprocess.run(  # noqa: S603
            [convert, raw, "-t", "wav", "-r", str(RATE), "-c", "1", "-b", "16", path, *TIDY],
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
    """Three short beeps, then silence to listen into."""
    beep = [int(9000 * math.sin(2 * math.pi * 880 * n / RATE)) for n in range(RATE // 5)]
    samples = (beep + [0] * (RATE // 5)) * 3
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
