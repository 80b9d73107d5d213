"""SIP messages and session descriptions as values: text in, parts out, and back (RFC 3261, RFC 4566, RFC 7616's MD5).

Only what a simulated phone needs. Pure: knows no socket, no clock and no dialogue. Bytes that are not UTF-8 survive
both ways (`surrogateescape`), so that a test can send what a hostile carrier would.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

_COMPACT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "c": "content-type",
    "l": "content-length",
}
_PARAMETER = re.compile(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^,\s"]+))')
_QUOTED = re.compile(r'\s*"((?:[^"\\]|\\.)*)"', re.DOTALL)
"""A display name in quotes may hold anything, angle brackets too."""

Headers = tuple[tuple[str, str], ...]


class SipMalformed(ValueError):
    """The bytes are no SIP message."""


@dataclass(frozen=True, slots=True)
class SipMessage:
    """What requests and responses share. Header names are kept as they came, and found whatever their case."""

    headers: Headers
    body: bytes

    def header(self, name: str) -> str:
        """The first header of that name, or an empty string."""
        return next(iter(self.all_headers(name)), "")

    def all_headers(self, name: str) -> list[str]:
        """Every header of that name, long or compact form, in order."""
        wanted = name.lower()
        return [value for key, value in self.headers if _COMPACT.get(key.lower(), key.lower()) == wanted]

    @property
    def call_id(self) -> str:
        """SIP's Call-ID (never Ringward's `call_id`)."""
        return self.header("call-id")

    @property
    def cseq(self) -> tuple[int, str]:
        """Number and method of CSeq; (0, "") when unreadable."""
        number, _, method = self.header("cseq").partition(" ")
        return (int(number), method.strip()) if number.isdigit() else (0, "")

    @property
    def branch(self) -> str:
        """Branch of the topmost Via: names the transaction."""
        found = re.search(r";\s*branch=([^;,\s]+)", self.header("via"))
        return found[1] if found else ""

    def _encode(self, start: str) -> bytes:
        lines = [start, *(f"{name}: {value}" for name, value in self.headers), f"Content-Length: {len(self.body)}"]
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + self.body


@dataclass(frozen=True, slots=True)
class SipRequest(SipMessage):
    """A request. `name` is what a trace calls it."""

    method: str
    uri: str

    @property
    def name(self) -> str:
        """The method."""
        return self.method

    def encode(self) -> bytes:
        """As it goes on the wire; Content-Length is computed."""
        return self._encode(f"{self.method} {self.uri} SIP/2.0")


@dataclass(frozen=True, slots=True)
class SipResponse(SipMessage):
    """A response. `name` is what a trace calls it."""

    status: int
    phrase: str

    @property
    def name(self) -> str:
        """The status, as text."""
        return str(self.status)

    def encode(self) -> bytes:
        """As it goes on the wire; Content-Length is computed."""
        return self._encode(f"SIP/2.0 {self.status} {self.phrase}")


def parse(datagram: bytes) -> SipRequest | SipResponse:
    """Read one datagram.

    Raises:
        SipMalformed: no start line of SIP/2.0, or a header without a colon.
    """
    head, _, body = datagram.partition(b"\r\n\r\n")
    start, *lines = re.sub(r"\r\n[ \t]+", " ", head.decode("utf-8", "surrogateescape")).split("\r\n")
    headers = tuple(_split_header(line) for line in lines if line)
    words = start.split(" ", 2)
    if len(words) >= 2 and words[0] == "SIP/2.0" and words[1].isdigit():
        return SipResponse(_without_length(headers), body, int(words[1]), words[2] if len(words) == 3 else "")
    if len(words) == 3 and words[2] == "SIP/2.0":
        return SipRequest(_without_length(headers), body, words[0], words[1])
    raise SipMalformed(f"not a SIP start line: {start[:80]!r}")


def _split_header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        raise SipMalformed(f"not a SIP header: {line[:80]!r}")
    return name.strip(), value.strip()


def _without_length(headers: Headers) -> Headers:
    return tuple((name, value) for name, value in headers if name.lower() not in {"content-length", "l"})


def respond(
    request: SipRequest,
    status: int,
    phrase: str,
    *,
    tag: str = "",
    extra: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
) -> SipResponse:
    """The response to `request`: its Vias, From, To (with `tag` unless it has one), Call-ID and CSeq, then `extra`."""
    to = request.header("to")
    if tag and status > 100 and not tag_of(to):
        to = f"{to};tag={tag}"
    headers = [
        *(("Via", via) for via in request.all_headers("via")),
        ("From", request.header("from")),
        ("To", to),
        ("Call-ID", request.call_id),
        ("CSeq", request.header("cseq")),
        *extra,
    ]
    if body:
        headers.append(("Content-Type", "application/sdp"))
    return SipResponse(tuple(headers), body, status, phrase)


def tag_of(address: str) -> str:
    """The tag of a From or To value, or an empty string."""
    found = re.search(r";\s*tag=([^;>\s]+)\s*(?:;[^>]*)?$", address)
    return found[1] if found else ""


def uri_of(address: str) -> str:
    """The URI of a From, To or Contact value."""
    rest = _QUOTED.sub("", address, count=1)
    found = re.search(r"<([^>]*)>", rest)
    return found[1] if found else rest.partition(";")[0].strip()


def user_of(address: str) -> str:
    """The user part of the URI of a From, To or Contact value, or of a bare URI."""
    found = re.match(r"sips?:([^@;]*)@", uri_of(address))
    return found[1] if found else ""


def display_of(address: str) -> str:
    """The display name of a From or To value, unquoted, or an empty string."""
    quoted = _QUOTED.match(address)
    if quoted is not None:
        return re.sub(r"\\(.)", r"\1", quoted[1], flags=re.DOTALL)
    return address.partition("<")[0].strip() if "<" in address else ""


def challenge_of(
    response: SipResponse,
) -> tuple[Literal["Authorization", "Proxy-Authorization"], dict[str, str]] | None:
    """Which header answers a 401 or 407, and the parameters of its MD5 challenge; None when it has none."""
    for asked, answered in (("www-authenticate", "Authorization"), ("proxy-authenticate", "Proxy-Authorization")):
        for value in response.all_headers(asked):
            scheme, _, rest = value.partition(" ")
            parameters = {found[1].lower(): found[2] or found[3] for found in _PARAMETER.finditer(rest)}
            if scheme.lower() == "digest" and parameters.get("algorithm", "MD5").upper() == "MD5":
                return answered, parameters  # type: ignore[return-value]
    return None


def digest(challenge: dict[str, str], username: str, password: str, method: str, uri: str, cnonce: str) -> str:
    """The credentials that answer a challenge, with quality of protection `auth` when it is offered (RFC 2617)."""
    realm, nonce = challenge.get("realm", ""), challenge.get("nonce", "")
    secret = _md5(f"{username}:{realm}:{password}")
    deed = _md5(f"{method}:{uri}")
    quoted = {"username": username, "realm": realm, "nonce": nonce, "uri": uri}
    if "auth" in re.split(r"[,\s]+", challenge.get("qop", "")):
        quoted |= {"response": _md5(f"{secret}:{nonce}:00000001:{cnonce}:auth:{deed}"), "cnonce": cnonce}
        tail = ", qop=auth, nc=00000001"
    else:
        quoted["response"] = _md5(f"{secret}:{nonce}:{deed}")
        tail = ""
    if "opaque" in challenge:
        quoted["opaque"] = challenge["opaque"]
    return "Digest " + ", ".join(f'{key}="{value}"' for key, value in quoted.items()) + ", algorithm=MD5" + tail


def _md5(text: str) -> str:
    # What the protocol asks for; it guards a password on loopback, nothing more.
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Media:
    """Where the other side wants its sound, and which payload type it takes key presses in (None: not at all)."""

    host: str
    port: int
    telephone_event: int | None


def describe_session(host: str, port: int, session: int) -> bytes:
    """A session description that offers G.711 both ways and key presses as RFC 4733 events."""
    return (
        f"v=0\r\no=- {session} {session} IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n"
    ).encode()


def read_session(body: bytes) -> Media | None:
    """Read the other side's session description; None when it offers no sound."""
    text = body.decode("utf-8", "replace")
    host = re.search(r"^c=IN IP4 (\S+)", text, re.MULTILINE)
    audio = re.search(r"^m=audio (\d+) ", text, re.MULTILINE)
    event = re.search(r"^a=rtpmap:(\d+) telephone-event/8000", text, re.MULTILINE)
    if not host or not audio:
        return None
    return Media(host[1], int(audio[1]), int(event[1]) if event else None)
