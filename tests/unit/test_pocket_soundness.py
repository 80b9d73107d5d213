"""What the doctor says of pocket cards: a template that cannot work, links nobody can open, agents without a way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cti.agents import people
from cti.pocket.push import make_key
from cti.pocket.soundness import remarks
from cti.settings import Settings
from cti.store.base import Base
from cti.store.engine import Store

SMS = {"pocket_sms_url": "https://sms.example/", "public_url": "https://phones.example.com"}


async def seen(folder: Path, **settings: Any) -> list[str]:
    configured = Settings(home=folder, **settings)
    store = Store(configured.database)
    async with store.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with store.transaction() as session:
        await people.add_agent(session, "101", "林小明", mobile="0900-000-101")
    try:
        return [one.what.format(**one.values) for one in await remarks(configured, store)]
    finally:
        await store.close()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (SMS, ["pocket cards reach every mobile: sms"]),
        ({}, ["no pocket card can reach the mobile of 101"]),
        ({"pocket_log": True}, ["pocket cards reach every mobile: log"]),
        (
            SMS | {"public_url": "http://phones.example.com"},
            ["pocket cards travel in clear: public_url is http://phones.example.com"],
        ),
        (
            SMS | {"public_url": ""},
            ["links to pocket cards begin with http://127.0.0.1:8080: only this machine can open them"],
        ),
        (
            SMS | {"pocket_sms_body": "to={national}"},
            ["pocket cards: pocket_sms_body needs {text} and one of {number}, {national}, {digits}"],
        ),
    ],
)
async def test_what_is_said(tmp_path: Path, settings: dict[str, Any], said: list[str]) -> None:
    assert await seen(tmp_path, **settings) == said


async def test_a_key_alone_reaches_nobody(tmp_path: Path) -> None:
    make_key(Settings(home=tmp_path).push_key_file)
    assert await seen(tmp_path) == ["no pocket card can reach the mobile of 101"]
