"""Who is who in one SIP call, and the requests that follow from it (RFC 3261, section 12). Pure but for its counter.

Must not know sockets, or what a call is doing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from cti.local.sip_message import SipRequest

Address = tuple[str, int]


@dataclass(slots=True)
class Dialogue:
    """`us` and `them` are From and To as this side sends them, `target` the far end's URI, `cseq` our counter."""

    sip_call_id: str
    us: str
    them: str
    target: str
    peer: Address
    cseq: int = 1

    def build(
        self, local: Address, method: str, extra: list[tuple[str, str]] | None = None, body: bytes = b""
    ) -> SipRequest:
        """A request of this dialogue, with a transaction of its own. The caller counts `cseq` up."""
        headers = (
            ("Via", f"SIP/2.0/UDP {local[0]}:{local[1]};branch=z9hG4bK{secrets.token_hex(8)};rport"),
            ("Max-Forwards", "70"),
            ("From", self.us),
            ("To", self.them),
            ("Call-ID", self.sip_call_id),
            ("CSeq", f"{self.cseq} {method}"),
            *(extra or []),
        )
        return SipRequest(headers, body, method, self.target)


def cancel_of(invite: SipRequest) -> SipRequest:
    """The CANCEL of an INVITE that was sent: same Via and counter, no body (RFC 3261, 9.1)."""
    kept = [(n, v) for n, v in invite.headers if n.lower() in {"via", "from", "to", "call-id", "max-forwards"}]
    return SipRequest((*kept, ("CSeq", f"{invite.cseq[0]} CANCEL")), b"", "CANCEL", invite.uri)
