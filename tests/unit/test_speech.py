"""Sentences become sounds by any command, once each, and whatever the command does harms nobody."""

from __future__ import annotations

import asyncio
import os
import sys
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

from cti.mobile import speech
from cti.mobile.speech import Speech, SpeechFailed, Voice

WRITES = """
import sys, wave
text = sys.stdin.read()
open(sys.argv[2], "a").write(text + "|")
with wave.open(sys.argv[1], "wb") as sound:
    sound.setnchannels(1); sound.setsampwidth(2); sound.setframerate(int(sys.argv[3]))
    sound.writeframes(b"\\x00\\x20\\x00\\xe0" * (int(sys.argv[3]) // 2))
"""


def writer(texts: Path, rate: int = 8000) -> Voice:
    return Voice((sys.executable, "-c", WRITES.replace("\\\\", "\\"), "{file}", str(texts), str(rate)))


async def test_a_sentence_is_spoken_once(tmp_path: Path) -> None:
    one = Speech(tmp_path / "whisper", writer(tmp_path / "texts"))
    hostile = "; rm -rf / $(reboot) -x 陳太太"
    names = await asyncio.gather(*(one.make(hostile, "zh-Hant") for _ in range(3)))
    assert len(set(names)) == 1
    assert (tmp_path / "texts").read_text() == hostile + "|"
    with wave.open(str(tmp_path / "whisper" / f"{names[0]}.wav")) as sound:
        assert (sound.getframerate(), sound.getsampwidth(), sound.getnchannels()) == (8000, 2, 1)
    assert sorted(file.name for file in (tmp_path / "whisper").iterdir()) == [f"{names[0]}.wav"]
    assert (tmp_path / "whisper" / f"{names[0]}.wav").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("/no/such/program", "{file}"), "could not be run"),
        (("false", "{file}"), "ended with status 1"),
        (("true", "{file}"), "made no file"),
        (("cp", "/etc/hostname", "{file}"), "status|no WAV"),
        (("sleep", "60", "{file}"), "status|longer than"),
        ((sys.executable, "-c", "import time; time.sleep(60)", "{file}"), "longer than 0.3 s"),
    ],
)
async def test_a_command_that_fails_is_told_and_leaves_nothing(
    tmp_path: Path, command: tuple[str, ...], says: str
) -> None:
    one = Speech(tmp_path, Voice(command, seconds=0.3))
    with pytest.raises(SpeechFailed, match=says):
        await one.make("陳太太來電", "zh-Hant")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_programs_that_have_ended_before_they_are_spoken_to_are_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    """As on a busy machine: sox listens to nobody, and is quick."""
    begin = asyncio.create_subprocess_exec

    async def begun(*words: str, **how: Any) -> asyncio.subprocess.Process:
        process = await begin(*words, **how)
        await process.wait()
        return process

    monkeypatch.setattr(speech.asyncio, "create_subprocess_exec", begun)
    sound = tmp_path / "sound.wav"
    with wave.open(str(sound), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"\x00\x20\x00\xe0" * 4000)
    one = Speech(tmp_path / "whisper", Voice(("cp", str(sound), "{file}")))
    with asyncio.Runner(loop_factory=loop) as runner:
        name = runner.run(one.make("陳太太來電" * 1000, "zh-Hant"))
    assert (tmp_path / "whisper" / f"{name}.wav").is_file()


async def test_without_sox_a_telephones_sound_serves_and_another_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech.shutil, "which", lambda _: None)
    assert await Speech(tmp_path, writer(tmp_path / "texts")).make("a", "en")
    with pytest.raises(SpeechFailed, match="sox is not there"):
        await Speech(tmp_path, writer(tmp_path / "texts", 16000)).make("b", "en")


async def test_old_sounds_go_and_the_number_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "MOST_FILES", 2)
    folder = tmp_path / "whisper"
    one = Speech(folder, writer(tmp_path / "texts"))
    first, second = await one.make("1", "en"), await one.make("2", "en")
    os.utime(folder / f"{first}.wav", (1, 1))
    third = await one.make("3", "en")
    assert {file.stem for file in folder.glob("*.wav")} == {second, third}
