"""The pages that describe our sockets tell the truth: each example is a message, and each message has one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from cti.desktop.messages import DesktopMessage
from cti.pocket.wire import PocketMessage
from cti.wall.messages import WallMessage

DOCS = Path(__file__).resolve().parents[2] / "docs"
DESKTOP, POCKET, WALL = "desktop-protocol.md", "pocket-card.md", "wallboard.md"
SPOKEN: dict[str, Any] = {DESKTOP: DesktopMessage, POCKET: PocketMessage, WALL: WallMessage}


def examples(page: str) -> list[dict[str, Any]]:
    """The messages that a page shows: its blocks of JSON that have a `seq`."""
    blocks = re.findall(r"```json\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)
    return [found for found in map(json.loads, blocks) if "seq" in found]


SHOWN = [(page, example) for page in SPOKEN for example in examples(page)]


@pytest.mark.parametrize(("page", "example"), SHOWN, ids=[f"{page} {one['type']}" for page, one in SHOWN])
def test_an_example_is_the_message_as_it_is_sent(page: str, example: dict[str, Any]) -> None:
    said = {key: value for key, value in example.items() if key != "seq"}
    assert isinstance(example["seq"], int)
    message = msgspec.convert(said, SPOKEN[page], strict=True)
    assert json.loads(msgspec.json.encode(message)) == said


def test_every_message_has_an_example() -> None:
    tags = {page: {kind.__struct_config__.tag for kind in get_args(kinds)} for page, kinds in SPOKEN.items()}
    shown = {page: {one["type"] for one in examples(page)} for page in SPOKEN}
    assert shown[DESKTOP] == tags[DESKTOP]
    # What a pocket card or a wall is told like a desktop is shown on the desktop's page.
    assert shown[POCKET] | (tags[POCKET] & tags[DESKTOP]) == tags[POCKET]
    assert {"snapshot", "pocket"} <= shown[POCKET]
    assert shown[WALL] | (tags[WALL] & tags[DESKTOP]) == tags[WALL]


@pytest.mark.parametrize("page", SPOKEN)
def test_every_message_has_its_own_lines(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    for kind in get_args(SPOKEN[page]):
        assert f"`{kind.__struct_config__.tag}`" in text, f"{page} does not say what {kind.__name__} is"
