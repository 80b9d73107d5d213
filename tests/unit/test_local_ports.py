"""A taken port is named, with what to change."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from cti.errors import Refused
from cti.local.ports import require_free_ports
from cti.settings import Settings
from tests.ports import free_ports


@pytest.fixture
def free() -> Settings:
    """Settings with five ports that are free now."""
    ports = free_ports("sip_port", "ami_port", "ari_port", "agi_port", "web_port")
    return Settings(**ports)


@pytest.fixture
def taken(request: pytest.FixtureRequest, free: Settings) -> Iterator[tuple[str, int]]:
    """One of the ports in use by this process."""
    name, kind = request.param
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", getattr(free, name)))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        yield name, getattr(free, name)


def test_free_ports_are_fine(free: Settings) -> None:
    require_free_ports(free)


@pytest.mark.parametrize(
    "taken",
    [
        ("web_port", socket.SOCK_STREAM),
        ("ami_port", socket.SOCK_STREAM),
        ("ari_port", socket.SOCK_STREAM),
        ("agi_port", socket.SOCK_STREAM),
        ("sip_port", socket.SOCK_DGRAM),
    ],
    indirect=True,
)
def test_a_taken_port_is_named_with_its_holder_and_its_variable(free: Settings, taken: tuple[str, int]) -> None:
    name, number = taken
    with pytest.raises(Refused) as refusal:
        require_free_ports(free)
    sentence = str(refusal.value)
    assert f"port {number} " in sentence
    assert f"RINGWARD_{name.upper()}" in sentence
    assert f"(pid {os.getpid()})" in sentence
    assert "\n" not in sentence


def test_sip_may_share_its_number_with_a_tcp_port(free: Settings) -> None:
    require_free_ports(free.model_copy(update={"sip_port": free.web_port}))


def test_two_purposes_cannot_share_a_port(free: Settings) -> None:
    with pytest.raises(Refused, match="both web and AMI"):
        require_free_ports(free.model_copy(update={"ami_port": free.web_port}))


def test_an_empty_range_for_sound_is_refused(free: Settings) -> None:
    with pytest.raises(Refused, match="RINGWARD_RTP_END"):
        require_free_ports(free.model_copy(update={"rtp_start": 21000, "rtp_end": 21000}))
