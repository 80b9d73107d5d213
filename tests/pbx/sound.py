"""Sounds as telephones carry them (G.711 mu-law, 8 kHz): tones to say, and how long a tone was heard. Pure."""

from __future__ import annotations

import math

RATE = 8000
FRAME = 160
_BIAS, _CLIP = 0x84, 32635


def silence(seconds: float) -> bytes:
    """Nothing, as a phone sends it."""
    return b"\xff" * int(RATE * seconds)


def tone(hertz: float, seconds: float, level: int = 8000) -> bytes:
    """A plain tone."""
    return bytes(_encode(int(level * math.sin(2 * math.pi * hertz * n / RATE))) for n in range(int(RATE * seconds)))


def seconds_of(hertz: float, sound: bytes) -> float:
    """For how long this tone, and nothing but it, was heard: frames of 20 ms that hold most of their power there."""
    frames = (sound[start : start + FRAME] for start in range(0, len(sound) - FRAME + 1, FRAME))
    return sum(_is_tone(hertz, [_DECODED[byte] for byte in frame]) for frame in frames) * FRAME / RATE


def _is_tone(hertz: float, samples: list[int]) -> bool:
    power = sum(one * one for one in samples)
    if power < len(samples) * 200 * 200:
        return False
    turn = 2 * math.pi * hertz / RATE
    real = sum(one * math.cos(turn * n) for n, one in enumerate(samples))
    imaginary = sum(one * math.sin(turn * n) for n, one in enumerate(samples))
    return 2 * (real * real + imaginary * imaginary) / len(samples) > 0.8 * power


def _encode(sample: int) -> int:
    sign = 0x80 if sample < 0 else 0
    value = min(abs(sample), _CLIP) + _BIAS
    exponent = max(value.bit_length() - 8, 0)
    return ~(sign | exponent << 4 | value >> (exponent + 3) & 0x0F) & 0xFF


def _decode(byte: int) -> int:
    byte = ~byte & 0xFF
    value = (((byte & 0x0F) << 3) + _BIAS << (byte >> 4 & 7)) - _BIAS
    return -value if byte & 0x80 else value


_DECODED = [_decode(byte) for byte in range(256)]
