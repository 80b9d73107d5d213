"""Sentences made into sound files that Asterisk can play: by a speech command of the site's choice, kept by their text.

The text goes to the command's standard input, never through a shell or into its arguments. A sentence spoken before is
there at once. Must not know calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import signal
import tempfile
import time
import wave
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from cti.errors import Refused

log = structlog.get_logger(__name__)

RATE = 8000
SHORTEST, LONGEST = 0.2, 20.0
"""Seconds of sound: less is no sentence, more is no whisper."""

MOST_FILES = 500
KEPT_SECONDS = 30 * 86400.0
"""The sounds hold customers' names: what was not played for a month goes, and the oldest beyond `MOST_FILES`."""

AT_ONCE = 2
"""Speech is made beside live calls, on a small machine."""

NICE = 10
"""A sentence may take longer; a phone's ring may not."""

TIDY = (*("silence", "1", "0.02", "0.5%", "reverse") * 2, "norm", "-3")
"""Cut the silence at both ends: a caller is waiting."""


class SpeechFailed(Refused):
    """The speech command is missing, failed, took too long or made no sound; the sentence says which."""

    code = "speech_failed"


@dataclass(frozen=True, slots=True)
class Voice:
    """How to speak. `command`'s words may hold `{voice}` and `{file}` (where the WAV is to go); text comes on stdin."""

    command: tuple[str, ...]
    voices: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 5.0


class Speech:
    """Files of `folder`, named by what they say. `make` returns the name without `.wav`."""

    def __init__(self, folder: Path, voice: Voice) -> None:
        self._folder = folder
        self._voice = voice
        self._making: dict[str, asyncio.Lock] = {}
        self._places = asyncio.Semaphore(AT_ONCE)

    def name(self, text: str, language: str) -> str:
        """32 hex digits: the same for the same words by the same voice."""
        what = "\0".join((*self._voice.command, self._voice.voices.get(language, language), text))
        return hashlib.sha256(what.encode("utf-8", "replace")).hexdigest()[:32]

    async def make(self, text: str, language: str) -> str:
        """Have the sentence spoken, or find it spoken before.

        Raises:
            SpeechFailed: it cannot be.
        """
        name = self.name(text, language)
        path = self._folder / f"{name}.wav"
        lock = self._making.setdefault(name, asyncio.Lock())
        try:
            async with lock, self._places:
                if path.is_file():
                    with contextlib.suppress(OSError):
                        os.utime(path)
                    return name
                await self._speak(path, text, language)
                self._sweep()
                return name
        finally:
            if not lock.locked():
                self._making.pop(name, None)

    async def _speak(self, path: Path, text: str, language: str) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".making-", dir=self._folder) as folder:
                raw, tidy = Path(folder) / "raw.wav", Path(folder) / "tidy.wav"
                voice = self._voice.voices.get(language, language)
                command = [word.replace("{voice}", voice).replace("{file}", str(raw)) for word in self._voice.command]
                async with asyncio.timeout(self._voice.seconds):
                    await _run(command, text.encode("utf-8", "replace"))
                    _exists(raw)
                    made = await _telephone_sound(raw, tidy)
                _check(made)
                _for_asterisk(made, self._folder)
                made.replace(path)
        except TimeoutError:
            raise SpeechFailed(f"the speech command took longer than {self._voice.seconds:g} s") from None
        except OSError as error:
            raise SpeechFailed(f"the speech command could not be run: {error.strerror or error}") from error

    def _sweep(self) -> None:
        with contextlib.suppress(OSError):
            files = sorted(self._folder.glob("*.wav"), key=lambda one: one.stat().st_mtime, reverse=True)
            oldest = time.time() - KEPT_SECONDS
            for place, file in enumerate(files):
                if place >= MOST_FILES or file.stat().st_mtime < oldest:
                    file.unlink(missing_ok=True)


async def _run(command: list[str], text: bytes = b"") -> None:
    """One program, fed with `text`; ended with all it started when it is not waited for any longer."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE if text else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
    try:
        await _feed(process, text)
        await process.wait()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if process.returncode:
        raise SpeechFailed(f"the speech command {command[0]} ended with status {process.returncode}")


async def _feed(process: asyncio.subprocess.Process, text: bytes) -> None:
    """The text, as far as it is listened to: a program that has ended already is told by its status."""
    if process.stdin is None:
        return
    # uvloop's word for a pipe whose other end is gone is RuntimeError.
    with contextlib.suppress(ConnectionError, RuntimeError):
        process.stdin.write(text)
        await process.stdin.drain()
        process.stdin.close()


async def _telephone_sound(raw: Path, tidy: Path) -> Path:
    """8 kHz, 16 bits, one channel: by sox where it is, else what is so already."""
    if (sox := shutil.which("sox")) is not None:
        words = [str(raw), "-t", "wav", "-r", str(RATE), "-c", "1", "-b", "16", str(tidy), *TIDY]
        await _run([sox, *words])
        return tidy
    return raw


def _exists(path: Path) -> None:
    if not path.is_file():
        raise SpeechFailed("the speech command made no file: one of its words must be {file}")


def _check(path: Path) -> None:
    try:
        with wave.open(str(path), "rb") as sound:
            form = sound.getframerate(), sound.getsampwidth(), sound.getnchannels()
            seconds = sound.getnframes() / (sound.getframerate() or 1)
    except (OSError, EOFError, wave.Error) as error:
        raise SpeechFailed(f"the speech command made no WAV file: {error}") from error
    if form != (RATE, 2, 1):
        raise SpeechFailed("the speech command made no 8 kHz, 16 bit, mono WAV, and sox is not there to make it one")
    if not SHORTEST <= seconds <= LONGEST:
        raise SpeechFailed(
            f"the speech command made {seconds:.1f} s of sound; {SHORTEST:g} to {LONGEST:g} s can be used"
        )


def _for_asterisk(path: Path, folder: Path) -> None:
    """Asterisk may run as another user: the sound gets the folder's owner, and nobody else may hear it."""
    path.chmod(0o640)
    if os.geteuid() == 0:
        owner = folder.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
