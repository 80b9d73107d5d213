"""Sends a link to a browser's push service (RFC 8030), encrypted for that browser alone (RFC 8291), signed (RFC 8292).

Must not know cards. The daemon posts where a browser's subscription says, so the hosts it may name are a setting.
"""

from __future__ import annotations

import asyncio
import base64
import importlib
import json
import os
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from cti.errors import Invalid, NotFound, Refused
from cti.pocket.message import Message
from cti.pocket.ways import Gone, Undelivered

SEND_SECONDS = 6.0
"""As for the other ways: the mobile rings meanwhile."""

SHORTEST_TTL = 5
"""Seconds. A push service may need one or two even for a browser that is awake."""

SIGNED_FOR = 12 * 3600
"""RFC 8292 allows a day."""

LONGEST_SUBSCRIPTION = 3000
_HOST = re.compile(r"[a-z0-9.-]+(:[0-9]{1,5})?")
"""Nothing that two readers of an address could take for different hosts."""


@dataclass(frozen=True, slots=True)
class Push:
    """Web push under the firm's own key. `contact` is whom a push service may write to; a target is a subscription."""

    key_file: Path
    contact: str
    services: tuple[str, ...]
    now: Callable[[], datetime]

    async def send(self, target: str, message: Message) -> None:
        """Hand one message to the browser's push service, to be dropped when the phone no longer rings.

        Raises:
            Gone: the subscription was withdrawn.
            Undelivered: the service cannot be reached or did not take it; or the key is missing.
        """
        try:
            subscription = read_subscription(target, self.services)
            content, headers = await asyncio.to_thread(self._sealed, subscription, message)
        except (Invalid, Refused, NotFound) as error:
            raise Undelivered(str(error)) from error
        timeout = aiohttp.ClientTimeout(total=SEND_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as client,
                client.post(subscription["endpoint"], data=content, headers=headers, allow_redirects=False) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Undelivered(str(error) or type(error).__name__) from error
        if status in {404, 410}:
            raise Gone(f"HTTP {status}: this browser no longer takes notices")
        if not 200 <= status < 300:
            raise Undelivered(f"HTTP {status}")

    async def warm_up(self) -> None:
        """Load the library beside the event loop."""
        await asyncio.to_thread(importlib.import_module, "pywebpush")

    def _sealed(self, subscription: dict[str, Any], message: Message) -> tuple[bytes, dict[str, str]]:
        from py_vapid import Vapid02
        from pywebpush import WebPusher, WebPushException

        content = json.dumps({"text": message.text, "link": message.link, "tag": message.key}, ensure_ascii=False)
        try:
            sealed = WebPusher(subscription).encode(content.encode())["body"]
        except (WebPushException, ValueError, KeyError) as error:
            raise Invalid(f"the browser's subscription is not usable: {error}") from error
        parts = urlsplit(subscription["endpoint"])
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(time.time()) + SIGNED_FOR,
            "sub": self.contact or "mailto:postmaster@localhost.localdomain",
        }
        signed = Vapid02.from_pem(read_key(self.key_file).encode()).sign(claims)
        left = int((message.until - self.now()).total_seconds())
        headers = {
            **signed,
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(max(SHORTEST_TTL, left)),
            "Urgency": "high",
        }
        return bytes(sealed), headers


def read_subscription(text: str, services: Iterable[str]) -> dict[str, Any]:
    """A browser's `PushSubscription` as JSON, checked.

    Raises:
        Invalid: it is none.
        Refused: it names a host that is not one of `services`.
    """
    try:
        found = json.loads(text[: LONGEST_SUBSCRIPTION + 1])
        endpoint, keys = str(found["endpoint"]), {name: str(found["keys"][name]) for name in ("p256dh", "auth")}
        point, secret = (base64.urlsafe_b64decode(keys[name] + "==") for name in ("p256dh", "auth"))
        parts = urlsplit(endpoint)
    except (ValueError, TypeError, KeyError) as error:
        raise Invalid("subscription: give what PushManager.subscribe() returned, as JSON") from error
    if len(point) != 65 or len(secret) != 16 or len(endpoint) > 1000 or not _HOST.fullmatch(parts.netloc):
        raise Invalid("subscription: give what PushManager.subscribe() returned, as JSON")
    origin = f"{parts.scheme}://{parts.netloc}"
    if not any(_is_service(origin, one) for one in services):
        raise Refused(f"{origin[:100]} is no push service that is allowed; add it to pocket_push_services if it is one")
    return {"endpoint": endpoint, "keys": keys}


def subscription_host(subscription: str) -> str:
    """The push service of a subscription as kept: the rest of it is nobody's business."""
    return subscription.partition("://")[2].partition("/")[0]


def _is_service(origin: str, allowed: str) -> bool:
    # A star stands for one or more names in front, never for a part of the host itself.
    return origin == allowed or ("://*." in allowed and fnmatchcase(origin, allowed))


def make_key(file: Path) -> bool:
    """Make the firm's key unless there is one, readable by its owner alone; whether it was made."""
    if file.exists():
        return False
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as written:
        written.write(pem)
    fresh.replace(file)
    return True


def read_key(file: Path) -> str:
    """The private key as PEM.

    Raises:
        NotFound: there is none, or it cannot be read.
    """
    try:
        return file.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"there is no key for web push at {file}; make one with `ringward pocket keys`") from error


def public_key(file: Path) -> str:
    """What a browser is given as `applicationServerKey`: the uncompressed point, base64url.

    Raises:
        NotFound: as `read_key`; Invalid: the file holds something else.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        key = serialization.load_pem_private_key(read_key(file).encode(), None)
    except ValueError as error:
        raise Invalid(f"{file} holds no key for web push; move it away and run `ringward pocket keys`") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Invalid(f"{file} holds no key for web push; move it away and run `ringward pocket keys`")
    point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()
