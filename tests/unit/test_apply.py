"""A change of people reaches the PBX: the file is written, the right module is reloaded, an absent PBX is said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cti.agents import people
from cti.errors import SwitchUnavailable
from cti.local.apply import apply_people
from cti.settings import Settings
from cti.store.engine import Store
from cti.store.migrate import upgrade
from dialplan.site import Paths


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'people.sqlite3'}"
    await asyncio.to_thread(upgrade, url)
    store = Store(url)
    async with store.transaction() as session:
        await people.add_agent(session, "101", "林小明", extension="101", mobile="0900-000-101")
        await people.set_group(session, "company", "公司", ["101"])
        await people.set_number(session, "0255501000", group="company")
    yield store
    await store.close()


class Switch:
    """AMI's greeting, log-in and `Reload`, on a real socket."""

    def __init__(self) -> None:
        self.reloaded: list[str] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/9.0.0\r\n")
        while block := await reader.read(4096):
            fields = dict(line.split(": ", 1) for line in block.decode().splitlines() if ": " in line)
            if fields.get("Action") == "Reload":
                self.reloaded.append(fields["Module"])
            writer.write(f"Response: Success\r\nActionID: {fields.get('ActionID', '')}\r\nMessage: ok\r\n\r\n".encode())
        writer.close()


async def test_only_what_changed_is_reloaded(store: Store, tmp_path: Path) -> None:
    switch = Switch()
    server = await asyncio.start_server(switch.talk, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        settings = Settings(home=tmp_path, ami_port=port, ami_secret="x" * 20, ari_secret="y" * 20)
        await apply_people(settings, store, Paths())
        switch.reloaded.clear()
        assert await apply_people(settings, store, Paths()) == ()
        assert switch.reloaded == []
        async with store.transaction() as session:
            await people.add_agent(session, "109", "何大同", extension="109")
        assert await apply_people(settings, store, Paths()) == ("res_pjsip.so", "pbx_config.so")
        assert switch.reloaded == ["res_pjsip.so", "pbx_config.so"]
        assert "[109]" in (settings.asterisk_config_dir / "pjsip.conf").read_text("utf-8")


async def test_a_pbx_that_does_not_run_is_said_and_the_files_stand(store: Store, tmp_path: Path) -> None:
    gone = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = gone.sockets[0].getsockname()[1]
    gone.close()
    await gone.wait_closed()
    settings = Settings(home=tmp_path, ami_port=port, ami_secret="x" * 20, ari_secret="y" * 20)
    with pytest.raises(SwitchUnavailable, match="does not listen"):
        await apply_people(settings, store, Paths())
    assert "[101]" in (settings.asterisk_config_dir / "pjsip.conf").read_text("utf-8")
