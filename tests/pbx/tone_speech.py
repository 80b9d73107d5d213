"""A speech command for tests: whatever the text, a tone of 1,000 Hz; the text is kept where the test looks for it.

python tone_speech.py FILE TEXTS
"""

from __future__ import annotations

import math
import struct
import sys
import wave
from pathlib import Path


def main(file: str, texts: str) -> None:
    """Write the tone into `file` and the text from standard input as a line of `texts`."""
    with Path(texts).open("a", encoding="utf-8") as lines:
        lines.write(sys.stdin.read() + "\n")
    samples = [int(9000 * math.sin(2 * math.pi * 1000 * n / 8000)) for n in range(12000)]
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))


if __name__ == "__main__":
    main(*sys.argv[1:])
