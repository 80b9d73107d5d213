"""docs/desktop-protocol.md tells the truth: its examples are messages, and every message has one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from cti.desktop.messages import DesktopMessage

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "desktop-protocol.md").read_text("utf-8")
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["type"])
def test_an_example_is_the_message_as_it_is_sent(example: dict[str, object]) -> None:
    seq = example.pop("seq")
    assert isinstance(seq, int)
    message = msgspec.convert(example, DesktopMessage, strict=True)
    assert json.loads(msgspec.json.encode(message)) == example


def test_every_message_has_an_example() -> None:
    assert {example["type"] for example in EXAMPLES} == {
        kind.__struct_config__.tag for kind in get_args(DesktopMessage)
    }
