"""Ports that a test's servers can bind: free now, and below the range from which the kernel takes connections' own.

One of that range, probed and let go, may be an outgoing connection's a moment later. Knows no server.
"""

from __future__ import annotations

import random
import socket

LOWEST, HIGHEST = 10_000, 20_000


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM, host: str = "127.0.0.1") -> int:
    """A free port of this kind on this address. Another process may take it until it is bound; few look here."""
    while True:
        port = random.randrange(LOWEST, HIGHEST)
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
        return port


def free_ports(*names: str) -> dict[str, int]:
    """A free TCP port on 127.0.0.1 for each name, each another one."""
    found: dict[str, int] = {}
    while len(found) < len(names):
        if (port := free_port()) not in found.values():
            found[names[len(found)]] = port
    return found
