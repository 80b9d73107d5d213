"""Which desk phones are registered, by Asterisk's own address book of them. Must not know agents.

Asterisk's device states do not always say so: computed a moment too soon after a phone has come back, "unavailable"
stays, and after one has gone "not in use"; nothing follows until the phone's next call. The dial plan looks at the
contacts, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from cti.asterisk.ami_link import AmiReply

NOT_REACHED = frozenset({"Removed", "Unreachable", "Unavail"})
"""Words for a contact that is not rung. One that Asterisk does not ask regularly has others, and is."""


class Ami(Protocol):
    """What is needed of the AMI client."""

    async def send(self, action: str) -> AmiReply: ...


async def registered(ami: Ami) -> frozenset[str]:
    """The extensions of phones that have a contact. A switch without any refuses the list, and has none.

    Raises:
        SwitchUnavailable: Asterisk does not answer.
    """
    reply = await ami.send("PJSIPShowContacts")
    listed = (event for event in reply.events if event.get("Event") == "ContactList")
    names = (event.get("ObjectName", "") for event in listed if event.get("Status") not in NOT_REACHED)
    # `ObjectName` is `101;@…` or `101/sip:…`: the phone's address book, which bears its extension's name.
    return frozenset(name.partition(";")[0].partition("/")[0] for name in names if name)


async def without_contact(ami: Ami) -> frozenset[str]:
    """The names of endpoints that cannot be rung, for they have no contact: neither registered nor configured.

    Raises:
        SwitchUnavailable: Asterisk does not answer.
    """
    reply = await ami.send("PJSIPShowEndpoints")
    listed = (event for event in reply.events if event.get("Event") == "EndpointList")
    return frozenset(event.get("ObjectName", "") for event in listed if not event.get("Contacts", "-").strip(", "))


def newly_registered(status: Mapping[str, str]) -> str | None:
    """The extension of which a `ContactStatus` event says that it can be rung; None when it says the contrary."""
    reached = status.get("ContactStatus", "") not in {"", *NOT_REACHED}
    return (status.get("AOR") or None) if reached else None
