"""Are the ports this installation needs free? Says which is taken, by whom, and which variable moves it.

Must not know what will listen on them.
"""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass
from pathlib import Path

from cti.errors import Refused
from cti.settings import Settings


@dataclass(frozen=True)
class Port:
    """One port of the installation. `udp` tells the transport; `variable` is what changes it."""

    purpose: str
    variable: str
    number: int
    udp: bool = False


def ports_of(settings: Settings) -> tuple[Port, ...]:
    """The ports that must be ours alone."""
    return (
        Port("web", "RINGWARD_WEB_PORT", settings.web_port),
        Port("SIP", "RINGWARD_SIP_PORT", settings.sip_port, udp=True),
        Port("AMI", "RINGWARD_AMI_PORT", settings.ami_port),
        Port("ARI", "RINGWARD_ARI_PORT", settings.ari_port),
        Port("FastAGI", "RINGWARD_AGI_PORT", settings.agi_port),
    )


def require_free_ports(settings: Settings) -> None:
    """Every port can be bound, and they do not collide with each other.

    Raises:
        Refused: one is taken or named twice; the sentence says which, by whom, and what to set.
    """
    seen: dict[tuple[bool, int], Port] = {}
    for port in ports_of(settings):
        other = seen.setdefault((port.udp, port.number), port)
        if other is not port:
            raise Refused(
                f"port {port.number} is given to both {other.purpose} and {port.purpose}: "
                f"set {port.variable} to another one."
            )
        refusal = _refusal(settings.bind_host, port)
        if refusal is not None:
            raise Refused(refusal)
    if settings.rtp_end <= settings.rtp_start:
        raise Refused("RINGWARD_RTP_END must be greater than RINGWARD_RTP_START.")


def _refusal(host: str, port: Port) -> str | None:
    kind = socket.SOCK_DGRAM if port.udp else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as probe:
        if not port.udp:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
        try:
            probe.bind((host, port.number))
        except OSError as error:
            transport = "UDP" if port.udp else "TCP"
            if error.errno == errno.EADDRINUSE:
                holder = _holder(port)
                by = f" by {holder}" if holder else ""
                return (
                    f"{transport} port {port.number} ({port.purpose}) on {host} is taken{by}: "
                    f"stop that, or set {port.variable} to a free port."
                )
            return f"{transport} port {port.number} ({port.purpose}) on {host} cannot be used: {error.strerror}."
    return None


def _holder(port: Port) -> str | None:
    """Name and pid of whoever has the port, when the kernel lets us see it."""
    inodes = set()
    for table in ("udp", "udp6") if port.udp else ("tcp", "tcp6"):
        try:
            lines = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            listening = port.udp or fields[3] == "0A"
            if listening and int(fields[1].rpartition(":")[2], 16) == port.number:
                inodes.add(f"socket:[{fields[9]}]")
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            if any(str(link.readlink()) in inodes for link in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
        except OSError:
            continue  # it ended while we looked, or is another user's
    return None
