"""A pocket card's link as a value: for which call and which agent, how far it is, who holds it. Pure.

Must not know how links travel, nor what the card says.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from enum import StrEnum

import msgspec

TOKEN_BYTES = 32
"""256 random bits: nobody guesses one, however often they may try."""

LONGEST_TOKEN = 64
"""Characters; a token has 43. What is longer is not looked at."""


class CardState(StrEnum):
    """How far a card is. `GONE` says why in `reason`; nothing of the caller is shown any more."""

    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    GONE = "gone"


class PocketCard(msgspec.Struct, frozen=True, kw_only=True):
    """One link of one agent for one call. Instants are aware UTC; of token and session only the SHA-256 is kept.

    `step` and `endpoint` name the mobile leg for which it was made. `reason` is why it is gone: `answered_elsewhere`
    (then `by` has the call), `caller_hung_up`, `nobody` (all phones rang in vain), `expired`, or the own leg's reason
    while the call rings on elsewhere. `ended` is when the talk, or else the ringing here, ended. `refused` counts
    browsers that came second. `channel` is the way by which it was sent, `failure` what the last try said.
    `shown_link` is the link itself, kept only when the channel `log` may show it: in the demo.
    """

    id: str
    digest: str
    linkedid: str
    agent: str
    endpoint: str
    step: int
    issued: datetime
    expires: datetime
    state: CardState = CardState.RINGING
    reason: str = ""
    by: str | None = None
    ended: datetime | None = None
    session: str = ""
    opened: datetime | None = None
    refused: int = 0
    channel: str = ""
    sent: datetime | None = None
    failure: str = ""
    shown_link: str = ""

    @property
    def live(self) -> bool:
        """Whether it may show the caller's card."""
        return self.state is not CardState.GONE


def new_token() -> str:
    """A token for a link, or for the browser that holds one."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> str:
    """What is kept of a token. It is random, so a plain hash cannot be turned back."""
    return hashlib.sha256(token[: LONGEST_TOKEN + 1].encode("utf-8", "surrogatepass")).hexdigest()
